"""One module for each history table: its feature definitions."""
