"""The loan officer's front-end: pages that ask the API, and nothing else."""
