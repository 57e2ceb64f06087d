"""Where the conditions of a credit are a code in disguise, another duration is another tariff of the lender.

The model of these tests gives each tariff a weight of its own. Every value between two tariffs would be accepted at
once, but nobody can ask for it.
"""

from math import exp

import numpy as np
import pytest

from scoring.explanation.contract import annuity
from scoring.explanation.counterfactual import CounterfactualSearch
from scoring.model.calibration import Calibration
from scoring.model.plan import BinnedColumn, Derived, Plan
from scoring.model.schema import Identity, InputSchema, Tariff
from scoring.model.scorer import FusedLogistic, Policy, ReviewBand, Scorer
from tests.fields import field

DURATIONS, RATES = (6, 8, 10, 12, 15, 18, 24, 30, 36, 48), (0.09, 0.16, 0.24)
TARIFFS = tuple(Tariff(months=months, yearly_rate=rate) for months in DURATIONS for rate in RATES)
WINDOW = 0.003  # half-width, as a share of the ratio
BETWEEN = -9.0  # weight of a ratio that is not a tariff's: the safest of all
BAND = ReviewBand(low=0.4, high=0.6)
CREDIT, INCOME = 12000.0, 4000.0
SCHEMA = InputSchema(
    identity=Identity(name="id"),
    target="default",
    fields=(
        field("credit", role="credit", changeable=True, unit="currency"),
        field("instalment", role="instalment", changeable=True, unit="currency"),
        field("income", concept="income", unit="currency"),
    ),
    tariffs=TARIFFS,
)


def ask_for(months, rate):
    """Return the instalment of a tariff as an application has it."""
    return round(CREDIT * float(annuity(rate, months)), 2)


def make_search(weights):
    """Make a model that gives each tariff's ratio of instalment to credit its own log-odds, and a search on it."""
    tariffs = sorted(zip((ask_for(one.months, one.yearly_rate) / CREDIT for one in TARIFFS), weights, strict=True))
    edges = [edge for ratio, _ in tariffs for edge in (ratio * (1 - WINDOW), ratio * (1 + WINDOW))]
    values = [BETWEEN, *(value for _, weight in tariffs for value in (weight, BETWEEN))]
    column = BinnedColumn(
        name="conditions",
        source="conditions",
        edges=tuple(edges),
        values=tuple(values),
        missing=0.0,
        codes=tuple(ratio for ratio, _ in tariffs),
    )
    ratio = Derived(name="conditions", operation="ratio", inputs=("instalment", "credit"))
    plan = Plan(missing_values={}, derived=(ratio,), columns=(column,))
    policy = Policy(0.5, Calibration(intercept=0.0, slope=1.0), BAND)
    scorer = Scorer(FusedLogistic(np.array([1.0]), 0.0), plan.feature_names(), policy)
    return CounterfactualSearch(plan, SCHEMA, scorer, most_instalment=0.35)


def try_every_tariff(weights, present):
    """Find the smallest change of the duration by trying every tariff: its duration, rate and outcome; None if none."""
    risk = {one: 1 / (1 + exp(-weight)) for one, weight in zip(TARIFFS, weights, strict=True)}
    sold = {
        months: min((one for one in TARIFFS if one.months == months), key=lambda one: abs(one.yearly_rate - present[1]))
        for months in DURATIONS
    }
    low, high = round(0.67 * present[0]), round(1.5 * present[0])
    for outcome, below in (("accepted", BAND.low), ("review", 0.5)):
        found = []
        for step in (1, -1):
            farther = [sold[months] for months in DURATIONS[::step] if (months - present[0]) * step > 0]
            within = sum(low <= one.months <= high for one in farther)
            shown = farther[: within + 1]  # the first one beyond the limits shows that it is not accepted by a hair
            for place, one in enumerate(shown[:-1][:within]):
                payable = ask_for(one.months, one.yearly_rate) <= 0.35 * INCOME
                if payable and all(risk[other] < below for other in shown[place:]):
                    found.append((abs(one.months / present[0] - 1), one.months, one.yearly_rate, outcome))
                    break
        if found:
            return min(found, key=lambda one: one[0])
    return None


@pytest.mark.parametrize("seed", range(2))
def test_nobody_finds_a_smaller_change_by_trying_every_tariff_and_no_value_between_two_is_offered(seed):
    draws, outcomes = np.random.default_rng(seed), set()
    for _ in range(60):
        weights = draws.normal(0.3, 1.2, len(TARIFFS))
        place = int(draws.integers(len(TARIFFS)))
        weights[place] = 1.0  # the tariff asked for is refused
        present = (TARIFFS[place].months, TARIFFS[place].yearly_rate)
        search = make_search(weights)
        record = {"credit": CREDIT, "instalment": ask_for(*present), "income": INCOME}
        contract = search.read_contract(record)
        assert contract.months == present[0]
        offer = search.find_smallest(np.array([1.0]), record, contract).action
        smallest = try_every_tariff(weights, present)
        if smallest is None:
            assert offer is None
        else:
            size, months, rate, outcome = smallest
            assert (offer.size, offer.outcome) == (pytest.approx(size), outcome)
            assert (offer.contract.months, offer.contract.yearly_rate) == (months, rate)
            assert (offer.contract.credit, offer.contract.instalment) == (CREDIT, ask_for(months, rate))
        outcomes.add(smallest and smallest[3])
    assert outcomes == {"accepted", "review", None}


def test_a_smaller_amount_at_the_same_tariff_has_the_same_conditions():
    draws = np.random.default_rng(0)
    for tariff in TARIFFS:
        weights = np.where([one == tariff for one in TARIFFS], 1.0, 2.0) + draws.uniform(0, 1, len(TARIFFS))
        search = make_search(weights)
        instalment = ask_for(tariff.months, tariff.yearly_rate)
        record = {"credit": CREDIT, "instalment": instalment, "income": INCOME}
        row = np.array([weights[TARIFFS.index(tariff)]])
        result = search.find_smallest(row, record, search.read_contract(record))
        # half of the credit costs half of the instalment: whatever the amount, it never falls between two tariffs
        assert result.action is None
        assert result.limits.least_credit == CREDIT / 2
