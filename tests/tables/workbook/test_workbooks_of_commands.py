"""A command reads a table that is an Excel workbook."""

import csv

import pandas as pd
import pytest

from scoring.errors import DataError
from scoring.tables.files import table_files
from scoring.tables.flat.column_options import ColumnOptions
from scoring.tables.flat.flat_table import read_flat
from scoring.tables.table_reader import read_table
from tests.workbooks import workbook


def test_a_workbook_is_the_same_table_as_the_csv_file(tmp_path, project):
    with (project / "applications_sample.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))[:200]
    cells = [
        [float(cell) if cell.replace(".", "").replace("-", "").isdigit() else cell for cell in row] for row in rows
    ]
    path = tmp_path / "applications.xlsx"
    path.write_bytes(workbook([header, *cells]))
    text = tmp_path / "applications.csv"
    with text.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    found, expected = (read_table(table_files(one)).frame for one in (path, text))
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, check_exact=True)


LOANS = [["Export of loans"], ["client", "amount", "fee", "bad"], *([i, 100 * i, i % 7, i % 2] for i in range(1, 40))]
DICTIONARY = [["Column", "Meaning"], ["client", "Number"], ["amount", "Euros"], ["bad", "Outcome"]]
SUMMARY = [["year", "loans", "total"], *([2000 + i, 10 * i, i % 2] for i in range(20))]


def train_on(folder, *sheets, **options):
    path = folder / "loans.xlsx"
    path.write_bytes(workbook(*sheets))
    return read_flat(path, ColumnOptions(**{"target": "bad", "identity": "client", **options}))


@pytest.mark.parametrize("others", [[SUMMARY], [DICTIONARY], [SUMMARY, DICTIONARY]])
@pytest.mark.parametrize("options", [{}, {"identity": None}, {"drop": ["amount"]}], ids=str)
def test_training_takes_the_sheet_with_the_columns_that_the_options_name(tmp_path, others, options):
    for sheets in ([*others, LOANS], [LOANS, *others]):
        table = train_on(tmp_path, *sheets, **options)
        assert table.frame["bad"].tolist() == [i % 2 for i in range(1, 40)]
        name = f"Sheet{sheets.index(LOANS) + 1}"
        left = ", ".join(f"Sheet{i}" for i, one in enumerate(sheets, 1) if one is not LOANS)
        assert table.kinds.form[:2] == (
            f"read as an Excel workbook, sheet “{name}”",
            f"sheet “{name}” is read, and these are not: {len(others)} ({left})",
        )


def test_training_asks_which_of_two_equal_sheets_is_meant(tmp_path):
    with pytest.raises(DataError, match="“Sheet1” and “Sheet3” have as many of the columns that are looked for"):
        train_on(tmp_path, LOANS, SUMMARY, LOANS)


def test_a_wrong_target_is_an_error_about_the_first_sheet(tmp_path):
    with pytest.raises(DataError, match=r"(?s)--target 'worse': no such column.*Sheet “Sheet1” is read, .*\(Sheet2\)"):
        train_on(tmp_path, SUMMARY, DICTIONARY, target="worse", identity=None)
