import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.training.evaluation import decision_tables
from tests.training.conftest import draw_clients


@pytest.fixture(scope="module")
def clients():
    return draw_clients(5000)


def test_deciles_hold_everybody_riskiest_first(clients):
    target, chance = clients
    rows = decision_tables.tabulate_gains(target, chance)
    assert sum(row.clients for row in rows) == 5000
    assert sum(row.defaults for row in rows) == target.sum()
    assert [row.predicted for row in rows] == sorted((row.predicted for row in rows), reverse=True)
    assert rows[-1].captured == rows[-1].lift == 1.0


def test_gains_worked_out_by_hand():
    target = np.array([0, 1, 0, 1, 0, 0])
    rows = decision_tables.tabulate_gains(target, np.array([0.1, 0.9, 0.2, 0.5, 0.6, 0.3]), groups=3)
    assert [row.defaults for row in rows] == [1, 1, 0]  # 0.9 and 0.6; 0.5 and 0.3; 0.2 and 0.1
    assert [row.captured for row in rows] == [0.5, 1.0, 1.0]
    assert [row.lift for row in rows] == [pytest.approx(0.5 / (1 / 3)), pytest.approx(0.5 / (1 / 3)), 1.0]


def test_odds_double_from_band_to_band():
    inner = decision_tables.band_limits()[1:-1]
    odds = inner / (1 - inner)
    assert odds[1:] / odds[:-1] == pytest.approx(np.full(5, 2.0))


@given(st.floats(0, 1))
def test_every_probability_has_the_band_whose_limits_hold_it(chance):
    position = decision_tables.LETTERS.index(decision_tables.assign_bands(np.array([chance]))[0])
    low, high = decision_tables.band_limits()[position : position + 2]
    assert low <= chance < high or chance == high == 1.0


def test_bands_hold_everybody_and_empty_ones_have_no_rate(clients):
    target, chance = clients
    rows = decision_tables.tabulate_bands(target, np.clip(chance, 0.02, None))
    assert "".join(row.letter for row in rows) == "ABCDEFG"
    assert sum(row.clients for row in rows) == 5000
    assert (rows[0].clients, rows[0].default_rate, rows[0].predicted) == (0, None, None)
    assert sum(row.share for row in rows) == pytest.approx(1.0)


def test_accepting_more_clients_means_accepting_worse_ones(clients):
    target, chance = clients
    rows = decision_tables.tabulate_approvals(target, chance, served=1 / 11)
    assert [row.approval_rate for row in rows] == sorted(row.approval_rate for row in rows)
    assert rows[0].bad_rate < rows[-1].bad_rate == pytest.approx(target.mean())
    served = [row for row in rows if row.served]
    assert [row.threshold for row in served] == [1 / 11]
    assert served[0].approval_rate == (chance < 1 / 11).mean()
    assert all(row.low <= row.bad_rate <= row.high for row in rows)


def test_true_probabilities_lie_within_the_bounds_of_nearly_every_bin(clients):
    target, chance = clients
    rows = (
        *decision_tables.bin_reliability(target, chance),
        *decision_tables.bin_reliability_near(target, chance, 1 / 11),
    )
    assert np.mean([row.low <= row.predicted <= row.high for row in rows]) > 0.8


def test_the_threshold_divides_the_narrow_bins(clients):
    target, chance = clients
    rows = decision_tables.bin_reliability_near(target, chance, 1 / 11)
    assert sum(row.predicted < 1 / 11 for row in rows) == sum(row.predicted >= 1 / 11 for row in rows) == 4


def test_swap_set_worked_out_by_hand():
    target = np.array([1, 0, 1, 0])
    before, after = np.array([True, True, False, False]), np.array([True, False, True, False])
    found = decision_tables.tabulate_swaps(target, before, after, ("old", "new"))
    assert (found.both_refused.clients, found.both_refused.default_rate) == (1, 1.0)
    assert (found.swapped_in.clients, found.swapped_in.default_rate) == (1, 0.0)
    assert (found.swapped_out.clients, found.swapped_out.default_rate) == (1, 1.0)
    assert (found.both_accepted.share, found.both_accepted.defaults) == (0.25, 0)


def test_the_same_decisions_swap_nobody():
    refused = np.array([True, False])
    found = decision_tables.tabulate_swaps(np.array([1, 0]), refused, refused, ("old", "new"))
    assert found.swapped_in.clients == found.swapped_out.clients == 0
    assert found.swapped_in.default_rate is None
