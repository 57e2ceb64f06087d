import pytest

from scoring.explanation.explainer import Explanations
from scoring.model.decision import decision_of
from scoring.web.pages.view_models import build_change, build_risk, display_threshold


@pytest.fixture(scope="module")
def explained(app):
    bundle = app.extensions["scoring"]
    explanations, scores = Explanations(bundle.scorer, bundle.manifest), bundle.scorer.score(bundle.clients.rows)
    numbers = bundle.clients.numbers.tolist()
    decisions = [
        decision_of(scores, i, client_id=number, threshold=bundle.scorer.policy.threshold, version=bundle.version)
        for i, number in enumerate(numbers)
    ]
    records = [bundle.facts.record(number) for number in numbers]
    return bundle.scorer.policy, scores, explanations.of(bundle.clients.rows, records, decisions)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_shown_risk_never_reads_like_the_threshold(explained, language):
    policy, scores, found = explained
    for one in found:
        risk = build_risk(one, policy, scores, language)
        assert risk.value != risk.threshold


def test_a_risk_after_an_offered_change_reads_below_the_threshold(explained):
    policy, _, found = explained
    offered = [one.counterfactual for one in found if one.counterfactual]
    assert offered
    for offer in offered:
        shown = float(build_change(offer, policy, "en").risk.rstrip("%")) / 100
        assert shown < display_threshold(policy)
