from decimal import Decimal

import pandas as pd
import pytest

from scoring.tables.missing_markers import mark_missing


@pytest.mark.parametrize(
    ("values", "markers", "missing"),
    [
        ([1, 9999, 3], [9999.0], [False, True, False]),
        ([1.5, 9999.0, None], [9999.0], [False, True, True]),
        (["1", "9999.0", "x"], [9999.0], [False, True, False]),
        (["1", "Unknown", "?"], ["Unknown", "?"], [False, True, True]),
        ([Decimal(-9), Decimal(1)], [-9.0], [True, False]),
        (["a", "b"], [9999.0], [False, False]),
        ([True, False], ["?"], [False, False]),
        (pd.Series([1, 9], dtype="Int64"), [9.0], [False, True]),
    ],
)
def test_markers_become_missing_however_they_are_written(values, markers, missing):
    column, counts = mark_missing(pd.Series(values), markers)
    assert column.isna().tolist() == missing
    assert sum(counts.values()) == sum(missing) - pd.Series(values).isna().sum()


def test_text_markers_are_compared_to_the_letter():
    column, counts = mark_missing(pd.Series(["9", "09", "x"]), ["9", "X"])
    assert column.isna().tolist() == [True, False, False]
    assert counts == {"9": 1}
    assert mark_missing(pd.Series([9, 8], dtype="category"), ["9"])[0].isna().tolist() == [True, False]
