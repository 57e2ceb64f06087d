"""Pages of other sites read answers of the service only if the operator named their origin, in a real browser."""

import pytest

from tests.http_servers import QuietHandler, serving

ASK = """async ([address, options]) => {
  try {
    const answer = await fetch(address, options);
    return [answer.status, answer.headers.get("X-Request-ID").length > 0, (await answer.json()).type ?? "an answer"];
  } catch (error) {
    return [error.name];
  }
}"""
POST = {"method": "POST", "headers": {"Content-Type": "application/json"}, "body": '{"applications": []}'}


class Site(QuietHandler):
    def do_GET(self):
        self.answer(200, "text/html", b"<!doctype html><title>another site</title>")


@pytest.fixture
def ask(browser, serve, numbers):
    """Ask the service from a page of a site that it knows, or of one that it does not know."""
    with serving(Site) as known, serving(Site) as unknown:
        service = serve(SCORING_CORS_ORIGINS=known)
        page = browser.new_page()

        def asking(site, path, options=None):
            page.goto({"known": known, "unknown": unknown}[site])
            address = f"http://127.0.0.1:{service.port}{path.format(number=numbers[0])}"
            return page.evaluate(ASK, [address, options or {}])

        yield asking
        page.close()


def test_a_page_of_a_named_site_reads_answers_and_problems_and_no_other_page_does(ask):
    assert ask("known", "/predict/{number}") == [200, True, "an answer"]
    assert ask("known", "/predict/999999") == [404, True, "urn:problem:unknown-client"]
    assert ask("known", "/predict", POST) == [422, True, "urn:problem:invalid-application"]
    assert ask("known", "/predict?hystory=stored", POST) == [400, True, "urn:problem:invalid-query-parameter"]
    assert ask("unknown", "/predict/{number}") == ["TypeError"]
    assert ask("unknown", "/predict", POST) == ["TypeError"]
