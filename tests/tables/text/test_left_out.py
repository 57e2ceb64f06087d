"""Rows that are no client are left out, and the notes name their lines."""

import pytest

from scoring.tables.text.text_reader import read_text
from scoring.tables.workbook.workbook_reader import read_text_or_workbook
from tests.workbooks import workbook


def lines_and_notes(text, **options):
    table = read_text(text.encode(), **options)
    return table.lines(), [note.key for note in table.notes]


@pytest.mark.parametrize(
    ("text", "lines", "notes"),
    [
        ("id,amount\n1,5\nid,amount\n2,6\n", [2, 4], ["note_repeated_header"]),
        ("id;job;amount\n1;a;1,5\nid;job;amount\n2;b;2,5\nid;job;amount\n", [2, 4], ["note_repeated_header"]),
        ("id, x  y\n1,2\nid,x y\n3,4\n", [2, 4], ["note_repeated_header"]),
        ("job,town\na,b\njob,town b\n", [2, 3], []),
        ("job\nbaker\njob\n", [2, 3], []),  # a text of its only column
    ],
)
def test_a_header_that_is_repeated_among_the_rows_is_no_application(text, lines, notes):
    assert lines_and_notes(text) == (lines, notes)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [" ", ";", "\t"])
def test_lines_of_blanks_are_no_rows_whatever_ends_them(end, separator):
    first, second, third = (separator.join(cells) for cells in (["id", "job"], ["1", "a"], ["3", "b"]))
    assert lines_and_notes(end.join([first, second, "  ", third, "   ", "", ""])) == ([2, 4], [])


def test_a_repeated_header_far_below_does_not_turn_numbers_into_texts():
    rows = "".join(f"{i},{i}.5\n" for i in range(400))
    table = read_text(f"id,amount\n{rows}id,amount\n{rows}".encode())
    assert len(table.frame) == 800
    assert table.frame.dtypes.astype(str).tolist() == ["int64", "float64"]


def test_a_repeated_header_is_recognised_where_columns_are_renamed():
    found = lines_and_notes("Id,Amount\n1,5\nId,Amount\n2,6\n", rename=lambda names: [name.lower() for name in names])
    assert found == ([2, 4], ["note_repeated_header"])


@pytest.mark.parametrize(
    ("text", "lines", "notes"),
    [
        ("id,job,amount\n1,a,5\n2,b,6.5\n,,11.5\n", [2, 3], ["note_total"]),
        ("id;job;amount;n\n1;a;5,5;1\n2;b;6;2\n3;c;;3\n;;11,5;6\n", [2, 3, 4], ["note_total"]),
        ("id,job,amount\n1,a,5\n2,b,6.5\n,,12\n", [2, 3, 4], []),  # not the sum
        ("id,job,amount\n1,a,5\n,b,6\n,,11\n", [2, 3, 4], []),  # another row has no number either
        ("id,job,amount\n1,a,5\n,,5\n", [2, 3], []),  # of one row
        ("id,job,amount\n1,a,0\n2,b,0\n,,0\n", [2, 3, 4], []),
    ],
)
def test_a_last_row_without_a_label_that_has_the_sums_of_its_columns_is_no_application(text, lines, notes):
    assert lines_and_notes(text) == (lines, notes)


def test_totals_without_a_label_are_left_out_of_a_sheet():
    table = read_text_or_workbook(workbook([["id", "amount"], [1, 5.25], [2, 6.5], [None, 11.75]]))
    assert table.frame.to_dict("list") == {"id": [1, 2], "amount": [5.25, 6.5]}
    assert table.describe("en")[-1] == "line 4 is left out: without a label, it has the totals of the rows above"


def test_a_file_of_one_column_is_said_to_have_one():
    assert read_text(b"amount\n1,5\n2,5\n").describe("en")[0] == "read as UTF-8, one column, decimal comma"
    assert read_text(b"amount\n1,5\n").describe("fr")[0] == "Lu en UTF-8, une seule colonne, décimales\u00a0: virgule"
    assert "the sign ^" in read_text(b"sep=^\na^b\n1^2\n").describe("en")[0]
