"""Tables in files: found, read, and their columns typed."""
