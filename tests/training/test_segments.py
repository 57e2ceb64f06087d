import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from scoring.model.plan import NumberColumn, Plan
from scoring.model.schema import Identity, InputSchema
from scoring.training.segments import list_miscalibrated, list_segments, measure_segments
from tests.fields import field

COUNT = 12_000


@pytest.fixture(scope="module")
def clients():
    """Clients of true chances, and of four ages; the chances of the young are shown 40 % too high in odds."""
    draws = np.random.default_rng(2)
    chance = expit(draws.normal(-2.2, 0.9, COUNT))
    age = pd.Series(draws.choice(["under 25", "25 to 34", "35 to 44", "tiny"], COUNT, p=[0.25, 0.4, 0.34, 0.01]))
    shown = expit(logit(chance) + 0.34 * (age == "under 25").to_numpy())
    return (draws.random(COUNT) < chance).astype(int), chance, shown, age


def test_right_probabilities_differ_in_no_group(clients):
    target, chance, _, age = clients
    rows = measure_segments({"Age": age}, target, chance)
    assert [row.group for row in rows] == ["25 to 34", "35 to 44", "under 25"]  # the tiny group is left out
    for row in rows:
        members = (age == row.group).to_numpy()
        assert row.clients == members.sum()
        assert row.mean.value == pytest.approx(chance[members].sum() / target[members].sum())
        assert row.mean.low < 1 < row.mean.high
        assert row.slope.low < 1 < row.slope.high
        assert row.pvalue > 0.05
        assert not row.differs
        assert not row.slope_differs
    assert list_miscalibrated(rows) is None


def test_a_group_whose_risk_is_overstated_is_found_and_told(clients):
    target, _, shown, age = clients
    rows = measure_segments({"Age": age}, target, shown)
    (wrong,) = (row for row in rows if row.differs)
    assert wrong.group == "under 25"
    assert wrong.mean.low > 1.1
    assert wrong.slope.low < 1 < wrong.slope.high
    warning = list_miscalibrated(rows)
    assert warning.startswith("predicted over observed defaults differs from 1 in groups: Age: under 25 1.")
    assert "give the model a field that tells these clients apart" in warning


def test_a_group_whose_risks_are_too_extreme_is_found_by_its_slope(clients):
    target, chance, _, age = clients
    young = (age == "under 25").to_numpy()
    middle = logit(chance[young]).mean()
    extreme = expit(np.where(young, middle + 1.4 * (logit(chance) - middle), logit(chance)))
    rows = measure_segments({"Age": age}, target, extreme)
    (wrong,) = (row for row in rows if row.slope_differs)
    assert (wrong.group, wrong.slope.high < 1) == ("under 25", True)
    assert "the calibration slope differs from 1 in groups: Age: under 25 0." in list_miscalibrated(rows)


def test_of_many_right_groupings_hardly_any_differs(clients):
    target, chance, _, _ = clients
    draws = np.random.default_rng(0)
    segments = {f"noise {i}": pd.Series(draws.choice(["a", "b"], COUNT)) for i in range(40)}
    rows = measure_segments(segments, target, chance)
    assert len(rows) == 80
    assert min(row.pvalue for row in rows) < 0.05  # alone, a few would differ
    assert not any(row.differs or row.slope_differs for row in rows)


def test_a_weight_counts_as_so_many_clients(clients):
    target, chance, _, age = clients
    weights = np.where(np.arange(COUNT) % 2, 2.0, 1.0)
    doubled = np.repeat(np.arange(COUNT), weights.astype(int))
    one = measure_segments({"Age": age}, target, chance, weights)
    other = measure_segments({"Age": age.iloc[doubled].reset_index(drop=True)}, target[doubled], chance[doubled])
    for row, same in zip(one, other, strict=True):
        assert row.mean.value == pytest.approx(same.mean.value)
        assert row.slope.value == pytest.approx(same.slope.value)


def test_groupings_are_those_of_fairness_the_product_and_known_values_that_the_model_reads():
    raw = pd.DataFrame({"kind": ["cash", "card"], "unread": [1.0, 2.0], "score": [1.0, np.nan], "sex": ["F", "M"]})
    raw["with score"] = raw["score"]  # known of the same clients
    fields = (
        field("kind", "category", role="product"),
        *(field(name) for name in ("unread", "score", "with score")),
        field("sex", "category"),
    )
    schema = InputSchema(identity=Identity(name="id"), target="bad", fields=fields)
    columns = tuple(NumberColumn(name=name, source=name, fill=0.0) for name in ("score", "with score"))
    plan = Plan(missing_values={}, derived=(), columns=columns)
    found = list_segments({"sex": raw["sex"]}, raw, schema, plan)
    assert {name: groups.tolist() for name, groups in found.items()} == {
        "sex": ["F", "M"],
        "kind": ["cash", "card"],
        "score": ["known", "not known"],
    }


def test_without_a_grouping_there_is_nothing_to_measure(clients):
    target, chance, _, _ = clients
    assert measure_segments({"all": pd.Series(["a"] * COUNT)}, target, chance) == ()
    assert list_miscalibrated(()) is None
