import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from scipy.stats import chi2_contingency
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from scoring.errors import DataError
from scoring.model.plan import Derived, Plan, read_off
from scoring.model.preprocessor import Binning, Inputs
from scoring.training.candidates.bins import SMALLEST, bin_category, bin_number
from scoring.training.candidates.scorecard import Scorecard, drop_correlated, drop_until_positive
from tests.examples import examples


@pytest.fixture(scope="module")
def clients():
    """Synthetic clients: two fields predict default, two are noise, one copies another, one is known for few."""
    draws = np.random.default_rng(1)
    n = 6000
    score, income = draws.random(n), draws.lognormal(10, 0.5, n)
    trade = draws.choice(["baker", "mason", "miller", "smith"], n, p=[0.4, 0.3, 0.298, 0.002])
    log_odds = -2 - 3 * (score - 0.5) + 0.8 * (trade == "mason") - 0.5 * (np.log(income) - 10)
    target = (draws.random(n) < 1 / (1 + np.exp(-log_odds))).astype(int)
    frame = pd.DataFrame(
        {
            "score": np.where(draws.random(n) < 0.3, np.nan, score),
            "income": income,
            "copy": income * draws.normal(1, 0.01, n),
            "noise": draws.normal(size=n),
            "constant": 1.0,
            "empty": np.nan,
            "seldom": np.where(draws.random(n) < 0.01, 1.0, np.nan),
            "trade": pd.Series(trade, dtype=object).where(pd.Series(draws.random(n)) > 0.1, None),
        }
    )
    return frame, target


@pytest.fixture(scope="module")
def inputs():
    return Inputs(
        numbers=("score", "income", "copy", "noise", "constant", "empty", "seldom"),
        categories=("trade",),
        derived=(Derived(name="noise_squared", operation="square", inputs=("noise",)),),
    )


@pytest.fixture(scope="module")
def fitted(clients, inputs):
    frame, target = clients
    return Scorecard(inputs).fit(frame, target)


def model_of(scorecard, frame, target):
    rows = StandardScaler().fit_transform(scorecard.transform(frame))
    return LogisticRegression(class_weight="balanced", solver="newton-cholesky").fit(rows, target)


def test_the_weight_of_a_bin_is_worked_out_by_hand():
    values = np.repeat([1.0, 2.0], [200, 200])
    target = np.r_[np.repeat([1, 0], [30, 170]), np.repeat([1, 0], [10, 190])]
    column = bin_number("x", values, target).column
    assert column.edges == (2.0,)  # the shortest number above 1 and up to 2
    np.testing.assert_allclose(column.values, [np.log((30 / 40) / (170 / 360)), np.log((10 / 40) / (190 / 360))])
    assert column.missing == 0


def test_missing_values_get_a_bin_of_their_own_that_few_clients_leave_near_neutral():
    values = np.r_[np.repeat([1.0, 2.0], [200, 200]), np.full(100, np.nan)]
    target = np.r_[np.repeat([1, 0], [30, 170]), np.repeat([1, 0], [10, 190]), np.repeat([1, 0], [60, 40])]
    column = bin_number("x", values, target).column
    # 50 more clients with the whole's default rate of 20 %: 10 and 40
    assert column.missing == pytest.approx(np.log((70 / 100) / (80 / 400)))
    few = bin_number("x", np.r_[values[:400], np.nan], np.r_[target[:400], 1]).column
    assert 0 < few.missing < 0.25


def test_default_rates_only_rise_or_only_fall(clients):
    frame, target = clients
    values = frame["score"].to_numpy()
    column = bin_number("score", values, target).column
    assert len(column.values) > 3
    assert (np.diff(column.values) < 0).all()
    u_shaped = bin_number("u", np.abs(values - 0.5), target).column
    steps = np.sign(np.diff(u_shaped.values))
    assert abs(steps.sum()) == len(steps)


@settings(max_examples=examples(10))
@given(seed=st.integers(0, 2**32 - 1), levels=st.integers(1, 40), known=st.floats(0.0, 1.0))
def test_bins_of_any_number_are_monotone_finite_and_large_enough(seed, levels, known):
    draws = np.random.default_rng(seed)
    values = np.where(draws.random(800) < known, draws.integers(0, levels, 800) * 1e7 + 0.1, np.nan)
    target = (draws.random(800) < 0.2).astype(int)
    column = bin_number("x", values, target).column
    assert np.isfinite([*column.values, column.missing]).all()
    steps = np.diff(column.values)
    assert (steps >= -1e-4).all() or (steps <= 1e-4).all()
    if column.edges:
        sizes = np.bincount(np.searchsorted(column.edges, values[~np.isnan(values)], side="right"))
        assert sizes.min() >= SMALLEST * 800


def test_a_number_that_tells_much_is_binned_though_its_first_bins_are_noisy():
    draws = np.random.default_rng(0)  # with these draws optbinning's own guess of the direction leaves one bin
    risk = draws.normal(size=700)
    debt, target = risk + draws.normal(size=700), (risk + draws.logistic(size=700) > 2).astype(int)
    weights = bin_number("debt", debt, target).column.values
    assert len(weights) > 2
    assert (np.diff(weights) > 0).all()


def test_numbers_that_single_precision_cannot_tell_apart_are_told_apart():
    values = 20_000_000 + np.repeat([1.0, 2.0], [200, 200])
    target = np.r_[np.repeat([1, 0], [100, 100]), np.repeat([1, 0], [10, 190])]
    assert bin_number("x", values, target).column.edges == (20_000_002.0,)


@pytest.mark.parametrize("values", [np.full(300, np.nan), np.full(300, 7.0), np.r_[1.0, 2.0, np.full(298, np.nan)]])
def test_a_number_that_tells_nothing_gets_one_neutral_bin(values):
    target = np.tile([0, 0, 1], 100)
    term = bin_number("x", values, target)
    assert term.column.edges == ()
    assert term.column.values == (0.0,)
    assert abs(term.information) < 1e-3


def test_categories_of_like_risk_share_a_group_and_rare_ones_count_as_unseen():
    texts = np.repeat(np.array(["a", "b", "c", "d", None], dtype=object), [200, 200, 200, 20, 200])
    target = np.concatenate(
        [np.repeat([1, 0], [k, n - k]) for k, n in ((20, 200), (20, 200), (80, 200), (20, 20), (60, 200))]
    )
    column = bin_category("x", texts, target).column
    assert set(column.values) == {"a", "b", "c"}
    assert column.values["a"] == column.values["b"] < 0 < column.missing < column.values["c"]
    assert column.unseen == 0
    # 200 of 820 default; 50 more clients at that rate: 12.195 and 37.805
    extra = 50 * 200 / 820
    assert column.missing == pytest.approx(np.log(((60 + extra) / 200) / ((140 + 50 - extra) / 620)))


@pytest.mark.parametrize("texts", [["x"] * 300, [None] * 300, [f"t{i}" for i in range(300)]])
def test_categories_that_tell_nothing_are_neutral(texts):
    term = bin_category("x", np.array(texts, dtype=object), np.tile([0, 0, 1], 100))
    assert abs(term.information) < 1e-9
    np.testing.assert_allclose([*term.column.values.values(), term.column.missing], 0, atol=1e-9)


def test_only_terms_that_tell_something_new_are_kept(clients, inputs):
    # bins were chosen on the same clients, so that noise passes a milder test now and then
    fitted = Scorecard(inputs, certainty=4).fit(*clients)
    assert set(fitted.plan_.feature_names()) in ({"score", "income", "trade"}, {"score", "copy", "trade"})
    assert fitted.plan_.derived == ()
    assert list(fitted.information_.values()) == sorted(fitted.information_.values(), reverse=True)


def test_every_coefficient_is_above_zero(fitted, clients):
    assert (model_of(fitted, *clients).coef_ > 0).all()


def test_a_term_whose_sign_others_turn_is_taken_out(clients):
    _, target = clients
    draws = np.random.default_rng(2)
    riskier, hidden = draws.normal(size=len(target)) + target, draws.normal(size=len(target))
    # alone the second ranks defaults the right way; together with the first its coefficient is below 0
    turned = riskier * 0.7 + hidden - 0.4 * target
    rows = np.column_stack([riskier, turned])
    assert np.corrcoef(turned, target)[0, 1] > 0
    assert drop_until_positive(rows, target, [0, 1], limit=5, certainty=0, penalty=1.0) == [0]


def test_no_more_terms_than_the_limit_are_kept(clients, inputs):
    frame, target = clients
    names = Scorecard(inputs, limit=2).fit(frame, target).plan_.feature_names()
    assert len(names) == 2
    assert "score" in names


def test_without_a_limit_all_terms_that_tell_something_are_kept(clients, inputs):
    frame, target = clients
    kept = [set(Scorecard(inputs, limit=limit).fit(frame, target).plan_.feature_names()) for limit in (60, None)]
    assert kept[0] == kept[1]


def test_terms_can_be_fixed(clients, inputs):
    frame, target = clients
    fixed = Scorecard(inputs, terms=("noise", "score", "noise_squared")).fit(frame, target)
    assert set(fixed.plan_.feature_names()) == {"noise", "score", "noise_squared"}
    assert [step.name for step in fixed.plan_.derived] == ["noise_squared"]


def test_terms_that_nobody_has_are_refused(clients, inputs):
    frame, target = clients
    with pytest.raises(DataError, match="terms that are not inputs: colour, shoe size"):
        Scorecard(inputs, terms=("score", "shoe size", "colour")).fit(frame, target)


def test_history_competes_and_may_be_absent_later(clients, inputs):
    frame, target = clients
    history = Inputs(numbers=("income",), history=("score", "noise"))
    fitted = Scorecard(history).fit(frame, target)
    assert fitted.plan_.feature_names() == ["score", "income"]
    rows = fitted.transform(frame[["income"]])
    assert (rows["score"] == fitted.plan_.columns[0].missing).all()


def test_rows_are_what_the_plan_says(fitted, clients):
    frame, _ = clients
    rows = fitted.transform(frame.iloc[5:9])
    assert list(rows.columns) == fitted.plan_.feature_names()
    assert rows.index.tolist() == [5, 6, 7, 8]
    score = next(column for column in fitted.plan_.columns if column.name == "score")
    assert rows["score"].tolist() == read_off(score, frame["score"].to_numpy()[5:9]).tolist()
    assert np.isfinite(fitted.transform(frame).to_numpy()).all()


def test_fitting_twice_and_in_any_order_of_rows_gives_the_same_plan(fitted, clients, inputs):
    frame, target = clients
    order = np.random.default_rng(3).permutation(len(frame))
    adapter = TypeAdapter(Plan)
    again = clone(fitted).fit(frame, target)
    shuffled = clone(fitted).fit(frame.iloc[order], target[order])
    assert adapter.dump_json(again.plan_) == adapter.dump_json(fitted.plan_)
    assert shuffled.plan_ == fitted.plan_


def test_a_target_that_nothing_tells_is_refused(clients, inputs):
    frame, _ = clients
    draws = np.random.default_rng(4)
    with pytest.raises(DataError, match="no field separates defaults from others"):
        Scorecard(inputs, information=0.05).fit(frame, (draws.random(len(frame)) < 0.2).astype(int))


def test_no_column_to_choose_from_leaves_nothing():
    rows = np.ones((4, 2))
    assert drop_correlated(rows, [0, 1]) == []
    assert drop_until_positive(rows, np.array([0, 1, 0, 1]), [], 5, 2.0, 1.0) == []


def test_carrying_out_a_plan_needs_no_optbinning():
    modules = "scoring.model.plan, scoring.readable.points, scoring.training.candidates.scorecard"
    code = f"import sys, {modules}; print('optbinning' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


@pytest.fixture(scope="module")
def with_few_missing():
    """A number that predicts default; it is missing for 60 clients of 6,000, of whom few default."""
    draws = np.random.default_rng(5)
    score = draws.random(6000)
    target = (draws.random(6000) < 1 / (1 + np.exp(2 + 3 * (score - 0.5)))).astype(int)
    values = np.where(np.arange(6000) < 60, np.nan, score)
    return values, np.where(np.arange(6000) < 60, np.arange(6000) < 2, target).astype(int)


@pytest.mark.parametrize(("thin", "sign"), [("own", -1), ("neutral", 0), ("riskier", 0)])
def test_a_thin_bin_of_missing_values_is_neutral_on_request(with_few_missing, thin, sign):
    values, target = with_few_missing
    weight = bin_number("score", values, target, binning=Binning(thin=thin)).column.missing
    assert np.sign(weight) == sign
    texts = np.where(np.isnan(values), None, np.where(values > 0.5, "high", "low"))
    assert np.sign(bin_category("score", texts, target, binning=Binning(thin=thin)).column.missing) == sign


@pytest.mark.parametrize("thin", ["own", "neutral", "riskier"])
def test_a_thin_bin_of_risky_missing_values_keeps_its_weight_unless_it_is_to_be_neutral(with_few_missing, thin):
    values, target = with_few_missing
    target = np.where(np.isnan(values), np.arange(6000) < 20, target).astype(int)
    weight = bin_number("score", values, target, binning=Binning(thin=thin)).column.missing
    own = bin_number("score", values, target).column.missing
    assert own > 0
    assert weight == (0 if thin == "neutral" else own)


@pytest.mark.parametrize("thin", ["neutral", "riskier"])
def test_many_missing_values_keep_their_own_weight(with_few_missing, thin):
    values, target = with_few_missing
    values = np.where(np.arange(6000) % 4 == 0, np.nan, values)
    assert bin_number("x", values, target, binning=Binning(thin=thin)) == bin_number("x", values, target)


def test_neighbouring_bins_are_joined_unless_they_differ(clients):
    frame, target = clients
    values = frame["income"].to_numpy()

    def pvalues(column):
        place = np.searchsorted(column.edges, values, side="right")
        for k in range(len(column.edges)):
            pair = [[np.sum(target[place == one] == outcome) for outcome in (0, 1)] for one in (k, k + 1)]
            yield chi2_contingency(pair, correction=False).pvalue

    untested = bin_number("income", values, target, binning=Binning(max_pvalue=1)).column
    usual = bin_number("income", values, target).column
    assert max(pvalues(untested)) > 0.05
    assert max(pvalues(usual)) <= 0.05
    assert 2 <= len(usual.values) < len(untested.values)


def test_the_terms_are_found_with_the_inputs_settings(clients, inputs):
    frame, target = clients
    usual = Scorecard(inputs).fit(frame, target).plan_
    fewer = Scorecard(replace(inputs, binning=Binning(max_pvalue=0.01))).fit(frame, target).plan_
    count = [sum(len(one.values) for one in plan.columns) for plan in (usual, fewer)]
    assert count[1] < count[0]
