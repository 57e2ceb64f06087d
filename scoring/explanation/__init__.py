"""Why a decision was made, and what would change it."""
