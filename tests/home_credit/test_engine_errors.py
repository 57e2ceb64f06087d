"""Tables that an engine cannot read are named in our words: what was received, what was expected, the remedy."""

import bz2
import gzip
import io
import lzma
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scoring.batch import duplicate_ids
from scoring.batch.duplicate_ids import find_repeats
from scoring.errors import DataError
from scoring.home_credit.engine_errors import explain
from scoring.home_credit.history.compute import compute
from scoring.home_credit.history.source_schema import SOURCE_TABLES
from scoring.model.schema import Identity


def zipped(content):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("bureau.csv", content)
    return out.getvalue()


COLUMNS = {column.name: column.kind for table in SOURCE_TABLES if table.name == "bureau" for column in table.columns}
PACKERS = {
    ".csv.gz": gzip.compress,
    ".csv.bz2": bz2.compress,
    ".csv.xz": lzma.compress,
    ".csv.zst": lambda content: pa.compress(content, "zstd", asbytes=True),
    ".zip": zipped,
}
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


def refusal(folder, tmp_path, **options):
    with pytest.raises(DataError) as refused:
        compute(folder, tmp_path / "features.parquet", **options)
    said = str(refused.value)
    assert said.startswith(f"{folder}: ")
    assert not [words for words in OF_ENGINES if words in said]
    assert not (tmp_path / "features.parquet").exists()
    return said


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("1,2\n", "bureau.csv: line 4 has 2 cells, the header has 17. The row may be cut off"),
        (
            f"{','.join('1' * 18)}\n",
            "bureau.csv: line 4 has 18 cells, the header has 17. Values may stand under another",
        ),
        ('1,"2\n', "bureau.csv: a quotation mark in line 4 is not closed"),
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


@pytest.mark.parametrize("damage", [cut, emptied, lambda content: content[:8] + b"\x55" * 40 + content[48:]])
def test_a_damaged_coverage_file_is_named(folder, tmp_path, damage):
    pd.DataFrame([row()]).to_csv(folder / "bureau.csv", index=False)
    coverage = tmp_path / "covered.parquet"
    pd.DataFrame({"SK_ID_CURR": range(100001, 101001), "bureau": True}).to_parquet(coverage)
    coverage.write_bytes(damage(coverage.read_bytes()))
    expected = f"{folder}: coverage covered.parquet: the file cannot be read: it is damaged"
    assert refusal(folder, tmp_path, coverage=coverage).startswith(expected)


def test_a_coverage_file_that_was_unpacked_has_its_own_name(folder, tmp_path):
    pd.DataFrame([row()]).to_csv(folder / "bureau.csv", index=False)
    coverage = tmp_path / "covered.csv.bz2"
    lines = "".join(f"{number},true\n" for number in range(100001, 100301))
    coverage.write_bytes(bz2.compress(f"SK_ID_CURR,bureau\n{lines}100301,maybe\n".encode()))
    said = refusal(folder, tmp_path, coverage=coverage)
    assert "coverage covered.csv.bz2: line 302, column bureau: received 'maybe', expected true or false." in said
    coverage.write_bytes(bz2.compress(lines.encode("utf-16")))
    assert f"coverage {coverage}: the file is not written in the form of" in refusal(
        folder, tmp_path, coverage=coverage
    )


def test_duplicates_that_cannot_be_looked_for_are_explained(tmp_path):
    file = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"id": range(1000)}), file)
    file.write_bytes(cut(file.read_bytes()))
    with pytest.raises(DataError, match=r"the file cannot be read: it is damaged"):
        find_repeats([file], Identity(name="id"), tmp_path, "rows.parquet")


def test_the_input_and_the_limit_of_memory_are_named_where_duplicates_need_more(tmp_path, monkeypatch):
    file = tmp_path / "copy.parquet"
    pq.write_table(pa.table({"id": [f"client {i % 400_000:060}" for i in range(500_000)]}), file)
    monkeypatch.setattr(duplicate_ids, "_MEMORY", "4MB")
    with pytest.raises(DataError) as refused:
        find_repeats([file], Identity(name="id", kind="text"), tmp_path, "the input")
    limit = "DuckDB may use 3.8 MiB of memory, and this needs more. Divide the clients among several runs."
    assert str(refused.value) == f"the input: {limit}"


@pytest.mark.parametrize("packed", [".csv.bz2", ".csv.xz", ".csv.zst", ".zip", ".csv.gz"])
@pytest.mark.parametrize("parts", [False, True])
def test_an_unpacked_file_has_its_own_name(folder, tmp_path, packed, parts):
    name = f"b{packed}" if parts else f"bureau{packed}"
    file = folder / "bureau" / name if parts else folder / name
    file.parent.mkdir(exist_ok=True)
    table = pd.DataFrame([row(SK_ID_BUREAU=i) for i in range(300)])
    if parts:
        pd.DataFrame([row(SK_ID_BUREAU=-1)]).to_csv(file.with_name("b.csv"), index=False)
    file.write_bytes(PACKERS[packed]((table.to_csv(index=False) + "1,2\n").encode()))
    shown = f"bureau/{name}" if parts else name
    assert refusal(folder, tmp_path).startswith(f"{folder}: {shown}: line 302 has 2 cells, the header has 17. ")


@pytest.mark.parametrize("name", ["credit_card_balance.csv", "credit_card_balance.csv.bz2"])
def test_a_file_that_fails_while_features_are_computed_has_its_own_name(folder, tmp_path, name):
    columns = next(table.columns for table in SOURCE_TABLES if table.name == "credit_card_balance")
    cells = ["x" if column.kind == "text" else "100001" if "CURR" in column.name else "-1" for column in columns]
    wrong = ["much" if column.name == "AMT_BALANCE" else cell for column, cell in zip(columns, cells, strict=True)]
    lines = [[column.name for column in columns], *[cells] * 300, wrong]
    text = "".join(f"{','.join(line)}\n" for line in lines).encode()
    (folder / name).write_bytes(bz2.compress(text) if name.endswith("bz2") else text)
    said = refusal(folder, tmp_path)
    assert said.endswith(f"{name}: line 302, column AMT_BALANCE: received 'much', expected a number. Correct the cell.")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Out of Memory Error: could not allocate block of size 256.0 KiB", "there is not enough memory. Close"),
        (
            "Out of Memory Error: failed to pin block of size 32.0 KiB (4.7 GiB/4.7 GiB used)",
            "DuckDB may use 4.7 GiB of memory, and this needs more. Divide the clients among several runs.",
        ),
        (
            "Out of Memory Error: failed to offload data block (9.0 MiB/9.0 MiB used) ... 'max_temp_directory_size'",
            "there is no space left on the disk",
        ),
        ("Malformed line: a cell exceeds maxCharsPerColumn", "a cell is too long. Shorten it"),
        ("Invalid Input Error: the file is not utf-8 encoded", "the file is not written in the form of history tables"),
        ("Value with unterminated quote found.", "a quotation mark is not closed"),
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
