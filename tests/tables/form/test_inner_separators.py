"""Numbers that contain the sign between cells are named as the cause, with both readings and the remedy."""

import pytest

from scoring.tables.text.table_errors import TableError
from scoring.tables.text.text_reader import read_text


def refused(text):
    with pytest.raises(TableError) as caught:
        read_text(text.encode())
    return caught.value


@pytest.mark.parametrize(
    ("text", "line", "first", "second"),
    [
        ("AMT_CREDIT,AMT_ANNUITY\n500,000,25,000\n", 2, "500,000 | 25,000", "500 | 000 | 25 | 000"),
        ("credit,annuity\n500,000,25000\n600,000,26000\n", 2, "500,000 | 25000", "500 | 000 | 25000"),
        ("credit,annuity\n1,000,25000\n2,000,26000\n", 2, "1,000 | 25000", "1 | 000 | 25000"),
        ("credit,annuity\n900,250\n500,000,25,000\n", 3, "500,000 | 25,000", "500 | 000 | 25 | 000"),
        ("credit,annuity\n1,234,567\n", 2, "1 | 234,567", "1,234 | 567"),
        ("credit,annuity\n1,000,250,000\n", 2, "1,000 | 250,000", "1 | 000 | 250 | 000"),
        ("id,credit,job\n7,$1,250,000.50,baker\n", 2, "7 | $1,250,000.50 | baker", "7 | $1 | 250 | 000.50 | baker"),
        ("credit,annuity\n500000,5,25000,5\n600000,5,26000,5\n", 2, "500000,5 | 25000,5", "500000 | 5 | 25000 | 5"),
        ("credit annuity\n500 000 25 000\n", 2, "500 000 | 25 000", "500 | 000 | 25 | 000"),
        ("Extrait\n\ncredit,annuity\n500,000,25,000\n", 4, "500,000 | 25,000", "500 | 000 | 25 | 000"),
    ],
)
def test_thousands_or_decimals_written_with_the_separator_are_the_cause_that_is_told(text, line, first, second):
    error = refused(text)
    assert error.code == "inner_separator"
    assert error.values["line"] == line
    assert (error.values["first"], error.values["second"]) == (first, second)
    assert "semicolons" in str(error)
    assert first in error.describe("fr")


def test_a_number_with_thousands_is_told_also_far_below_the_header():
    rows = "".join(f"{500 + i % 400},{20 + i % 70}\n" for i in range(400))
    error = refused(f"credit,annuity\n{rows}500,000,25\n")
    assert (error.code, error.values["line"], error.values["first"]) == ("inner_separator", 402, "500,000 | 25")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("age,amount\n1,45,500\n2,46,600\n", "row_names"),  # R counts the rows
        ("age,amount\nx,45,500\ny,46,600\n", "row_names"),
        ("age,amount\n5,6,7,8,9\n1,2\n", "surplus"),
        ("age;amount\n1;2\n45;500;000\n", "surplus"),
        ("age,job,amount\n45,a,5\n46,a,b,c\n", "surplus"),
        ("id,job,share\n7,5,0.25,0.5\n8,5,0.75,0.25\n", "row_names"),  # decimals have a point: 7,5 is no number
    ],
)
def test_rows_that_are_longer_for_another_reason_are_refused_as_before(text, code):
    assert refused(text).code == code


def test_a_row_of_very_many_cells_is_refused_quickly():
    row = ",".join(["100"] * 190)
    assert refused(f"a,b,c\n1,2,3\n{row}\n").code == "inner_separator"
    row = ",".join(["100"] * 100 + ["x"] * 100)
    assert refused(f"a,b,c\n1,2,3\n{row}\n").code == "surplus"


def test_a_column_of_numbers_with_blanks_between_thousands_has_no_inner_separator():
    assert read_text(b"amount EUR\n1 500 000\n2 500 000\n").frame["amount EUR"].tolist() == [1500000, 2500000]


def test_a_sign_between_cells_at_the_end_of_every_row_is_left_out_beside_decimals_with_a_point():
    frame = read_text(b"id,outcome,score\n7,0,-0.04,\n8,0,1.25,\n").frame
    assert frame.to_dict("list") == {"id": [7, 8], "outcome": [0, 0], "score": [-0.04, 1.25]}
