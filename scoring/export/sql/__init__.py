"""A model as one query for DuckDB, PostgreSQL or Spark."""
