"""``batch`` and ``load-clients`` read the same types of columns, and refuse the same ones with the same words."""

import decimal
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scoring.batch.arrow_rows import ArrowRowReader
from scoring.batch.csv_rows import CsvRows
from scoring.batch.parquet_source import ParquetRows
from scoring.errors import StartError
from scoring.model.schema import Identity
from scoring.storage.clients.client_table import model_ready_clients, read_client_file
from scoring.storage.clients.loading.client_source import ClientSource
from scoring.storage.clients.loading.stored_schema import StoredSchema
from scoring.tables.files import table_files

IDENTITY = Identity(name="id")
SCHEMA = StoredSchema(IDENTITY, ("a", "b"), "target", (), "f")
NUMBERS = [1.0, 0.0, 1.0]
FORMS = {
    "texts": pa.array(["1", "0.0", "1e0"]),
    "large texts": pa.array(["1", "0", "1.0"], pa.large_string()),
    "categories": pa.array(["1", "0", "1"]).dictionary_encode(),
    "categories of numbers": pa.array(NUMBERS).dictionary_encode(),
    "flags": pa.array([True, False, True]),
    "decimals": pa.array([decimal.Decimal(one) for one in ("1.00", "0.00", "1.00")]),
    "single precision": pa.array(NUMBERS, pa.float32()),
    "bytes": pa.array([1, 0, 1], pa.uint8()),
}
WRONG = {
    "timestamp": pa.array([0, 1, 2], pa.timestamp("s")),
    "date": pa.array([0, 1, 2], pa.date32()),
    "list": pa.array([[1], [2], [3]]),
    "struct": pa.array([{"x": 1}, {"x": 2}, {"x": 3}]),
    "binary": pa.array([b"1", b"2", b"3"]),
}


def batch(table, path):
    """Read as ``batch`` does: ids and rows, and the errors of the rows that are set aside."""
    pq.write_table(table, path)
    source = ParquetRows(table_files(path), ArrowRowReader(SCHEMA.features, IDENTITY, {"b"}), 1000)
    source.prepare(path.parent)
    ((found, faulty),) = source.read(source.parts[0])
    return found.client_ids.to_pylist(), found.rows, faulty


def load(table, path):
    """Read as ``load-clients`` does."""
    pq.write_table(table, path)
    (found,) = ClientSource(SCHEMA, path).rows()
    return found.ids(), found.rows()


@pytest.mark.parametrize("form", FORMS)
def test_every_type_of_number_is_read_alike(tmp_path, form):
    table = pa.table({"id": [1, 2, 3], "a": FORMS[form], "b": FORMS[form]})
    ids, rows, faulty = batch(table, tmp_path / "rows.parquet")
    assert (ids, rows.tolist(), faulty) == ([1, 2, 3], [[one, one] for one in NUMBERS], [])
    loaded_ids, loaded = load(table, tmp_path / "rows.parquet")
    assert (loaded_ids, loaded.tolist()) == (ids, rows.tolist())


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.uint64(), pa.string(), pa.decimal128(19, 0)])
def test_ids_of_several_lengths_are_read_from_every_type_of_number(tmp_path, kind):
    ids = pa.array([7, 4_000_004], pa.int64()).cast(kind)
    table = pa.table({"id": ids, "a": [1, 2], "b": [1, 2]})
    assert batch(table, tmp_path / "rows.parquet")[0] == [7, 4_000_004]
    assert load(table, tmp_path / "rows.parquet")[0] == [7, 4_000_004]


@pytest.mark.parametrize("text", ["1.23457E+11", "1e2"])
def test_an_id_of_which_a_spreadsheet_left_digits_out_is_refused(tmp_path, text):
    path = tmp_path / "rows.csv"
    path.write_text(f"id,a,b\n7,1,1\n{text},1,1\n")
    source = CsvRows(table_files(path), ArrowRowReader(SCHEMA.features, IDENTITY), 1000)
    source.prepare(tmp_path)
    ((_, faulty),) = source.read(source.parts[0])
    assert [(one.row, one.errors[0].partition(",")[0]) for one in faulty] == [(2, f"id: received {text}")]
    with pytest.raises(StartError, match=rf"column id has values that are not .*: {re.escape(text)} \(line 3\)"):
        ClientSource(SCHEMA, path).rows().__next__()
    with pytest.raises(StartError, match="id"):
        model_ready_clients(read_client_file(path, IDENTITY), "rows.csv", IDENTITY, SCHEMA.features)


@pytest.mark.parametrize("kind", [pa.float64(), pa.string(), pa.bool_(), pa.null(), pa.decimal128(5, 2)])
def test_missing_values_of_every_type_are_missing_or_refused(tmp_path, kind):
    table = pa.table({"id": [1, 2], "a": [1, 2], "b": pa.array([None, None], kind)})
    assert np.isnan(batch(table, tmp_path / "rows.parquet")[1][:, 1]).all()
    required = pa.table({"id": [1, 2], "a": table["b"], "b": [1, 2]})
    faulty = batch(required, tmp_path / "rows.parquet")[2]
    assert [one.errors[0].partition(",")[0] for one in faulty] == ["a: missing"] * 2
    with pytest.raises(StartError, match=r"column a has cells that are not finite numbers: empty \(row 1\), empty"):
        load(required, tmp_path / "rows.parquet")


@pytest.mark.parametrize("text", ["x", "1,5", "5 %", "None", "nan", "", " "])
@pytest.mark.parametrize("encode", [pa.array, lambda cells: pa.array(cells).dictionary_encode()])
def test_a_text_that_is_no_plain_number_is_an_error_of_its_row(tmp_path, text, encode):
    table = pa.table({"id": [1, 2], "a": encode(["1", text]), "b": encode([text, "2"])})
    _, _, faulty = batch(table, tmp_path / "rows.parquet")
    assert [one.row for one in faulty] == [1, 2]
    assert [one.errors[0][:2] for one in faulty] == ["b:", "a:"]
    with pytest.raises(StartError) as refused:
        load(table, tmp_path / "rows.parquet")
    assert "column a has cells that are not finite numbers" in str(refused.value)
    assert "column b has cells that are not finite numbers" in str(refused.value)


@pytest.mark.parametrize("form", WRONG)
@pytest.mark.parametrize("column", ["a", "id"])
def test_other_types_are_refused_with_the_same_words(tmp_path, form, column):
    table = pa.table({"id": [1, 2, 3], "a": [1, 2, 3], "b": [1, 2, 3]})
    wrong = table.set_column(table.column_names.index(column), column, WRONG[form])
    expected = "numbers" if column == "a" else "client numbers"
    for read in (batch, load):
        with pytest.raises(StartError, match=f"column {column} holds {form}.*, expected {expected}"):
            read(wrong, tmp_path / "rows.parquet")
