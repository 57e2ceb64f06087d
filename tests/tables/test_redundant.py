import numpy as np
import pandas as pd
import pytest

from scoring.tables.redundant import find_redundant
from tests.fields import field


def test_a_copy_is_named_with_the_first_column_it_repeats():
    frame = pd.DataFrame(
        {"a": [1.0, np.nan, 3.0], "b": [2.0, 1.0, 0.0], "c": [1.0, np.nan, 3.0], "d": [1.0, np.nan, 3.0]}
    )
    assert dict(find_redundant(frame, [field(name) for name in frame]).copies) == {"c": "a", "d": "a"}


@pytest.mark.parametrize("other", [[1.0, 2.0, np.nan], [1.0, np.nan, 4.0], [3.0, np.nan, 1.0]])
def test_columns_that_differ_in_one_value_or_one_gap_are_not_copies(other):
    frame = pd.DataFrame({"a": [1.0, np.nan, 3.0], "b": other})
    assert not find_redundant(frame, [field("a"), field("b")]).copies


def test_texts_that_are_joined_alike_are_not_copies():
    frame = pd.DataFrame({"a": ["x', 'y", "z"], "b": ["x", "y"]})
    assert not find_redundant(frame, [field("a", "category"), field("b", "category")]).copies


def test_a_column_with_one_value_and_gaps_is_not_constant():
    found = find_redundant(pd.DataFrame({"a": [1.0, np.nan], "b": [1.0, 1.0]}), [field("a"), field("b")])
    assert found.constant == ("b",)
    assert "a" not in {*found.empty, *found.copies}
