"""Reports in a folder: whatever is in the files, each has a state."""

import json
import os
from datetime import UTC, datetime

import pytest

from fonction_api_prediction import create_app
from scoring.errors import SettingError
from scoring.monitoring.estimation.estimate import Estimate, Estimated, Side
from scoring.monitoring.outcomes.outcome_figures import OutcomeReport, Rate, Vintage
from scoring.monitoring.overview.report_files import read_reports, refuse_other_than_folder
from scoring.settings import Settings

GOOD = {"made_at": "2026-11-26T05:00:00Z", "alarm": True, "clients": 1200, "current": "November", "psi": [1, 2]}


def state_of(folder, text=None):
    if text is not None:
        (folder / "drift.json").write_text(text, encoding="utf-8")
    return read_reports(folder)[0]


def test_a_report_is_read_whatever_else_it_has(tmp_path):
    found = state_of(tmp_path, json.dumps({**GOOD, "moved": [{"sentence": {"en": "Older.", "fr": "Plus âgés."}}, 7]}))
    assert (found.state, found.head.alarm, found.head.clients) == ("read", True, 1200)
    assert [one.fr for one in found.head.sentences] == ["Plus âgés."]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", "{}", '{"made_at": "yesterday"}', '{"made_at": "2026-11-26T05:00:00Z", "alarm": "loud"}',
     '{"made_at": "2026-11-26T05:00:00Z", "clients": -1}', "[" * 100_000, '{"made_at": NaN}'],
)  # fmt: skip
def test_what_is_no_report_is_unreadable(tmp_path, text):
    assert state_of(tmp_path, text).state == "unreadable"


def test_a_device_or_a_pipe_in_place_of_a_report_is_not_read(tmp_path):
    (tmp_path / "drift.json").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "estimate.json")
    assert [one.state for one in read_reports(tmp_path)] == ["unreadable", "unreadable", "missing"]


def test_missing_files_and_folders_are_told_apart_from_none_that_is_set(tmp_path):
    (tmp_path / "estimate.json").mkdir()
    assert [one.state for one in read_reports(tmp_path)] == ["missing", "unreadable", "missing"]
    assert {one.state for one in read_reports(tmp_path / "nowhere")} == {"missing"}
    assert {one.state for one in read_reports(None)} == {"not_set"}


def test_a_setting_that_names_no_folder_is_refused_at_the_start(tmp_path):
    file, loop = tmp_path / "drift.json", tmp_path / "loop"
    file.touch()
    loop.symlink_to(loop)
    for place, found in [(file, "is no folder"), (tmp_path / "nowhere", "not found"), (loop, "is no folder")]:
        with pytest.raises(SettingError) as refused:
            create_app(Settings(reports=place))
        assert str(refused.value) == (
            f"SCORING_REPORTS={place}: {found}; expected a folder for drift.json, estimate.json, outcomes.json\n"
            "Make the folder, which may be empty; or name another one, or unset the setting."
        )
    refuse_other_than_folder(tmp_path)


def test_an_estimate_of_this_release_is_read(tmp_path):
    rate = Estimated(value=0.081, low=0.075, high=0.09, error=0.002)
    found = Estimate.model_construct(
        made_at=datetime(2026, 11, 26, tzinfo=UTC), answer="partly", figures={"default_rate": rate},
        current=Side(name="November", clients=1200, refused=300), reference=None,
    )  # fmt: skip
    (tmp_path / "estimate.json").write_text(found.model_dump_json(warnings=False), encoding="utf-8")
    report = read_reports(tmp_path)[1]
    assert (report.state, report.head.clients, report.head.current) == ("read", 1200, "November")
    assert report.head.sentences[0].en == "Estimated default rate: 8.1% (7.5% to 9.0%)."
    assert report.head.sentences[1].en.startswith("Some clients are unlike")


def test_a_report_on_outcomes_of_this_release_has_an_alarm_where_a_vintage_is_worse(tmp_path):
    rate = Rate(clients=200, defaults=30, rate=0.15, low=0.1, high=0.21)
    vintage = Vintage.model_construct(name="2026-10", accepted=250, measured=rate, expected=0.08, verdict="worse")
    total = vintage.model_copy(update={"name": "all", "verdict": "undecided"})
    found = OutcomeReport.model_construct(as_of="2026-11-26", vintages=[vintage], total=total)
    (tmp_path / "outcomes.json").write_text(found.model_dump_json(warnings=False), encoding="utf-8")
    report = read_reports(tmp_path)[2]
    assert (report.state, report.head.alarm, report.head.clients) == ("read", True, 250)
    assert report.head.made_at == datetime(2026, 11, 26, tzinfo=UTC)  # earlier releases only wrote the day
    assert [one.en for one in report.head.sentences] == [
        "Measured default rate: 15.0% (10.0% to 21.0%).", "2026-10: more clients defaulted than expected."
    ]  # fmt: skip
