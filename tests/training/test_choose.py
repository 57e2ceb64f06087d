import numpy as np
import pytest
from scipy.special import expit

from scoring.errors import DataError
from scoring.model.costs import Costs
from scoring.training.candidates.out_of_fold import Result
from scoring.training.choose import choose_champion
from scoring.training.fit import Recipe

COUNT = 4000


@pytest.fixture(scope="module")
def risk():
    return np.random.default_rng(0).normal(-2, 1.5, size=COUNT)


@pytest.fixture(scope="module")
def target(risk):
    return (np.random.default_rng(1).random(COUNT) < expit(risk)).astype(np.int8)


def result(family, log_odds, target, gap=0.0):
    from sklearn.dummy import DummyClassifier
    from sklearn.metrics import roc_auc_score

    calibrated = expit(log_odds)
    inside = roc_auc_score(target, calibrated) + gap
    return Result(Recipe(family, family, None, DummyClassifier()), calibrated, calibrated, (inside,), 1.0)


def test_a_regression_stays_where_another_family_is_not_better_beyond_doubt(risk, target):
    noise = np.random.default_rng(5).normal(0, 0.1, size=COUNT)
    regression = result("logistic regression", risk + noise, target)
    forest = result("random forest", risk, target)
    champion, facts = choose_champion([forest, regression], target, Costs())
    assert champion is regression
    assert "does not beat beyond doubt" in facts.reason
    assert not facts.overridden


def test_another_family_takes_its_place_with_a_gain_beyond_doubt_whatever_its_gap(risk, target):
    regression = result("logistic regression", 0.3 * risk - 1.4, target)
    forest = result("random forest", risk, target, gap=0.08)
    champion, facts = choose_champion([regression, forest], target, Costs())
    assert champion is forest
    assert "its gap is 0.0800" in facts.reason
    ranked = [one.name for one in facts.candidates]
    assert ranked == ["random forest", "logistic regression"]
    assert facts.candidates[1].log_loss_difference.low > 0
    assert facts.candidates[0].log_loss_difference.value == 0


def test_the_scorecard_is_preferred_to_other_regressions(risk, target):
    scorecard = result("scorecard", risk + np.random.default_rng(5).normal(0, 0.1, size=COUNT), target)
    splines = result("splines", risk, target)
    assert choose_champion([splines, scorecard], target, Costs())[0] is scorecard


def test_a_regression_that_learns_by_heart_is_no_default(risk, target):
    scorecard = result("scorecard", risk, target, gap=0.03)
    plain = result("logistic regression", risk + np.random.default_rng(5).normal(0, 0.1, size=COUNT), target)
    assert choose_champion([scorecard, plain], target, Costs())[0] is plain
    assert choose_champion([scorecard, plain], target, Costs(), max_gap=0.04)[0] is scorecard
    best, facts = choose_champion([scorecard], target, Costs())
    assert best is scorecard
    assert "no logistic regression has a gap of at most 0.02" in facts.reason


def test_a_family_that_was_asked_for_is_taken_and_the_record_says_so(risk, target):
    regression, forest = result("logistic regression", risk, target), result("random forest", 0.5 * risk, target)
    champion, facts = choose_champion([regression, forest], target, Costs(), force="random forest")
    assert champion is forest
    assert facts.overridden
    assert facts.reason == "the family random forest was asked for"


def test_a_family_that_does_not_compete_is_refused(risk, target):
    with pytest.raises(DataError, match="family 'mlp': not among the candidates\nExpected one of scorecard"):
        choose_champion([result("scorecard", risk, target)], target, Costs(), force="mlp")
