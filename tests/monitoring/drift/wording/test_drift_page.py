import re

import pytest

from benchmarks.drift_shifts import shift
from scoring.monitoring.drift.drift_comparison import measure_drift
from scoring.monitoring.drift.drift_tests import Options
from scoring.monitoring.drift.wording.drift_page import write_page
from scoring.monitoring.drift.wording.drift_texts import drift_texts
from tests.reports import check_report


@pytest.fixture(scope="module")
def report(model, reference, draw):
    """Compare clients with a higher income, with two months."""
    current = shift(model, draw(2000, 2), "income +20 %")
    import numpy as np

    months = np.repeat(np.array(["2026-10", "2026-11"], dtype=object), 1000)
    return measure_drift(model, reference, type(current)(**{**vars(current), "months": months}), Options(by_month=True))


def test_both_languages_have_every_text_with_the_same_places_to_fill():
    for name, text in drift_texts().items():
        assert text.fr, name
        assert text.en, name
        assert set(re.findall(r"{(\w+)}", text.fr)) == set(re.findall(r"{(\w+)}", text.en)), name


def test_every_text_is_used(project):
    folder = project / "scoring" / "monitoring" / "drift"
    code = "\n".join(file.read_text(encoding="utf-8") for file in folder.rglob("*.py"))
    parts = ("left_", "effect_", "hint_", "page_method_", "label_", "page_months_", "page_moved_")
    for name in drift_texts():
        if not name.startswith(parts):
            assert re.search(rf"""["']({name}|{name.removeprefix("page_")})["']""", code), name


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_stands_alone_and_has_what_moved_in_words(report, language):
    page = write_page(report, language)
    assert f'<html lang="{language}">' in page
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    assert "{" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    for one in report.moved:
        assert getattr(one.label, language) in page
    assert page.count("<img") == page.count('alt="') > 2
    assert ("Ce qui a bougé" if language == "fr" else "What moved") in page


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_has_no_accessibility_errors_and_fits_a_narrow_window(report, language, tmp_path, browser):
    check_report(browser, write_page(report, language), tmp_path)
