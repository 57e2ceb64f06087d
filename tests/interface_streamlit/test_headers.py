"""What browsers are told: no other site shows a page in a frame, and a page loads nothing from elsewhere."""

import urllib.request

import pytest

from tests.http_servers import QuietHandler, serving


@pytest.mark.parametrize("path", ["/", "/why?client=500145", "/_stcore/health", "/_stcore/host-config", "/nothing.js"])
def test_every_answer_has_the_headers(front, path):
    try:
        answer = urllib.request.urlopen(front.url + path, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'self'" in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.fixture
def other_site(front):
    """Serve a page of another site that frames the front-end."""

    class Framing(QuietHandler):
        def do_GET(self):
            body = f"<h1>Other</h1><iframe src='{front.url}/'></iframe>".encode()
            self.answer(200, "text/html", body)

    with serving(Framing) as address:
        yield address


def test_another_site_cannot_show_a_page_in_a_frame(browser, other_site):
    page = browser.new_page()
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        page.goto(other_site)
    assert page.frame_locator("iframe").get_by_test_id("stApp").count() == 0
    page.close()
