"""Steadiness of the weights of codes in disguise, and clients with a value that has none."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from scoring.model.preprocessor import Inputs
from scoring.training.candidates.code_stability import measure_codes
from scoring.training.candidates.families import make_recipe
from scoring.training.candidates.out_of_fold import Folds


@pytest.fixture(scope="module")
def folds(tmp_path_factory):
    """Clients of 40 tariffs, and one in ten with a tariff of the client's own."""
    draws, n = np.random.default_rng(5), 6000
    tariffs, effect = np.linspace(20, 38, 40), draws.normal(0, 1.2, 40)
    chosen, own = draws.integers(0, 40, n), draws.random(n) < 0.1
    tariff = np.where(own, draws.uniform(20, 38, n), tariffs[chosen])
    score = draws.normal(size=n)
    bad = draws.random(n) < expit(-1.5 + np.where(own, 0, effect[chosen]) + score)
    frame = pd.DataFrame({"tariff": tariff, "score": score})
    return Folds(frame, bad.astype(np.int8), np.arange(n) % 3, "codes", tmp_path_factory.mktemp("codes"))


def test_the_report_says_how_steady_codes_are_and_how_many_clients_have_one(folds):
    result = folds.predict(make_recipe(Inputs(numbers=("tariff", "score")), "scorecard", {}))
    (found,) = measure_codes(folds, result)
    assert (found.term, found.folds, found.codes) == ("tariff", 3, pytest.approx(40, abs=6))
    # a few of the clients with an own tariff are next to a frequent one
    assert 0.88 < found.known < 0.99
    assert found.spread > 3 * found.error > 0
    assert found.other_weight is not None
    assert abs(found.other_weight) < found.spread


def test_clients_count_by_their_weights(folds):
    result = folds.predict(make_recipe(Inputs(numbers=("tariff", "score")), "scorecard", {}))
    (plain,) = measure_codes(folds, result)
    heavy = replace(folds, weights=np.where(folds.target == 1, 3.0, 1.0))
    # the rows of the folds are cached without weights, so that only the figures differ
    (found,) = measure_codes(heavy, result)
    rate = plain.known_default_rate
    assert found.known_default_rate == pytest.approx(3 * rate / (3 * rate + 1 - rate))
    assert found.known != plain.known


def test_a_model_without_codes_has_none_to_report(folds):
    result = folds.predict(make_recipe(Inputs(numbers=("score",)), "scorecard", {}))
    assert measure_codes(folds, result) == ()
