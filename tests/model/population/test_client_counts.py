import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from scoring.model.population.client_counts import FEWEST, NumberCounts, count_numbers, count_texts, hide_few

NUMBERS = arrays.arrays(float, st.integers(0, 200), elements=st.one_of(st.just(np.nan), st.integers(-20, 20)))


@given(NUMBERS)
def test_each_client_is_counted_once_and_no_bin_of_several_has_fewer_than_five_clients(values):
    counted = count_numbers(values)
    assert sum(counted.counts) + counted.missing == len(values)
    assert len(counted.counts) == 1 or min(counted.counts) >= FEWEST


@given(NUMBERS)
def test_the_usual_range_has_no_extreme_value_of_one_client(values):
    counted = count_numbers(values)
    known = values[~np.isnan(values)]
    if len(np.unique(known)) == len(known) and len(known) >= 4 * FEWEST:
        assert counted.usual is not None
        assert (known > counted.usual[1]).sum() >= FEWEST
        assert (known < counted.usual[0]).sum() >= FEWEST


def test_a_quantity_has_bins_of_a_tenth_each():
    counted = count_numbers(np.arange(1000.0))
    assert counted.counts == (100,) * 10
    assert counted.edges[0] == pytest.approx(99.9)


def test_a_rare_category_is_not_named():
    counted = count_texts(np.array(["a"] * 20 + ["b"] * 4 + [None] * 3, dtype=object))
    assert (counted.counts, counted.others, counted.missing) == ({"a": 20}, 4, 3)
    hidden = hide_few(counted)
    assert (hidden.others, hidden.missing) == (0, 0)


def test_bins_that_do_not_fit_their_counts_are_refused():
    with pytest.raises(ValueError, match="expected one more"):
        NumberCounts(edges=(1.0,), counts=(1,), missing=0, usual=None, outside=0)
    with pytest.raises(ValueError, match="not ascending"):
        NumberCounts(edges=(1.0, 1.0), counts=(1, 2, 3), missing=0, usual=None, outside=0)
