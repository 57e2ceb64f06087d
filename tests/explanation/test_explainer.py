"""Explanations of the bundled model's decisions, put together and checked from outside."""

import re
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import to_json
from scipy.special import expit

from scoring.explanation.explainer import Explainer
from scoring.home_credit import input_schema
from scoring.home_credit.history.feature_names import name_features
from scoring.model.calibration import log_odds
from scoring.model.compile import compile_plan, raw_sources
from scoring.model.decision import decide
from scoring.model.scorer import Policy, Scorer
from scoring.storage.artefacts import load_bundle
from tests.examples import examples
from tests.explanation.brute_force import BruteForce, check
from tests.explanation.test_counterfactual import adds_up


@pytest.fixture(scope="module")
def bundle(project):
    """Load the bundled model, with what today's schema says of its fields."""
    loaded = load_bundle(project)
    manifest = loaded.manifest
    seen = {field.name: field for field in manifest.input_schema.fields}
    today = input_schema.load_schema()
    fields = tuple(field.model_copy(update={"categories": seen[field.name].categories}) for field in today.fields)
    schema = manifest.input_schema.model_copy(update={"fields": fields, "tariffs": today.tariffs})
    told = {**manifest.readable, **name_features(manifest.readable)}
    return replace(loaded, manifest=manifest.model_copy(update={"input_schema": schema, "readable": told}))


@pytest.fixture(scope="module")
def explainer(bundle):
    return Explainer(bundle.scorer, bundle.manifest)


def record_of(bundle, place):
    return bundle.clients.facts.record(bundle.clients.table.client_ids[place].item())


def explain(bundle, explainer, places, known=True):
    rows = bundle.clients.table.rows[places]
    scores = explainer._scorer.score(rows)
    decisions = [decide(scores.pick(i), client_id=i, threshold=0.5, version="1") for i in range(len(places))]
    return explainer.explain(rows, [record_of(bundle, i) if known else None for i in places], decisions)


@pytest.fixture(scope="module")
def refused(bundle, explainer):
    places = np.flatnonzero(bundle.scorer.score(bundle.clients.table.rows).refused)
    return dict(zip(places.tolist(), explain(bundle, explainer, places), strict=True))


UNSAYABLE = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]|(?<![\w.])[-−]\d|\d[.,]\d{5,}|\b1 (days|months|years|jours|ans)\b")


# Every day some of the clients; the drill takes all of them.
@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.drill)])
def test_every_value_that_is_told_can_be_said(bundle, explainer, refused, step):
    everyone = explain(bundle, explainer, np.arange(0, len(bundle.clients.table.client_ids), step))
    texts = [one.shown for answer in everyone for one in answer["contributions"]]
    for answer in refused.values():
        for reason in answer["reasons"]:
            texts += [reason.text, reason.detail, reason.shown, reason.typical]
    assert len(texts) > 10_000
    assert not {text.en for text in texts if UNSAYABLE.search(text.en) or UNSAYABLE.search(text.fr)}


def test_contributions_add_up_on_every_scale(bundle, explainer):
    calibration = bundle.manifest.calibration
    for one in explain(bundle, explainer, range(100)):
        own = log_odds(np.array([one["probability"]]))[0]
        parts = one["contributions"]
        assert one["base_value"].log_odds + sum(part.contribution for part in parts) == pytest.approx(own, abs=1e-9)
        shown = one["base_value"].calibrated_log_odds + sum(part.calibrated_log_odds for part in parts)
        assert shown == pytest.approx(calibration.intercept + calibration.slope * own, abs=1e-9)
        points = 100 * one["base_value"].calibrated_probability + sum(part.percentage_points for part in parts)
        assert points == pytest.approx(100 * one["calibrated_probability"], abs=1e-7)
        assert {part.scale for part in parts} == {"log-odds"}


def test_contributions_come_largest_first_one_a_term(bundle, explainer):
    (one,) = explain(bundle, explainer, [0])
    sizes = [abs(part.contribution) for part in one["contributions"]]
    assert sizes == sorted(sizes, reverse=True)
    assert len({part.name for part in one["contributions"]}) == len(sizes)
    assert not any(part.name.endswith("_missing") for part in one["contributions"])


def test_the_contributions_of_a_concept_are_added_up(bundle, explainer):
    for one in explain(bundle, explainer, range(20)):
        parts = {part.name: part for part in one["contributions"]}
        assert sorted(name for group in one["concepts"] for name in group.names) == sorted(parts)
        sizes = [abs(group.contribution) for group in one["concepts"]]
        assert sizes == sorted(sizes, reverse=True)
        for group in one["concepts"]:
            own = [parts[name] for name in group.names]
            assert {part.concept for part in own} == {group.concept}
            assert group.contribution == pytest.approx(sum(part.contribution for part in own), abs=1e-12)
            assert group.percentage_points == pytest.approx(sum(part.percentage_points for part in own), abs=1e-12)


def test_points_add_up_to_a_score_that_is_the_risk_but_for_rounding(bundle, explainer):
    scaling = bundle.manifest.scaling
    for one in explain(bundle, explainer, range(50)):
        parts = one["contributions"]
        assert one["points"] == sum(part.points for part in parts) == sum(group.points for group in one["concepts"])
        exact = scaling.score(float(log_odds(np.array([one["calibrated_probability"]]))[0]))
        assert abs(one["points"] - exact) <= len(parts) / 2
    (other,) = Explainer(bundle.scorer, None).explain(
        bundle.clients.table.rows[:1], [None], [decide(bundle.scorer.score(bundle.clients.table.rows[:1]).pick(0),
        client_id=0, threshold=0.5, version="1")]
    )  # fmt: skip
    assert other["points"] is None
    assert {part.points for part in other["contributions"]} == {None}


def test_amounts_at_the_end_of_the_number_range_can_be_explained(bundle, explainer):
    record = dict.fromkeys(field.name for field in bundle.manifest.input_schema.fields)
    record |= {"AMT_CREDIT": 1.0, "AMT_GOODS_PRICE": sys.float_info.min}
    row = np.array([compile_plan(bundle.manifest.plan)(record)])
    decision = decide(bundle.scorer.score(row).pick(0), client_id=None, threshold=0.5, version="1")
    (one,) = explainer.explain(row, [record], [decision])
    assert any("10³⁰⁸%" in part.shown.en for part in one["contributions"])


def test_an_accepted_client_gets_contributions_but_no_reasons_and_no_action(bundle, explainer):
    accepted = np.flatnonzero(~bundle.scorer.score(bundle.clients.table.rows).refused)[:50]
    for one in explain(bundle, explainer, accepted):
        assert (one["reasons"], one["counterfactual"], one["notes"]) == ((), None, ())
        assert one["compared_with"] == "accepted clients"
        assert one["waiting"] is None
        assert one["contract"].credit > 0


def test_every_refused_client_gets_one_to_four_reasons(refused):
    assert {len(one["reasons"]) for one in refused.values()} <= {1, 2, 3, 4}


def test_every_reason_is_riskier_than_the_typical_client_and_not_sensitive(bundle, explainer, refused):
    schema, plan = bundle.manifest.input_schema, bundle.manifest.plan
    sensitive = {field.name for field in schema.fields if field.tier != "justified"}
    terms = {term.name: term for term in explainer._terms}
    typical = explainer.typical.row
    for place, one in refused.items():
        for reason in one["reasons"]:
            term = terms[reason.name]
            # in the client's place a typical client's value would lower the risk
            rows = np.vstack([bundle.clients.table.rows[place]] * 2)
            rows[1, list(term.columns)] = typical[list(term.columns)]
            own, instead = bundle.scorer.probability_of_default(rows)
            assert own > instead
            assert raw_sources(plan, reason.name).isdisjoint(sensitive)
            assert reason.shown != reason.typical


def test_a_reason_has_the_weight_of_what_it_names_and_its_concept_raises_the_risk_in_the_chart(refused):
    for one in refused.values():
        terms = {part.name: part.contribution for part in one["contributions"]}
        concepts = {part.concept: part.contribution for part in one["concepts"]}
        weights = [reason.contribution for reason in one["reasons"] if reason.direction != "missing"]
        assert weights == sorted(weights, reverse=True)
        for reason in one["reasons"]:
            assert reason.contribution == pytest.approx(terms[reason.name], abs=1e-12)
            assert concepts[reason.concept] > 0


def test_reasons_and_chart_compare_with_the_same_client_whose_risk_is_the_base_value(bundle, explainer, refused):
    typical = explainer.typical.row[None, :]
    probability = bundle.scorer.score(typical).calibrated_probability[0]
    for one in [*refused.values(), *explain(bundle, explainer, [0])]:
        assert one["base_value"].calibrated_probability == pytest.approx(probability, abs=1e-12)
        assert one["compared_with"] == "accepted clients"
        assert one["method"].endswith("its distance from the typical accepted client")
    assert np.abs(explainer.method.compute(typical).terms).max() == 0.0


def test_a_score_by_an_outside_provider_is_called_one(refused):
    named = {reason.label.en for one in refused.values() for reason in one["reasons"] if "EXT" in reason.name}
    assert named
    assert all("outside provider" in label for label in named)


def test_every_offered_action_adds_up_and_reaches_its_outcome_when_scored_again(bundle, refused):
    ready, plan = compile_plan(bundle.manifest.plan), bundle.manifest.plan
    fields = {field.name for field in bundle.manifest.input_schema.fields}
    stored = [i for i, column in enumerate(plan.columns) if raw_sources(plan, column.source).isdisjoint(fields)]
    outcomes = set()
    for place, one in refused.items():
        offer = one["counterfactual"]
        assert adds_up(one["contract"])
        if offer is None:
            assert (one["waiting"] is None) == (len(one["notes"]) == 2)
            continue
        assert adds_up(offer.contract)
        assert one["waiting"] is None
        outcomes.add(offer.outcome)
        changes = {change.name: change.after for change in offer.changes}
        assert changes.keys() != {"AMT_GOODS_PRICE"}
        assert changes.get("AMT_CREDIT", offer.contract.credit) == offer.contract.credit
        row = np.array([ready({**record_of(bundle, place), **changes})])
        row[0, stored] = bundle.clients.table.rows[place, stored]
        scores = bundle.scorer.score(row)
        assert not scores.refused[0]
        assert not (offer.outcome == "accepted" and scores.review[0])  # a review is told where acceptance is not sure
        assert scores.probability[0] == pytest.approx(offer.probability, abs=1e-12)
    assert outcomes == {"accepted", "review"}


@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.drill)])
def test_trying_every_contract_finds_no_smaller_action_than_offered_and_none_where_there_is_none(bundle, refused, step):
    some = dict([*refused.items()][::step])
    brute, finer = (BruteForce(bundle.scorer, bundle.manifest, parts) for parts in (1, 10))
    for place, one in some.items():
        check(brute, finer, bundle.clients.table.rows[place], record_of(bundle, place), one)
    assert {one["counterfactual"] is None for one in some.values()} == {True, False}


def test_where_no_action_is_accepted_the_limits_within_which_none_is_are_told(refused):
    none = [one for one in refused.values() if one["counterfactual"] is None]
    for one in none:
        limits, contract = one["limits"], one["contract"]
        assert limits.exact
        assert limits.least_credit == pytest.approx(contract.credit / 2, rel=0.02)
        assert one["notes"][0].en.startswith(
            f"No realistic change was found with which this application would certainly be "
            f"accepted: no smaller credit down to "
            f"{limits.least_credit:,.0f}"
        )
    assert any(one["limits"].most_months for one in none)


def test_every_wait_reaches_its_outcome_whatever_the_exact_dates_are(bundle, explainer, refused):
    plan, schema = bundle.manifest.plan, bundle.manifest.input_schema
    ready = compile_plan(plan)
    signs = {"grows": 1, "falls": -1}
    passing = [
        (i, column, signs[one.passing])
        for i, column in enumerate(plan.columns)
        if (one := bundle.manifest.readable.get(column.source)) and one.passing
    ]
    waits = {place: one["waiting"] for place, one in refused.items() if one["waiting"]}
    assert {waiting.name for waiting in waits.values()} & {column.source for _, column, _ in passing}
    for place, waiting in waits.items():
        days, record = round(waiting.months * 365.25 / 12), record_of(bundle, place)
        times = [field.name for field in schema.fields if field.unit == "days"]
        counted_back = [name for name in times if record.get(name) is not None]  # 0 is today
        now, later = np.array(ready(record)), np.array(ready({**record, **{n: record[n] - days for n in counted_back}}))
        row = np.where(now == later, bundle.clients.table.rows[place], later)
        for i, column, sign in passing:
            row[i] = riskiest_later(column, row[i], sign * days)
        score = bundle.scorer.score(row[None, :]).pick(0)
        assert waiting.name in explainer._waiting.steps
        assert waiting.probability < bundle.scorer.policy.threshold
        assert not score.refused
        assert waiting.outcome == "review" or not score.review


def riskiest_later(column, weight, days):
    """Highest weight that a binned time may have so many days later, wherever in its bin it is now."""
    if weight == column.missing:
        return weight
    edges = [0.0 if days > 0 else -np.inf, *column.edges, np.inf]
    place = column.values.index(weight)
    first, last = edges[place] + days, edges[place + 1] + days
    return max(column.values[i] for i in range(len(column.values)) if edges[i] < last and edges[i + 1] > first)


def test_where_only_the_row_is_known_values_are_read_from_it_and_no_action_is_invented(bundle, explainer, refused):
    places = list(refused)[:20]
    for one in explain(bundle, explainer, places, known=False):
        assert one["reasons"]
        assert one["counterfactual"] is None
        assert one["notes"][0].en.startswith("Only the model-ready row is known")


def test_a_model_without_a_manifest_is_explained_by_column_without_reasons(bundle):
    scorer = Scorer(bundle.scorer.probability_of_default, bundle.scorer.features, Policy(0.0))
    (one,) = explain(bundle, Explainer(scorer, None), [0], known=False)
    assert one["decision"] == "REFUSED"
    assert {part.name for part in one["contributions"]} == set(bundle.scorer.features)
    assert one["reasons"] == ()
    assert one["base_value"].calibrated_probability is None
    assert all(part.percentage_points is None for part in one["contributions"])
    assert len(one["notes"]) == 2


def test_a_model_that_is_not_additive_is_asked_whether_a_reason_holds(bundle):
    # the risk of a high first column depends on the second one's sign: trees and networks do such things
    own = bundle.scorer.probability_of_default
    twisted = Scorer(
        lambda rows: expit(log_odds(own(rows)) * (1 + 0.1 * np.tanh(rows[:, 1]))),
        bundle.scorer.features,
        bundle.scorer.policy,
    )
    explainer = Explainer(twisted, bundle.manifest)
    assert not explainer.method.exact
    places = np.flatnonzero(twisted.score(bundle.clients.table.rows).refused)[:3]
    terms = {term.name: list(term.columns) for term in explainer._terms}
    typical = explainer.typical.row
    for place, one in zip(places, explain(bundle, explainer, places), strict=True):
        assert one["method"].startswith("approximate")
        assert one["error"] > 0
        total = one["base_value"].log_odds + sum(part.contribution for part in one["contributions"])
        assert total == pytest.approx(log_odds(np.array([one["probability"]]))[0], abs=1e-9)
        for reason in one["reasons"]:
            rows = np.vstack([bundle.clients.table.rows[place]] * 2)
            rows[1, terms[reason.name]] = typical[terms[reason.name]]
            with_it, without = twisted.probability_of_default(rows)
            assert with_it > without


@given(data=st.data())
@settings(max_examples=examples(15))
def test_any_application_can_be_explained(bundle, explainer, data):
    record = {}
    for field in bundle.manifest.input_schema.fields:
        if field.type == "category":
            value = st.sampled_from([*(field.categories or ()), "made up"])
        else:
            low = -1e30 if field.minimum is None else field.minimum
            high = 1e30 if field.maximum is None else field.maximum
            value = st.floats(low, high, exclude_min=field.exclusive)
        record[field.name] = data.draw(st.one_of(st.none(), value))
    row = np.array([compile_plan(bundle.manifest.plan)(record)])
    scores = bundle.scorer.score(np.clip(row, -1e30, 1e30))
    decision = decide(scores.pick(0), client_id=None, threshold=0.5, version="1")
    (one,) = explainer.explain(np.clip(row, -1e30, 1e30), [record], [decision])
    assert len(one["reasons"]) <= 4
    to_json(one)
