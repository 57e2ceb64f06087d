"""Pages of other sites read answers of the service only if the operator named their origin, in a real browser."""

import json

import pytest

from tests.commands import run_command
from tests.conftest import REQUIRED
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
def ask(browser, serve, numbers, tmp_path):
    """Ask the service, with keys if there are some, from a page of a site that it knows or does not know."""
    keys = {"SCORING_API_KEYS": tmp_path / "keys.json"} if (tmp_path / "keys.json").exists() else {}
    with serving(Site) as known, serving(Site) as unknown:
        service = serve(SCORING_CORS_ORIGINS=known, **keys)
        page = browser.new_page()

        def asking(site, path, options=None):
            page.goto({"known": known, "unknown": unknown}[site])
            address = f"http://127.0.0.1:{service.port}{path.format(number=numbers[0])}"
            return page.evaluate(ASK, [address, options or {}])

        yield asking
        page.close()


@pytest.fixture
def key(tmp_path):
    scopes = ["--scope", "read", "--scope", "score"]
    made = run_command("keys", "add", "--file", "keys.json", "--name", "a page", *scopes, cwd=tmp_path)
    return made.stdout.strip()


def test_a_page_of_a_named_site_sends_a_key_in_a_header_and_no_other_page_does(key, ask):
    sent = {"Authorization": f"Bearer {key}"}
    post = {**POST, "headers": {**POST["headers"], **sent}, "body": json.dumps(REQUIRED)}
    assert ask("known", "/predict/{number}", {"headers": sent}) == [200, True, "an answer"]
    assert ask("known", "/predict", post) == [200, True, "an answer"]
    assert ask("known", "/predict/{number}")[0] == 401
    assert ask("unknown", "/predict/{number}", {"headers": sent}) == ["TypeError"]
    assert ask("unknown", "/predict", post) == ["TypeError"]


def test_a_page_of_a_named_site_reads_answers_and_problems_and_no_other_page_does(ask):
    assert ask("known", "/predict/{number}") == [200, True, "an answer"]
    assert ask("known", "/predict/999999") == [404, True, "urn:problem:unknown-client"]
    assert ask("known", "/predict", POST) == [422, True, "urn:problem:invalid-application"]
    assert ask("known", "/predict?hystory=stored", POST) == [400, True, "urn:problem:invalid-query-parameter"]
    assert ask("unknown", "/predict/{number}") == ["TypeError"]
    assert ask("unknown", "/predict", POST) == ["TypeError"]
