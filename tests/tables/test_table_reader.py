import bz2
import gzip
import lzma
import subprocess
import sys
import zipfile

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from scoring.errors import DataError
from scoring.tables.files import ENDINGS, PARQUET, find_table, require_table, table_files, unpack
from scoring.tables.flat.column_options import ColumnOptions
from scoring.tables.flat.flat_table import read_flat
from scoring.tables.table_reader import read_table
from scoring.tables.text.cells import MISSING
from scoring.tables.text.table_errors import TableError
from scoring.tables.text.text_reader import find_lines

CSV = b"id,amount,trade\n1,0.1,smith\n2,,NA\n3,12345678.123456789,None\n"


def read_file(path, *options, **named):
    return read_table(table_files(path), *options, **named).frame


def write(path, content=CSV):
    """Write a table as its ending says."""
    ending = path.suffix.lower()
    if ending in PARQUET:
        pd.DataFrame(
            {"id": [1, 2, 3], "amount": [0.1, None, 12345678.123456789], "trade": ["smith", None, "None"]}
        ).to_parquet(path)
    elif ending == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("table.csv", content)
            archive.writestr("__MACOSX/._table.csv", b"surplus")
            archive.writestr("clients/.DS_Store", b"surplus")
    elif ending == ".zst":
        with pa.CompressedOutputStream(str(path), "zstd") as out:
            out.write(content)
    else:
        pack = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}.get(ending, bytes)
        path.write_bytes(pack(content))
    return path


@pytest.mark.parametrize("ending", [*ENDINGS, ".CSV", ".Csv.GZ", ".CSV.ZST", ".ZIP", ".Parquet"])
def test_every_ending_gives_the_same_frame(tmp_path, ending):
    write(tmp_path / f"table{ending}")
    found = find_table(tmp_path, "table")
    frame = read_table(found).frame
    assert frame["amount"].tolist()[::2] == [0.1, 12345678.123456789]
    assert frame["amount"].isna().tolist() == [False, True, False]
    assert frame["id"].tolist() == [1, 2, 3]
    assert frame["trade"].astype(object).where(frame["trade"].notna(), None).tolist() == ["smith", None, "None"]


@pytest.mark.parametrize("ending", [ending for ending in ENDINGS if ending not in PARQUET])
def test_compressed_numbers_are_bit_equal_to_what_pandas_reads(tmp_path, ending):
    cells = [f"{i / 7:.17g}" for i in range(1, 500)]
    content = "\n".join(["x", *cells]).encode()
    expected = pd.read_csv(write(tmp_path / "plain.csv", content))
    frame = read_file(write(tmp_path / f"table{ending}", content))
    pd.testing.assert_frame_equal(frame, expected, check_exact=True)


@pytest.mark.parametrize("ending", [".csv.zst", ".csv.xz", ".zip", ".CSV.GZ"])
def test_what_an_engine_cannot_read_is_unpacked_for_it(tmp_path, ending):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    unpacked = unpack(table_files(write(tmp_path / f"table{ending}")), scratch)
    assert [file.read_bytes() for file in unpacked.files] == [CSV]


@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
def test_what_an_engine_reads_itself_stays_where_it_is(tmp_path, ending):
    found = table_files(write(tmp_path / f"table{ending}"))
    assert unpack(found, tmp_path) == found


def test_part_files_are_read_one_after_the_other(tmp_path):
    folder = tmp_path / "table"
    folder.mkdir()
    write(folder / "part-1.csv")
    write(folder / "part-2.csv.gz")
    (folder / "_SUCCESS").touch()
    assert read_table(find_table(tmp_path, "table")).frame["id"].tolist() == [1, 2, 3, 1, 2, 3]
    write(folder / "part-3.csv", b"id,other\n1,2\n")
    with pytest.raises(DataError, match=r"part-3.csv: its columns are not those of part-1.csv"):
        read_table(find_table(tmp_path, "table"))
    write(folder / "part-4.parquet")
    with pytest.raises(DataError, match="holds both CSV and Parquet files"):
        find_table(tmp_path, "table")


@pytest.mark.parametrize("name", ["march.xlsx", "march.txt"])
def test_a_file_that_is_no_part_beside_part_files_is_refused(tmp_path, name):
    parts, hidden = (
        ("january.csv", "february.csv"),
        ("_SUCCESS", ".march.csv.crc", "Thumbs.db", "desktop.ini", "~$a.xlsx"),
    )
    for one in (*parts, *hidden):
        (tmp_path / one).write_bytes(CSV)
    assert [one.name for one in table_files(tmp_path).files] == sorted(parts)
    (tmp_path / name).write_bytes(CSV)
    with pytest.raises(DataError, match=rf"holds {name} beside part files, and would be read without it\nSave each"):
        table_files(tmp_path)


def test_a_folder_of_a_partition_beside_part_files_is_refused_and_other_folders_are_passed_over(tmp_path):
    (tmp_path / "january.csv").write_bytes(CSV)
    (tmp_path / "scores").mkdir()
    assert len(table_files(tmp_path).files) == 1
    (tmp_path / "year=2026").mkdir()
    with pytest.raises(DataError, match=r"holds year=2026 beside part files, and would be read without it"):
        table_files(tmp_path)


def test_two_files_of_one_table_are_refused(tmp_path):
    write(tmp_path / "table.csv")
    write(tmp_path / "table.PARQUET")
    with pytest.raises(DataError, match=r"holds table.PARQUET and table.csv\nKeep one of them"):
        find_table(tmp_path, "table")


@pytest.mark.parametrize("name", ["table.xlsx", "table_2.csv", "other.csv"])
def test_where_no_file_is_the_table_the_message_names_the_endings(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(DataError, match=r"(?s)holds no table table.*\.csv\.zst, .*\.zip, \.parquet"):
        require_table(tmp_path, "table")


def test_without_pyarrow_it_is_named_where_it_is_needed_and_everything_else_is_read(tmp_path):
    for ending in ENDINGS:
        write(tmp_path / f"table{ending}")
    program = """
import sys
sys.modules["pyarrow"] = None
from pathlib import Path
from scoring.errors import DataError
from scoring.tables.files import table_files
from scoring.tables.table_reader import read_table
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        print(path.suffix, len(read_table(table_files(path)).frame))
    except DataError as error:
        print(path.suffix, "need the package pyarrow, which is not installed\\nRun: pip install pyarrow" in str(error))
"""
    printed = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout
    assert dict(line.split() for line in printed.splitlines()) == {
        **dict.fromkeys([".csv", ".gz", ".bz2", ".xz", ".zip"], "3"),
        **dict.fromkeys([".zst", *PARQUET], "True"),
    }


@pytest.mark.parametrize("ending", [ending for ending in ENDINGS if ending != ".csv"])
def test_a_damaged_file_is_refused(tmp_path, ending):
    path = write(tmp_path / f"table{ending}", CSV * 200)
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], b"\x1f\x8b damaged", b""):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"cannot be read|the file is empty|is a .gz file, but its name ends in"):
            read_file(path)


@pytest.mark.parametrize("ending", [ending for ending in ENDINGS if ending != ".csv"])
def test_a_file_of_another_kind_than_its_name_says_is_to_be_renamed(tmp_path, ending):
    path = tmp_path / f"table{ending}"
    path.write_bytes(CSV)
    with pytest.raises(DataError, match=r"is plain text, but its name ends in .*\nRename it so that it ends in .csv."):
        read_file(path)
    if ending != ".csv.xz":
        path.write_bytes(lzma.compress(CSV))
        with pytest.raises(
            DataError, match=r"is a .xz file, but its name ends in .*\nRename it so that it ends in .xz."
        ):
            read_file(path)


@pytest.mark.parametrize(
    "name", ["PAR1", "BZh9", "PARE", "PK", "ID;PRIX", "TABLE", "INSERTED", "Create Date", "begin", "Use type"]
)
def test_a_name_that_begins_as_other_formats_do_is_a_name(tmp_path, name):
    content = f"{name};x\n1;{'2;' * name.count(';')}3\n4;{'5;' * name.count(';')}6\n".encode()
    assert len(read_file(write(tmp_path / "table.csv", content))) == 2


def test_a_workbook_that_may_not_be_one_is_to_be_exported_as_csv(tmp_path):
    (tmp_path / "rows.xlsx").write_bytes(b"PK\x03\x04")
    with pytest.raises(TableError, match=r"an Excel workbook or another archive, not CSV\. Export the table as CSV"):
        find_lines(tmp_path / "rows.xlsx", published=True)


def test_an_archive_of_several_files_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "table.zip", "w") as archive:
        archive.writestr("a.csv", CSV)
        archive.writestr("b.csv", CSV)
    with pytest.raises(DataError, match=r"table.zip: holds 2 files\nExpected one"):
        read_file(tmp_path / "table.zip")


@pytest.mark.parametrize(
    ("content", "separator", "decimal"),
    [(b"a,b\n1.5,2\n", ",", "."), (b"a;b\n1,5;2\n", ";", ","), (b"\xef\xbb\xbfa\tb\n1.5\t2\n", "\t", ".")],
)
def test_the_form_of_a_file_is_reported_and_read_by(tmp_path, content, separator, decimal):
    table = read_table(table_files(write(tmp_path / "table.csv", content)))
    layout = table.form.layout
    assert (layout.header, layout.separator, table.decimal) == (("a", "b"), separator, decimal)
    assert read_file(tmp_path / "table.csv")["a"].tolist() == [1.5]


@pytest.mark.parametrize("marker", [marker for marker in MISSING if marker])
def test_texts_that_mean_missing_are_missing_among_numbers_and_texts(tmp_path, marker):
    frame = read_file(write(tmp_path / "table.csv", f"x,y,z\n{marker},{marker},7\n1.5,b,8\n".encode()), ["y"])
    assert frame["x"].isna().tolist() == frame["y"].isna().tolist() == [True, False]
    assert frame["x"].dtype == float


def test_in_a_published_table_only_an_empty_cell_is_missing(tmp_path):
    frame = read_file(write(tmp_path / "table.csv", b"x,y\nNA,\n007,1\n"), ["x"], published=True)
    assert frame["x"].tolist() == ["NA", "007"]
    assert frame["y"].isna().tolist() == [True, False]


PSQL = " id | amount \n----+--------\n  1 |    200\n  2 |  300.5\n(2 rows)\n\n"
BOX = "+----+--------+\n| id | amount |\n+----+--------+\n|  1 |    200 |\n|  2 |  300.5 |\n+----+--------+\n"


@pytest.mark.parametrize(
    "content",
    [
        PSQL,
        BOX + "2 rows in set (0.01 sec)\n\n",
        "id,amount\n--,------\n1,200\n2,300.5\n\n(2 rows affected)\n",
        "id\tamount\n==\t======\n1\t200\n2\t300.5\n\n2 rows selected.\n",
        "id;amount\n1;200\n2;300,5\n2 lignes sélectionnées\n",
        "| id | amount |\n|---:|-------:|\n| 1 | 200 |\n| 2 | 300.5 |\n",
    ],
)
def test_what_clients_of_databases_draw_around_a_table_is_left_out_with_a_note(tmp_path, content):
    table = read_table(table_files(write(tmp_path / "table.csv", content.encode())))
    assert table.frame.to_dict("list") == {"id": [1, 2], "amount": [200, 300.5]}
    assert table.notes


def test_a_file_of_one_column_is_refused_with_the_separators_where_others_are_needed(tmp_path):
    path = write(tmp_path / "table.csv", b"id/late/days\n1/0/5\n2/1/6\n")
    with pytest.raises(DataError, match=r"(?s)'id/late/days'.*\nThe file has one column only\. Cells may"):
        read_flat(path, ColumnOptions("late", "id"))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["7", "39.000"], r"row 2, column a: 39\.000 can mean 39 or 39000"),
        (["1.5", "2,5"], r"row 1, column a: 1\.5 has a decimal point, and row 2, column a: 2,5 has"),
        (["5 %", "7"], r"such as 5 % \(row 1\) and 7 \(row 2\)"),
    ],
)
def test_messages_about_parquet_files_count_rows_and_those_about_texts_lines(tmp_path, texts, expected):
    pd.DataFrame({"a": texts}).to_parquet(tmp_path / "table.parquet")
    with pytest.raises(DataError, match=expected):
        read_file(tmp_path / "table.parquet")
    path = write(tmp_path / "table.csv", "\n".join(["a;b", *(f"{text};x" for text in texts)]).encode())
    with pytest.raises(DataError, match="line "):
        read_file(path)


def test_two_columns_of_one_name_in_a_parquet_file_are_told(tmp_path):
    column = pa.array([1, 2])
    parquet.write_table(pa.table([column, column], names=["age", "age"]), tmp_path / "t.parquet")
    with pytest.raises(DataError, match=r"the file has duplicate columns: age\. Keep one column of each name"):
        read_file(tmp_path / "t.parquet")


def test_numbers_in_digits_of_other_scripts_and_beside_invisible_signs_are_numbers(tmp_path):
    (tmp_path / "t.csv").write_text("a,b,c\n٧١,１２．５,\u200e5\u200f\n٣,７,\u20666\u2069\n", encoding="utf-8")
    assert read_file(tmp_path / "t.csv").to_numpy().tolist() == [[71, 12.5, 5], [3, 7, 6]]
