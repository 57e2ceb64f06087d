import pytest

from scoring.service import Service
from scoring.web.pages.view_models import build_change, build_risk, display_threshold


@pytest.fixture(scope="module")
def explained(app):
    bundle = app.extensions["scoring"]
    service = Service(bundle)
    explanations = [service.explain_client(str(client_id)) for client_id in service.clients.client_ids]
    return bundle.scorer.policy, service.scores, explanations


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_shown_risk_never_reads_like_the_threshold(explained, language):
    policy, scores, found = explained
    for one in found:
        risk = build_risk(one, policy, scores, language)
        assert risk.value != risk.threshold


def test_a_risk_after_an_offered_change_reads_below_the_threshold(explained):
    policy, _, found = explained
    offered = [one["counterfactual"] for one in found if one["counterfactual"]]
    assert offered
    for offer in offered:
        shown = float(build_change(offer, policy, "en").risk.rstrip("%")) / 100
        assert shown < display_threshold(policy)
