import pytest

from scoring.model.calibration import Scaling
from scoring.model.decision import AppliedRule, PolicyOutcome
from scoring.model.schema import Text
from scoring.service import Service
from scoring.web.pages.view_models import (
    build_change,
    build_contributions,
    build_risk,
    build_rules,
    build_score,
    display_threshold,
)
from scoring.web.routes.population import Population


@pytest.fixture(scope="module")
def explained(app):
    bundle = app.extensions["scoring"]
    service = Service(bundle)
    explanations = [service.explain_client(str(client_id)) for client_id in bundle.clients.table.client_ids]
    with app.test_request_context():
        return bundle.scorer.policy, Population(service).seen_by_caller(), explanations


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_shown_risk_never_reads_like_the_threshold(explained, language):
    policy, everybody, found = explained
    for one in found:
        risk = build_risk(one, policy, everybody, language)
        assert risk.value != risk.threshold


def test_a_shown_risk_reads_as_within_the_review_band_exactly_where_it_is(explained):
    policy, everybody, found = explained
    for one in found:
        risk = build_risk(one, policy, everybody, "en")
        low, value, high = (float(text.rstrip("%")) for text in (risk.band[0], risk.value, risk.band[1]))
        assert (low < value < high) == risk.review, one["client_id"]


def test_a_limit_of_a_rule_is_shown_without_rounding_it(explained):
    limit = AppliedRule(
        code="CAP", effect="limit", checked=True, outcome=None, limit=9_000.55, text=Text(en="Cap.", fr="Plafond.")
    )
    told = PolicyOutcome(
        version="0" * 16, day="2026-11-28", rules=(limit,), limit=9_000.55, exploration=False, propensity=None
    )
    found = build_rules({**explained[2][0], "policy": told}, "en", "EUR")
    assert found == [("Amount limited to €9,000.55", "Cap.", "CAP")]


def test_a_risk_after_an_offered_change_reads_below_the_threshold(explained):
    policy, _, found = explained
    changed = [one for one in found if one["counterfactual"] or one["waiting"]]
    assert {one["waiting"] is None for one in changed} == {True, False}
    for one in changed:
        change = build_change(one, policy, "en")
        assert float(change.risk.rstrip("%")) / 100 < display_threshold(policy)
        assert bool(change.rows) == (one["waiting"] is None)


def test_the_points_that_are_shown_add_up_to_the_score(explained):
    for one in explained[2][:50]:
        shown = [
            int(bar.score.removeprefix("score points: ").replace("−", "-")) for bar in build_contributions(one, "en")
        ]
        assert f"Score: {sum(shown)} points" in build_score(one, Scaling(), "en")
        for bar in build_contributions(one, "fr"):
            assert bar.score.startswith("points de score\u00a0: ")
            assert all(" · points de score\u00a0: " in value for _, value in bar.parts)


def test_what_points_mean_is_said_and_other_models_have_none(explained):
    one = explained[2][0]
    said = build_score(one, Scaling(base_score=500, base_odds=20, double_odds=15), "fr")
    assert "500 points correspondent à 20 remboursements pour un défaut, et 15 points de plus doublent" in said
    without = {**one, "points": None}
    for name in ("contributions", "concepts"):
        without[name] = [part.model_copy(update={"points": None}) for part in one[name]]
    assert build_score(without, Scaling(), "en") == ""
    assert {bar.score for bar in build_contributions(without, "en")} == {""}


def test_an_offered_contract_reads_as_one_that_adds_up(explained):
    policy, _, found = explained
    offered = [one for one in found if one["counterfactual"]]
    assert offered
    for one in offered:
        for column in (1, 2):
            amounts = {row[0]: row[column] for row in build_change(one, policy, "en").rows}
            number = {name: float(text.rstrip("%").replace(",", "")) for name, text in amounts.items()}
            total = number["Price of the purchase"] - number["Deposit"] + number["Fees and insurance, borrowed"]
            assert total == pytest.approx(number["Amount of the credit"], abs=0.011)


@pytest.mark.parametrize(
    ("language", "said"), [("fr", "environ un aurait des difficultés"), ("en", "about one would have difficulty")]
)
def test_one_of_a_hundred_is_singular(explained, language, said):
    policy, everybody, found = explained
    one = next(one for one in found if round(100 * one["calibrated_probability"]) == 1)
    assert said in build_risk(one, policy, everybody, language).sentence
