from dataclasses import replace

import numpy as np
import pytest

from scoring.model.costs import Costs
from scoring.monitoring.estimation.contradiction import contradicts
from scoring.monitoring.estimation.estimate import Estimate
from scoring.monitoring.estimation.estimate_text import write_text
from scoring.monitoring.estimation.estimation import estimate
from scoring.monitoring.estimation.expected import FIGURES, Decided, bound, compute_figures
from scoring.training.evaluation.ranking import auc

SHARES = ("default_rate", "default_rate_accepted", "default_rate_refused")


def measured(clients, target, manifest):
    decided = Decided(clients.refused, clients.probability, manifest.costs)
    return {name: float(one[0]) for name, one in compute_figures(target[None], decided, decided.ranking()).items()}


@pytest.fixture(scope="module")
def reference(lender):
    return lender.apply(12000, seed=1)


@pytest.fixture(scope="module")
def younger(lender, reference):
    """Estimate for clients of whom many more are young, which the model underrates; with their outcomes."""
    current, target = lender.current(4000, seed=500, age=-0.5)
    return estimate(lender.manifest, current, reference, resamples=200), current, target


@pytest.mark.parametrize("name", FIGURES)
def test_the_interval_has_what_is_measured_later_though_the_clients_have_changed(lender, younger, name):
    found, current, target = younger
    figure = found.figures[name]
    assert figure.low <= measured(current, target, lender.manifest)[name] <= figure.high
    assert figure.low <= figure.value <= figure.high
    assert found.answer == "known"


def test_the_calibrated_probabilities_alone_are_wrong_about_changed_clients(lender, younger):
    found, current, target = younger
    assert found.unweighted["default_rate"] < found.figures["default_rate"].low
    without = estimate(lender.manifest, current)
    assert without.figures["default_rate"].high < target.mean()
    assert without.reasons == ("not_reweighted",)
    assert without.support is None
    assert without.method == "calibration"


def test_the_columns_that_have_changed_are_named(younger):
    assert younger[0].support.balanced == ("age",)


def test_without_a_change_the_estimate_is_that_of_the_reference(lender, reference):
    current, _ = lender.current(4000, seed=3)
    found = estimate(lender.manifest, current, reference, resamples=200)
    for name in FIGURES:
        assert found.figures[name].value == pytest.approx(found.measured[name], rel=0.12)


def test_an_estimate_comes_back_the_same_from_json_and_with_the_same_seed(lender, reference):
    current, _ = lender.current(500, seed=3)
    one, other = (estimate(lender.manifest, current, reference, resamples=100, seed=5) for _ in range(2))
    assert one.figures == other.figures
    assert Estimate.model_validate_json(one.model_dump_json()) == one


def test_nothing_is_said_where_most_clients_are_unlike_the_reference(lender, reference):
    current, _ = lender.current(1000, seed=4, debt=9.0)
    found = estimate(lender.manifest, current, reference, resamples=100)
    assert found.answer == "unknown"
    assert "many_unseen" in found.reasons
    assert found.support.unseen_share > 0.9
    assert all(figure.value is None and figure.low is None for figure in found.figures.values())
    assert found.what_if == ()
    assert "no figure is given" in write_text(found)


def test_nothing_is_said_where_hardly_a_default_of_the_reference_is_like_the_current_clients(lender):
    current, _ = lender.current(1000, seed=4)
    found = estimate(lender.manifest, current, lender.apply(150, seed=5), resamples=100)
    assert found.answer == "unknown"
    assert "few_defaults" in found.reasons


def test_where_some_are_unlike_the_reference_the_interval_has_the_worst_and_the_best_case(lender, reference):
    usual, _ = lender.current(1900, seed=6)
    strange, _ = lender.current(100, seed=7, debt=40.0)
    both = replace(
        usual,
        rows=np.concatenate([usual.rows, strange.rows]),
        probability=np.r_[usual.probability, strange.probability],
        refused=np.r_[usual.refused, strange.refused],
    )
    found = estimate(lender.manifest, both, reference, resamples=100)
    assert found.answer == "partly"
    assert found.support.unseen_share == pytest.approx(0.05)
    assert found.support.regions[0].columns == ("debt",)
    assert found.support.regions[0].clients == 100
    alone = estimate(lender.manifest, usual, reference, resamples=100).figures["default_rate"]
    figure = found.figures["default_rate"]
    assert figure.low == pytest.approx(0.95 * alone.low, abs=0.003)
    assert figure.high == pytest.approx(0.95 * alone.high + 0.05, abs=0.003)
    assert found.figures["auc"].value is None


def test_the_worst_case_of_an_unknown_client_is_a_default_if_accepted_and_a_repaid_credit_if_refused():
    refused, unseen = np.array([False, False, True, True]), np.array([False, True, False, True])
    clients = Decided(refused, np.array([0.1, 0.2, 0.6, 0.7]), Costs())
    # The known ones: the accepted one repays, the refused one defaults, in every draw: no cost, half of them default.
    known = {"default_rate": 0.5, "default_rate_accepted": 0.0, "default_rate_refused": 1.0, "cost_per_client": 0.0}
    bounds = bound({name: np.full(3, value) for name, value in known.items()}, clients, unseen)
    assert bounds["default_rate"] == (0.25, 0.75)
    assert bounds["default_rate_accepted"] == (0.0, 0.5)
    assert bounds["default_rate_refused"] == (0.5, 1.0)
    assert bounds["cost_per_client"] == (0.0, 11 / 4)


def test_the_area_of_drawn_outcomes_is_that_of_any_other_report():
    draws = np.random.default_rng(0)
    probability = draws.integers(1, 20, 500) / 20
    outcomes = (draws.random((3, 500)) < probability).astype(float)
    clients = Decided(probability > 0.5, probability, Costs())
    areas = compute_figures(outcomes, clients, clients.ranking())["auc"]
    assert areas.tolist() == pytest.approx([auc(one, probability) for one in outcomes])


def test_where_nobody_is_refused_there_is_no_figure_of_the_refused(lender, reference):
    current, _ = lender.current(500, seed=8)
    current = current.select(~current.refused)
    found = estimate(lender.manifest, current, reference, resamples=100)
    assert found.figures["default_rate_refused"].value is None
    assert found.figures["default_rate"] == found.figures["default_rate_accepted"]


# Without an error of its own, an estimate of 10 % expects 10 of 100: the standard deviation is 3, so that with the
# half for continuity more than 6.38 away are unlikely.
@pytest.mark.parametrize(("defaults", "answer"), [(10, False), (16, False), (17, True), (4, False), (3, True)])
def test_outcomes_contradict_an_estimate_that_they_are_unlikely_under(younger, defaults, answer):
    figure = (
        younger[0]
        .figures["default_rate_accepted"]
        .model_copy(update={"value": 0.1, "error": 0.0, "low": 0.05, "high": 0.15})
    )
    found = younger[0].model_copy(update={"figures": {**younger[0].figures, "default_rate_accepted": figure}})
    assert contradicts(found, defaults, 100) is answer
    unsure = found.model_copy(update={"figures": {"default_rate_accepted": figure.model_copy(update={"error": 0.05})}})
    assert not contradicts(unsure, defaults, 100)


def test_a_part_that_nobody_knows_is_only_contradicted_outside_the_interval(younger):
    figure = (
        younger[0].figures["default_rate"].model_copy(update={"value": 0.1, "error": 0.0, "low": 0.05, "high": 0.3})
    )
    found = younger[0].model_copy(update={"answer": "partly", "figures": {"default_rate": figure}})
    assert not contradicts(found, 29, 100, "default_rate")
    assert contradicts(found, 31, 100, "default_rate")


def test_an_estimate_without_a_figure_is_not_contradicted_and_impossible_counts_are_refused(younger):
    found = younger[0].model_copy(
        update={"figures": {"default_rate": younger[0].figures["auc"].model_copy(update={"value": None})}}
    )
    assert not contradicts(found, 100, 100, "default_rate")
    with pytest.raises(ValueError, match="101 defaults of 100 clients"):
        contradicts(found, 101, 100, "default_rate")


def test_a_changed_relation_is_not_seen_and_the_first_vintage_shows_it(lender, reference):
    current, target = lender.current(3000, seed=9, odds=np.log(2))
    found = estimate(lender.manifest, current, reference, resamples=200)
    assert found.answer == "known"  # nothing about the clients has changed
    accepted = ~current.refused
    assert target.mean() > found.figures["default_rate"].high
    assert contradicts(found, int(target[accepted].sum()), int(accepted.sum()))
    expected = next(row for row in found.what_if if row.odds_factor == 2)
    assert target.mean() == pytest.approx(expected.default_rate, abs=0.015)


def test_outcomes_of_an_unchanged_relation_seldom_contradict(lender, reference):
    told = []
    for seed in range(6):
        current, target = lender.current(1000, seed=100 + seed, age=-0.4)
        found = estimate(lender.manifest, current, reference, resamples=100, seed=seed)
        accepted = ~current.refused
        told.append(contradicts(found, int(target[accepted].sum()), int(accepted.sum())))
    assert sum(told) <= 2  # three and more have a probability of 0.2 % if each has 5 %
