import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from scoring.training.evaluation import groups as groups_module
from scoring.training.evaluation.groups import band_ages, group_clients, measure_fairness, measure_predictability
from tests.fields import field


@pytest.fixture(scope="module")
def clients():
    draws = np.random.default_rng(0)
    group = np.where(draws.random(3000) < 0.7, "large", "little").astype(object)
    chance = expit(draws.normal(-2.2, 1, 3000) + 0.5 * (group == "little"))
    return group, (draws.random(3000) < chance).astype(int), chance


def test_figures_worked_out_by_hand(monkeypatch):
    monkeypatch.setattr(groups_module, "SMALL", 30)
    groups = ["a"] * 40 + ["b"] * 20
    target = np.array([1, 0, 0, 0] * 10 + [1, 0] * 10)
    refused = np.array([True, True, False, False] * 10 + [False, False] * 10)
    found = measure_fairness("letter", groups, target, np.full(60, 0.3), refused, seed=0, number=50)
    a, b = found.groups
    assert (a.group, a.clients, a.small) == ("a", 40, False)
    assert (a.acceptance_rate, a.true_positive_rate) == (0.5, 1.0)
    assert a.false_positive_rate == pytest.approx(1 / 3)
    assert (b.group, b.clients, b.small) == ("b", 20, True)
    assert (b.acceptance_rate, b.true_positive_rate, b.false_positive_rate) == (1.0, 0.0, 0.0)
    assert b.acceptance_ratio.value == 2.0
    assert b.true_positive_ratio.value == b.true_positive_ratio.high == 0.0
    assert b.predicted == pytest.approx(0.3)
    assert b.observed == 0.5
    assert b.calibration_mean.value == pytest.approx(0.6)


def test_intervals_hold_their_figures_and_the_largest_group_is_its_own_measure(clients):
    group, target, chance = clients
    found = measure_fairness("size", group, target, chance, chance >= 1 / 11, seed=0)
    largest, other = found.groups
    assert largest.acceptance_ratio.low == largest.acceptance_ratio.high == 1.0
    for name in ("acceptance_ratio", "true_positive_ratio", "false_positive_ratio", "calibration_mean"):
        metric = getattr(other, name)
        assert metric.low <= metric.value <= metric.high
    assert other.acceptance_ratio.high < 1  # they default more often
    assert other.calibration_mean.low < 1 < other.calibration_mean.high
    assert len(other.reliability) == 5


def test_missing_groups_are_a_group_and_tiny_ones_are_not_told(clients):
    group, target, chance = clients
    group = group.copy()
    group[:100], group[100:110] = None, "tiny"
    found = measure_fairness("size", group, target, chance, chance >= 1 / 11, seed=0, number=5)
    assert [one.group for one in found.groups] == ["large", "little", "not known"]
    assert found.groups[-1].small


def test_a_group_without_defaults_has_no_true_positive_rate():
    target = np.array([1, 0] * 30 + [0] * 40)
    found = measure_fairness("x", ["a"] * 60 + ["b"] * 40, target, np.full(100, 0.3), target == 1, seed=0, number=5)
    without = found.groups[1]
    assert without.true_positive_rate is without.true_positive_ratio is without.calibration_mean is None
    assert without.false_positive_ratio is None  # nobody good is refused in the largest group: nothing to divide by


def test_ages_in_days_before_the_application_fall_into_bands():
    days = pd.Series([-20 * 365.25, -25.1 * 365.25, -70 * 365.25, np.nan])
    assert band_ages(days, "days").tolist() == ["under 25", "25 to 34", "65 and over", None]


def test_rows_that_hold_the_attribute_tell_it_and_noise_does_not():
    draws = np.random.default_rng(0)
    group = np.array(["x", "y"] * 600)
    noise = draws.normal(size=(1200, 2))
    tells = np.column_stack([noise[:, 0], (group == "x") + 0.1 * noise[:, 1]])
    assert measure_predictability(tells, "letter", group).auc > 0.99
    assert abs(measure_predictability(pd.DataFrame(noise), "letter", group).auc - 0.5) < 0.05


def test_several_groups_are_told_one_by_one_and_small_ones_left_out():
    draws = np.random.default_rng(0)
    group = np.array(["x"] * 700 + ["y"] * 600 + ["z"] * 500 + ["few"] * 10)
    rows = np.column_stack([(group == "x") + 0.1 * draws.normal(size=len(group)), draws.normal(size=len(group))])
    found = measure_predictability(rows, "letter", group)
    assert set(found.by_group) == {"x", "y", "z"}
    assert found.by_group["x"] > 0.99
    assert found.auc == pytest.approx(np.average([found.by_group[name] for name in "xyz"], weights=[700, 600, 500]))


def test_one_group_cannot_be_told_from_others():
    assert measure_predictability(np.zeros((600, 1)), "letter", ["x"] * 600).auc is None


def test_groups_of_other_clients_are_refused():
    with pytest.raises(ValueError, match="letter: 2 groups for 3 rows, expected one each"):
        measure_predictability(np.zeros((3, 1)), "letter", ["x", "y"])


@pytest.mark.parametrize(
    ("facts", "values", "groups"),
    [
        ({"kind": "category"}, ["F", None, "M"], ["F", None, "M"]),
        ({}, [1.0, np.nan, 2.0], ["1", None, "2"]),
        ({}, [*range(18, 78), None], ["under 25", "25 to 34", "35 to 44", "45 to 54", "55 to 64", "65 and over", None]),
        ({}, [-365.0 * age for age in range(20, 70)], ["under 25", "25 to 34", "35 to 44", "45 to 54", "55 to 64"]),
        ({"concept": "age", "unit": "days"}, [-8000.0, -30000.0], ["under 25", "65 and over"]),
        ({}, [float(year) for year in range(1940, 2000)], ["≤ 1950", "> 1950, ≤ 1970", "> 1970, ≤ 1980", "> 1980"]),
        ({}, [0.0] * 80 + [float(n) for n in range(1, 21)], ["≤ 0", "> 0"]),
    ],
)
def test_any_field_makes_groups(facts, values, groups):
    found = group_clients(field("x", **facts), pd.Series(values))
    assert [None if pd.isna(one) else one for one in found.unique()][: len(groups)] == groups
