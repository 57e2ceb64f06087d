import numpy as np
import pandas as pd
import pytest

from scoring.tables.key_columns import find_outcomes, read_identity, read_target


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


@pytest.mark.parametrize(
    ("values", "positive", "expected", "target"),
    [
        (["GOOD", "BAD", "GOOD"], "BAD", ("GOOD", "BAD"), [0, 1, 0]),
        (["GOOD", "BAD"], "bad", ("GOOD", "BAD"), [0, 1]),
        (["Y", "N"], "N", ("Y", "N"), [0, 1]),
        ([1, 2, 1], "2", ("1", "2"), [0, 1, 0]),
        ([1.0, 2.0], "2", ("1", "2"), [0, 1]),
        ([0, 1], "0", ("1", "0"), [1, 0]),
        ([True, False], "false", ("true", "false"), [0, 1]),
        (["paid", "default "], "default", ("paid", "default "), [0, 1]),
    ],
)
def test_the_value_that_is_a_default_can_be_named(values, positive, expected, target):
    column = pd.Series(values)
    assert find_outcomes(column, positive) == expected
    read = read_target(column, expected)
    assert read.dtype == np.int8
    assert read.tolist() == target


@pytest.mark.parametrize("values", [["GOOD"], ["GOOD", "BAD", "OPEN"], ["GOOD", "FAIR"], ["bad", "BAD", "Bad"], [None]])
def test_without_two_values_one_of_them_named_there_is_no_outcome(values):
    assert find_outcomes(pd.Series(values), "BAD") is None


def test_missing_outcomes_stay_missing():
    assert read_target(pd.Series(["GOOD", None, "BAD"]), ("GOOD", "BAD")).isna().tolist() == [False, True, False]
