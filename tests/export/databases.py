"""Runs queries on real databases: tables of pandas in, a frame of pandas out."""

import duckdb
import pandas as pd
import psycopg

from scoring.export.sql.sql_dialect import DIALECTS

TYPES = {"float64": "double precision", "int64": "bigint", "bool": "boolean"}


class OnDuckDB:
    """DuckDB in this process; tables go through Parquet files, as they do elsewhere."""

    dialect = DIALECTS["duckdb"]

    def __init__(self, folder):
        self._folder = folder

    def run(self, query, **tables):
        with duckdb.connect() as connection:
            for name, frame in tables.items():
                frame.to_parquet(self._folder / f"{name}.parquet", index=False)
                connection.execute(f"CREATE VIEW {name} AS FROM '{self._folder}/{name}.parquet'")
            found = connection.execute(query)
            return pd.DataFrame(found.fetchall(), columns=[column[0] for column in found.description], dtype=object)


class OnPostgres:
    """A real PostgreSQL; each run has a schema of its own."""

    dialect = DIALECTS["postgres"]

    def __init__(self, server):
        self._server = server

    def run(self, query, **tables):
        with psycopg.connect(self._server.new_schema(), autocommit=True) as connection:
            for name, frame in tables.items():
                columns = [self.dialect.name_column(column) for column in frame]
                types = [TYPES.get(str(kind), "text") for kind in frame.dtypes]
                listed = ", ".join(f"{column} {kind}" for column, kind in zip(columns, types, strict=True))
                connection.execute(f"CREATE TABLE {name} ({listed})")
                with connection.cursor().copy(f"COPY {name} FROM STDIN") as copy:
                    for row in frame.astype(object).itertuples(index=False, name=None):
                        pairs = zip(row, types, strict=True)
                        copy.write_row([None if kind == "text" and pd.isna(value) else value for value, kind in pairs])
            found = connection.execute(query)
            return pd.DataFrame(found.fetchall(), columns=[column.name for column in found.description], dtype=object)


class OnSpark:
    """Spark on this machine."""

    dialect = DIALECTS["spark"]

    def __init__(self, session):
        self._session = session

    def run(self, query, **tables):
        for name, frame in tables.items():
            self._session.createDataFrame(frame).createOrReplaceTempView(name)
        found = self._session.sql(query)
        rows = [tuple(row) for row in found.collect()]
        return pd.DataFrame(rows, columns=found.columns, dtype=object)
