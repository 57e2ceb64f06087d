"""Recorded decisions made again are exactly those of a service that decides anew."""

import numpy as np
import pytest

from scoring.record.kept_record import open_record
from scoring.record.personal_data import erase_client
from scoring.record.review_steps import Period
from scoring.replay.change import Change
from scoring.replay.replayed import replay
from scoring.storage.published_model import load_published
from tests.other_models import publish_variant, with_other_bins, with_threshold
from tests.replay.conftest import LOOKUPS, POSTED, fresh

ALWAYS = Period()
TOTAL = LOOKUPS + POSTED


def replaying(made, change, fields=()):
    session = made.session()
    try:
        return replay(session, change, ALWAYS, fields)
    finally:
        session.close()


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


def test_erased_decisions_are_counted_and_not_made_again(made, numbers):
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


def test_another_policy_decides_as_a_service_with_it(made, numbers, project):
    from datetime import UTC, datetime

    from fonction_api_prediction import create_app
    from scoring.policy.open_policy import open_policy
    from scoring.replay.policy_effects import TriedPolicy
    from scoring.settings import Settings
    from scoring.storage.artefacts import read_manifest
    from tests.replay.conftest import ask

    file = project / "docs" / "examples" / "policy.json"
    policy = open_policy(file, read_manifest(project / "modele_retenu.json"))
    app = create_app(Settings(policy=file))
    anew = ask(app.test_client(), numbers[:LOOKUPS], made.posted)
    found = replaying(made, Change(policy=TriedPolicy(policy, datetime.now(UTC).date())))
    assert by_id(made, found) == refusals(anew)
    assert reviews(made, found) == [one["review"] for one in anew]
    assert refusals(anew) != refusals(made.answers)
