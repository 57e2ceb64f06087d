import numpy as np
import pytest

from scoring.training.candidates.out_of_fold import Folds
from scoring.training.candidates.search import search_parameters


def plain(steps, _what):
    return steps


def test_the_same_seed_gives_the_same_trials_again(folds, small_inputs, tmp_path):
    first = search_parameters(folds, small_inputs, "logistic regression", 4, plain)
    again = Folds(folds.applications, folds.target, folds.fold, folds.data, tmp_path / "elsewhere")
    second = search_parameters(again, small_inputs, "logistic regression", 4, plain)
    assert first[1] == second[1]
    assert len({trial[1]["C"] for trial in first[1]}) == 4
    np.testing.assert_array_equal(first[0].calibrated, second[0].calibrated)


def test_the_best_trial_has_the_least_log_loss(folds, small_inputs):
    best, trials = search_parameters(folds, small_inputs, "logistic regression", 5, plain)
    losses = [loss for _, _, loss in trials if loss is not None]
    assert best.log_loss(folds.target) == pytest.approx(min(losses))
    assert best.recipe.name == "logistic regression, tuned"


def test_a_killed_search_loses_the_running_trial_only(folds, small_inputs, tmp_path):
    def killed(steps, _what):
        for step in steps:
            if step == 3:
                raise KeyboardInterrupt
            yield step

    with pytest.raises(KeyboardInterrupt):
        search_parameters(folds, small_inputs, "logistic regression", 6, killed)
    _, resumed = search_parameters(folds, small_inputs, "logistic regression", 6, plain)
    whole = Folds(folds.applications, folds.target, folds.fold, folds.data, tmp_path / "elsewhere")
    assert resumed == search_parameters(whole, small_inputs, "logistic regression", 6, plain)[1]


def test_a_kill_in_the_middle_of_a_trial_is_gone_on_from_too(folds, small_inputs, tmp_path, monkeypatch):
    calls = []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 8:  # the second fold of the third trial
            raise KeyboardInterrupt
        return real(*arguments)

    from scoring.training.candidates import out_of_fold

    real = out_of_fold.fit_model
    monkeypatch.setattr(out_of_fold, "fit_model", interrupted)
    with pytest.raises(KeyboardInterrupt):
        search_parameters(folds, small_inputs, "logistic regression", 4, plain)
    _, resumed = search_parameters(folds, small_inputs, "logistic regression", 4, plain)
    whole = Folds(folds.applications, folds.target, folds.fold, folds.data, tmp_path / "elsewhere")
    assert resumed == search_parameters(whole, small_inputs, "logistic regression", 4, plain)[1]
