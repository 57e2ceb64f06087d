import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scoring.web.histogram import count_categories, count_numbers


@given(
    st.lists(
        st.tuples(st.one_of(st.just(float("nan")), st.floats(-1e9, 1e9)), st.booleans(), st.booleans()), min_size=1
    )
)
def test_every_chosen_client_is_counted_once(clients):
    values, refused, chosen = (np.array(column) for column in zip(*clients, strict=True))
    counted = count_numbers(values.astype(float), refused.astype(bool), chosen.astype(bool))
    assert len(counted["edges"]) == len(counted["accepted"]) + 1 == len(counted["refused"]) + 1
    in_all = sum(counted["accepted"]) + sum(counted["refused"]) + sum(counted["missing"].values())
    assert in_all == chosen.sum()


def test_bins_do_not_depend_on_who_is_chosen():
    values, refused = np.array([1.0, 2.5, 100.0]), np.array([True, False, False])
    few = count_numbers(values, refused, np.array([True, False, False]))
    assert few["edges"] == count_numbers(values, refused, np.ones(3, dtype=bool))["edges"]
    assert (sum(few["accepted"]), sum(few["refused"])) == (0, 1)


def test_whole_numbers_close_together_get_a_bin_each():
    counted = count_numbers(np.array([0.0, 2.0, 2.0]), np.zeros(3, dtype=bool), np.ones(3, dtype=bool))
    assert counted["edges"] == [-0.5, 0.5, 1.5, 2.5]
    assert counted["accepted"] == [1, 0, 2]


def test_a_constant_and_a_column_without_values_have_bins_too():
    one = np.ones(1, dtype=bool)
    assert sum(count_numbers(np.array([1e6 + 0.5]), one, one)["refused"]) == 1
    assert count_numbers(np.array([np.nan]), one, one)["missing"] == {"accepted": 0, "refused": 1}


def test_categories_of_all_are_listed_though_nobody_chosen_has_them():
    counted = count_categories(["a", "b"], np.array([False, False]), np.array([True, False]))
    assert (counted["categories"], counted["accepted"]) == (["a", "b"], [1, 0])
