import numpy as np

from scoring.model.compile import compile_plan
from scoring.model.preprocessor import Preprocessor
from scoring.training.candidates.scorecard import Scorecard, SplineInputs


def test_a_scorecards_terms_stand_beside_the_columns_of_the_preprocessor(small, small_inputs):
    frame, target = small
    own = Preprocessor(small_inputs).fit(frame, target).transform(frame)
    terms = Scorecard(small_inputs).fit(frame, target).transform(frame)
    both = SplineInputs(small_inputs).fit(frame, target).transform(frame)
    assert list(both) == [*own, *(f"{name} (bins)" for name in terms)]
    np.testing.assert_array_equal(both, np.column_stack([own, terms]))


def test_one_application_at_a_time_gives_the_same_row(small, small_inputs):
    frame, target = small
    fitted = SplineInputs(small_inputs).fit(frame, target)
    ready = compile_plan(fitted.plan_)
    for record, row in zip(frame.head(20).to_dict("records"), fitted.transform(frame.head(20)).to_numpy(), strict=True):
        np.testing.assert_allclose(ready(record), row, rtol=1e-12)


def test_terms_count_towards_the_limit_of_columns(small, small_inputs):
    frame, target = small
    terms = Scorecard(small_inputs).fit(frame, target).plan_.columns
    names = SplineInputs(small_inputs, limit=len(terms) + 1).fit(frame, target).plan_.feature_names()
    assert len(names) == len(terms) + 1
