"""Measure the time until pages of the front-end are shown: ``python -m benchmarks.front_end``."""

import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from benchmarks.machine import write_result
from benchmarks.serving import ONE_SYNC_WORKER, OURS, PROJECT, free_port, serving

ROUNDS = 9
PAGES = {"Client": "", "Pourquoi": "why", "Comparer": "compare", "Et si": "what-if", "Nouvelle demande": "new"}
CLIENTS = (500024, 500145, 500701)
# The page has a title, ran to its end, and its plots are complete.
SHOWN = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    const plots = [...document.querySelectorAll('[data-testid=stVegaLiteChart]')];
    return document.querySelector('h1') && app.dataset.testScriptState === 'notRunning'
        && document.querySelectorAll('[data-testid=stSkeleton]').length === 0
        && plots.every(plot => plot.querySelector('canvas, svg'));
}"""


@contextlib.contextmanager
def front(api_port: int) -> Iterator[str]:
    """Run the front-end until the block ends; yields its address."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    process = subprocess.Popen(
        [*command, "--server.address", "127.0.0.1"],
        cwd=PROJECT / "interface_streamlit",
        env={**os.environ, "SCORING_API_URL": f"http://127.0.0.1:{api_port}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/_stcore/health", timeout=5):
                break
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def opened(context: BrowserContext, url: str) -> float:
    """Open an address in a new tab; gives the seconds until the page is shown."""
    page = context.new_page()
    began = time.perf_counter()
    page.goto(url)
    page.wait_for_function(SHOWN)
    took = time.perf_counter() - began
    page.close()
    return took


def navigated(context: BrowserContext, url: str, client: int) -> dict[str, float]:
    """Go from page to page by the navigation; gives the seconds until each is shown."""
    page = context.new_page()
    page.goto(f"{url}/new?client={client}")
    page.wait_for_function(SHOWN)
    took = {}
    for title in PAGES:
        began = time.perf_counter()
        page.get_by_role("link", name=title, exact=True).click()
        page.get_by_role("heading", level=1, name=title).wait_for()
        page.wait_for_function(SHOWN)
        took[title] = time.perf_counter() - began
    page.close()
    return took


def measure(browser: Browser, url: str) -> list[str]:
    """Measure every page, opened by its address and by the navigation; gives the lines of a table."""
    context = browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})
    for path in PAGES.values():
        opened(context, f"{url}/{path}?client={CLIENTS[0]}")
    by_address: dict[str, list[float]] = {title: [] for title in PAGES}
    by_navigation: dict[str, list[float]] = {title: [] for title in PAGES}
    for i in range(ROUNDS):
        client = CLIENTS[i % len(CLIENTS)]
        for title, path in PAGES.items():
            by_address[title].append(opened(context, f"{url}/{path}?client={client}"))
        for title, took in navigated(context, url, client).items():
            by_navigation[title].append(took)
    return [
        f"| {title} | {statistics.median(by_address[title]):.2f} | {max(by_address[title]):.2f} "
        f"| {statistics.median(by_navigation[title]):.2f} | {max(by_navigation[title]):.2f} |"
        for title in PAGES
    ]


def main() -> None:
    """Measure, and write a dated page."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with serving(OURS, *ONE_SYNC_WORKER) as (port, _), front(port) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        rows = measure(browser, url)
        browser.close()
    lines = [
        f"Seconds until a page is shown with its plots, in Chromium with a warm cache and a warm API; {ROUNDS} rounds.",
        f"Load of the machine meanwhile (1 minute): {os.getloadavg()[0]:.1f}.",
        "",
        "| Page | by its address, median | most | by the navigation, median | most |",
        "|---|---|---|---|---|",
        *rows,
        "",
    ]
    write_result("front-end", "python -m benchmarks.front_end", "\n".join(lines))


if __name__ == "__main__":
    main()
