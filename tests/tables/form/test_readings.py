"""Cells are counted without splitting a line only where that gives the same number."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.tables.form.readings import BLANKS, count_cells, read_records
from tests.examples import examples


@given(
    separator=st.sampled_from([",", ";", "\t", "|"]),
    signs=st.lists(st.sampled_from(['"', '"', "s", "s", "a", " "]), max_size=12),
    end=st.sampled_from(["\n", "\r\n", "\r", ""]),
)
@settings(deadline=None, max_examples=examples(125))
def test_cells_are_counted_as_the_reader_splits_them(separator, signs, end):
    line = "".join(signs).replace("s", separator) + end
    found = count_cells(line, separator)
    if line.strip("\r\n") and found is not None:
        assert found == len(next(read_records([line], separator, strict=True)))


@pytest.mark.parametrize(
    ("line", "separator", "count"),
    [
        ('1,"a, b",\n', ",", 3),
        ('"a";"";"b"\r\n', ";", 3),
        ("1,2\n", ",", 2),
        ('5" tube,6" tube\n', ",", None),
        ('5" tube,"two\n', ",", None),
        ('"say ""a""",1\n', ",", None),
        ('1,"' + "a" * 140_000 + '"\n', ",", None),  # longer than a cell may be
        ("1 2\n", BLANKS, None),
    ],
)
def test_a_line_that_only_the_reader_can_split_is_left_to_it(line, separator, count):
    assert count_cells(line, separator) == count
