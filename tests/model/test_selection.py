import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from scoring.model.selection import strongest


@pytest.fixture
def clients():
    draws = np.random.default_rng(0)
    target = (draws.random(3000) < 0.2).astype(int)
    strength = np.array([0.1, 0.8, 0.0, 0.4])
    return draws.normal(size=(3000, 4)) + np.outer(target, strength), target


def test_columns_come_in_order_of_their_own_auc(clients):
    values, target = clients
    distances = [abs(roc_auc_score(target, values[:, i]) - 0.5) for i in range(4)]
    assert strongest(values, target, 4) == list(np.argsort(distances)[::-1])


def test_a_near_copy_of_a_better_column_is_passed_over(clients):
    values, target = clients
    copied = np.column_stack([values, -np.exp(values[:, 1])])
    assert strongest(copied, target, 3) == strongest(values, target, 3)


def test_no_more_than_asked_for_are_chosen(clients):
    values, target = clients
    assert strongest(values, target, 2) == [1, 3]
    assert strongest(values, target, 0) == []


def test_constant_and_missing_columns_are_never_chosen(clients):
    values, target = clients
    values[:, 1], values[:, 3] = np.nan, 7.0
    assert set(strongest(values, target, 4)) == {0, 2}


def test_missing_values_count_as_the_median(clients):
    values, target = clients
    values[::2, 1] = np.nan
    filled = np.where(np.isnan(values), np.nanmedian(values, axis=0), values)
    assert strongest(values, target, 4) == strongest(filled, target, 4)
