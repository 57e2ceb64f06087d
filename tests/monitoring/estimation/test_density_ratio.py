import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.model.report import effective_number
from scoring.monitoring.estimation.density_ratio import fit_density_ratio
from scoring.monitoring.estimation.shared_cells import are_unseen, cut_score, make_cells

SAME = np.zeros(1000)


def ratio_of(reference, current, score=(SAME, SAME)):
    cells = make_cells("x", np.asarray(reference), np.asarray(current))
    return fit_density_ratio(cut_score(*score, threshold=0.0), [cells])


def test_a_category_that_has_become_four_times_as_frequent_as_another_weighs_so_much_more():
    reference = np.array([0.0, 1.0] * 500)
    current = np.array([0.0] * 200 + [1.0] * 800)
    weights = ratio_of(reference, current).weights()
    assert weights[reference == 1].mean() == pytest.approx(1.6, abs=0.01)
    assert weights[reference == 0].mean() == pytest.approx(0.4, abs=0.01)


def test_a_column_that_has_not_changed_leaves_every_weight_at_one():
    same = np.array([0.0, 1.0] * 500)
    ratio = ratio_of(same, same)
    assert ratio.balanced == ()
    assert ratio.weights() == pytest.approx(np.ones(1000))


@given(share=st.floats(0.2, 0.8), seed=st.integers(0, 5))
def test_the_weighted_reference_has_the_current_clients_shares(share, seed):
    draws = np.random.default_rng(seed)
    reference, current = draws.normal(size=2000), draws.normal(share, 1.2, size=1500)
    cells = make_cells("x", reference, current)
    ratio = fit_density_ratio(cut_score(reference, current, 0.0), [cells])
    weights = ratio.weights()
    assert weights.mean() == pytest.approx(1)
    assert weights @ reference / 2000 == pytest.approx(current.mean(), abs=0.02)
    for cell in range(cells.number):
        if (cells.reference == cell).sum() >= 20:
            assert weights[cells.reference == cell].sum() / 2000 == pytest.approx(
                (cells.current == cell).mean(), abs=0.02
            )


def test_resamples_in_which_every_client_was_drawn_once_have_the_weights_of_the_whole():
    reference = np.array([0.0, 1.0] * 500)
    ratio = ratio_of(reference, np.array([0.0] * 300 + [1.0] * 700))
    assert ratio.of_resamples(np.ones((2, 1000)))[1] == pytest.approx(ratio.weights(), rel=1e-6)


def test_a_resample_is_balanced_again():
    draws = np.random.default_rng(1)
    reference = np.array([0.0, 1.0] * 500)
    ratio = ratio_of(reference, np.array([0.0] * 300 + [1.0] * 700))
    counts = draws.multinomial(1000, np.full(1000, 1e-3), size=20).astype(float)
    weights = ratio.of_resamples(counts)
    assert weights @ reference / 1000 == pytest.approx(np.full(20, 0.7), abs=0.003)


def test_effective_clients_of_weights_three_and_one_are_sixteen_over_ten():
    assert effective_number(np.array([3.0, 1.0])) == pytest.approx(1.6)


def test_a_text_that_no_reference_client_has_is_unseen_only_if_it_is_not_there_by_chance():
    reference = np.array(["a", "b"] * 500, dtype=object)
    many = make_cells("x", reference, np.array(["a"] * 90 + ["new"] * 20, dtype=object))
    assert many.unseen().sum() == 20
    one = make_cells("x", reference, np.array(["a"] * 90 + ["new"], dtype=object))
    assert one.unseen().sum() == 0


def test_numbers_beyond_every_number_of_the_reference_are_unseen():
    draws = np.random.default_rng(0)
    reference = draws.normal(size=2000)
    current = np.r_[draws.normal(size=500), np.full(100, 1000.0)]
    unseen = make_cells("x", reference, current).unseen()
    assert unseen[500:].all()
    assert not unseen[:500].any()


def test_missing_values_where_the_reference_has_none_are_unseen():
    current = np.r_[np.zeros(100), np.full(50, np.nan)]
    assert make_cells("x", np.array([0.0, 1.0] * 500), current).unseen().sum() == 50


def test_no_cell_is_unseen_where_both_are_drawn_alike():
    for seed in range(20):
        draws = np.random.default_rng(seed)
        counts = [draws.multinomial(number, [0.001] * 100 + [0.009] * 100) for number in (5000, 3000)]
        assert not are_unseen(*counts).any()
