"""The page for those who watch over the service, in a real browser: in each look, at any width, by keyboard."""

import pytest

from tests.conftest import start_gunicorn
from tests.service.test_pages import LOOKS, Officer, keep_picture, lend, resize, violations  # noqa: F401  (fixtures)
from tests.service.test_recorded_page import follow


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("watched")
    reports = folder / "reports"
    reports.mkdir()
    (reports / "drift.json").write_text(
        '{"made_at": "2026-11-26T05:00:00Z", "alarm": true, "moved": [{"sentence": {"en": "Old", "fr": "Vieux"}}]}',
        encoding="utf-8",
    )
    running = start_gunicorn(
        folder, WEB_CONCURRENCY=1, SCORING_DECISIONS=folder / "decisions.db", SCORING_REPORTS=reports
    )
    running.get("/predict/500145")
    yield running
    running.stop()


@pytest.fixture
def officer(lend, watched):  # noqa: F811
    officer = Officer(lend, watched)
    yield officer
    officer.leave()
    officer.check()


# Days, as in "9 novembre 2026", that take more than one line.
CUT_DAYS = """() => [...document.querySelectorAll(".plot tbody th")].filter(cell => {
    const day = document.createRange();
    day.selectNodeContents(cell);
    return day.getClientRects().length > 1;
}).map(cell => cell.textContent)"""


def test_it_is_found_by_keyboard_is_accessible_and_fits_every_width(officer, keep_picture):  # noqa: F811
    for (language, scheme), sizes in LOOKS.items():
        page = officer.open("/model", language=language, size=sizes[0], dark=scheme == "dark")
        follow(page, {"fr": "Surveillance", "en": "Monitoring"}[language])
        page.get_by_role("heading", level=1, name={"fr": "Surveillance", "en": "Monitoring"}[language]).wait_for()
        assert violations(page) == [], language
        for size in sizes:
            resize(page, size)
            wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider == 0, f"does not fit {size}"
            page.locator(".plot details").evaluate("figures => (figures.open = true)")
            assert page.evaluate(CUT_DAYS) == [], size
            keep_picture(page, f"monitor-{language}-{size}-{scheme}")
    assert page.locator(".doubts li").count() == 2  # nobody has verified the record, and the report has an alarm
    assert page.locator(".plot circle").count() == 1
    tables = page.locator(".scroll")
    for number in range(tables.count()):  # what is wider than the screen is scrolled with the arrow keys
        assert tables.nth(number).get_attribute("tabindex") == "0"
