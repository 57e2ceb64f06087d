import numpy as np
import pytest

from scoring.tables.text.cells import USUAL, make_column
from scoring.tables.text.table_errors import TableError
from scoring.tables.text.text_reader import read_text


def column(*texts, is_text=False):
    return make_column("x", np.array(texts, dtype=object), USUAL, is_text=is_text)


def values(content, texts=(), **options):
    frame = read_text(content.encode(), texts, **options).frame
    return frame["x"].astype(object).where(frame["x"].notna(), None).tolist()


def test_a_plain_column_shows_its_decimal_mark_where_a_number_can_have_no_other():
    assert column("1.5", "39.000").certain == {".": "1.5"}
    assert column("0.125").certain == {".": "0.125"}
    assert column("1234.500").certain == {".": "1234.500"}
    assert (column("39.000", "7").certain, column("39.000", "7").unclear) == ({}, "39.000")
    assert (column("7", "8").certain, column("7", "8").unclear) == ({}, None)


def test_a_cell_with_a_line_end_is_a_text():
    assert values('x,y\n"1\n2",1\n3,1\n4,1\n5,1\n') == ["1\n2", 3, 4, 5]


@pytest.mark.parametrize("marker", ["Unknown", "unknown", "NONE", "-", "--", ".", "n.a.", "N.D.", "inconnu", "—"])
def test_markers_among_numbers_are_answers_among_texts(marker):
    assert values(f"x,y\n{marker},1\n5,1\n6,1\n") == [None, 5, 6]
    assert values(f"x,y\n{marker},1\nhouse,1\ncar,1\n") == [marker, "house", "car"]


def test_months_and_years_stay_texts():
    assert values("x,y\n03.2015,1\n12.2019,1\n") == ["03.2015", "12.2019"]
    assert values("x,y\n2015.03,1\n2019.12,1\n") == ["2015.03", "2019.12"]
    assert values("x,y\n03.2015,1\n99.2019,1\n") == [3.2015, 99.2019]
    months = [f"{month:02}.2015" for month in range(1, 13)]
    assert values("\n".join(["x;y", *(f"{one};1" for one in [*months, "00.0000"])])) == [*months, "00.0000"]


def test_flags_are_flags_and_codes_to_the_letter_are_texts():
    assert values("x,y\nTRUE,1\nfalse,1\n,1\n") == [True, False, None]
    assert values("x,y\n007,1\n7,1\n", texts=["x"]) == ["007", "7"]
    assert values('x,y\n"=""007""",1\n8,1\n', texts=["x"]) == ["007", "8"]  # a spreadsheet's way to keep zeros


def test_whole_numbers_are_exact_up_to_any_size():
    assert values("x,y\n9007199254740993,1\n1,1\n") == [9007199254740993, 1]
    assert values("x,y\n123456789012345678901234567890,1\n,1\n") == [123456789012345678901234567890, None]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("x;y\n5 %;1\n0,05;1\n", "mixed_percent"),
        ("x;y\n$5;1\n5 €;1\n", "two_currencies"),
        ("x;y\n1,5;1.5\n", "two_decimal_marks"),
        ("x;y\n1.500;1\n", "ambiguous_number"),
        ('x,y\n"1,500",1\n', "ambiguous_number"),
    ],
)
def test_a_column_with_two_readings_is_refused(content, code):
    with pytest.raises(TableError) as caught:
        values(content)
    assert caught.value.code == code
    assert caught.value.values["line"] == 2


@pytest.mark.parametrize(
    ("cells", "notes"),
    [
        (["$5", "$1,200.0"], [("note_currency", "$1,200.0", "1200")]),
        (["5.5 %", "1,250.5 %"], [("note_percent", "1,250.5 %", "1250.5")]),
        (["5 €", "7"], [("note_currency", "5 €", "5")]),
        (["5", "1,200.5"], [("note_grouped", "1,200.5", "1200.5")]),
        (["1,200.5", "5 €"], [("note_grouped", "1,200.5", "1200.5"), ("note_currency", "5 €", "5")]),
        (["$5.5", "($1,200)"], [("note_currency", "($1,200)", "-1200"), ("note_brackets", "($1,200)", "-1200")]),
        (["5", "7.25"], []),
    ],
)
def test_a_unit_and_groups_are_one_note_with_an_example_of_both(cells, notes):
    table = read_text("\n".join(["x;y", *(f"{cell};1" for cell in cells)]).encode())
    assert [(note.key, note.values["first"], note.values["second"]) for note in table.notes] == notes


def test_amounts_with_and_without_their_currency_are_one_column():
    assert values("x,y\n$5,1\n7,1\n") == [5, 7]
