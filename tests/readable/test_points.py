import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pydantic import ValidationError

from scoring.model.calibration import Calibration, log_odds
from scoring.model.plan import BinnedColumn, GroupedColumn, NumberColumn, Plan, model_ready
from scoring.model.scorer import FusedLogistic
from scoring.readable.points import Scaling, points_of, points_table

NAN = float("nan")
coefficients = st.floats(0.01, 1)  # larger ones leave the range in which probabilities can be told from 0 and 1


@given(
    weights=arrays.arrays(float, 4, elements=coefficients),
    rows=arrays.arrays(float, (6, 4), elements=st.floats(-2, 2)),
    intercept=st.floats(-3, 3),
    calibration=st.builds(Calibration, intercept=st.floats(-4, 1), slope=st.floats(0.5, 1.5)),
    scaling=st.builds(
        Scaling, base_score=st.floats(0, 1000), base_odds=st.floats(0.5, 100), double_odds=st.floats(1, 60)
    ),
)
def test_points_add_up_to_the_scaled_calibrated_log_odds(weights, rows, intercept, calibration, scaling):
    model = FusedLogistic(weights, intercept)
    shown = log_odds(calibration.apply(model(rows)))
    points = points_of(model, calibration, scaling).of(rows)
    np.testing.assert_allclose(points.sum(axis=1), scaling.score(shown), rtol=1e-6, atol=1e-6)


@given(odds=st.floats(0.01, 1e4), scaling=st.builds(Scaling, double_odds=st.floats(1, 100)))
def test_twice_the_odds_earn_the_points_that_double_them(odds, scaling):
    once, twice = scaling.score(-np.log([odds, 2 * odds]))
    assert twice - once == pytest.approx(scaling.double_odds)


@pytest.mark.parametrize("faulty", [{"base_odds": 0}, {"double_odds": -20}, {"base_score": NAN}])
def test_a_scaling_that_means_nothing_is_refused(faulty):
    with pytest.raises(ValidationError, match=next(iter(faulty))):
        Scaling(**faulty)


@pytest.fixture
def plan():
    return Plan(
        missing_values={"score": (-1,)},
        derived=(),
        columns=(
            BinnedColumn(name="score", source="score", edges=(0.25, 0.5), values=(0.8, 0.0, -1.1), missing=0.1),
            GroupedColumn(
                name="trade", source="trade", values={"baker": -0.2, "mason": 0.4, "miller": -0.2}, missing=0.0,
                unseen=0.0,
            ),
        ),
    )  # fmt: skip


@pytest.fixture
def raw():
    return {
        "score": np.array([0.1, 0.25, 0.3, 0.5, -1.0, NAN, 0.9, 0.9]),
        "trade": np.array(["baker", "miller", "mason", None, "smith", "baker", "baker", "mason"], dtype=object),
    }


@pytest.fixture
def points():
    # One unit of log-odds is 10 points; even odds are 300 points.
    scaling = Scaling(base_score=300, base_odds=1, double_odds=10 * np.log(2))
    model = FusedLogistic(np.array([1.0, 0.5]), intercept=2.0)
    return points_of(model, Calibration(intercept=-4.0, slope=1.0), scaling)


def test_the_table_lists_every_bin_with_its_points_worked_out_by_hand(plan, raw, points):
    # constant: (300 + 10 * 2) / 2 = 160 points a term; a unit of the first term costs 10 points, of the second 5
    assert [(row.term, row.bin, row.weight, row.share, row.points) for row in points_table(plan, points, raw)] == [
        ("score", "below 0.25", 0.8, 1 / 8, 152),
        ("score", "0.25 to below 0.5", 0.0, 2 / 8, 160),
        ("score", "0.5 and above", -1.1, 3 / 8, 171),
        ("score", "missing", 0.1, 2 / 8, 159),
        ("trade", "baker, miller", -0.2, 4 / 8, 161),
        ("trade", "mason", 0.4, 2 / 8, 158),
        ("trade", "missing", 0.0, 1 / 8, 160),
        ("trade", "any other", 0.0, 1 / 8, 160),
    ]


def test_a_score_read_from_the_table_differs_from_the_exact_one_by_rounding_only(plan, raw, points):
    table = {(row.term, row.bin): row.points for row in points_table(plan, points, raw)}
    exact = points.of(model_ready(plan, raw)).sum(axis=1)
    assert abs(table["score", "below 0.25"] + table["trade", "baker, miller"] - exact[0]) <= 1
    assert abs(table["score", "missing"] + table["trade", "any other"] - exact[4]) <= 1


def test_columns_without_bins_are_left_out(points, raw):
    plan = Plan(
        missing_values={},
        derived=(),
        columns=(
            NumberColumn(name="plain", source="score", fill=0.0),
            BinnedColumn(name="flat", source="score", edges=(), values=(0.0,), missing=0.0),
        ),
    )
    assert [(row.term, row.bin) for row in points_table(plan, points, raw)] == [
        ("flat", "any value"),
        ("flat", "missing"),
    ]
