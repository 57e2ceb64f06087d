import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scoring.model.costs import Costs, cost_curve, cost_per_client


def test_ten_to_one_refuses_from_one_in_eleven_on():
    assert Costs().threshold() == pytest.approx(1 / 11)


def test_dearer_false_negatives_lower_the_threshold():
    assert Costs(false_negative=20).threshold() < Costs(false_negative=10).threshold()


def test_cost_counts_ten_for_a_missed_default_and_one_for_a_wrong_refusal():
    target = np.array([1, 1, 0, 0, 0])
    refused = np.array([True, False, True, False, False])
    assert cost_per_client(target, refused, Costs()) == (10 * 1 + 1 * 1) / 5


@pytest.mark.parametrize("price", [0, -1, float("inf"), float("nan")])
def test_a_cost_that_is_not_a_positive_number_is_refused(price):
    with pytest.raises(ValidationError, match="false_negative"):
        Costs(false_negative=price)


@given(
    st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=1, max_size=40),
    st.lists(st.floats(0, 1), min_size=1, max_size=10),
)
def test_the_cost_curve_is_the_cost_of_the_decisions_at_each_threshold(clients, thresholds):
    target = np.array([outcome for outcome, _ in clients])
    probability = np.array([chance for _, chance in clients])
    curve = cost_curve(target, probability, np.array(thresholds), Costs())
    decided = [cost_per_client(target, probability >= threshold, Costs()) for threshold in thresholds]
    np.testing.assert_allclose(curve, decided, atol=1e-12)
