"""What happens to a request before its view runs: who calls, and whether this caller may."""
