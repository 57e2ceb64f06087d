"""The site as it is built: complete, without warnings, without other hosts, usable on a phone and by everybody."""

import json
import os
import re
import subprocess
import sys
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler

import pytest

from tests.http_servers import QuietHandler, serving

PHONE = {"width": 375, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
LOADING = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src", "video": "src"}


class Links(HTMLParser):
    """What a page links to, what it loads, and the ids it has."""

    def __init__(self, path):
        super().__init__()
        self.targets, self.loaded, self.ids = [], [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids.update(filter(None, (given.get("id"), given.get("name"))))
        if tag == "a" and given.get("href"):
            self.targets.append(given["href"])
        if tag in LOADING and given.get(LOADING[tag]) and given.get("rel") != "canonical":
            self.loaded.append(given[LOADING[tag]])


@pytest.fixture(scope="module")
def site(project, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(project)}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    built = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=300)
    warnings = [line for line in built.stderr.splitlines() if not line.startswith("INFO ")]
    assert (built.returncode, built.stdout, warnings) == (0, "", [])
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {path: Links(path) for path in sorted(site.rglob("*.html"))}


def test_the_search_lists_guides_before_design_decisions_and_dated_files(site):
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))["docs"]
    behind = {one["location"] for one in index if one.get("boost", 1) < 1}
    assert behind == {one["location"] for one in index if one["location"].startswith(("decisions/", "files/"))}
    assert len(behind) > 20


def test_every_link_and_anchor_leads_somewhere(site, pages):
    broken = []
    for path, page in pages.items():
        for target in page.targets if path.name != "404.html" else ():
            name, _, anchor = target.partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            there = (path.parent / name).resolve() if name else path
            known = pages.get(there)
            if not there.exists() or (anchor and known and anchor not in known.ids):
                broken.append(f"{path.relative_to(site)}: {target}")
    assert broken == []


def test_no_page_and_no_style_loads_anything_from_another_host(site, pages):
    loaded = {(path.name, one) for path, page in pages.items() for one in page.loaded if re.match(r"(https?:)?//", one)}
    assert loaded == set()
    for style in site.rglob("*.css"):
        assert re.findall(r"(?:url\(|@import )['\"]?(?:https?:)?//[^)]+", style.read_text(encoding="utf-8")) == []


def test_no_markdown_is_left_over_in_a_page(site, pages):
    left = []
    for path in pages:
        text = re.sub(r"<(pre|code|script|title)\b.*?</\1>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        left += [f"{path.relative_to(site)}: {one!r}" for one in re.findall(r"\n(?:[-*] |1\. |\| |```)[^\n]*", text)]
        left += [f"{path.relative_to(site)}: {one!r}" for one in re.findall(r"\]\([^)\n]*\)|\*\*[^\n]*", text)]
    assert left == []


@pytest.fixture(scope="module")
def address(site):
    class Files(QuietHandler, SimpleHTTPRequestHandler):
        pass

    with serving(partial(Files, directory=site)) as address:
        yield address


@pytest.mark.parametrize(
    ("scheme", "viewport", "names"),
    [
        ("light", PHONE, ("index.html", "settings.html", "benchmarks.html")),
        ("dark", DESKTOP, ("deployment.html", "cost_and_threshold.html")),
    ],
    ids=["light phone", "dark desktop"],
)
def test_pages_fit_the_window_axe_finds_nothing_and_no_other_host_is_asked(browser, address, scheme, viewport, names):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport=viewport, color_scheme=scheme)
    asked, found = [], {}
    page.on("request", lambda request: asked.append(request.url))
    try:
        for name in names:
            page.goto(f"{address}/{name}")
            answer = Axe().run(page).response
            assert answer["passes"]
            found[name] = [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in answer["violations"]]
            assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], name
            if name == "benchmarks.html":  # figures in the plot can be read
                assert page.locator("img[src$='/benchmarks.png']").bounding_box()["width"] > 600
    finally:
        page.close()
    assert {name: one for name, one in found.items() if one} == {}
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
