import pandas as pd
import pytest

from scoring.errors import DataError
from scoring.home_credit.applications import MARKER, find_table, is_synthetic, read_applications
from scoring.model.schema import Identity, InputSchema, SchemaField, Text

LABEL = Text(en="x", fr="x")
SCHEMA = InputSchema(
    identity=Identity(name="id"),
    target="y",
    fields=(
        SchemaField(name="amount", type="number", label=LABEL),
        SchemaField(name="trade", type="category", label=LABEL),
    ),
)


@pytest.fixture
def table():
    return pd.DataFrame({"id": [3, 1], "trade": ["smith", None], "y": [0, 1], "amount": [1, None], "surplus": [0, 0]})


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".csv.zip", ".csv.bz2", ".csv.xz", ".parquet"])
def test_every_kind_of_file_reads_the_same(table, tmp_path, ending):
    path = tmp_path / f"application_train{ending}"
    table.to_parquet(path) if ending == ".parquet" else table.to_csv(path, index=False)
    read = read_applications(tmp_path, SCHEMA)
    assert list(read) == ["id", "y", "amount", "trade"]
    assert read["id"].tolist() == [3, 1]
    assert read["amount"].iloc[0] == 1.0
    assert pd.isna(read["amount"].iloc[1])
    assert read["trade"].tolist() == ["smith", None]


def write(table, folder):
    table.to_csv(folder / "application_train.csv", index=False)
    return folder


def test_missing_columns_are_all_named(table, tmp_path):
    with pytest.raises(DataError, match=r"(?s)2 faults.*column y is missing.*column amount is missing"):
        read_applications(write(table[["id", "trade"]], tmp_path), SCHEMA)


def test_all_faults_of_the_cells_stand_in_one_message(table, tmp_path):
    wrong = table.assign(id=[7, 7], amount=["1", "many"], y=[0, 2])
    with pytest.raises(DataError) as caught:
        read_applications(write(wrong, tmp_path), SCHEMA)
    assert "3 faults" in str(caught.value)
    assert "column amount holds text, expected numbers" in str(caught.value)
    assert "column id holds 1 numbers more than once" in str(caught.value)
    assert "column y holds 0, 2; expected both 0 and 1, nothing else" in str(caught.value)


def test_one_class_only_is_refused(table, tmp_path):
    with pytest.raises(DataError, match="column y holds 0; expected both 0 and 1"):
        read_applications(write(table.assign(y=0), tmp_path), SCHEMA)


def test_two_files_of_one_table_are_refused(table, tmp_path):
    write(table, tmp_path)
    table.to_parquet(tmp_path / "application_train.parquet")
    with pytest.raises(DataError, match="Keep one of them"):
        find_table(tmp_path, "application_train")


@pytest.mark.parametrize("name", ["application_train.parquet", "application_train.csv.gz"])
def test_a_damaged_file_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x1f\x8b damaged")
    with pytest.raises(DataError, match="cannot be read"):
        read_applications(tmp_path, SCHEMA)


def test_only_the_generators_mark_makes_a_folder_synthetic(tmp_path):
    assert not is_synthetic(tmp_path)
    (tmp_path / MARKER).write_text('{"generator": "tools.synthetic"}', encoding="utf-8")
    assert is_synthetic(tmp_path)
    (tmp_path / MARKER).write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="is not the generator's marker"):
        is_synthetic(tmp_path)
