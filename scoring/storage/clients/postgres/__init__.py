"""Clients in PostgreSQL: a table for each load, and a pointer to the one that is served."""
