import numpy as np
import pytest

from scoring.training.data.folds import assign_folds


@pytest.fixture
def clients():
    numbers = np.arange(500_000, 501_003)
    return numbers, (np.random.default_rng(0).random(len(numbers)) < 0.08).astype(int)


def test_a_client_stays_in_its_part_whatever_the_order_of_rows(clients):
    numbers, target = clients
    order = np.random.default_rng(1).permutation(len(numbers))
    np.testing.assert_array_equal(
        assign_folds(numbers[order], target[order], 5, "test"), assign_folds(numbers, target, 5, "test")[order]
    )


def test_parts_are_equal_and_have_the_same_share_of_defaults(clients):
    numbers, target = clients
    part = assign_folds(numbers, target, 5, "folds")
    for outcome in (0, 1):
        counts = np.bincount(part[target == outcome], minlength=5)
        assert counts.max() - counts.min() <= 1


def test_purposes_deal_independently(clients):
    numbers, target = clients
    together = np.mean(assign_folds(numbers, target, 5, "test") == assign_folds(numbers, target, 5, "folds"))
    assert 0.15 < together < 0.25
