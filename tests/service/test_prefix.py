"""The service under a path of a real reverse proxy, in a real browser."""

import contextlib
import http.client
import json
import re
import urllib.error
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.conftest import start_gunicorn
from tests.http_servers import QuietHandler, serving

PREFIX = "/credit/scores"
PATHS = ("/", "/application", "/model", "/docs", "/nowhere", "/predict/1")


class Proxy(QuietHandler):
    """Passes on what is under the prefix, and has nothing elsewhere."""

    protocol_version = "HTTP/1.1"
    upstream, keeps_prefix, forwards_prefix, outside = 0, False, False, []

    def pass_on(self):
        if not self.path.startswith(f"{PREFIX}/"):
            self.outside.append(self.path)
            self.send_error(404)
            return
        path = self.path if self.keeps_prefix else self.path.removeprefix(PREFIX)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() != "x-forwarded-prefix"}
        if self.forwards_prefix:
            headers["X-Forwarded-Prefix"] = PREFIX
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=30)) as connection:
            connection.request(self.command, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"connection", "server", "date"}:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = pass_on  # noqa: N815


WAYS = {
    "a proxy that removes the path": ({"SCORING_PREFIX": PREFIX}, {}),
    "a proxy that keeps the path": ({"SCRIPT_NAME": PREFIX}, {"keeps_prefix": True}),
    "a proxy that says what it removed": ({"SCORING_PREFIX": "X-Forwarded-Prefix"}, {"forwards_prefix": True}),
}


@pytest.fixture(scope="module", params=WAYS)
def proxied(request, tmp_path_factory):
    """The service behind a proxy: its address there, and what was asked outside of it."""
    environment, behaviour = WAYS[request.param]
    service = start_gunicorn(tmp_path_factory.mktemp("service"), WEB_CONCURRENCY=1, **environment)
    outside = []
    kind = type("Way", (Proxy,), {"upstream": service.port, "outside": outside, **behaviour})
    with serving(kind) as address:
        yield f"{address}{PREFIX}", outside, service
    service.stop()


@pytest.fixture(scope="module")
def french(browser):
    context = browser.new_context(locale="fr")
    yield context
    context.close()


@pytest.fixture
def page(french, proxied):
    """A page of a browser that asks nothing outside of the prefix, and complains about nothing."""
    page = french.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    yield page
    page.close()
    assert [url for url in asked if not url.startswith(f"{proxied[0]}/")] == []
    assert [text for text in said if "status of 4" not in text] == []
    assert proxied[1] == []


def test_pages_have_only_addresses_under_the_prefix(proxied, numbers):
    base, outside, _ = proxied
    for path in (*PATHS, f"/predict/{numbers[0]}?lang=en"):
        asked = urllib.request.Request(f"{base}{path}", headers={"Accept": "text/html", "Accept-Language": "fr"})
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                written = answer.read().decode()
        except urllib.error.HTTPError as error:
            written = error.read().decode()
        found = [one for one in re.findall(r'(?:href|action|src)="([^"]*)"', written) if one[:1] != "#"]
        assert len(found) > 5, path
        assert [one for one in found if not one.startswith(f"{PREFIX}/")] == [], path
    assert outside == []


def addresses(page):
    """What the links, forms, style sheets and scripts of a page lead to."""
    return page.evaluate(
        "[...document.querySelectorAll('[href], [src], [action]')]"
        ".map(one => one.href?.baseVal || one.href || one.src || one.action)"
    )


@pytest.mark.parametrize("proxied", list(WAYS)[-1:], indirect=True)
def test_pages_lead_only_to_pages_under_the_prefix(page, proxied, numbers):
    base = proxied[0]
    for path in (*PATHS, f"/predict/{numbers[0]}?lang=en"):
        page.goto(f"{base}{path}")
        found = addresses(page)
        assert len(found) > 5, path
        assert [one for one in found if not one.startswith(f"{base}/")] == [], path
        assert page.evaluate("document.styleSheets[0].cssRules.length") > 5, path


# The other tests ask the service behind each of the proxies for its addresses.
@pytest.mark.parametrize(
    "proxied", [*(pytest.param(way, marks=pytest.mark.drill) for way in list(WAYS)[:2]), list(WAYS)[2]], indirect=True
)
def test_an_officer_works_under_the_prefix(page, proxied, numbers):
    base = proxied[0]
    page.goto(f"{base}/")
    page.locator("#client-id").fill(str(numbers[0]))
    page.locator("button.main").click()
    page.wait_for_url(f"{base}/predict/{numbers[0]}")
    page.get_by_role("link", name="English").click()
    page.wait_for_url(f"{base}/predict/{numbers[0]}?lang=en")
    page.get_by_role("button", name="What if").click()
    page.wait_for_url(f"{base}/application?lang=en")
    page.locator("button.main").click()
    page.wait_for_selector("#verdict")
    page.get_by_role("button", name="Français").click()
    page.wait_for_url(f"{base}/application?lang=fr")
    page.get_by_role("link", name="API").click()
    page.wait_for_url(f"{base}/docs")
    form = page.locator("#get_decision form.try")
    form.get_by_role("button", name="Send").click()
    expect(form.locator("output")).to_contain_text(re.compile("^200"))


def test_a_program_finds_its_way_under_the_prefix(proxied):
    base, outside, service = proxied
    place = base.removeprefix("http://").removesuffix(PREFIX)

    def ask(path):
        with contextlib.closing(http.client.HTTPConnection(place, timeout=30)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    document = ask(f"{PREFIX}/openapi.json")[1]
    assert document["servers"] == [{"url": PREFIX}]
    assert ask(f"{document['servers'][0]['url']}/health")[0] == 200
    assert ask(ask(f"{PREFIX}/")[1]["try"])[0] == 200
    assert ask(f"{PREFIX}/predict/999999")[0] == 404
    assert service.get("/health")[0] == 200  # as a platform asks, past the proxy
    assert service.get("/elsewhere/health")[0] == 404
    assert outside == []


def test_the_front_end_uses_an_api_under_a_prefix(proxied, numbers):
    from officer.api import Api, client_path
    from officer.contract import reader
    from officer.settings import read_settings

    read_object = reader(dict[str, Any])
    api = Api(read_settings({"SCORING_API_URL": f"{proxied[0]}/"}))
    with contextlib.closing(api):
        assert api.is_up()
        assert api.get(client_path("predict", str(numbers[0])), read_object).result()["client_id"] == numbers[0]
        paths = api.get("/openapi.json", read_object).result()["paths"]
        example = paths["/predict"]["post"]["requestBody"]["content"]["application/json"]["examples"]["application"]
        assert api.post("/predict", example["value"], read_object).result()["decision"]


def test_links_do_not_follow_a_header_that_nobody_trusts(sample_service):
    connection = http.client.HTTPConnection("127.0.0.1", sample_service.port, timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", "/", headers={"X-Forwarded-Prefix": "/x", "Accept": "text/html"})
        found = re.findall(r'(?:href|action|src)="([^"]*)"', connection.getresponse().read().decode())
    assert "/application" in found
    assert not any(one.startswith("/x") for one in found)
