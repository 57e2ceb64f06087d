import numpy as np
import pytest

from scoring.training.candidates.families import FAMILIES
from scoring.training.fit import RESAMPLING, fit_weighted, resample


@pytest.fixture(scope="module")
def rows():
    draws = np.random.default_rng(0)
    numbers = draws.normal(size=(300, 2))
    flag = (draws.random(300) > 0.5).astype(float)
    target = (numbers[:, 0] + draws.normal(size=300) > 1.8).astype(int)
    return np.column_stack([numbers, flag]), target


@pytest.mark.parametrize("how", RESAMPLING)
def test_defaults_are_no_longer_rare_and_0_1_columns_stay_whole(rows, how):
    changed, target = resample(*rows, how, seed=1)
    assert changed.shape == (len(target), 3)
    assert 0.4 < target.mean() < 0.75
    assert set(np.unique(changed[:, 2])) == {0.0, 1.0}


@pytest.mark.parametrize("how", RESAMPLING)
def test_the_same_seed_gives_the_same_rows(rows, how):
    first, second = resample(*rows, how, seed=1), resample(*rows, how, seed=1)
    np.testing.assert_array_equal(first[0], second[0])


def test_under_sampling_keeps_every_default_and_as_many_others(rows):
    _, target = resample(*rows, "under", seed=1)
    assert np.bincount(target).tolist() == [rows[1].sum(), rows[1].sum()]


@pytest.mark.parametrize("family", ["logistic regression", "splines", "random forest", "lightgbm", "xgboost", "mlp"])
def test_weights_raise_the_mean_probability_to_about_one_half(rows, family):
    small = {"min_samples_leaf": 5, "max_features": 1.0} if family == "random forest" else {}
    small = {"max_iter": 200, "batch_size": 50} if family == "mlp" else small
    model = fit_weighted(FAMILIES[family].make(small), *rows)
    mean = model.predict_proba(rows[0])[:, 1].mean()
    assert mean > 1.5 * rows[1].mean()
