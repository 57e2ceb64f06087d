"""Shapes that are learned together, from known effects to the plan that is served."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter
from scipy.special import expit
from sklearn.base import clone

from scoring.errors import DataError
from scoring.model.plan import BinnedColumn, Derived, GroupedColumn, Plan
from scoring.model.preprocessor import Binning, Inputs
from scoring.training.candidates.shaped import Shaped
from scoring.training.candidates.shapes import (
    average,
    describe_unusual,
    force_direction,
    list_unusual,
    merge_bins,
)

COUNT = 4000


@pytest.fixture(scope="module")
def clients():
    """Draw clients whose risk falls with a score, is highest in the middle of an age, and depends on a trade."""
    draws = np.random.default_rng(2)
    score, age = draws.random(COUNT), draws.integers(18, 80, COUNT).astype(float)
    trade = draws.choice(["baker", "smith", "tailor"], COUNT, p=[0.5, 0.48, 0.02])
    effects = 3 * (0.5 - score) + 1.5 * (np.abs(age - 49) < 12) + 0.8 * (trade == "smith") - 2.7
    target = (draws.random(COUNT) < expit(effects)).astype(np.int8)
    frame = pd.DataFrame({"score": score, "age": age, "noise": draws.normal(size=COUNT), "trade": trade})
    frame.loc[draws.random(COUNT) < 0.01, "score"] = np.nan
    frame.loc[draws.random(COUNT) < 0.1, "trade"] = None
    return frame, target


@pytest.fixture(scope="module")
def inputs():
    derived = (Derived(name="age squared", operation="square", inputs=("age",)),)
    return Inputs(numbers=("score", "age", "noise"), categories=("trade",), derived=derived, riskier={"score": "lower"})


@pytest.fixture(scope="module")
def fitted(clients, inputs):
    return Shaped(inputs, limit=3).fit(*clients)


def column_of(fitted, name):
    return next(column for column in fitted.plan_.columns if column.name == name)


def test_the_terms_are_those_with_an_effect_the_largest_first(fitted):
    assert set(fitted.plan_.feature_names()) == {"score", "age", "trade"}


def test_a_monotone_function_of_a_number_is_no_second_term(clients, inputs):
    assert "age squared" not in Shaped(inputs, limit=None, certainty=-99.0).fit(*clients).plan_.feature_names()


def test_a_shape_may_rise_and_fall(fitted):
    age = column_of(fitted, "age")
    assert isinstance(age, BinnedColumn)
    middle = age.values[np.searchsorted(age.edges, 49, side="right")]
    assert middle > max(age.values[0], age.values[-1]) + 0.7


def test_a_shape_follows_the_stated_direction(fitted):
    score = column_of(fitted, "score")
    assert (np.diff(score.values) < 0).all()
    assert score.values[0] - score.values[-1] > 1.5


def test_a_direction_that_outcomes_contradict_is_dropped(clients, inputs):
    frame, target = clients
    stated = Inputs(numbers=("age",), riskier={"age": "higher"})
    age = Shaped(stated).fit(frame, target).plan_.columns[0]
    assert max(age.values) > age.values[-1] + 0.5
    assert "but higher values are stated to be riskier" in describe_unusual(age, "higher")


def test_a_shape_that_contradicts_its_direction_or_is_jagged_is_listed_with_what_to_do(fitted, clients):
    frame, _ = clients
    assert list_unusual(fitted.plan_, {"score": "lower"}) == []
    (warning,) = list_unusual(fitted.plan_, {"score": "higher"})
    assert warning.startswith("shape of score: its risk falls from ")
    assert "state in the schema which of its values are riskier" in warning
    waves = np.where(np.sin(frame["noise"] * 5) > 0, 0.4, 0.05)
    waving = (np.random.default_rng(4).random(COUNT) < waves).astype(np.int8)
    (warning,) = list_unusual(Shaped(Inputs(numbers=("noise",))).fit(frame, waving).plan_, {})
    assert warning.startswith("shape of noise: its risk changes direction ")


def test_each_bin_has_at_least_one_per_cent_of_the_clients_and_few_bins_are_left(fitted, clients):
    frame, _ = clients
    for column in fitted.plan_.columns:
        if isinstance(column, BinnedColumn):
            place = np.searchsorted(column.edges, frame[column.source].dropna(), side="right")
            assert np.bincount(place, minlength=len(column.values)).min() >= COUNT / 100
            assert len(column.values) <= 12


def test_few_missing_values_are_pulled_towards_neutral(clients, inputs):
    frame, target = clients
    bad = frame.assign(score=frame["score"].mask(np.arange(COUNT) < 5))
    few = Shaped(inputs, terms=("score",)).fit(bad, np.where(np.arange(COUNT) < 5, 1, target))
    assert abs(column_of(few, "score").missing) < 0.5


def test_missing_values_of_few_clients_follow_the_setting_of_the_scorecard(clients, inputs):
    frame, target = clients
    few = frame["score"].isna() & (np.arange(COUNT) % 3 == 0)
    frame = frame.assign(score=frame["score"].where(frame["score"].notna() | few, 0.5))
    weights = {}
    for thin in ("own", "neutral", "riskier"):
        for outcome in (0, 1):
            chosen = replace(inputs, binning=Binning(thin=thin))
            fitted = Shaped(chosen, terms=["score"]).fit(frame, np.where(few, outcome, target))
            weights[thin, outcome] = column_of(fitted, "score").missing
    assert weights["own", 0] < 0 < weights["own", 1]
    assert weights["neutral", 0] == weights["neutral", 1] == weights["riskier", 0] == 0
    assert weights["riskier", 1] == weights["own", 1]


def test_a_rare_text_counts_as_unseen_and_unseen_is_neutral(fitted, clients):
    trade = column_of(fitted, "trade")
    assert isinstance(trade, GroupedColumn)
    assert set(trade.values) <= {"baker", "smith", "tailor"}
    assert trade.values["smith"] > trade.values["baker"] + 0.4
    assert trade.unseen == 0


def test_rows_are_what_the_plan_says_and_fitting_twice_gives_the_same_plan(fitted, clients):
    frame, target = clients
    again = clone(fitted).fit(frame, target)
    adapter = TypeAdapter(Plan)
    assert adapter.dump_json(again.plan_) == adapter.dump_json(fitted.plan_)
    assert list(fitted.transform(frame.head(3)).columns) == fitted.plan_.feature_names()


def test_the_terms_may_be_fixed(clients, inputs):
    frame, target = clients
    assert Shaped(inputs, terms=("noise", "score")).fit(frame, target).plan_.feature_names() == ["score", "noise"]


def test_clients_that_count_twice_pull_the_shape(clients, inputs):
    frame, target = clients
    counted = np.where(frame["trade"].to_numpy() == "smith", 3.0, 1.0) * np.where(target == 1, 3.0, 1.0)
    weighted = Shaped(inputs, terms=("trade",)).fit(frame, target, counted)
    once = Shaped(inputs, terms=("trade",)).fit(frame, target)
    assert column_of(weighted, "trade").values != column_of(once, "trade").values


def test_a_table_without_any_difference_is_refused():
    frame = pd.DataFrame({"same": np.ones(200)})
    with pytest.raises(DataError, match="no field separates defaults from others: the shapes of all of them are flat"):
        Shaped(Inputs(numbers=("same",))).fit(frame, np.arange(200) % 2)


def test_merging_keeps_the_mean_weight_of_the_clients():
    weights, clients = np.array([1.0, 0.0, 0.0, 2.0]), np.array([1.0, 3.0, 4.0, 8.0])
    first = merge_bins(weights, clients, smallest=2, most=9, loss=0.2)
    assert first == [0, 3]
    assert average(weights, clients, first).tolist() == [1 / 8, 2.0]
    assert merge_bins(weights, clients, smallest=0, most=2, loss=0.0) == [0, 3]


def test_empty_bins_are_merged_without_a_client():
    weights, clients = np.array([0.0, 5.0, 1.0]), np.array([2.0, 0.0, 2.0])
    first = merge_bins(weights, clients, smallest=1, most=9, loss=0.1)
    assert len(first) == 2
    assert set(average(weights, clients, first)) == {0.0, 1.0}


def test_a_direction_is_forced_by_chance_differences_and_not_by_certain_ones():
    weights, place = np.array([0.0, 0.4, 0.2]), np.repeat([0, 1, 2], 1000)
    variance, counted = np.full(3000, 0.1), np.ones(3000)
    # outcomes agree with the weights: beside 0.3 for both, the last two bins differ by 0.1 * 0.1 * 1000 = 10 defaults
    residual = np.zeros(3000)
    forced = force_direction(weights, place, residual, variance, counted, rises=True)
    assert forced.tolist() == pytest.approx([0.0, 0.3, 0.3])
    certain = force_direction(weights, place, residual, 10 * variance, counted, rises=True)
    assert certain.tolist() == weights.tolist()


def test_a_code_in_disguise_keeps_its_weights_beside_the_shapes(clients):
    frame, _ = clients
    draws = np.random.default_rng(8)
    rates = np.round(draws.uniform(0.02, 0.1, 20), 4)
    tariff, credit = draws.integers(0, 20, COUNT), draws.integers(50, 500, COUNT) * 1000.0
    instalment = np.round(credit * rates[tariff])
    risk = draws.normal(0, 1, 20)[tariff] + 2 * (0.5 - frame["score"].fillna(0.5)) - 1.5
    target = (draws.random(COUNT) < expit(risk)).astype(np.int8)
    ratio = Derived(name="ratio", operation="ratio", inputs=("instalment", "credit"))
    inputs = Inputs(numbers=("score", "credit", "instalment"), derived=(ratio,))
    table = frame.assign(credit=credit, instalment=instalment)
    plan = Shaped(inputs).fit(table, target).plan_
    coded = next(column for column in plan.columns if column.name == "ratio")
    assert len(coded.codes) >= 15
    assert {"ratio", "score"} <= set(plan.feature_names())
    assert list_unusual(plan, {}) == []
    quantity = Shaped(inputs, codes=(), terms=("ratio",)).fit(table, target).plan_
    assert not any(column.codes for column in quantity.columns)
