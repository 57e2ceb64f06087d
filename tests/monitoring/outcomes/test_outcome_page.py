"""The report on outcomes as a page: whole in one file, in both languages, readable by everybody."""

import re
from datetime import date

import numpy as np
import pytest

from scoring.monitoring.outcomes.followed import collect
from scoring.monitoring.outcomes.outcome_figures import OutcomeReport
from scoring.monitoring.outcomes.outcome_page import write_outcome_page
from scoring.monitoring.outcomes.outcome_report import make_report
from scoring.monitoring.outcomes.outcome_sentences import outcome_texts, write_lines
from tests.reports import check_report

NAN = np.nan


@pytest.fixture(scope="module")
def report():
    """Make ten vintages; from the seventh on twice as many default, and the last two are not due."""
    rng, rows = np.random.default_rng(3), []
    for month in range(1, 11):
        for _ in range(300):
            risk = float(np.clip(rng.beta(1, 9), 0.003, 0.9))
            refused, outcome = risk >= 1 / 11, float(rng.random() < (risk if month < 7 else min(1, 2 * risk)))
            lucky = refused and rng.random() < 0.1
            officer = refused and not lucky and rng.random() < 0.1
            accepted, due = not refused or lucky or officer, month < 9
            known = accepted and due and rng.random() < (1 if month != 6 else 0.6)
            rows.append(
                (f"2025-{month:02}-10", accepted, not refused or lucky, lucky, 0.1 if refused else NAN, risk, officer,
                 due, outcome if known else NAN, 1500.0 if known and outcome else NAN, 10.0, 1.0, 1 / 11)
            )  # fmt: skip
    return make_report(collect(rows), "2025-01-01T00:00:00.000000Z", None, date(2026, 8, 15), 12, "month")


def test_both_languages_have_every_text_with_the_same_places_to_fill():
    french, english = outcome_texts("fr"), outcome_texts("en")
    for name in english:
        assert french[name]
        assert set(re.findall(r"{(\w+)}", french[name])) == set(re.findall(r"{(\w+)}", english[name])), name


def test_every_text_is_used(project):
    folder = project / "scoring" / "monitoring" / "outcomes"
    code = "\n".join(file.read_text(encoding="utf-8") for file in folder.glob("*.py"))
    for name in outcome_texts("en"):
        if not name.startswith(("column_", "verdict_", "is_", "alike_", "worth_")):
            assert f'"{name}"' in code, name


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_stands_alone_and_says_each_vintage_in_a_sentence(report, language):
    page = write_outcome_page(report, language)
    assert page.startswith(OutcomeReport.page_beginning)
    assert f'<html lang="{language}">' in page
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    assert "{" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert page.count("<img") == page.count('alt="') == 2
    for vintage in report.vintages:
        assert re.search(rf"<li>{vintage.name}[\s\u00a0]?:", page), vintage.name
    assert page == write_outcome_page(report, language)


def test_the_lines_for_a_terminal_name_what_cannot_be_known(report):
    lines = write_lines(report)
    assert "2025-09: too early. None of the" in lines
    assert "Default rate of all these clients (estimated)" in lines
    assert "An open outcome counts neither as good nor as bad" in lines


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_has_no_accessibility_errors_and_fits_a_narrow_window(report, language, tmp_path, browser):
    check_report(browser, write_outcome_page(report, language), tmp_path)


def test_a_vintage_of_few_decisions_is_neither_shown_nor_what_is_left_over():
    def month(name, count):
        one = (f"2025-{name}-10", True, True, False, NAN, 0.1, False, True, 0.0, NAN, 10.0, 1.0, 1 / 11)
        return [one] * count

    rows = [*month("01", 60), *month("02", 40), *month("03", 4)]
    found = make_report(collect(rows), None, None, date(2026, 8, 15), None, "month")
    assert [one.name for one in found.vintages] == ["2025-01"]
    assert (found.hidden_vintages, found.hidden_decisions, found.total.decisions) == (2, 44, 104)
    told = "Vintages not shown, because they have few decisions (fewer than 20), or so that those cannot be computed: 2"
    assert told in write_lines(found)
    assert told in write_outcome_page(found, "en")
    only = make_report(collect(month("03", 4)), None, None, date(2026, 8, 15), None, "month")
    assert only.vintages == []
    assert f"{told[:-1]}1 (4 decisions)." in write_outcome_page(only, "en")


@pytest.mark.parametrize(
    ("until", "french", "english"),
    [
        (None, "à partir du 1er janvier 2025", "from 1 January 2025 on"),
        (
            "2025-11-01T00:00:00Z",
            "du 1er janvier 2025 inclus au 1er novembre 2025 exclu",
            "on and before 1 November 2025",
        ),
    ],
)
def test_days_are_written_in_words(report, until, french, english):
    found = report.model_copy(update={"until": until})
    pages = {name: write_outcome_page(found, name).replace("\u00a0", " ") for name in ("fr", "en")}
    assert (f"<td>{french}</td>" in pages["fr"], english in pages["en"]) == (True, True)
    assert ("15 août 2026" in pages["fr"], "15 August 2026" in pages["en"]) == (True, True)
