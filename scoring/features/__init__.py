"""From tables to one row a client."""
