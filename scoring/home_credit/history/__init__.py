"""What a client's history tells: six tables in, one row a client out, on DuckDB and on Spark."""
