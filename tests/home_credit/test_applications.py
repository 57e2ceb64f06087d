import pandas as pd
import pytest

from scoring.errors import DataError
from scoring.home_credit.applications import MARKER, is_synthetic, read_applications
from scoring.model.schema import Identity, InputSchema, SchemaField, Text

LABEL = Text(en="x", fr="x")
SCHEMA = InputSchema(
    identity=Identity(name="id"),
    target="y",
    fields=(
        SchemaField(name="amount", type="number", missing=(365243.0,), label=LABEL),
        SchemaField(name="trade", type="category", missing=("XNA",), label=LABEL),
    ),
)


@pytest.fixture
def table():
    return pd.DataFrame({"id": [3, 1], "trade": ["smith", None], "y": [0, 1], "amount": [1, None], "surplus": [0, 0]})


def test_the_table_has_the_schemas_columns_in_its_order(table, tmp_path):
    read = read_applications(write(table, tmp_path), SCHEMA)
    assert list(read) == ["id", "y", "amount", "trade"]
    assert read["id"].tolist() == [3, 1]
    assert read["amount"].iloc[0] == 1.0
    assert pd.isna(read["amount"].iloc[1])
    assert read["trade"].tolist() == ["smith", None]


def test_columns_that_are_no_fields_are_named(table, tmp_path, caplog):
    read_applications(write(table, tmp_path), SCHEMA)
    assert caplog.messages == ["application_train.csv: columns that are not fields are left out: surplus"]


def write(table, folder):
    table.to_csv(folder / "application_train.csv", index=False)
    return folder


def test_missing_columns_are_all_named(table, tmp_path):
    with pytest.raises(DataError, match=r"(?s)2 errors.*column y is missing.*column amount is missing"):
        read_applications(write(table[["id", "trade"]], tmp_path), SCHEMA)


def test_one_message_lists_all_errors_of_the_cells(table, tmp_path):
    wrong = table.assign(id=[7, 7], amount=["1", "many"], y=[0, 2])
    with pytest.raises(DataError) as caught:
        read_applications(write(wrong, tmp_path), SCHEMA)
    assert "3 errors" in str(caught.value)
    assert "column amount: 1 of 2 cells are not numbers (rows 2)" in str(caught.value)
    assert "column id has 1 duplicate numbers, expected each once" in str(caught.value)
    assert "column y holds 0, 2; expected both 0 and 1, nothing else" in str(caught.value)


def test_one_class_only_is_refused(table, tmp_path):
    with pytest.raises(DataError, match="column y holds 0; expected both 0 and 1"):
        read_applications(write(table.assign(y=0), tmp_path), SCHEMA)


def test_missing_value_markers_become_missing_unless_they_are_to_be_counted(tmp_path):
    table = pd.DataFrame({"id": [3, 1], "trade": ["XNA", "smith"], "y": [0, 1], "amount": ["365243", "None"]})
    read = read_applications(write(table, tmp_path), SCHEMA)
    assert read["amount"].isna().all()
    assert read["trade"].tolist() == [None, "smith"]
    counted = read_applications(tmp_path, SCHEMA, keep_markers=True)
    assert counted["amount"].iloc[0] == 365243.0
    assert counted["trade"].tolist() == ["XNA", "smith"]


def test_only_the_generators_mark_makes_a_folder_synthetic(tmp_path):
    assert not is_synthetic(tmp_path)
    (tmp_path / MARKER).write_text('{"generator": "tools.synthetic"}', encoding="utf-8")
    assert is_synthetic(tmp_path)
    (tmp_path / MARKER).write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="is not the generator's marker"):
        is_synthetic(tmp_path)
