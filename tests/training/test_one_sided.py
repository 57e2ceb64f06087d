import numpy as np
import pytest

from scoring.model.costs import Costs
from scoring.training.one_sided import describe_one_sided


@pytest.fixture(scope="module")
def risky():
    """Half of these clients default, as in a table of heavily indebted people."""
    draws = np.random.default_rng(0)
    chance = draws.beta(2, 2, 4000)
    return (draws.random(4000) < chance).astype(int), chance


def test_usual_decisions_give_no_warning(risky):
    target, chance = risky
    assert describe_one_sided(target, chance, 0.5, Costs(false_negative=1)) is None


def test_costs_that_refuse_nearly_everybody_are_told_with_figures_and_a_remedy(risky):
    target, chance = risky
    warning = describe_one_sided(target, chance, Costs().threshold(), Costs())
    assert (
        f"the costs refuse {np.mean(chance >= 1 / 11):.1%} of the clients, of whom {target.mean():.1%} def" in warning
    )
    assert "10 times as much as refusing a good client, so everybody from a risk of 9.1% is refused; these" in warning
    assert "these decisions cost 0.501 per client, to refuse everybody 0.497; check --false-negative and" in warning
    half = np.median(chance)
    assert f"if a default cost {(1 - half) / half:.3f} times as much, half of the clients would be refused" in warning
    assert warning.endswith(
        "; if the table has a larger share of defaults than the applicants, weight the clients (--weights)"
    )


def test_costs_that_refuse_nearly_nobody_are_told_too(risky):
    target, chance = risky
    costs = Costs(false_negative=1, false_positive=100)
    warning = describe_one_sided(target, chance, costs.threshold(), costs)
    assert warning.startswith("the costs refuse 0.")
    assert "to accept everybody 0." in warning
    assert "a default costs 0.01 times as much as refusing a good client" in warning
    assert warning.endswith("half of the clients would be refused")


def test_decisions_that_cost_no_less_than_to_refuse_everybody_are_told(risky):
    target, _ = risky
    noise = np.random.default_rng(1).uniform(0, 0.2, len(target))  # knows nothing of the target
    warning = describe_one_sided(target, noise, Costs().threshold(), Costs())
    assert warning.startswith("the decisions cost ")
    assert f"no less than to refuse everybody ({1 - target.mean():.3f})" in warning


def test_a_weight_counts_as_so_many_clients(risky):
    target, chance = risky
    weights = np.where(chance > 0.5, 0.005, 1.0)
    costs = Costs(false_negative=1)
    assert describe_one_sided(target, chance, 0.5, costs) is None
    assert "refuse 0.5% of" in describe_one_sided(target, chance, 0.5, costs, weights)
