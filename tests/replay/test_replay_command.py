"""``python -m scoring replay`` writes figures, a report and ids, and names nobody."""

import csv
import json
import re

import pytest
from click.testing import CliRunner

from scoring.cli import commands
from tests.record.conftest import path  # noqa: F401  (a fixture)
from tests.reports import check_report


@pytest.fixture
def url(path):  # noqa: F811
    """Name a SQLite file; what the stores have in common is tested with the decisions themselves."""
    return str(path)


def run(*arguments):
    return CliRunner().invoke(commands, ["replay", *map(str, arguments)], catch_exceptions=True)


def test_the_figures_the_report_and_the_ids_agree(made, tmp_path, numbers, browser):
    figures, ids = tmp_path / "figures.json", tmp_path / "ids.csv"
    for language, word in (("fr", "En bref"), ("en", "In brief")):
        page = tmp_path / f"{language}.html"
        options = ("--json", figures, "--out", ids, "--report", page, "--language", language)
        found = run("--record", made.url, "--threshold", 0.4, *options)
        assert found.exit_code == 0, found.output
        html = page.read_text(encoding="utf-8")
        assert word in html
        assert 'src="http' not in html
        assert not re.search(rf"\b{numbers[0]}\b", html)
        check_report(browser, html, tmp_path)
    written = json.loads(figures.read_text(encoding="utf-8"))
    with ids.open(encoding="utf-8", newline="") as file:
        changed = [*csv.DictReader(file)]
    assert written["overall"]["to_refused"]["count"] == len(changed) > 0
    assert {(one["recorded"], one["replayed"]) for one in changed} == {("ACCEPTED", "REFUSED")}
    assert written["decisions"] == written["overall"]["decisions"] == len(made.answers)
    assert {one["field"] for one in written["groupings"]} >= {"NAME_CONTRACT_TYPE", "CODE_GENDER", "DAYS_BIRTH"}
    for grouping in written["groupings"]:
        shown = sum(group["decisions"] for group in grouping["groups"])
        assert shown + grouping["hidden_decisions"] == len(made.answers)
        assert all(group["decisions"] >= 20 for group in grouping["groups"])
        # Otherwise the total less the groups shown would tell the figures of a few people.
        assert grouping["hidden_decisions"] == 0 or grouping["hidden_decisions"] >= 20


def test_without_a_change_or_with_an_unknown_field_nothing_is_made_again(made):
    assert "Name what to try" in run("--record", made.url).output
    assert "--on: is the day" in run("--record", made.url, "--threshold", 0.4, "--on", "2026-01-01").output
    days = ("--from", "2026-12-01", "--to", "2026-11-01")
    assert "2026-12-01 is not before" in run("--record", made.url, "--threshold", 0.4, *days).output
    found = run("--record", made.url, "--threshold", 0.4, "--group", "NO_FIELD")
    assert "NO_FIELD is not a field of applications" in str(found.exception)
