"""A command reads a table that is an Excel workbook."""

import csv

import pandas as pd

from scoring.tables.files import table_files
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
