from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from scoring.storage.pickles import fitted_on


def test_a_fitted_object_tells_its_columns():
    assert fitted_on(StandardScaler().fit(np.eye(3))) == 3


@pytest.mark.parametrize("silent", [SimpleNamespace(), SimpleNamespace(n_features_in_=0)])
def test_an_object_that_tells_none_may_have_been_fitted_on_any_number(silent):
    assert fitted_on(silent) is None
