"""Where the record is kept: SQLite or PostgreSQL, with the same tables and nearly the same statements."""
