"""An API that does not answer, or sends a byte a second: the wait is bounded, announced, and can be left."""

import time
from contextlib import closing

import pytest
from officer import api as api_module
from officer.api import Api, TooSlow
from officer.model import read_model
from officer.settings import Settings
from playwright.sync_api import expect

from tests.interface_streamlit.conftest import start_front

WAITING, TOO_SLOW = "met du temps à répondre", "n'a pas répondu en 10 secondes"


@pytest.fixture
def slow(fake_api):
    """Answer slowly until the test is over."""

    def slowly(route, pace):
        fake_api.route, fake_api.pace = route, pace
        return fake_api

    fake_api.reset()
    yield slowly
    fake_api.reset()


@pytest.fixture(scope="module")
def slow_front(project, tmp_path_factory, fake_api):
    """Show what the slow API answers; each test looks at a client of its own."""
    front = start_front(project, tmp_path_factory.mktemp("front"), fake_api.url)
    yield front.url
    front.stop()


@pytest.mark.parametrize("pace", ["hang", "drip", "drip the body"])
def test_the_whole_answer_has_a_limit_however_slowly_it_comes(slow, monkeypatch, pace):
    monkeypatch.setattr(api_module, "ANSWER_SECONDS", 2.0)
    fake = slow("GET /model", pace)
    begin = time.monotonic()
    with closing(Api(Settings(fake.url, None))) as api, pytest.raises(TooSlow):
        api.get("/model", read_model).result()
    assert time.monotonic() - begin < 60  # a byte a second would take a day; the machine may be busy


def test_an_api_that_hangs_altogether_leaves_no_empty_page(officer, slow_front, slow):
    slow("all", "hang")
    walk = officer(slow_front)  # the first test to ask it, so that it knows nothing yet
    walk.page.goto(walk.url)
    note = walk.page.get_by_text(WAITING)
    note.wait_for()
    expect(note).to_have_css("position", "fixed")  # seen wherever the page is scrolled to
    walk.page.get_by_text(TOO_SLOW).wait_for()
    walk.page.get_by_role("button", name="Réessayer").wait_for()
    assert walk.page.get_by_label("Numéro de client").is_visible()


def test_a_page_says_that_it_waits_then_offers_another_try_and_can_be_left_meanwhile(
    officer, slow_front, slow, numbers
):
    fake = slow("GET /predict/<id>", "hang")
    walk = officer(slow_front)
    page = walk.page
    page.goto(f"{walk.url}/?client={numbers[0]}")
    page.get_by_text(WAITING).wait_for()
    page.get_by_role("link", name="Nouvelle demande", exact=True).click()  # needs nothing that hangs
    page.get_by_role("button", name="Évaluer la demande").wait_for()
    assert not page.get_by_text(TOO_SLOW).count()
    page.get_by_role("link", name="Client", exact=True).click()
    page.get_by_text(TOO_SLOW).wait_for()
    fake.reset()
    page.get_by_role("button", name="Réessayer").click()
    page.get_by_text("Décision proposée par le modèle").wait_for()
    walk.settled()
    assert walk.decision()


def test_a_part_that_is_slow_leaves_the_others_shown(officer, slow_front, slow, numbers):
    slow("GET /clients/<id>", "drip")
    walk = officer(slow_front)
    page = walk.page
    page.goto(f"{walk.url}/?client={numbers[1]}")
    page.get_by_text(WAITING).wait_for()
    assert walk.decision()
    page.get_by_text(TOO_SLOW).wait_for()
    page.get_by_text("ou dans la liste").wait_for()
    assert walk.decision()


@pytest.mark.parametrize("pace", ["hang", "drip"])
def test_requests_that_are_open_end_with_the_pool_of_connections(slow, pace):
    fake = slow("all", pace)
    for moment in range(5):  # from before the connection to within the answer
        api = Api(Settings(fake.url, None))
        answer = api.get("/model", read_model)
        time.sleep(moment / 1000)
        api.close()
        assert answer.cancelled()
