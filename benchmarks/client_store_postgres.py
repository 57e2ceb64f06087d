"""The PostgreSQL of ``benchmarks.client_store``: that of the tests, with the settings that it comes with."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psycopg

from benchmarks.machine import processor_seconds
from scoring.storage.artefacts import read_manifest
from scoring.storage.clients.loading.client_source import ClientSource
from scoring.storage.clients.loading.stored_schema import StoredSchema
from scoring.storage.clients.postgres.copied_rows import BEGINNING, END
from scoring.storage.clients.postgres.postgres_loading import row_parts
from scoring.storage.clients.postgres.row_codes import RowEncoder
from tests.postgres import Postgres

PROJECT = Path(__file__).resolve().parent.parent


class Server(NamedTuple):
    """A running server, and the URL of an empty database."""

    postgres: Postgres
    url: str

    def processor(self) -> float:
        """Return the seconds of processors that it has taken so far."""
        while True:
            first, *others = self.postgres.processes()
            with suppress(FileNotFoundError, ProcessLookupError):  # one has ended since
                return processor_seconds(first, ended=True) + sum(map(processor_seconds, others))


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """Run a server in a folder until the block ends."""
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        server = Postgres()
    finally:
        tempfile.tempdir = before
    try:
        yield Server(server, server.new_database())
    finally:
        server.end()


def write_rows(table: Path, digits: int, rows: Path) -> None:
    """Write the bytes that loading a table copies."""
    manifest = read_manifest(PROJECT / "modele_retenu.json")
    identity = manifest.input_schema.identity.model_copy(update={"digits": digits})
    schema = StoredSchema.from_manifest(manifest, identity)
    with rows.open("wb") as file:
        file.write(BEGINNING)
        for _, part in row_parts(ClientSource(schema, table), RowEncoder(len(schema.features))):
            file.write(part)
        file.write(END)


def copy_bare(url: str, rows: Path, with_key: bool) -> None:
    """Copy the bytes into a table; then give it a primary key if asked."""
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE IF EXISTS bare")
        connection.execute("CREATE TABLE bare (id BIGINT NOT NULL, outcome SMALLINT NOT NULL, row BYTEA NOT NULL)")
        with connection.cursor().copy("COPY bare FROM STDIN (FORMAT binary)") as copy, rows.open("rb") as file:
            while part := file.read(1 << 20):
                copy.write(part)
        if with_key:
            connection.execute("ALTER TABLE bare ADD PRIMARY KEY (id)")


def size(url: str) -> int:
    """Return the bytes of all tables of clients with their keys."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'client%'"
        ).fetchone()
    return int(found[0]) if found else 0
