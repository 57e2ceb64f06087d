from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scoring.model.calibration import Calibration, Scaling, log_odds
from scoring.model.plan import BinnedColumn, GroupedColumn, NumberColumn, Plan, complete, model_ready
from scoring.model.schema import Identity, InputSchema, SchemaField, Text
from scoring.model.scorer import FusedLogistic
from scoring.readable.points import make_points, points_table
from scoring.readable.term_bins import list_bins, place_in_bins
from scoring.readable.terms import group_into_terms

NAN = float("nan")
# One unit of log-odds is 10 points; even odds are 300 points.
SCALING = Scaling(base_score=300, base_odds=1, double_odds=10 * np.log(2))
CALIBRATION = Calibration(intercept=-4.0, slope=1.0)
MODEL = FusedLogistic(np.array([1.0, 0.5]), intercept=2.0)
PLAN = Plan(
    missing_values={"score": (-1,)},
    derived=(),
    columns=(
        BinnedColumn(name="score", source="score", edges=(0.25, 0.5), values=(0.8, 0.0, -1.1), missing=0.1),
        GroupedColumn(
            name="trade", source="trade", values={"baker": -0.2, "mason": 0.4, "miller": -0.2}, missing=0.0, unseen=0.0
        ),
    ),
)
SCHEMA = InputSchema(
    identity=Identity(name="id"),
    target="default",
    fields=(
        SchemaField(name="score", type="number", label=Text(en="Score", fr="Note")),
        SchemaField(
            name="trade", type="category", label=Text(en="Trade", fr="Métier"),
            texts={"baker": Text(en="Baker", fr="Boulanger")},
        ),
    ),
)  # fmt: skip

RAW = {"score": np.array([0.1, -1.0]), "trade": np.array(["baker", "smith"], dtype=object)}


def table(plan=PLAN, model=MODEL):
    return points_table(plan, group_into_terms(plan, SCHEMA, {}), model, CALIBRATION, SCALING)


@given(odds=st.floats(0.01, 1e4), scaling=st.builds(Scaling, double_odds=st.floats(1, 100)))
def test_twice_the_odds_earn_the_points_that_double_them(odds, scaling):
    assert scaling.score(-log(2 * odds)) - scaling.score(-log(odds)) == pytest.approx(scaling.double_odds)


@pytest.mark.parametrize("invalid", [{"base_odds": 0}, {"double_odds": -20}, {"base_score": NAN}])
def test_an_impossible_scaling_is_refused(invalid):
    with pytest.raises(ValidationError, match=next(iter(invalid))):
        Scaling(**invalid)


def test_the_table_lists_every_bin_with_its_points_worked_out_by_hand():
    # constant: (300 + 10 * 2) / 2 = 160 points a term; a unit of the first term costs 10 points, of the second 5
    assert [(row.term.en, row.bin.en, row.weight, row.points) for row in table()] == [
        ("Score", "less than 0.25", 0.8, 152),
        ("Score", "0.25 to 0.5", 0.0, 160),
        ("Score", "at least 0.5", -1.1, 171),
        ("Score", "not known", 0.1, 159),
        ("Trade", "Baker, miller", -0.2, 161),
        ("Trade", "mason", 0.4, 158),
        ("Trade", "not known", 0.0, 160),
        ("Trade", "any other", 0.0, 160),
    ]
    assert [row.bin.fr for row in table()][4:] == ["Boulanger, miller", "mason", "non renseigné", "autre"]


def test_the_points_of_a_client_add_up_to_the_scaled_calibrated_log_odds_but_for_rounding():
    shown = log_odds(CALIBRATION.apply(MODEL(model_ready(PLAN, RAW))))
    points = {(row.term.en, row.bin.en): row.points for row in table()}
    assert abs(points["Score", "less than 0.25"] + points["Trade", "Baker, miller"] - SCALING.score(shown[0])) <= 1
    assert abs(points["Score", "not known"] + points["Trade", "any other"] - SCALING.score(shown[1])) <= 1


@given(
    weights=st.tuples(st.floats(-3, 3), st.floats(-3, 3)),
    calibration=st.builds(Calibration, intercept=st.floats(-5, 5), slope=st.floats(0.1, 3)),
    scaling=st.builds(Scaling, base_score=st.floats(-500, 1000), base_odds=st.floats(0.1, 200)),
)
def test_the_exact_points_of_a_client_are_the_served_probability(weights, calibration, scaling):
    model = FusedLogistic(np.array(weights), intercept=0.3)
    rows = model_ready(PLAN, RAW)
    points = make_points(PLAN, model, calibration, scaling)
    back = points.scaling.probability(points.of_columns(rows).sum(axis=1))
    assert back == pytest.approx(calibration.apply(model(rows)), abs=1e-9)


def test_shown_points_are_the_rounded_ones_of_the_client_s_bins():
    terms = group_into_terms(PLAN, SCHEMA, {})
    points = make_points(PLAN, MODEL, CALIBRATION, SCALING)
    shown = [points.of_terms(terms, row) for row in model_ready(PLAN, RAW)]
    assert shown == [[152, 161], [159, 160]]
    assert points.of_columns(model_ready(PLAN, RAW))[0] == pytest.approx([152.0, 161.0])
    assert table()[7].exact == pytest.approx(160.0)


def test_clients_are_counted_in_the_bins_that_are_listed():
    raw = {
        "score": np.array([0.1, -1.0, 0.25, 9.0]),
        "trade": np.array(["baker", None, "smith", "mason"], dtype=object),
    }
    columns = complete(PLAN, raw)
    score, trade = [place_in_bins(one, columns[one.source]).tolist() for one in PLAN.columns]
    assert (score, trade) == ([0, 3, 1, 2], [0, 2, 3, 1])
    term, _ = group_into_terms(PLAN, SCHEMA, {})
    assert [(one.low, one.high, one.regular) for one in list_bins(term, PLAN.columns[0])] == [
        (None, 0.25, True), (0.25, 0.5, True), (0.5, None, True), (None, None, False),
    ]  # fmt: skip
    plain = NumberColumn(name="score", source="score", fill=0.0)
    assert list_bins(term, plain) == []
    with pytest.raises(TypeError, match="score: a column of the kind number has no bins"):
        place_in_bins(plain, columns["score"])


def test_only_a_scorecard_has_points():
    plain = Plan(missing_values={}, derived=(), columns=(NumberColumn(name="score", source="score", fill=0.0),))
    assert table(plain, FusedLogistic(np.array([1.0]), 0.0)) == ()
    assert table(model=lambda rows: rows[:, 0]) == ()
    assert table(model=FusedLogistic(np.array([1.0, NAN]), 0.0)) == ()
