from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from scoring.tables.columns import Typed, Unusable, read_column, read_identity, read_target


def kind(values, wanted=None):
    read = read_column(pd.Series(values), wanted)
    assert isinstance(read, Typed)
    return read.type


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3], "integer"),
        ([1.0, None, 3.0], "integer"),
        ([1.5, None, 3.0], "number"),
        ([0, 1, 0], "integer"),
        ([None, None], "number"),
        (["1", "2.5", None], "number"),
        (["1.5", "None"], "number"),
        ([True, False], "integer"),
        ([True, None], "integer"),
        ([Decimal("1.50"), Decimal("2")], "number"),
        (["rent", "own", None], "category"),
        (["None", "own"], "category"),
        (["1A", "2", "3"], "category"),
    ],
)
def test_kinds_are_what_the_values_look_like(values, expected):
    assert kind(values) == expected


def test_flags_become_zero_and_one():
    read = read_column(pd.Series([True, False, None]))
    assert read.unit == "flag"
    np.testing.assert_array_equal(read.values, [1.0, 0.0, np.nan])


def test_an_answer_called_none_stays_a_text_among_texts():
    assert read_column(pd.Series(["None", "guarantor"])).values.tolist() == ["None", "guarantor"]


def test_whole_numbers_said_to_be_numbers_may_have_decimals_later():
    assert kind([1, 2, 3], "number") == "number"


def test_codes_said_to_be_categories_are_written_without_decimals():
    assert read_column(pd.Series([1.0, None, 20.0]), "category").values.tolist() == ["1", None, "20"]
    assert read_column(pd.Series(["01", "1"]), "category").values.tolist() == ["01", "1"]


def test_parquet_categories_stay_categories_even_of_numbers():
    assert kind(pd.Series([1, 2, 1], dtype="category")) == "category"


@pytest.mark.parametrize(
    "values",
    [
        ["2024-01-31", "2024-02-29", None],
        ["31/01/2024", "29/02/2024"],
        ["2024-01-31 10:00:00", "2024-01-31T11:00:00Z"],
        pd.to_datetime(["2024-01-31", "2024-02-29"]),
        [date(2024, 1, 31), date(2024, 2, 29)],
        pd.to_timedelta([1, 2], unit="D"),
    ],
)
def test_dates_are_left_out_and_what_to_make_of_them_is_said(values):
    read = read_column(pd.Series(values))
    assert not read.is_error
    assert "days before the application" in read.why


def test_texts_that_nearly_all_differ_are_left_out():
    read = read_column(pd.Series([f"note {i}" for i in range(60)] + ["note 1"] * 40))
    assert read == Unusable("holds 60 different texts in 100 rows")


def test_fifty_different_texts_are_a_category_in_the_shortest_table():
    assert kind([f"town {i}" for i in range(50)]) == "category"


def test_lists_are_left_out():
    assert read_column(pd.Series([[1], [2]])) == Unusable("holds lists, records or bytes")


def test_a_column_of_numbers_with_a_few_texts_is_a_fault_that_tells_rows_and_no_value():
    values = [str(i) for i in range(100)]
    values[2], values[9] = "about 7", "?"
    assert read_column(pd.Series(values)) == Unusable("2 of 100 cells are not numbers (rows 3, 10)", is_error=True)
    assert kind(values, "category") == "category"


def test_a_column_said_to_hold_whole_numbers_must():
    assert kind([1.0, None], "integer") == "integer"
    assert read_column(pd.Series([1.5, 2.0, None]), "integer") == Unusable(
        "1 of 3 cells are not whole numbers (rows 1)", is_error=True
    )


def test_infinite_numbers_are_left_to_the_checks():
    assert kind([1.0, np.inf, -np.inf]) == "integer"
    assert kind(["1", "inf"]) == "integer"


def test_a_column_said_to_hold_numbers_must():
    assert read_column(pd.Series(["a", "1"] * 4), "number") == Unusable(
        "4 of 8 cells are not numbers (rows 1, 3, 5, 7)", is_error=True
    )
    assert read_column(pd.Series(["2024-01-31"]), "number").is_error


@pytest.mark.parametrize(
    ("values", "form", "expected", "first"),
    [
        (["100001", "999999"], "number", 6, 100001),
        (["1", "20"], "number", None, 1),
        (["0", "7"], "number", 1, 0),
        ([7, 42], "number", None, 7),
        ([7.0, 42.0], "number", None, 7),
        (["7.0", "8.0"], "number", 1, 7),
        (["999999999999999999", "999999999999999998"], "number", 18, 999999999999999999),
        (["1000000000000000000", "1"], "text", None, "1000000000000000000"),
        (["007", "042"], "text", None, "007"),
        (["A-1042", "7"], "text", None, "A-1042"),
        ([-1, 2], "text", None, "-1"),
    ],
)
def test_the_form_of_ids_is_found(values, form, expected, first):
    identity, ids = read_identity(pd.Series(values), "id")
    assert (identity.kind, identity.digits) == (form, expected)
    assert ids.tolist()[0] == first


def test_missing_ids_are_kept_as_missing():
    identity, ids = read_identity(pd.Series([7.0, None]), "id")
    assert identity.kind == "number"
    assert ids.isna().tolist() == [False, True]


@pytest.mark.parametrize("values", [[0, 1], [0.0, 1.0], ["0", "1"], [False, True], ["False", "TRUE"]])
def test_targets_of_zero_and_one_or_false_and_true_are_read(values):
    target = read_target(pd.Series(values))
    assert target.dtype == np.int8
    assert target.tolist() == [0, 1]


def test_a_target_with_gaps_or_with_other_values_is_left_to_the_checks():
    assert read_target(pd.Series([0, None, 1])).isna().tolist() == [False, True, False]
    assert read_target(pd.Series([1, 2])).tolist() == [1, 2]
