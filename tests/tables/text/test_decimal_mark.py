"""A file has one decimal mark; what only the possible values of fields show of it must not hang on a single cell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.tables.text.table_errors import TableError
from scoring.tables.text.text_reader import read_text


def is_possible(name, number):
    """Counts are whole, shares lie between 0 and 1, amounts are anything."""
    return {"count": number == int(number), "share": 0 <= number <= 1}.get(name, True)


def read(columns):
    """Read a file with columns of cells, the shorter ones filled up with whole numbers."""
    longest = max(map(len, columns.values()))
    lines = [";".join(columns), *(";".join(cells[i] if i < len(cells) else "1" for cells in columns.values())
                                  for i in range(longest))]  # fmt: skip
    return read_text("\n".join(lines).encode(), is_possible=is_possible)


def outcome(columns):
    try:
        return read(columns).decimal
    except TableError as error:
        return error.code


def numbers(least=0):
    """Different texts such as 39.000, which both decimal marks allow."""
    return st.lists(st.integers(1_001, 999_999).filter(lambda one: one % 1000), unique=True, min_size=least, max_size=6)


def write(thousandths, mark):
    return [f"{one // 1000}{mark}{one % 1000:03}" for one in thousandths]


@given(numbers(1), numbers(), st.integers(1, 5), st.sampled_from(".,"))
def test_few_odd_cells_never_decide_on_more_other_numbers(amounts, odd, times, mark):
    other = "," if mark == "." else "."
    columns = {"amount": write(amounts, mark), "count": write(odd, mark) * times}  # copies are no further witnesses
    assert outcome(columns) == (other if len(odd) >= len(amounts) else "ambiguous_number")


@given(numbers(1), st.sampled_from(".,"))
def test_whatever_is_decided_is_told_for_every_column(amounts, mark):
    columns = {"amount": write(amounts, mark)[:1], "count": write(amounts, mark), "sum": write(amounts, mark)[:1]}
    try:
        table = read(columns)
    except TableError:
        return
    told = {note.values["column"]: note.key for note in table.notes if note.key.startswith("note_decided")}
    assert told == {"amount": "note_decided_too", "count": "note_decided", "sum": "note_decided_too"}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"amount": ["39.000"], "count": ["1.500"]}, ","),
        ({"amount": ["39.000", "41.000"], "count": ["1.500"]}, "ambiguous_number"),
        ({"amount": ["39.000", "41.000"], "count": ["1.500", "1.500"]}, "ambiguous_number"),
        ({"amount": ["39.000"], "fee": ["2.000"], "count": ["1.500"]}, "ambiguous_number"),
        ({"amount": ["39.000", "39.000"], "count": ["1.500"]}, ","),  # one number, twice
        ({"count": ["1.000", "2.000", "1.500"]}, "ambiguous_number"),  # one odd cell in its own column
        ({"count": ["1.500", "2.500"], "share": ["1.000"]}, "ambiguous_number"),  # they need different marks
        ({"share": ["1.000"], "amount": ["1.250"]}, "."),
        ({"share": ["1.500", "2.500"], "amount": ["39.000"]}, "ambiguous_number"),  # no share at all
        ({"share": ["1.500"]}, "."),  # an error of its row, whichever mark the file has
        ({"count": ["1.500"], "amount": ["39.000", "41.000", "0.5"]}, "."),
    ],
)
def test_half_of_the_numbers_must_need_a_mark_and_none_the_other(columns, expected):
    assert outcome(columns) == expected


def test_the_question_names_a_number_that_may_have_both_marks():
    with pytest.raises(TableError) as caught:
        read({"count": ["1.500"], "amount": ["39.000", "41.000"]})
    assert (caught.value.code, caught.value.values) == (
        "ambiguous_number",
        {"line": 2, "column": "amount", "cell": "39.000", "first": "39", "second": "39000"},
    )
    assert "--decimal point for 39, --decimal comma for 39000" in str(caught.value)


@pytest.mark.parametrize(
    ("other", "told"), [("0.5", ["39.000 → 39, not 39000"]), ("0,5", []), ("7", None)], ids=["point", "comma", "none"]
)
def test_decimals_that_another_column_decides_on_are_told(other, told):
    """Groups of three digits have a note of their own."""
    if told is None:
        assert outcome({"amount": ["39.000"], "rate": [other]}) == "ambiguous_number"
        return
    notes = [one.values for one in read({"amount": ["39.000"], "rate": [other]}).notes if one.key == "note_decided_too"]
    assert [f"{one['cell']} → {one['first']}, not {one['second']}" for one in notes] == told
