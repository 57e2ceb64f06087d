"""The page of a recorded decision in a real browser: by keyboard, in each look, at any width, without colour."""

import json

import pytest

from tests.conftest import start_gunicorn
from tests.service.test_pages import LOOKS, Officer, keep_picture, lend, resize, violations  # noqa: F401  (fixtures)
from tests.service.test_recorded import post

REFUSED = 500145


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recording")
    running = start_gunicorn(folder, WEB_CONCURRENCY=1, SCORING_DECISIONS=folder / "decisions.db")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def address(recording):
    """Record a decision, a request with a long word, and what an officer decided."""
    made = f"/decisions/{json.loads(recording.get(f'/predict/{REFUSED}')[1])['decision_id']}"
    post(
        recording,
        {"statement": f"J'ai un nouvel emploi.\n{'x' * 300}", "received_by": "Lyon"},
        f"{made}/review-request",
    )
    decided = {"decision": "ACCEPTED", "reason": "income_documented", "text": "Trois bulletins de salaire."}
    post(recording, decided, f"{made}/override")
    return made


@pytest.fixture
def officer(lend, recording):  # noqa: F811
    officer = Officer(lend, recording)
    yield officer
    officer.leave()
    officer.check()


def test_the_history_is_accessible_and_fits_every_width(officer, address, keep_picture):  # noqa: F811
    for (language, scheme), sizes in LOOKS.items():
        page = officer.open(address, language=language, size=sizes[0], dark=scheme == "dark")
        for size in sizes:
            resize(page, size)
            wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider == 0, f"does not fit {size}"
            if (scheme, size) in {("dark", "desktop"), ("light", "phone")}:  # both schemes, both layouts
                assert violations(page) == [], (language, size)
            keep_picture(page, f"recorded-{language}-{size}-{scheme}")
        assert page.locator("html").get_attribute("lang") == language
        assert page.locator("h1").count() == 1


def test_from_the_client_to_the_history_and_its_letter_by_keyboard(officer, address):
    page = officer.open(f"/predict/{REFUSED}")
    follow(page, "Historique de cette décision")
    page.get_by_role("heading", level=1, name="Décision enregistrée").wait_for()
    assert page.locator(".steps li").count() == 1  # that of this visit
    page.goto(f"{officer.base}{address}")
    follow(page, "Courrier en anglais")
    page.get_by_text("Your application is accepted.").wait_for()


def follow(page, name):
    """Go from control to control with the tabulator key, until one has this name, and press Enter."""
    link = page.get_by_role("link", name=name)
    link.wait_for()
    for _ in range(60):
        page.keyboard.press("Tab")
        if link.evaluate("one => one === document.activeElement"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"the keyboard does not reach {name}")


def test_the_history_says_all_without_colour_and_prints_without_what_only_a_screen_needs(
    officer,
    address,
    keep_picture,  # noqa: F811
):
    page = officer.open(address)
    page.context.new_cdp_session(page).send("Emulation.setEmulatedVisionDeficiency", {"type": "achromatopsia"})
    keep_picture(page, "recorded-greyscale")
    shapes = page.locator(".steps .sign").evaluate_all("all => all.map(one => one.innerHTML)")
    assert len(set(shapes)) == len(shapes) == 3  # refused, asked, accepted
    titles = page.locator(".steps h3").all_inner_texts()
    assert [title.partition("\u00a0")[0] for title in titles] == [
        "Décision automatique",
        "Le client demande un examen",
        "Décision du conseiller",
    ]
    page.emulate_media(media="print")
    assert not page.locator(".actions").is_visible()
    assert page.locator(".steps").is_visible()
