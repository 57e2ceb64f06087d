import numpy as np
import pytest
from scipy.special import expit

from scoring.errors import DataError
from scoring.model.costs import Costs
from scoring.training.candidates.out_of_fold import Result
from scoring.training.choose import choose_champion
from scoring.training.evaluation.ranking import placements
from scoring.training.fit import Recipe

COUNT = 4000
POPULATION_GAP = 0.0458  # of the last test, measured on two million clients


@pytest.fixture(scope="module")
def risk():
    return np.random.default_rng(0).normal(-2, 1.5, size=COUNT)


@pytest.fixture(scope="module")
def target(risk):
    return (np.random.default_rng(1).random(COUNT) < expit(risk)).astype(np.int8)


def result(family, log_odds, target, gap=0.0, noise=0.0):
    """Make predictions with an overfitting gap, which varies between clients by ``noise``."""
    from sklearn.dummy import DummyClassifier

    calibrated = expit(log_odds)
    inside = placements(target, calibrated) + gap
    inside[target == 0] += noise * (np.arange(np.count_nonzero(target == 0)) % 2 * 2 - 1)
    recipe = Recipe(family, family, None, DummyClassifier())
    return Result(recipe, calibrated, calibrated, (float(inside[target == 1].mean()),), 1.0, inside)


def test_a_regression_stays_where_another_family_is_not_better_beyond_doubt(risk, target):
    noise = np.random.default_rng(5).normal(0, 0.1, size=COUNT)
    regression = result("logistic regression", risk + noise, target)
    forest = result("random forest", risk, target)
    champion, facts = choose_champion([forest, regression], target, Costs())
    assert champion is regression
    assert facts.reason.startswith("random forest does not beat it beyond doubt: log loss +0.0")
    assert facts.reason.endswith("; its overfitting gap is 0.0000 (0.0000 to 0.0000)")
    assert not facts.overridden


def test_another_family_takes_its_place_with_a_gain_beyond_doubt_whatever_its_gap(risk, target):
    regression = result("logistic regression", 0.3 * risk - 1.4, target)
    forest = result("random forest", risk, target, gap=0.08)
    champion, facts = choose_champion([regression, forest], target, Costs())
    assert champion is forest
    assert facts.reason.startswith("beats logistic regression: log loss +0.0")
    assert "its overfitting gap is 0.0800 (0.0800 to 0.0800)" in facts.reason
    ranked = [one.name for one in facts.candidates]
    assert ranked == ["random forest", "logistic regression"]
    assert facts.candidates[1].log_loss_difference.low > 0
    assert facts.candidates[0].log_loss_difference.value == 0


def test_the_scorecard_is_preferred_to_other_regressions(risk, target):
    scorecard = result("scorecard", risk + np.random.default_rng(5).normal(0, 0.1, size=COUNT), target)
    splines = result("splines", risk, target)
    assert choose_champion([splines, scorecard], target, Costs())[0] is scorecard


def test_the_next_family_that_the_best_does_not_beat_is_chosen_where_the_scorecard_is_beaten(risk, target):
    scorecard = result("scorecard", 0.3 * risk - 1.4, target)
    shaped = result("shaped scorecard", risk + np.random.default_rng(5).normal(0, 0.1, size=COUNT), target)
    trees = result("lightgbm", risk, target, gap=0.08)
    champion, facts = choose_champion([trees, scorecard, shaped], target, Costs())
    assert champion is shaped
    assert facts.reason.startswith("lightgbm does not beat it beyond doubt: log loss +0.0")
    assert "; the easier to read are beaten: scorecard: log loss +0.0" in facts.reason
    heart = result("shaped scorecard", risk, target, gap=0.08)
    assert choose_champion([trees, scorecard, heart], target, Costs())[0] is trees


def test_a_regression_that_learns_by_heart_is_no_default(risk, target):
    scorecard = result("scorecard", risk, target, gap=0.03)
    plain = result("logistic regression", risk + np.random.default_rng(5).normal(0, 0.1, size=COUNT), target)
    assert choose_champion([scorecard, plain], target, Costs())[0] is plain
    assert choose_champion([scorecard, plain], target, Costs(), max_gap=0.04)[0] is scorecard
    best, facts = choose_champion([scorecard], target, Costs())
    assert best is scorecard
    gap = "its overfitting gap is 0.0300 (0.0300 to 0.0300), above the limit of 0.02; no regression has a smaller gap"
    assert facts.reason == f"the least log loss of all; {gap}"


def test_a_gap_counts_as_too_large_only_if_its_interval_says_so(risk, target):
    scorecard = result("scorecard", risk, target, gap=0.03, noise=0.5)
    plain = result("logistic regression", risk + np.random.default_rng(5).normal(0, 0.1, size=COUNT), target)
    gap = scorecard.gap_interval(target)
    assert gap.value == pytest.approx(0.03, abs=1e-9)
    assert gap.low < 0.02 < gap.high
    champion, facts = choose_champion([scorecard, plain], target, Costs())
    assert champion is scorecard
    facts = {one.name: one for one in facts.candidates}
    assert facts["scorecard"].gap_interval == (gap.low, gap.high)


def test_a_regression_with_a_large_gap_stays_if_only_worse_ones_compete_and_nothing_is_proved(risk, target):
    draws = np.random.default_rng(5)
    scorecard = result("scorecard", risk + draws.normal(0, 0.1, size=COUNT), target, gap=0.04)
    plain = result("logistic regression", risk + draws.normal(0, 0.3, size=COUNT), target, gap=0.06, noise=2.0)
    forest = result("random forest", risk, target, gap=0.2)
    champion, facts = choose_champion([forest, scorecard, plain], target, Costs())
    assert champion is scorecard
    assert facts.reason.startswith("random forest does not beat it beyond doubt: log loss +0.0")
    assert facts.reason.endswith(
        "its overfitting gap is 0.0400 (0.0400 to 0.0400), above the limit of 0.02; no regression has a smaller gap"
    )


def test_a_large_gap_gives_nobody_the_place_without_a_paired_test(risk, target):
    scorecard = result("scorecard", 0.3 * risk - 1.4, target, gap=0.04)
    forest = result("random forest", risk, target, gap=0.2)
    champion, facts = choose_champion([forest, scorecard], target, Costs())
    assert champion is forest
    assert facts.reason.startswith("beats scorecard: log loss +0.0")


def test_without_a_regression_the_least_log_loss_decides(risk, target):
    forest, mlp = result("random forest", risk, target), result("mlp", 0.5 * risk, target)
    champion, facts = choose_champion([mlp, forest], target, Costs())
    assert champion is forest
    assert facts.reason == "the least log loss; no logistic regression was compared"


def test_on_few_clients_the_scorecard_stays_until_there_is_proof():
    """On 700 clients a gap of .04 is noise, and so is a gain of CatBoost's, whose gap is .2."""
    draws = np.random.default_rng(3)
    risk = draws.normal(-1, 1, size=700)
    target = (draws.random(700) < expit(risk)).astype(np.int8)
    scorecard = result("scorecard", risk + draws.normal(0, 0.3, size=700), target, gap=0.04, noise=0.3)
    catboost = result("catboost", risk + draws.normal(0, 0.25, size=700), target, gap=0.201)
    assert catboost.log_loss(target) < scorecard.log_loss(target)
    champion, facts = choose_champion([scorecard, catboost], target, Costs())
    assert champion is scorecard
    assert "catboost does not beat it beyond doubt" in facts.reason
    assert "above" not in facts.reason


def test_the_interval_of_a_gap_covers_what_other_clients_show():
    """Among 200 tables of 500 clients, about 95 % of the intervals cover the gap in the population."""
    draws = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        risk = draws.normal(-1, 1, size=500)
        target = (draws.random(500) < expit(risk)).astype(np.int8)
        seen, unseen = risk + draws.normal(0, 0.5, size=500), risk + draws.normal(0, 1, size=500)
        inside = placements(target, seen)
        made = Result(None, unseen, expit(unseen), (float(inside[target == 1].mean()),), 1.0, inside)
        gap = made.gap_interval(target)
        covered += gap.low <= POPULATION_GAP <= gap.high
    assert 182 <= covered <= 198


def test_a_family_that_was_asked_for_is_taken_and_the_record_says_so(risk, target):
    regression, forest = result("logistic regression", risk, target), result("random forest", 0.5 * risk, target)
    champion, facts = choose_champion([regression, forest], target, Costs(), force="random forest")
    assert champion is forest
    assert facts.overridden
    assert facts.reason == "the family random forest was asked for"


def test_a_family_that_does_not_compete_is_refused(risk, target):
    with pytest.raises(DataError, match="family 'mlp': not among the candidates\nExpected one of scorecard"):
        choose_champion([result("scorecard", risk, target)], target, Costs(), force="mlp")
