"""Vintages are measured against what the model expected, on accepted clients, with what is open told as such."""

from datetime import date

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import binomtest

from scoring.monitoring.outcomes.followed import Followed, collect
from scoring.monitoring.outcomes.outcome_report import make_report
from scoring.monitoring.outcomes.random_acceptance import estimate_population
from scoring.monitoring.outcomes.rates import correct, exact_bounds, measure_auc
from scoring.monitoring.outcomes.vintages import measure_vintages
from scoring.monitoring.statistics import binomial_tails

NAN = np.nan
TODAY = date(2026, 11, 27)


def row(
    day="2026-01-15",
    accepted=True,
    risk=0.05,
    outcome=NAN,
    *,
    random=False,
    propensity=NAN,
    reviewed=False,
    automated=None,
    due=True,
    amount=NAN,
):
    automated = accepted if automated is None else automated
    return (day, accepted, automated, random, propensity, risk, reviewed, due, outcome, amount, 10.0, 1.0, 1 / 11)


def vintage(count, defaults, *, expected, still_open=0, refused=0, day="2026-01-15"):
    known = [row(day, risk=expected, outcome=float(n < defaults)) for n in range(count)]
    return known + [row(day, risk=expected)] * still_open + [row(day, accepted=False, risk=0.3)] * refused


def measured(rows):
    return measure_vintages(collect(rows), "month")


def test_a_vintage_worked_by_hand():
    (one,) = measured(vintage(100, 8, expected=0.05, still_open=25, refused=50))
    assert (one.name, one.decisions, one.accepted, one.due, one.open) == ("2026-01", 175, 125, 125, 25)
    assert (one.measured.defaults, one.measured.clients, one.measured.rate) == (8, 100, 0.08)
    exact = binomtest(8, 100).proportion_ci(method="exact")
    assert (one.measured.low, one.measured.high) == pytest.approx((exact.low, exact.high))
    assert one.expected == pytest.approx(0.05)
    assert (one.bounds.lowest, one.bounds.highest) == (8 / 125, 33 / 125)
    # 8 defaults cost 10 each; 25 open ones may cost 10 each and 50 refused ones 1 each; over 175 decisions
    assert one.cost.defaults == pytest.approx(80 / 175)
    assert one.cost.bounds.highest == pytest.approx((80 + 250 + 50) / 175)
    assert one.cost.expected == pytest.approx((10 * 0.05 * 125 + 0.7 * 50) / 175)


@pytest.mark.parametrize(
    ("count", "defaults", "still_open", "verdict", "alike"),
    [
        (500, 25, 0, "agrees", "agrees"),
        (500, 60, 0, "worse", "worse"),
        (500, 5, 0, "better", "better"),
        (500, 60, 20, "worse", "worse"),  # also if all of the open ones repay
        (500, 5, 100, "undecided", "better"),  # a young vintage is not good
        (30, 30, 470, "undecided", "worse"),  # defaults are told first; the others may all repay
        (500, 25, 1, "agrees", "agrees"),
    ],
)
def test_the_verdict_holds_whatever_becomes_of_the_open_ones(count, defaults, still_open, verdict, alike):
    (one,) = measured(vintage(count, defaults, expected=0.05, still_open=still_open))
    assert (one.verdict, one.verdict_if_alike) == (verdict, alike)


def test_what_is_not_due_or_not_known_is_told_as_such():
    young = [row("2026-10-01", due=False, outcome=1.0), row("2026-10-02", due=False)]
    unknown, without = [row("2026-03-01")], [row("2026-04-01", risk=NAN, outcome=1.0)]
    april, march, october = (measured(rows)[0] for rows in (without, unknown, young))
    assert (april.verdict, april.expected, april.measured.rate) == ("no_expectation", None, 1.0)
    assert march.verdict == "no_outcomes"
    assert (october.verdict, october.due, october.early_defaults, october.measured) == ("too_early", 0, 1, None)


def test_tests_are_corrected_over_all_vintages():
    rows = [one for month in range(1, 13) for one in vintage(200, 17, expected=0.05, day=f"2026-{month:02}-10")]
    alone = measured(vintage(200, 17, expected=0.05))[0]
    assert alone.verdict_if_alike == "worse"
    assert {one.verdict_if_alike for one in measured(rows)} == {"agrees"}
    assert correct([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


def arrays(days, risk, outcome, **more):
    """Follow accepted decisions that are given as arrays."""
    count = len(risk)
    flags = {"accepted": True, "automated": True, "at_random": False, "reviewed": False, "due": True}
    numbers = {
        "propensity": NAN,
        "amount_lost": NAN,
        "false_negative": 10.0,
        "false_positive": 1.0,
        "threshold": 1 / 11,
    }
    columns = {name: np.full(count, value) for name, value in (flags | numbers).items()}
    return Followed(**columns | {"days": np.asarray(days), "risk": risk, "outcome": outcome} | more)


def test_doubled_odds_are_found_within_one_vintage_of_1000_clients_and_no_drift_is_not():
    rng = np.random.default_rng(5)
    days = np.repeat([f"2026-{month:02}-10" for month in range(1, 13)], 1000)
    draws, drifted, found, false = 60, days == "2026-12-10", 0, 0
    for _ in range(draws):
        risk = np.clip(rng.beta(1.2, 28, len(days)), 0.002, 1 / 11)  # of accepted clients, 4 % on average
        chance = rng.random(len(days))
        for factor in (1.0, 2.0):
            true = np.where(drifted, expit(logit(risk) + np.log(factor)), risk)
            last = measure_vintages(arrays(days, risk, (chance < true).astype(float)), "month")[-1]
            found += factor == 2.0 and last.verdict == "worse"
            false += factor == 1.0 and last.verdict != "agrees"
    assert found >= 0.95 * draws
    assert false <= 0.05 * draws


def test_hoeffding_makes_the_test_careful():
    rng = np.random.default_rng(1)
    risk = rng.beta(1, 11, 300)
    drawn = (rng.random((4000, 300)) < risk).sum(axis=1)
    tails = np.array([binomial_tails(int(k), 300, float(risk.mean())) for k in np.unique(drawn)])
    twice = dict(zip(np.unique(drawn).tolist(), 2 * tails.min(axis=1), strict=True))
    assert np.mean([twice[int(k)] < 0.05 for k in drawn]) <= 0.06


def test_the_auc_interval_has_the_auc_of_all_pairs_and_shrinks_with_clients():
    rng = np.random.default_rng(2)
    risk = rng.random(400)
    outcome = (rng.random(400) < risk * 0.3).astype(float)
    found = measure_auc(outcome, risk)
    pairs = risk[outcome == 1][:, None] - risk[outcome == 0][None]
    assert found.value == pytest.approx(((pairs > 0) + 0.5 * (pairs == 0)).mean())
    assert found.low < found.value < found.high
    assert measure_auc(np.zeros(20), rng.random(20)) is None
    assert exact_bounds(0, 5)[0] == 0.0


def test_the_whole_population_is_estimated_from_clients_accepted_at_random():
    # 100 accepted of whom 4 default; 200 refused, each accepted at random with 0.1: 20 drawn, of whom 6 default
    rows = [row(outcome=float(n < 4), risk=0.04) for n in range(100)]
    rows += [row(outcome=float(n < 6), random=True, propensity=0.1, risk=0.2) for n in range(20)]
    rows += [row(accepted=False, propensity=0.1, risk=0.2)] * 180 + [row(accepted=False, risk=0.5)] * 100
    found = make_report(collect(rows), None, None, TODAY, None, "month").population
    assert (found.at_random, found.known, found.covered) == (20, 20, 0.75)
    assert found.refused_rate.value == pytest.approx(0.3)
    assert found.default_rate.value == pytest.approx((4 + 200 * 0.3) / 300)
    assert found.cost.value == pytest.approx((10 * 4 + 200 * 0.7) / 300)
    assert found.expected == pytest.approx((100 * 0.04 + 200 * 0.2) / 300)
    assert found.default_rate.low < found.default_rate.value < found.default_rate.high


def test_the_interval_of_the_population_covers_the_truth():
    rng = np.random.default_rng(8)
    covered, draws = 0, 300
    for _ in range(draws):
        risk = rng.beta(1.0, 9.0, 3000)
        refused, drawn = risk >= 1 / 11, rng.random(3000) < 0.05
        accepted = ~refused | drawn
        found = estimate_population(
            arrays(
                np.full(3000, "2026-01-10"),
                risk,
                np.where(accepted, rng.random(3000) < risk, NAN),
                accepted=accepted,
                automated=accepted,
                at_random=refused & drawn,
                propensity=np.where(refused, 0.05, NAN),
            )
        )
        covered += found.default_rate.low <= 0.1 <= found.default_rate.high
    assert covered >= 0.93 * draws


def test_officers_are_compared_with_the_threshold_and_with_the_model():
    rows = [row(risk=0.2, outcome=float(n < 2), reviewed=True, automated=False) for n in range(100)]
    rows += [row(risk=0.08, outcome=0.0, reviewed=True)] * 3
    rows += [row(accepted=False, automated=True, reviewed=True)] * 4
    rows += [row(accepted=False, automated=False, reviewed=True)] * 5
    found = make_report(collect(rows), None, None, TODAY, None, "month").reviews
    assert (found.accepted_to_refused, found.refusals_confirmed) == (4, 5)
    group = found.refused_to_accepted
    assert (group.decisions, group.measured.defaults, group.worth, group.against_model) == (100, 2, "worth", "better")
    assert group.saved.value == pytest.approx((98 * 1 - 2 * 10) / 100)
    assert found.acceptances_confirmed.decisions == 3
    assert found.acceptances_confirmed.saved is None
