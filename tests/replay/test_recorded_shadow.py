"""What a shadow model said of recorded decisions is what it says of them when they are made again."""

import json
from dataclasses import fields

import numpy as np
import pytest
from click.testing import CliRunner

from scoring.cli import commands
from scoring.record.kept_record import open_record
from scoring.record.personal_data import erase_client
from scoring.record.review_steps import Period
from scoring.replay.change import Change
from scoring.replay.recorded_shadow import read_shadow
from scoring.replay.replayed import replay
from scoring.settings import Settings
from scoring.storage.published_model import load_published
from tests.other_models import publish_variant, with_other_bins, with_threshold
from tests.replay.conftest import EXAMPLE, make, manifest_of
from tests.reports import check_report


@pytest.fixture
def url(path):
    """Name a SQLite file; what the stores have in common is tested with decisions that are made again."""
    return str(path)


@pytest.fixture
def stricter(tmp_path):
    return publish_variant(tmp_path / "stricter", with_threshold(0.4))


@pytest.fixture
def shadowed(url, stricter, numbers):
    return make(Settings(decisions=url, shadow=stricter, policy=EXAMPLE), numbers)


def read(made, period=Period()):  # noqa: B008  (an immutable value)
    session = made.session()
    try:
        return read_shadow(session, period)
    finally:
        session.close()


def test_the_recorded_answers_are_those_of_the_model_when_it_decides_again(shadowed, stricter):
    found, version = read(shadowed)
    session = shadowed.session()
    again = replay(session, Change(model=load_published(stricter, "--model")), Period())
    session.close()
    assert version == load_published(stricter, "--model").version
    for one in fields(found):
        if one.name != "facts":
            ours, theirs = getattr(found, one.name), getattr(again, one.name)
            assert np.array_equal(ours, theirs, equal_nan=True) if isinstance(ours, np.ndarray) else ours == theirs
    assert found.refused.sum() > found.refused_before.sum()


def test_what_the_shadow_model_did_not_score_is_counted_and_erased_decisions_still_count(
    url, stricter, numbers, tmp_path
):
    make(Settings(decisions=url), numbers[:3])
    other = publish_variant(tmp_path / "other", with_other_bins)
    make(Settings(decisions=url, shadow=other), numbers[:3])
    made = make(Settings(decisions=url, shadow=stricter), numbers[:3])
    record = open_record(url)
    assert erase_client(record, str(numbers[0])) == 6  # looked up and posted, three times
    record.close()
    found, version = read(made)
    assert version == manifest_version(stricter)
    assert found.not_replayable == {"no_shadow": 153, "other_shadow": 153}
    assert len(found) == 153
    nothing, none = read(made, Period("2001", "2002"))
    assert (len(nothing), none) == (0, None)


def manifest_version(folder):
    return load_published(folder, "--model").version


def run(*arguments):
    return CliRunner().invoke(commands, ["replay", *map(str, arguments)])


def test_the_command_reports_agreement_differences_and_groups(shadowed, stricter, tmp_path, browser):
    figures, page = tmp_path / "figures.json", tmp_path / "page.html"
    for language, words in (("fr", "modèle de comparaison"), ("en", "The shadow model beside the model that answers")):
        options = ("--json", figures, "--report", page, "--language", language)
        done = run("--record", shadowed.url, "--shadow", *options)
        assert done.exit_code == 0, done.output
        html = page.read_text(encoding="utf-8")
        assert words in html
        check_report(browser, html, tmp_path)
    written = json.loads(figures.read_text(encoding="utf-8"))
    assert (written["shadow"], written["model_version"]) == (True, manifest_version(stricter))
    assert written["overall"]["to_refused"]["count"] > 0
    # The same model with another threshold: no probability differs.
    assert set(written["differences"]["quantiles"].values()) == {0.0}
    assert [one["judge"] for one in written["expected"]] == ["recorded", "other"]
    assert "270 decisions recorded, 270 scored by the shadow model" in done.output
    assert written["groupings"]
    costs = manifest_of(stricter)["costs"]
    assert written["costs"]["false_negative"] == costs["false_negative"]


def test_a_shadow_is_compared_alone():
    assert "Or name --shadow alone." in run("--shadow", "--threshold", 0.4).output
