"""A file that the system, a password or a form of compression keeps from being read is not called damaged."""

import contextlib
import resource
import zipfile

import pandas as pd
import pytest

from scoring.batch.arrow_rows import ArrowRowReader
from scoring.batch.parquet_source import ParquetRows
from scoring.errors import StartError
from scoring.home_credit.history.attach import read_history
from scoring.model.schema import Identity
from scoring.storage.clients.loading.client_source import ClientSource
from scoring.storage.clients.loading.stored_schema import StoredSchema
from scoring.tables.files import table_files
from scoring.tables.table_reader import read_table

SCHEMA = StoredSchema(Identity(name="id"), ("a",), "target", (), "f")
READERS = {
    "batch": lambda path: ParquetRows(table_files(path), ArrowRowReader(("a",), Identity(name="id")), 1000),
    "load-clients": lambda path: [*ClientSource(SCHEMA, path).rows()],
    "train": lambda path: read_table(table_files(path)),
    "history": lambda path: read_history(path, "id"),
}


@contextlib.contextmanager
def no_more_files():
    """Let this process open no further file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("reader", READERS)
def test_too_many_open_files_are_no_damage(tmp_path, reader):
    path = tmp_path / "rows.parquet"
    pd.DataFrame({"id": [1, 2], "a": [0.5, 1.0]}).to_parquet(path, index=False)
    READERS[reader](path)  # what is imported when it is needed is there then
    with no_more_files(), pytest.raises(StartError) as refused:
        READERS[reader](path)
    cause = "the file cannot be read (Too many open files). Remove the cause, or take another copy."
    assert str(refused.value) == f"{path}: {cause}"


@pytest.mark.parametrize("reader", ["load-clients", "train"])
@pytest.mark.parametrize(
    ("place", "value", "cause"),
    [(0, 1, "File 'rows.csv' is encrypted, password required for"), (2, 6, "That compression method is not supported")],
)
def test_a_password_or_a_form_of_compression_is_named(tmp_path, reader, place, value, cause):
    path = tmp_path / "rows.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("rows.csv", "id,a\n1,0.5\n")
    content = bytearray(path.read_bytes())
    for flags in (6, content.index(b"PK\x01\x02") + 8):  # in the header of the file, and in the list at the end
        content[flags + place] = value
    path.write_bytes(content)
    with pytest.raises(StartError) as refused:
        READERS[reader](path)
    assert str(refused.value).startswith(f"{path}: the file cannot be read ({cause}")
