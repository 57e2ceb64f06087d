import numpy as np
import pytest

from scoring.training.data.leakage import auc_either_way, find_leak, held_out_rates
from scoring.training.evaluation.ranking import auc

ROWS = 2000


@pytest.fixture(scope="module")
def target():
    return (np.random.default_rng(0).random(ROWS) < 0.1).astype(float)


@pytest.fixture
def draws():
    return np.random.default_rng(1)


@pytest.mark.parametrize("turn", [lambda t: t, lambda t: 1 - t, lambda t: 7 * t - 3])
def test_the_target_and_its_complement_are_found_as_numbers(target, turn):
    assert find_leak(turn(target), target) == "equals the target or its complement"


def test_the_target_is_found_as_text(target):
    assert find_leak(np.where(target == 1, "default", "paid").astype(object), target) == (
        "equals the target or its complement"
    )


@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_that_ranks_the_outcome_is_found_in_either_direction(target, draws, sign):
    values = sign * (target + draws.normal(0, 0.2, ROWS))
    assert find_leak(values, target).startswith("gives the outcome away by itself (AUC 0.99")


def test_a_strong_but_honest_number_is_none(target, draws):
    values = target + draws.normal(0, 0.5, ROWS)
    assert 0.9 < auc(target, values) < 0.99
    assert find_leak(values, target) is None


def test_a_number_that_is_a_code_is_found_whatever_its_order(target, draws):
    codes = np.where(target == 1, 3.0, draws.choice([1.0, 2.0, 4.0, 5.0], ROWS))
    assert auc_either_way(target, codes) < 0.99
    assert "by itself" in find_leak(codes, target)


def test_a_number_known_only_after_the_outcome_is_found(target, draws):
    recovered = np.where(target == 1, draws.normal(size=ROWS), np.nan)
    assert find_leak(recovered, target) == "gives the outcome away by being missing or not (AUC 1.0000)"
    assert find_leak(np.where(target == 1, "agency", None).astype(object), target) is not None


def test_a_leak_among_the_clients_that_have_a_value_is_found(target, draws):
    values = np.where(draws.random(ROWS) < 0.5, target + draws.normal(0, 0.1, ROWS), np.nan)
    assert "by itself" in find_leak(values, target)


def test_a_few_known_values_that_happen_to_rank_the_outcome_are_none(target):
    values = np.full(ROWS, np.nan)
    values[np.flatnonzero(target == 1)[:10]] = np.arange(10) + 100.0
    values[np.flatnonzero(target == 0)[:10]] = np.arange(10)
    assert find_leak(values, target) is None


def test_a_category_of_one_client_each_is_none(target):
    assert find_leak(np.array([f"note {i}" for i in range(ROWS)], dtype=object), target) is None


@pytest.mark.parametrize("categories", [2, 30, 700, 1500])
def test_noise_in_categories_is_none_however_many_there_are(target, draws, categories):
    texts = draws.integers(0, categories, ROWS).astype(str).astype(object)
    assert find_leak(texts, target) is None
    codes = np.unique(texts, return_inverse=True)[1]
    assert auc(target, held_out_rates(codes, target)) < 0.6


def test_many_categories_that_tell_the_outcome_are_found(target, draws):
    outcome = np.where(target == 1, "legal", "performing")
    texts = np.char.add(outcome, draws.integers(0, 20, ROWS).astype(str)).astype(object)
    assert "by itself" in find_leak(texts, target)


def test_held_out_rates_worked_out_by_hand():
    # Fold of each client: clients of each outcome are assigned in turn, 1s to folds 1 2 3 4 0, 0s the same way.
    target = np.array([1.0] * 5 + [0.0] * 5)
    codes = np.zeros(10, dtype=np.intp)
    np.testing.assert_allclose(held_out_rates(codes, target), (4 + 0.5) / (8 + 1))


def test_an_empty_column_is_none(target):
    assert find_leak(np.full(ROWS, np.nan), target) is None
    assert find_leak(np.full(ROWS, None), target) is None
