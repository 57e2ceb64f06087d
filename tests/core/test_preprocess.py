import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from scoring.core.plan import Derived
from scoring.core.preprocess import Preprocessor

DERIVED = (Derived(name="double", operation="ratio", inputs=("a", "half")),)


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "a": [1.0, 2.0, 3.0, np.nan, np.nan, 6.0],
            "b": [np.nan, np.nan, 1.0, np.nan, np.nan, 0.0],
            "half": [0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
            "trade": ["baker", "baker", "smith", None, None, "monk"],
        }
    )


@pytest.fixture
def preprocessor():
    return Preprocessor(numbers=["a", "half"], categories=["trade"], derived=DERIVED, min_count=2)


def test_columns_are_numbers_then_derived_then_frequent_categories(frame, preprocessor):
    ready = preprocessor.fit(frame).transform(frame)
    # half is constant and gets no column; monk and smith are too rare for one;
    # double is missing with a, and one column says so
    assert list(ready) == ["a", "a_missing", "double", "trade_baker", "trade_missing"]


def test_missing_numbers_take_the_median_of_those_known(frame, preprocessor):
    ready = preprocessor.fit(frame).transform(frame)
    assert ready["a"].tolist() == [1, 2, 3, 2.5, 2.5, 6]
    assert ready["double"].tolist() == [2, 4, 6, 5, 5, 12]
    assert ready["a_missing"].tolist() == [0, 0, 0, 1, 1, 0]


def test_what_was_never_seen_is_scored_as_unknown(frame, preprocessor):
    preprocessor.fit(frame)
    stranger = pd.DataFrame({"a": [9.0], "half": [0.5], "trade": ["astronaut"]})
    assert preprocessor.transform(stranger).to_numpy().tolist() == [[9, 0, 18, 0, 0]]


def test_rows_are_independent_of_their_neighbours(frame, preprocessor):
    whole = preprocessor.fit(frame).transform(frame)
    for i in range(len(frame)):
        pd.testing.assert_frame_equal(preprocessor.transform(frame.iloc[[i]]), whole.iloc[[i]])


def test_neither_fitting_nor_transforming_changes_its_input(frame, preprocessor):
    before = frame.copy(deep=True)
    preprocessor.fit(frame).transform(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_it_is_a_scikit_learn_transformer_that_clones_and_pickles(frame, preprocessor):
    fitted = clone(preprocessor).fit(frame)
    again = pickle.loads(pickle.dumps(fitted))
    pd.testing.assert_frame_equal(again.transform(frame), fitted.transform(frame))
    assert not hasattr(clone(fitted), "plan_")


def test_a_number_that_hardly_varies_gets_no_column(frame):
    frame["flag"] = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    ready = Preprocessor(numbers=["a", "flag"], min_count=2).fit(frame).transform(frame)
    assert list(ready) == ["a", "a_missing"]


def test_the_strongest_candidates_become_columns_and_may_be_absent_later(frame):
    target = np.array([0, 0, 0, 1, 1, 1])
    frame["history"], frame["noise"] = np.arange(6.0), [1.0, 2, 3, 3, 2, 1]
    fitted = Preprocessor(numbers=["a"], candidates=["noise", "history"], keep=1, min_count=2).fit(frame, target)
    assert list(fitted.transform(frame)) == ["a", "a_missing", "history"]
    assert fitted.transform(frame[["a"]])["history"].tolist() == [2.5] * 6
