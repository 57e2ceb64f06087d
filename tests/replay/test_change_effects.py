"""Figures of a change against answers worked by hand."""

import numpy as np
import pytest

from scoring.model.costs import Costs
from scoring.replay.change_effects import compare, describe_differences, expect, measure, measure_movement
from scoring.replay.replayed import Replayed

COSTS = Costs(false_negative=10, false_positive=1)
RISK = np.array([0.5, 0.1, 0.2, 0.8])
NAN = np.nan


def replayed(times=1, clients=None, defaulted=(NAN,) * 4, days=None):
    """Four decisions: one accepted is refused now, one refused is accepted, the others stay; so many times over."""
    n = 4 * times
    return Replayed(
        ids=[f"d-{i}" for i in range(n)],
        days=days or ["2026-11-01"] * n,
        clients=clients or [*range(n)],
        refused_before=np.array([False, False, True, True] * times),
        refused=np.array([True, False, False, True] * times),
        review_before=np.array([True, False, False, False] * times),
        review=np.array([True, True, False, True] * times),
        calibrated_before=np.tile(RISK, times),
        calibrated=np.tile(RISK / 2, times),
        defaulted=np.array([*defaulted] * times),
        facts={},
        not_replayable={"erased": 2},
        differing=1,
        versions={"v1": n},
    )


def bounds(figure):
    return figure.low, figure.high


def compared(one, **options):
    given = {"threshold": 0.5, "policy_version": None, "model_version": None, "since": None, "until": None}
    return compare(one, [], COSTS, has_other_model=False, **given | options)


def test_movements_are_counted_with_wilsons_intervals():
    found = measure_movement(replayed(), np.ones(4, dtype=bool))
    assert (found.decisions, found.accepted_before.count, found.accepted.count) == (4, 2, 2)
    assert (found.to_refused.count, found.to_accepted.count) == (1, 1)
    assert (found.review_before.count, found.review.count) == (1, 3)
    # 2 of 4: (0.5 + z²/8 ± z √(1/16 + z²/64)) / (1 + z²/4), z = 1.96
    assert bounds(found.accepted) == pytest.approx((0.15004, 0.84996), abs=1e-5)


def test_two_decisions_on_each_of_two_clients_count_as_two():
    found = measure_movement(replayed(clients=[0, 0, 1, 1]), np.ones(4, dtype=bool))
    assert bounds(found.accepted) == pytest.approx((0.09453, 0.90547), abs=1e-5)  # 1 of 2


def test_expected_rates_and_costs():
    found = expect("recorded", RISK, replayed(), COSTS)
    # accepted: 0.5 and 0.1 before, 0.1 and 0.2 afterwards; half an interval is 1.96 √(0.25 + 0.09) / 2
    assert found.default_rate_before.value == pytest.approx(0.3)
    assert bounds(found.default_rate_before) == pytest.approx((0, 0.87142), abs=1e-5)
    assert found.default_rate.value == pytest.approx(0.15)
    assert (found.default_rate_to_refused.value, found.default_rate_to_accepted.value) == pytest.approx((0.5, 0.2))
    # 10 p for each accepted one, 1 - p for each refused one: 5 + 1 + 0.8 + 0.2, and 0.5 + 1 + 2 + 0.2
    assert (found.cost_before, found.cost) == pytest.approx((7 / 4, 3.7 / 4))
    # by client -4.5, 0, 1.2, 0: 1.96 √(18.9675 · 4 / 3) / 4
    assert found.cost_difference.value == pytest.approx(-0.825)
    assert bounds(found.cost_difference) == pytest.approx((-3.28913, 1.63913), abs=1e-5)
    twice = expect("recorded", RISK, replayed(clients=[0, 0, 1, 1]), COSTS).cost_difference
    # by client -2.85 and 2.85 from the mean: 1.96 √(16.245 · 2) / 4
    assert bounds(twice) == pytest.approx((-0.825 - 2.79295, -0.825 + 2.79295), abs=1e-5)


def test_nothing_is_expected_where_a_probability_is_not_known_or_nobody_is_there():
    assert expect("recorded", np.array([0.1, NAN, 0.2, 0.3]), replayed(), COSTS) is None
    assert expect("recorded", np.empty(0), replayed(times=0), COSTS) is None


def test_what_was_observed():
    found = measure(replayed(8, defaulted=(1, 0, 0, NAN)), COSTS)
    assert found.known == 24
    assert (found.default_rate_before.count, found.default_rate_before.share) == (8, 0.5)  # of 16 accepted
    assert (found.default_rate.count, found.default_rate.share) == (0, 0)  # of 8 who still would be
    assert (found.default_rate_to_refused.share, found.default_rate_to_accepted.share) == (1, 0)
    # 10 for a default, 1 for a good client refused, before; neither with the change
    assert found.cost_difference.value == pytest.approx(-11 / 3)


def test_outcomes_of_few_decisions_are_not_told():
    assert measure(replayed(6, defaulted=(1, 0, 0, NAN)), COSTS) is None  # 18 are known
    assert measure(replayed(6), COSTS) is None


def test_months_with_few_decisions_are_neither_shown_nor_what_is_left_over():
    days = ["2026-09-05"] * 40 + ["2026-10-05"] * 25 + ["2026-11-05"] * 3
    found = compared(replayed(17, days=days))
    # 68 less those of September and October would tell the three of November
    assert ([one.name for one in found.months], found.hidden_months) == (["2026-09"], 2)
    assert found.overall.decisions == 68
    assert (found.decisions, found.differing, found.clients) == (70, 1, 68)
    many = compared(replayed(17, days=["2026-09-05"] * 40 + ["2026-10-05"] * 28))
    assert ([one.name for one in many.months], many.hidden_months) == (["2026-09", "2026-10"], 0)


def test_differences_of_two_models_are_described_where_there_are_enough():
    found = describe_differences(replayed(5))  # -0.25, -0.05, -0.1 and -0.4, five times each
    assert (found.mean, found.mean_size) == pytest.approx((-0.2, 0.2))
    assert [*found.quantiles.values()] == pytest.approx([-0.4, -0.2875, -0.175, -0.0875, -0.05])
    assert describe_differences(replayed(4)) is None
