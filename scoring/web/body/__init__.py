"""What a request sends: its bytes, its shape, and its records."""
