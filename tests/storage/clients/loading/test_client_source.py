import dataclasses
import gzip
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scoring.errors import ClientTableError
from scoring.model.plan import BinnedColumn, PossibleValues
from scoring.model.schema import Identity, SchemaField, Text
from scoring.storage.artefacts import read_manifest
from scoring.storage.clients.loading.client_source import ClientSource
from scoring.storage.clients.loading.stored_schema import StoredSchema
from scoring.tables.text import text_pieces

PROJECT = Path(__file__).resolve().parents[4]
LABEL = Text(en="a", fr="a")
FIELDS = (
    SchemaField(name="days", type="integer", missing=(365243.0,), label=LABEL),
    SchemaField(name="sex", type="category", missing=("XNA",), label=LABEL),
)
SCHEMA = StoredSchema(Identity(name="id"), ("a", "b"), "target", FIELDS, "f")
TEXT_IDS = StoredSchema(Identity(name="id", kind="text"), ("a", "b"), "target", FIELDS, "f")
GOOD = {"id": [3, 1, 2], "a": [0.5, -0.0, 1e300], "b": [1, 2, 3]}


def written(path, columns):
    frame = pd.DataFrame(columns)
    if path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, index=False)
    return path


def rows_of(source):
    batches = list(source.rows())
    ids = [one for batch in batches for one in batch.ids()]
    return ids, np.concatenate([batch.rows() for batch in batches])


def message_of(columns, tmp_path, schema=SCHEMA, ending=".parquet"):
    with pytest.raises(ClientTableError) as raised:
        list(ClientSource(schema, written(tmp_path / f"clients{ending}", columns)).rows())
    return str(raised.value)


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".csv.gz"])
def test_rows_are_read_from_parquet_and_from_csv(tmp_path, ending):
    ids, rows = rows_of(ClientSource(SCHEMA, written(tmp_path / f"clients{ending}", GOOD)))
    assert ids == [3, 1, 2]
    assert rows.tolist() == [[0.5, 1.0], [-0.0, 2.0], [1e300, 3.0]]


def test_the_order_of_the_ids_is_known_after_the_last_batch(tmp_path):
    source = ClientSource(SCHEMA, written(tmp_path / "clients.parquet", GOOD))
    list(source.rows())
    ids, order = source.order_of_rows()
    assert ids.tolist() == [1, 2, 3]
    assert order.tolist() == [1, 2, 0]


def test_the_bundled_tables_are_read_as_the_service_reads_them():
    manifest = read_manifest(PROJECT / "modele_retenu.json")
    schema = StoredSchema.from_manifest(manifest)
    source = ClientSource(schema, PROJECT / "df_sample.csv", PROJECT / "applications_sample.csv")
    ids, rows = rows_of(source)
    table = pd.read_csv(PROJECT / "df_sample.csv")
    assert ids == table["SK_ID_CURR"].tolist()
    assert np.array_equal(rows, table[list(manifest.features)].to_numpy())
    assert sum(len(batch.client_ids) for batch in source.facts()) == 1000


def test_per_cent_signs_in_applications_are_refused_where_the_model_learnt_plain_numbers(tmp_path):
    facts = {"id": [1, 2], "days": ["5 %", "7 %"], "sex": ["F", "M"]}
    source = ClientSource(SCHEMA, written(tmp_path / "rows.csv", GOOD), written(tmp_path / "facts.csv", facts))
    with pytest.raises(ClientTableError, match="column days has per cent signs, and the model learnt numbers without"):
        list(source.facts())


def test_applications_are_records_as_json_takes_them(tmp_path):
    facts = {"id": [1, 2], "days": [365243, -7], "sex": ["F", "XNA"]}
    source = ClientSource(SCHEMA, written(tmp_path / "rows.csv", GOOD), written(tmp_path / "facts.csv", facts))
    (batch,) = source.facts()
    assert batch.ids() == [1, 2]
    assert list(batch.records(FIELDS)) == [{"days": None, "sex": "F"}, {"days": -7, "sex": None}]


@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_columns_of_portfolios_are_kept_as_texts(tmp_path, ending):
    table = written(tmp_path / f"clients{ending}", {**GOOD, "branch": ["007", None, "8"]})
    (batch,) = ClientSource(SCHEMA, table, others=["branch", "a", "unknown"]).rows()
    assert {name: texts.values() for name, texts in batch.others.items()} == {"branch": ["007", None, "8"]}


def test_outcomes_may_be_missing_one_by_one(tmp_path):
    (batch,) = ClientSource(SCHEMA, written(tmp_path / "clients.csv", {**GOOD, "target": [1, None, 0]})).rows()
    assert batch.outcomes[[0, 2]].tolist() == [1.0, 0.0]
    assert np.isnan(batch.outcomes[1])


def test_text_ids_are_read_as_written(tmp_path):
    table = written(tmp_path / "clients.csv", {**GOOD, "id": ["007", "B-1", "a.2"]})
    ids, _ = rows_of(ClientSource(TEXT_IDS, table))
    assert ids == ["007", "B-1", "a.2"]


def test_a_long_csv_file_is_read_in_parts_that_end_at_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(text_pieces, "ROWS", 8)
    columns = {"id": range(100), "a": np.arange(100) / 7, "b": range(100), "branch": ['x"\n,y', "z"] * 50}
    source = ClientSource(SCHEMA, written(tmp_path / "clients.csv", columns), others=["branch"])
    batches = list(source.rows())
    assert len(batches) > 10
    assert [one for batch in batches for one in batch.ids()] == list(range(100))
    assert np.array_equal(np.concatenate([batch.columns[0] for batch in batches]), np.arange(100) / 7)
    assert [text for batch in batches for text in batch.others["branch"].values()] == ['x"\n,y', "z"] * 50


def test_part_files_make_one_table(tmp_path):
    for i in range(2):
        written(tmp_path / f"part-{i}.parquet", {"id": [i], "a": [0.5], "b": [i] if i else [0.25]})
    ids, rows = rows_of(ClientSource(SCHEMA, tmp_path))
    assert (ids, rows.tolist()) == ([0, 1], [[0.5, 0.25], [0.5, 1.0]])


def test_row_numbers_that_pandas_wrote_are_left_out_with_a_warning(tmp_path, caplog):
    pd.DataFrame(GOOD, index=[5, 9, 7]).to_parquet(tmp_path / "clients.parquet")
    with caplog.at_level(logging.WARNING, "scoring"):
        ids, _ = rows_of(ClientSource(SCHEMA, tmp_path / "clients.parquet"))
    assert ids == [3, 1, 2]
    assert "left out, as row numbers: '__index_level_0__'" in caplog.text


# Bad input


@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_all_cells_that_cannot_be_used_are_in_one_message(tmp_path, ending):
    columns = {"id": [1, 2, 3], "a": [0.5, None, np.inf], "b": ["1", "x", "3"], "target": [0, 1, 2]}
    message = message_of(columns, tmp_path, ending=ending)
    first = 1 if ending == ".parquet" else 2
    word = "row" if ending == ".parquet" else "line"
    assert f"column a has cells that are not finite numbers: empty ({word} {first + 1}), inf" in message
    assert f"column b has cells that are not finite numbers: x ({word} {first + 1})" in message
    assert f"column target has cells that are not outcomes (0, 1 or empty): 2 ({word} {first + 2})" in message
    assert "raw applications, add --applications. Correct the table; nothing was loaded." in message


def test_duplicates_are_in_one_message_with_wrong_cells_and_wrong_ids_are_no_duplicates(tmp_path):
    columns = {"id": ["1", "x", "2", "y", "1"], "a": [0.5, np.inf, 0.5, 0.5, 0.5], "b": 1.0}
    message = message_of(columns, tmp_path, ending=".csv")
    assert "column a has cells that are not finite numbers: inf (line 3)" in message
    assert "id has values that are not" in message
    assert "id has duplicate client numbers: 1\n" in message


def test_duplicates_are_named_also_where_they_are_far_apart(tmp_path):
    ids = [*range(200_000), 77, 150_000]
    message = message_of({"id": ids, "a": 0.0, "b": 0.0}, tmp_path)
    assert "id has duplicate client numbers: 77, 150000" in message


@pytest.mark.parametrize(
    ("ids", "shown"),
    [
        (pa.array([1, 2**64 - 1], pa.uint64()), "18446744073709551615 (row 2)"),
        (pa.array([1, 10**18], pa.int64()), "1000000000000000000 (row 2)"),
        (pa.array([1, -5], pa.int64()), "-5 (row 2)"),
        (pa.array([1, None], pa.int64()), "empty (row 2)"),
        (pa.array([1.0, 2.5]), "2.5 (row 2)"),
        (pa.array([1.0, 1e17]), "1e+17 (row 2)"),
        (pa.array(["1", "99999999999999999999"]), "99999999999999999999 (row 2)"),
        (pa.array(["1", "x" * 1000]), "xxx… (row 2)"),
    ],
)
def test_ids_that_no_store_can_hold_are_named(tmp_path, ids, shown):
    pq.write_table(pa.table({"id": ids, "a": [0.0, 0.0], "b": [0.0, 0.0]}), tmp_path / "clients.parquet")
    with pytest.raises(ClientTableError) as raised:
        list(ClientSource(SCHEMA, tmp_path / "clients.parquet").rows())
    assert shown in str(raised.value)
    assert "1 to 18 digits (0-9) without leading zeros" in str(raised.value)


def test_an_id_that_overflows_is_named_in_csv_too(tmp_path):
    message = message_of({**GOOD, "id": ["1", "2", "9" * 20]}, tmp_path, ending=".csv")
    assert "column id has values that are not 1 to 18 digits" in message
    assert "(line 4)" in message


def test_text_ids_that_no_address_can_hold_are_named(tmp_path):
    message = message_of({**GOOD, "id": ["a", "b c", None]}, tmp_path, TEXT_IDS)
    assert "b c (row 2), empty (row 3)" in message


def test_columns_of_another_model_are_named(tmp_path):
    message = message_of({"id": [1], "a": [0.0], "c": [0.0]}, tmp_path)
    assert "columns the manifest expects are missing: b" in message
    assert "columns the manifest does not know: c" in message


@pytest.mark.parametrize(("ending", "place"), [(".parquet", "row 2"), (".csv", "line 3")])
def test_values_that_no_row_of_the_model_has_are_refused(tmp_path, ending, place):
    """Raw applications under the names of the columns, or the rows of a model that was fitted before."""
    term = BinnedColumn(name="a", source="a", edges=(30.0,), values=(0.5, -0.5), missing=0.0)
    schema = dataclasses.replace(SCHEMA, possible=PossibleValues((term,)))
    message = message_of({"id": [1, 2, 3], "a": [0.5, 41.0, 42.0], "b": [7.0, 8.0, 9.0]}, tmp_path, schema, ending)
    assert f"column a: received 41 ({place}), expected one of the model's 3 values, from -0.5 to 0.5" in message
    assert "These are no rows of this model, but raw applications" in message


def test_part_files_whose_columns_differ_are_named(tmp_path):
    written(tmp_path / "part-0.parquet", GOOD)
    written(tmp_path / "part-1.parquet", {"id": [9], "a": ["x"], "c": [0.0]})
    with pytest.raises(ClientTableError) as raised:
        ClientSource(SCHEMA, tmp_path)
    message = str(raised.value)
    assert "part-1.parquet: its columns are not those of part-0.parquet" in message
    for part in ("columns are missing: b", "columns are new: c", "column a holds texts, not numbers"):
        assert part in message


def test_a_parquet_file_that_was_cut_short_is_refused(tmp_path):
    table = written(tmp_path / "clients.parquet", GOOD)
    table.write_bytes(table.read_bytes()[:-20])
    with pytest.raises(ClientTableError, match=r"clients\.parquet"):
        ClientSource(SCHEMA, table)


def test_a_parquet_file_with_a_damaged_page_is_refused(tmp_path):
    table = written(
        tmp_path / "clients.parquet", {"id": range(50_000), "a": np.random.default_rng(0).random(50_000), "b": 0}
    )
    content = bytearray(table.read_bytes())
    content[2000:9000] = bytes(7000)
    table.write_bytes(content)
    with pytest.raises(ClientTableError, match=r"clients\.parquet"):
        list(ClientSource(SCHEMA, table).rows())


def test_a_compressed_csv_file_that_was_cut_short_is_refused(tmp_path):
    table = tmp_path / "clients.csv.gz"
    table.write_bytes(gzip.compress(pd.DataFrame(GOOD).to_csv(index=False).encode())[:-12])
    with pytest.raises(ClientTableError, match=r"clients\.csv\.gz"):
        list(ClientSource(SCHEMA, table).rows())


@pytest.mark.parametrize("name", ["nothing.parquet", "nothing.csv"])
def test_a_table_without_rows_is_refused(tmp_path, name):
    with pytest.raises(ClientTableError, match="no row"):
        list(ClientSource(SCHEMA, written(tmp_path / name, {"id": [], "a": [], "b": []})).rows())


@pytest.mark.parametrize("cell", ["1,5", "1.234,5"])
@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
def test_a_decimal_comma_is_refused_with_the_remedies_that_loading_has(tmp_path, ending, cell):
    said = message_of(GOOD | {"a": ["0.5", cell, "1"]}, tmp_path, ending=ending)
    assert f"line 3, column a: {cell} is not a number with a decimal point" in said
    assert "Write all its numbers with decimal points" in said
    assert "Parquet" in said
    assert "--" not in said
    assert "other mark" not in said


def test_a_line_with_a_total_is_refused(tmp_path):
    said = message_of(GOOD | {"id": [3, 1, "Total"]}, tmp_path, ending=".csv")
    assert "column id has values that are not" in said
    assert "Total" in said


def test_a_table_of_applications_without_a_field_is_refused(tmp_path):
    facts = written(tmp_path / "facts.csv", {"id": [1], "days": [1]})
    with pytest.raises(ClientTableError, match="column sex is missing"):
        ClientSource(SCHEMA, written(tmp_path / "rows.csv", GOOD), facts)


def test_another_plan_has_another_fingerprint():
    manifest = read_manifest(PROJECT / "modele_retenu.json")
    other = manifest.model_copy(update={"plan": dataclasses.replace(manifest.plan, missing_values={})})
    prints = [StoredSchema.from_manifest(one).fingerprint for one in (manifest, manifest, other)]
    assert prints[0] == prints[1] != prints[2]
