"""Tables of clients to load into a real PostgreSQL."""

import pandas as pd
import psycopg
import pytest

from scoring.model.schema import Identity, SchemaField, Text
from scoring.storage.clients.loading.client_source import ClientSource
from scoring.storage.clients.loading.stored_schema import StoredSchema
from scoring.storage.clients.postgres.postgres_clients import open_postgres_clients
from scoring.storage.clients.postgres.postgres_loading import load_into_postgres

LABEL = Text(en="a", fr="a")
FIELDS = (
    SchemaField(name="days", type="integer", missing=(365243.0,), label=LABEL),
    SchemaField(name="sex", type="category", missing=("XNA",), label=LABEL),
)
SCHEMA = StoredSchema(Identity(name="id"), ("a", "b"), "target", FIELDS, "f")
TEXT_IDS = StoredSchema(Identity(name="id", kind="text"), ("a", "b"), "target", FIELDS, "f")
ROWS = {"id": [3, 1, 2], "a": [0.5, -0.0, 1e300], "b": [1, 2, 3]}
FACTS = {"id": [1, 2, 9], "days": [365243, -7, 1], "sex": ["F", "XNA", "M"]}


@pytest.fixture
def url(postgres):
    """Name a schema without clients."""
    return postgres.new_schema()


@pytest.fixture
def load(tmp_path, url):
    """Load tables given as dicts into the database."""
    numbers = iter(range(100))

    def loading(rows, facts=None, schema=SCHEMA, others=(), portfolios=(), to=url):
        paths = [tmp_path / f"{next(numbers)}.parquet" if one else None for one in (rows, facts)]
        for table, path in zip((rows, facts), paths, strict=True):
            if path:
                pd.DataFrame(table).to_parquet(path, index=False)
        return load_into_postgres(to, ClientSource(schema, *paths, others), portfolios)

    return loading


@pytest.fixture
def opened(url):
    """Open the clients in the database."""
    stores = []

    def opening(schema=SCHEMA, of=url):
        stores.append(open_postgres_clients(of, schema))
        return stores[-1]

    yield opening
    for store in stores:
        store.close()


def tables(url):
    """List the tables of a schema."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
        ).fetchall()
    return sorted(name for (name,) in found)
