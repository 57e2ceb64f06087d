"""Compute history features from six tables, one row per client, on DuckDB and on Spark."""
