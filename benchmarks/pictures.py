"""Take the pictures of pages in docs/images again: ``python -m benchmarks.pictures``; needs Chromium."""

import io
import json
import shutil
import urllib.request
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.front_end import SHOWN, front
from benchmarks.serving import ONE_SYNC_WORKER, OURS, PROJECT, serving

_COLOURS = 128  # of a picture; fewer make a smaller file


def find_client(service: str) -> int:
    """Find the first refused client who is offered a change, and whose reasons all compare two known values."""
    for number in _read_json(f"{service}/clients?limit=1000")["clients"]:
        explained = _read_json(f"{service}/explain/{number}")
        compared = all(reason["direction"] in {"higher", "lower"} for reason in explained["reasons"])
        if explained["counterfactual"] and compared:
            return int(number)
    raise LookupError("no refused client is offered a change and has such reasons")


def take_pictures(browser: Browser, service: str, officer: str, folder: Path) -> None:
    """Save a page of the service and two of the front-end, all about the same refused client."""
    client = find_client(service)
    page = browser.new_page(viewport={"width": 1280, "height": 1180})
    page.goto(f"{service}/predict/{client}?lang=en")
    _save(page, folder / "page_refused.png")
    page = browser.new_page(viewport={"width": 1200, "height": 1310}, locale="fr-FR")
    page.goto(f"{officer}/why?client={client}")
    page.wait_for_function(SHOWN)
    _save(page, folder / "front_end_why.png")
    page = browser.new_page(viewport={"width": 1200, "height": 1080}, locale="fr-FR")
    page.goto(f"{officer}/what-if?client={client}")
    page.get_by_role("button", name="Essayer").click()
    page.mouse.move(0, 0)
    page.locator(".verdict").nth(1).wait_for()
    page.wait_for_function(SHOWN)
    _save(page, folder / "front_end_what_if.png")


def _save(page: Page, path: Path) -> None:
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    picture.quantize(_COLOURS).save(path, optimize=True)


def _read_json(address: str) -> dict[str, Any]:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return json.load(answer)


def main() -> None:
    """Start the service and the front-end on the bundled sample, and take the pictures."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with serving(OURS, *ONE_SYNC_WORKER) as (port, _), front(port) as officer, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        take_pictures(browser, f"http://127.0.0.1:{port}", officer, PROJECT / "docs" / "images")
        browser.close()


if __name__ == "__main__":
    main()
