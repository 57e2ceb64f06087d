"""Recorded decisions made again are exactly those of a service that decides anew."""

from datetime import UTC, datetime

import numpy as np
import pytest

from scoring.policy.open_policy import open_policy
from scoring.record.kept_record import open_record
from scoring.record.personal_data import erase_client
from scoring.record.review_steps import Period
from scoring.replay.change import Change
from scoring.replay.policy_effects import TriedPolicy
from scoring.replay.replayed import replay
from scoring.settings import Settings
from scoring.storage.artefacts import read_manifest
from scoring.storage.published_model import load_published
from tests.conftest import PROJECT
from tests.other_models import publish_variant, with_other_bins, with_threshold
from tests.policy.policies import content
from tests.replay.conftest import EXAMPLE, LOOKUPS, POSTED, fresh, make

ALWAYS = Period()
TOTAL = LOOKUPS + POSTED


def replaying(made, change, fields=()):
    session = made.session()
    try:
        return replay(session, change, ALWAYS, fields)
    finally:
        session.close()


def tried(file):
    return TriedPolicy(open_policy(file, read_manifest(PROJECT / "modele_retenu.json")), datetime.now(UTC).date())


def by_id(made, replayed):
    """Decisions with the change, in the order in which they were asked for."""
    refused = dict(zip(replayed.ids, replayed.refused.tolist(), strict=True))
    return [refused.get(one["decision_id"]) for one in made.answers]


def reviews(made, replayed):
    marked = dict(zip(replayed.ids, replayed.review.tolist(), strict=True))
    return [marked[one["decision_id"]] for one in made.answers]


def refusals(answers):
    return [one["decision"] == "REFUSED" for one in answers]


def test_nothing_changes_under_the_served_model_and_threshold(made, project):
    served = load_published(project, "--model")
    for change in (Change(), Change(threshold=served.scorer.policy.threshold), Change(model=served)):
        found = replaying(made, change)
        assert len(found) == TOTAL
        assert found.not_replayable == {}
        assert found.differing == 0
        assert np.array_equal(found.refused, found.refused_before)
        assert np.array_equal(found.review, found.review_before)
        assert np.array_equal(found.calibrated, found.calibrated_before)
        assert by_id(made, found) == refusals(made.answers)
        assert reviews(made, found) == [one["review"] for one in made.answers]
    assert 0 < sum(refusals(made.answers)) < TOTAL


def test_another_threshold_decides_as_a_service_with_it(made, tmp_path, numbers):
    stricter = publish_variant(tmp_path / "stricter", with_threshold(0.4))
    anew = fresh(stricter, made, numbers)
    found = replaying(made, Change(threshold=0.4))
    assert by_id(made, found) == refusals(anew)
    assert reviews(made, found) == [one["review"] for one in anew]
    assert sum(refusals(anew)) > sum(refusals(made.answers))
    assert not np.any(found.refused_before & ~found.refused)


def test_another_model_decides_on_the_applications_as_a_service_with_it(made, tmp_path, numbers):
    other = publish_variant(tmp_path / "other", with_other_bins("EXT_SOURCE_2", "EXT_SOURCE_3", "DAYS_EMPLOYED"))
    found = replaying(made, Change(model=load_published(other, "--model")))
    assert found.not_replayable == {}
    # lookups of that service would score its own table, whose rows were made with the former bins
    anew = fresh(other, made, numbers)[LOOKUPS:]
    assert by_id(made, found)[LOOKUPS:] == refusals(anew)
    assert not np.array_equal(found.calibrated, found.calibrated_before)


def test_what_the_other_model_cannot_prepare_is_counted_with_the_reason(made, tmp_path):
    other = publish_variant(tmp_path / "other", with_other_bins("bureau_age_mean"))
    found = replaying(made, Change(model=load_published(other, "--model")))
    known = sum("imputed" not in " ".join(one["warnings"]) for one in made.answers)
    assert found.not_replayable == {"history_unknown": known}
    assert LOOKUPS <= known < TOTAL
    assert len(found) == TOTAL - known


def test_erased_decisions_are_counted_and_not_made_again(empty, numbers):
    made = make(Settings(decisions=empty()), numbers)
    record = open_record(made.url)
    erased = erase_client(record, str(numbers[0]))
    record.close()
    found = replaying(made, Change())
    assert erased >= 1
    assert found.not_replayable == {"erased": erased}
    assert len(found) == TOTAL - erased


def test_a_period_without_decisions_is_empty(made):
    session = made.session()
    try:
        found = replay(session, Change(), Period("2100-01-01", "2101-01-01"))
    finally:
        session.close()
    assert len(found) == 0
    assert found.not_replayable == {}


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_at_the_ends_of_the_scale_everybody_is_decided_alike(made, threshold):
    found = replaying(made, Change(threshold=threshold))
    assert found.refused.tolist() == [threshold == 0.0] * TOTAL


def test_another_policy_decides_as_a_service_with_it(made, numbers):
    anew = fresh(PROJECT, made, numbers, policy=EXAMPLE)
    found = replaying(made, Change(policy=tried(EXAMPLE)))
    assert by_id(made, found) == refusals(anew)
    assert reviews(made, found) == [one["review"] for one in anew]
    assert refusals(anew) != refusals(made.answers)


def test_decisions_made_under_a_policy_are_made_again_with_its_rules(made_under_policy, numbers, tmp_path):
    made = made_under_policy
    same = replaying(made, Change())
    assert (same.differing, same.not_replayable) == (0, {})
    assert by_id(made, same) == refusals(made.answers)
    assert reviews(made, same) == [one["review"] for one in made.answers]
    by_rule = [any(rule["outcome"] == "refused" for rule in one["policy"]["rules"]) for one in made.answers]
    assert sum(by_rule) > 0
    # A threshold moves what the model says; the recorded rules do what they did.
    stricter = publish_variant(tmp_path / "stricter", with_threshold(0.4))
    anew = fresh(stricter, made, numbers, policy=EXAMPLE)
    found = replaying(made, Change(threshold=0.4))
    assert by_id(made, found) == refusals(anew) != refusals(made.answers)
    assert by_id(made, replaying(made, Change(threshold=1.0))) == by_rule


def test_another_policy_takes_the_place_of_the_recorded_one(made_under_policy, numbers, tmp_path):
    made, nothing = made_under_policy, tmp_path / "nothing.json"
    nothing.write_bytes(content())
    alone = fresh(PROJECT, made, numbers)
    found = replaying(made, Change(policy=tried(nothing)))
    assert by_id(made, found) == refusals(alone) != refusals(made.answers)
    assert reviews(made, found) == [one["review"] for one in alone]
