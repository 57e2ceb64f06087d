import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from scoring.model.plan import Derived
from scoring.model.preprocessor import Inputs, Planned, Preprocessor

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
    return Preprocessor(Inputs(numbers=("a", "half"), categories=("trade",), derived=DERIVED), min_count=2)


@pytest.fixture
def target():
    return np.array([0, 0, 0, 1, 1, 1])


def test_columns_are_numbers_then_derived_then_frequent_categories(frame, preprocessor, target):
    ready = preprocessor.fit(frame, target).transform(frame)
    # half is constant and gets no column; monk and smith are too rare for one;
    # double is missing with a, and one column says so
    assert list(ready) == ["a", "a_missing", "double", "trade_baker", "trade_missing"]


def test_missing_numbers_take_the_median_of_those_known(frame, preprocessor, target):
    ready = preprocessor.fit(frame, target).transform(frame)
    assert ready["a"].tolist() == [1, 2, 3, 2.5, 2.5, 6]
    assert ready["double"].tolist() == [2, 4, 6, 5, 5, 12]
    assert ready["a_missing"].tolist() == [0, 0, 0, 1, 1, 0]


def test_what_was_never_seen_is_scored_as_unknown(frame, preprocessor, target):
    preprocessor.fit(frame, target)
    stranger = pd.DataFrame({"a": [9.0], "half": [0.5], "trade": ["astronaut"]})
    assert preprocessor.transform(stranger).to_numpy().tolist() == [[9, 0, 18, 0, 0]]


def test_rows_are_independent_of_their_neighbours(frame, preprocessor, target):
    whole = preprocessor.fit(frame, target).transform(frame)
    for i in range(len(frame)):
        pd.testing.assert_frame_equal(preprocessor.transform(frame.iloc[[i]]), whole.iloc[[i]])


def test_neither_fitting_nor_transforming_changes_its_input(frame, preprocessor, target):
    before = frame.copy(deep=True)
    preprocessor.fit(frame, target).transform(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_it_is_a_scikit_learn_transformer_that_clones_and_pickles(frame, preprocessor, target):
    fitted = clone(preprocessor).fit(frame, target)
    again = pickle.loads(pickle.dumps(fitted))
    pd.testing.assert_frame_equal(again.transform(frame), fitted.transform(frame))
    assert not hasattr(clone(fitted), "plan_")


def test_a_number_that_hardly_varies_gets_no_column(frame, target):
    frame["flag"] = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    ready = Preprocessor(Inputs(numbers=("a", "flag")), min_count=2).fit(frame, target).transform(frame)
    assert list(ready) == ["a", "a_missing"]


def test_the_strongest_candidates_become_columns_and_may_be_absent_later(frame, target):
    frame["history"], frame["noise"] = np.arange(6.0), [1.0, 2, 3, 3, 2, 1]
    fitted = Preprocessor(Inputs(numbers=("a",), history=("noise", "history")), history=1, min_count=2).fit(
        frame, target
    )
    assert list(fitted.transform(frame)) == ["a", "a_missing", "history"]
    assert fitted.transform(frame[["a"]])["history"].tolist() == [2.5] * 6


def test_only_the_most_useful_columns_are_kept_where_there_are_too_many(frame):
    draws = np.random.default_rng(0)
    frame = pd.DataFrame({name: draws.normal(size=500) for name in "abc"})
    target = (frame["b"] + draws.normal(size=500) > 0).to_numpy(dtype=int)
    fitted = Preprocessor(Inputs(numbers=("a", "b", "c")), limit=1).fit(frame, target)
    assert list(fitted.transform(frame)) == ["b"]


def test_a_plan_keeps_no_step_that_no_column_needs(frame, target):
    steps = (*DERIVED, Derived(name="constant", operation="product", inputs=("half", "half")))
    inputs = Inputs(numbers=("a",), derived=steps, missing_values={"half": (0.0,), "b": (9.0,)})
    plan = Preprocessor(inputs, min_count=2).fit(frame, target).plan_
    assert [step.name for step in plan.derived] == ["double"]
    assert dict(plan.missing_values) == {"half": (0.0,)}


def test_a_plan_alone_transforms_as_its_preprocessor_does(frame, preprocessor, target):
    preprocessor.fit(frame, target)
    alone = Planned(preprocessor.plan_).fit(frame).transform(frame)
    pd.testing.assert_frame_equal(alone, preprocessor.transform(frame))
