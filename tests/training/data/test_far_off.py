import numpy as np
import pandas as pd
import pytest

from scoring.training.data.far_off import find_far_off

DRAWS = np.random.default_rng(0)
MONTHS = DRAWS.integers(0, 84, 4000).astype(float)
SCORES = DRAWS.normal(680, 70, 4000).round().clip(300, 850)


def with_codes(values, **codes):
    """Write a code into a number of rows each, from the first row on."""
    values, start = values.copy(), 0
    for code, count in ((float(name[1:].replace("m", "-")), count) for name, count in codes.items()):
        values[start : start + count] = code
        start += count
    return values


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        (MONTHS, {"_9999": 100}),
        (MONTHS, {"_m9": 100}),
        (MONTHS, {"_m1": 100}),
        (MONTHS, {"_m9": 60, "_m8": 45, "_m7": 1500}),
        (MONTHS, {"_m9": 60, "_999": 45}),
        (MONTHS, {"_99": 60}),  # nines, if only a little higher than 83
        (SCORES, {"_9999": 100}),
        (SCORES, {"_0": 100}),
        (-MONTHS * 30, {"_365243": 700}),
        (SCORES, {"_9997": 5, "_9998": 8, "_9999": 10}),  # rare each, and farther away than the scores are wide
        (SCORES, {"_m999999": 25}),
    ],
)
@pytest.mark.parametrize("missing", [0.0, 0.5])
def test_codes_are_found_at_both_ends(values, codes, missing):
    coded = with_codes(values, **codes)
    coded[-int(missing * len(coded)) or len(coded) :] = np.nan
    expected = {float(name[1:].replace("m", "-")) for name in codes}
    assert set(find_far_off(coded)) == expected


@pytest.mark.parametrize(
    "values",
    [
        MONTHS,
        SCORES,
        with_codes(MONTHS, _9999=15),  # too rare
        with_codes(MONTHS, _84=400),  # "84 and more"
        with_codes(MONTHS, _100=100),  # a little higher
        DRAWS.lognormal(8, 1.5, 4000),
        DRAWS.standard_cauchy(4000),
        DRAWS.choice([-1.0, 0.0, 1.0], 4000),
        DRAWS.choice([0.0, 1.0], 4000),
        DRAWS.choice([12.0, 24, 36, 48, 60, 360], 4000),
        np.where(DRAWS.random(4000) < 0.7, 0.0, DRAWS.lognormal(8, 1, 4000)),
        np.where(DRAWS.random(4000) < 0.1, -0.5, DRAWS.random(4000)),  # no code has decimals
        DRAWS.normal(0, 100, 4000).round(),  # some balances are negative
        np.full(4000, np.nan),
        np.full(4000, 9999.0),
        np.array([]),
    ],
    ids=range(16),
)
def test_what_only_spreads_widely_is_no_code(values):
    assert find_far_off(values) == {}


@pytest.mark.realdata
def test_real_applications_have_the_codes_that_are_known_and_no_other(real_data):
    table = pd.read_parquet(real_data / "application_train.parquet").select_dtypes("number")
    found = {name: list(find_far_off(column.to_numpy(dtype=float))) for name, column in table.items()}
    assert {name: codes for name, codes in found.items() if codes} == {"DAYS_EMPLOYED": [365243.0]}


@pytest.mark.realdata
def test_real_counts_of_late_payments_have_two_codes(real_data):
    path = real_data.parent / "give_me_some_credit" / "cs-training.csv"
    if not path.exists():
        pytest.skip("the second lender's table is not on this machine")
    found = {name: list(find_far_off(column.to_numpy(dtype=float))) for name, column in pd.read_csv(path).items()}
    assert [codes for codes in found.values() if codes] == [[96.0, 98.0]] * 3
