import re

import pytest

from benchmarks.drift_shifts import shift
from scoring.monitoring.drift.drift_comparison import Options, measure_drift
from scoring.monitoring.drift.drift_page import write_page
from scoring.monitoring.drift.drift_texts import drift_texts
from tests.conftest import BROWSERS


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
    code = "\n".join(file.read_text(encoding="utf-8") for file in folder.glob("*.py"))
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
def test_the_page_has_no_accessibility_errors_and_fits_a_narrow_window(report, language, tmp_path):
    import shutil

    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        pytest.skip("no Chromium on this machine")
    file = tmp_path / "drift.html"
    file.write_text(write_page(report, language), encoding="utf-8")
    with sync_playwright() as started:
        opened = started.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = opened.new_page(viewport={"width": 640, "height": 900})  # 1,280 at 200 %
        page.goto(file.as_uri())
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= 640
        opened.close()
