"""A running front-end in front of a running service, and a browser to walk through it."""

import contextlib
import re
import subprocess
import sys
import time
import urllib.request
from functools import cache
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.conftest import clean_environment, free_port
from tests.interface_streamlit.fake_api import FakeApi

FRONT = "interface_streamlit"
START_SECONDS = 60


class Front:
    """A started front-end."""

    def __init__(self, process, port):
        self.process, self.port = process, port
        self.url = f"http://127.0.0.1:{port}"

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)


def start_front(project, logs, api_url, **environment):
    port = free_port()
    log = logs / f"streamlit-{port}.log"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with log.open("w") as file:
        process = subprocess.Popen(
            [*command, "--server.address", "127.0.0.1"],
            cwd=project / FRONT,
            env=clean_environment(SCORING_API_URL=api_url, **environment),
            stdout=file,
            stderr=file,
        )
    front = Front(process, port)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{front.url}/_stcore/health", timeout=5) as answer:
            if answer.status == 200:
                return front
        time.sleep(0.1)
    process.kill()
    raise AssertionError(f"the front-end did not start: {log.read_text()}")


@pytest.fixture(scope="session")
def front(project, tmp_path_factory, sample_service):
    """Show the bundled sample, for all tests that only look."""
    started = start_front(project, tmp_path_factory.mktemp("front"), f"http://127.0.0.1:{sample_service.port}")
    yield started
    started.stop()


@pytest.fixture
def fronting(project, tmp_path):
    """Start front-ends that end with the test."""
    started = []

    def starting(api_url, **environment):
        started.append(start_front(project, tmp_path, api_url, **environment))
        return started[-1]

    yield starting
    for one in started:
        one.stop()


# Streamlit's own page looks for its server below the page's path first; it answers 404 once, and the page goes on.
NOT_OURS = ("/_stcore/health", "/_stcore/host-config")


# An input waits a moment before it sends what was typed: 200 ms by the page's own clock, as measured here.
QUIET = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    const waiting = document.querySelector('[data-testid=stSkeleton]');  // for a part of the page's own code
    if (app.dataset.testScriptState !== 'notRunning' || waiting) { window.quietSince = null; return false; }
    window.quietSince ??= performance.now();
    return performance.now() - window.quietSince > 350;
}"""
STILL = "document.getAnimations().every(animation => animation.playState !== 'running')"


class Officer:
    """One browser session, as an officer has it; remembers what went wrong on the console or left this machine."""

    def __init__(self, page, url):
        self.url, self.page = url, page
        self.page.set_default_timeout(60_000)
        self.running = False
        self.errors, self.elsewhere = [], []
        self._heard = {
            "websocket": self._follow,
            "console": self._console,
            "pageerror": self._fail,
            "request": self._request,
        }
        for event, told in self._heard.items():
            self.page.on(event, told)

    def leave(self):
        """End the session, and leave the page as it was lent."""
        for event, told in self._heard.items():
            self.page.remove_listener(event, told)
        self.page.goto("about:blank")
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size(CONTEXT["viewport"])

    def _fail(self, error):
        self.errors.append(str(error))

    def _console(self, message):
        address = (message.location or {}).get("url", "")
        if message.type == "error" and not address.endswith(NOT_OURS):
            self.errors.append(f"{message.text} {address}")

    def _request(self, request):
        if not request.url.startswith((self.url, self.url.replace("http", "ws"), "data:", "blob:")):
            self.elsewhere.append(request.url)

    def _follow(self, socket):
        """Know from the page's own messages whether a run was asked for and has not ended."""
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._received)

    def _sent(self, payload):
        if isinstance(payload, bytes) and BackMsg.FromString(payload).WhichOneof("type") == "rerun_script":
            self.running = True

    def _received(self, payload):
        if isinstance(payload, bytes) and len(payload) < 1000:  # the messages about runs are short
            message = ForwardMsg.FromString(payload)
            if message.WhichOneof("type") == "script_finished":
                self.running = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN

    def open(self, path):
        self.page.goto(self.url + path)
        self.settled()
        return self.page

    def settled(self):
        """Wait until the page has run to its end, and everything that was entered was sent and answered."""
        self.page.wait_for_selector("h1")
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self.page.evaluate("window.quietSince = null")
            self.page.wait_for_function(QUIET, polling=50)  # drawing a frame each time costs more
            if not self.running:
                return
        raise AssertionError("the page did not come to rest")

    def go(self, title):
        """Choose a page in the navigation."""
        self.page.get_by_role("link", name=title, exact=True).click()
        self.page.get_by_role("heading", level=1, name=title).wait_for()
        self.settled()

    def text(self):
        return self.page.get_by_test_id("stMain").inner_text().replace("\u00a0", " ")

    def decision(self, place=0):
        """Word of the decision."""
        return self.page.locator(".verdict .said").nth(place).inner_text()

    def risk(self, place=0):
        """Figure of the risk."""
        return self.page.locator(".verdict .figure b").nth(place).inner_text()

    def threshold(self):
        """Figure of the threshold, as the gauge writes it."""
        return self.page.locator(".gauge .threshold-name").text_content().split(":")[1].strip()

    def chart_rows(self):
        """Rows of the table beside a page's first chart, cells separated by tabs; it must be unfolded."""
        figures = self.page.get_by_test_id("stExpander").filter(has_text="Chiffres du graphique").first
        return figures.get_by_test_id("stTable").get_by_role("row").all_inner_texts()[1:]

    def type_number(self, number):
        field = self.page.get_by_label("Numéro de client")
        field.fill(number)
        field.press("Enter")
        self.page.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("client") == [number])
        self.settled()


# Drawing what moves takes as much of a processor as the pages' own work.
CONTEXT = {"locale": "fr-FR", "viewport": {"width": 1280, "height": 1000}, "reduced_motion": "reduce"}


@pytest.fixture(scope="session")
def pages(browser):
    """Pages of a browser that has been here before, to be lent: a new one compiles all that the pages are made of."""
    context = browser.new_context(**CONTEXT)
    free = []
    yield lambda: free.pop() if free else context.new_page(), free.append
    context.close()


@pytest.fixture
def officer(request, browser, pages):
    """Open sessions that must end without an error on the console or a request to elsewhere.

    With options it is another browser, which has not been here before and takes longer.
    """
    opened, contexts = [], []
    lend, take_back = pages

    def opening(url=None, **options):
        if options:
            contexts.append(browser.new_context(**{**CONTEXT, **options}))
        page = contexts[-1].new_page() if options else lend()
        opened.append(Officer(page, url or request.getfixturevalue("front").url))
        return opened[-1]

    yield opening
    for one in opened:
        one.leave()
        if one.page.context not in contexts:
            take_back(one.page)
    for context in contexts:
        context.close()
    assert [error for one in opened for error in one.errors] == []
    assert [address for one in opened for address in one.elsewhere] == []


def shown(text):
    """Text as a person reads it: without Markdown's escapes and the signs without width that stop links."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text.replace("\u2060", "").replace("\u00a0", " "))


def number_of(text):
    """Read a number as French pages write it."""
    kept = "".join(sign for sign in text.replace("\u2212", "-").replace(",", ".") if sign in "-.0123456789")
    return float(kept)


@pytest.fixture(scope="session")
def fake_api(sample_service):
    """Serve the bundled sample through an API that can answer wrongly, slowly or not at all."""
    fake = FakeApi(sample_service)
    yield fake
    fake.stop()


@pytest.fixture(scope="session")
def components_found_once():
    """Search the installed packages for Streamlit's components once; each `AppTest` would do it again."""
    from streamlit.components.v2 import manifest_scanner

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture
def apptest(project, monkeypatch, components_found_once):
    """Run the front-end, or a page of it, in this process, without a browser."""
    from streamlit import cache_data, cache_resource
    from streamlit.testing.v1 import AppTest

    def running(script=None, client=None, **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        if script is None:
            page = AppTest.from_file(str(project / FRONT / "script.py"), default_timeout=60)
        else:
            page = AppTest.from_string(script, default_timeout=60)
        if client is not None:
            page.query_params["client"] = str(client)
        return page.run()

    yield running
    cache_data.clear()
    cache_resource.clear()
