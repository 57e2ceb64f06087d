"""No other site shows an answer of the service in a frame, in a real browser."""

import pytest

from tests.http_servers import QuietHandler, serving

# Of each kind one: a page, JSON, a file, a problem. The drill has the others.
PATHS = [
    "/", "/predict/{number}?format=json", "/docs/static/pages.css", "/nowhere",
    *(
        pytest.param(path, marks=pytest.mark.drill)
        for path in (
            "/predict/{number}", "/application", "/model", "/docs", "/openapi.json", "/clients", "/predict/999999"
        )
    ),
]  # fmt: skip


@pytest.fixture
def other_site():
    """A site whose pages show the address in their query in a frame, an object and an embedded element."""

    class Site(QuietHandler):
        def do_GET(self):
            address = self.path.partition("?")[2]
            page = f'<iframe src="{address}"></iframe><object data="{address}"></object><embed src="{address}">'
            self.answer(200, "text/html", page.encode())

    with serving(Site) as address:
        yield address


@pytest.fixture(scope="module")
def context(browser):
    """A browser session for all tests: opening one takes longer than they do."""
    opened = browser.new_context()
    yield opened
    opened.close()


@pytest.mark.parametrize("path", PATHS)
def test_no_answer_is_shown_in_a_frame_of_another_site(context, sample_service, other_site, numbers, path):
    address = f"http://127.0.0.1:{sample_service.port}{path.format(number=numbers[0])}"
    page = context.new_page()
    refused = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(f"{other_site}/?{address}", wait_until="load")
    shown = [frame.url for frame in page.frames if frame != page.main_frame]
    page.close()
    assert not any(url.startswith(address) for url in shown)
    assert any("frame-ancestors" in text for text in refused)


def test_an_answer_that_allows_it_would_be_shown(context, other_site):
    page = context.new_page()
    page.goto(f"{other_site}/?{other_site}/?about:blank", wait_until="load")
    shown = [frame.url for frame in page.frames if frame != page.main_frame]
    page.close()
    assert any(url.startswith(f"{other_site}/?about") for url in shown)
