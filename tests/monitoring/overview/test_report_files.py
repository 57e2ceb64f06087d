"""Reports in a folder: whatever is in the files, each has a state."""

import json

import pytest

from scoring.monitoring.overview.report_files import read_reports

GOOD = {"made_at": "2026-11-26T05:00:00Z", "alarm": True, "clients": 1200, "current": "November", "psi": [1, 2]}


def state_of(folder, text=None):
    if text is not None:
        (folder / "drift.json").write_text(text, encoding="utf-8")
    return read_reports(folder)[0]


def test_a_report_is_read_whatever_else_it_has(tmp_path):
    found = state_of(tmp_path, json.dumps({**GOOD, "sentences": [{"en": "Older.", "fr": "Plus âgés."}, 7]}))
    assert (found.state, found.head.alarm, found.head.clients) == ("read", True, 1200)
    assert [one.fr for one in found.head.sentences] == ["Plus âgés."]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", "{}", '{"made_at": "yesterday"}', '{"made_at": "2026-11-26T05:00:00Z", "alarm": "loud"}',
     '{"made_at": "2026-11-26T05:00:00Z", "clients": -1}', "[" * 100_000, '{"made_at": NaN}'],
)  # fmt: skip
def test_what_is_no_report_is_unreadable(tmp_path, text):
    assert state_of(tmp_path, text).state == "unreadable"


def test_missing_files_and_folders_are_told_apart_from_none_that_is_set(tmp_path):
    (tmp_path / "estimate.json").mkdir()
    assert [one.state for one in read_reports(tmp_path)] == ["missing", "unreadable", "missing"]
    assert {one.state for one in read_reports(tmp_path / "nowhere")} == {"missing"}
    assert {one.state for one in read_reports(None)} == {"not_set"}
