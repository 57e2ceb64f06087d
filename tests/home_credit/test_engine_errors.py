"""Tables that an engine cannot read are named in our words: what was received, what was expected, the remedy."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scoring.batch.duplicate_ids import find_repeats
from scoring.errors import DataError
from scoring.home_credit.engine_errors import explain
from scoring.home_credit.history.compute import compute
from scoring.home_credit.history.source_schema import SOURCE_TABLES
from scoring.model.schema import Identity

COLUMNS = {column.name: column.kind for table in SOURCE_TABLES if table.name == "bureau" for column in table.columns}
OF_ENGINES = (
    "DuckDB",
    "Invalid Input",
    "Conversion Error",
    "magic bytes",
    "Possible fixes",
    "strict_mode",
    "Original Line",
)


def row(**changed):
    cells = {name: "x" if kind == "text" else 1 for name, kind in COLUMNS.items()}
    return {**cells, "SK_ID_CURR": 100001, "SK_ID_BUREAU": 5, "DAYS_CREDIT": -10, **changed}


@pytest.fixture
def folder(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    pd.DataFrame({"SK_ID_CURR": [100001, 100002]}).to_csv(data / "application_train.csv", index=False)
    return data


def refusal(folder, tmp_path):
    with pytest.raises(DataError) as refused:
        compute(folder, tmp_path / "features.parquet")
    said = str(refused.value)
    assert said.startswith(f"{folder}: ")
    assert not [words for words in OF_ENGINES if words in said]
    assert not (tmp_path / "features.parquet").exists()
    return said


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("1,2\n", "bureau: line 4 has 2 cells, the header has 17. The row may be cut off"),
        (f"{','.join('1' * 18)}\n", "bureau: line 4 has 18 cells, the header has 17. Values may stand under another"),
        ('1,"2\n', "bureau: a quotation mark in line 4 is not closed"),
        (
            f"1,{'9' * 25}{',1' * 15}\n",
            "line 4, column SK_ID_BUREAU: received '9999999999999999999999999', expected a whole",
        ),
    ],
)
def test_a_line_of_a_text_file_is_named(folder, tmp_path, lines, said):
    text = pd.DataFrame([row(), row(SK_ID_BUREAU=6)]).to_csv(index=False)
    (folder / "bureau.csv").write_text(text + lines)
    assert said in refusal(folder, tmp_path)


def cut(content):
    return content[:-50]


def emptied(_content):
    return b""


def damaged(content):
    return content[:200] + b"\x55" * 600 + content[800:]


@pytest.mark.parametrize("damage", [cut, emptied, damaged])
@pytest.mark.parametrize("parts", [False, True])
def test_a_damaged_parquet_file_is_named(folder, tmp_path, damage, parts):
    file = folder / ("bureau/b.parquet" if parts else "bureau.parquet")
    file.parent.mkdir(exist_ok=True)
    pd.DataFrame([row(SK_ID_BUREAU=i) for i in range(1000)]).to_parquet(file)
    if parts:
        pd.DataFrame([row(SK_ID_BUREAU=-1)]).to_parquet(file.with_name("a.parquet"))
    file.write_bytes(damage(file.read_bytes()))
    said = refusal(folder, tmp_path)
    assert "bureau" in said
    assert "the file cannot be read: it is damaged, cut off, or not what its ending says. Export it again." in said
    if parts and damage is cut:
        assert "bureau/b.parquet: " in said


def test_duplicates_that_cannot_be_looked_for_are_explained(tmp_path):
    file = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"id": range(1000)}), file)
    file.write_bytes(cut(file.read_bytes()))
    with pytest.raises(DataError, match=r"the file cannot be read: it is damaged"):
        find_repeats([file], Identity(name="id"), tmp_path)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Out of Memory Error: could not allocate block of size 256.0 KiB", "there is not enough memory. Close"),
        ("java.lang.OutOfMemoryError: Java heap space", "there is not enough memory. Close"),
        ("IO Error: Could not write file: No space left on device", "there is no space left on the disk"),
        ('IO Error: Cannot open file "a.parquet": Permission denied', "this user may not read it"),
        ("[FAILED_READ_FILE.NO_HINT] Encountered error while reading file", "the file cannot be read: it is damaged"),
        ("a.parquet is not a Parquet file. Expected magic number at tail", "the file cannot be read: it is damaged"),
        ("[PATH_NOT_FOUND] Path does not exist: file:/a", "it is not there any more"),
    ],
)
def test_what_engines_say_about_a_machine_or_a_file_has_a_remedy(words, said):
    assert explain(words).startswith(said)
