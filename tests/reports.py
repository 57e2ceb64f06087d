"""Checks of a report that is one HTML file, in a real browser."""


def check_report(browser, html, folder):
    """Open a report: axe-core finds nothing, and it fits a window of 360 pixels and a text of twice the size."""
    from axe_playwright_python.sync_playwright import Axe

    file = folder / "report.html"
    file.write_text(html, encoding="utf-8")
    page = browser.new_page(viewport={"width": 360, "height": 800})
    try:
        page.goto(file.as_uri())
        found = Axe().run(page).response
        assert found["passes"]
        assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        # The texts in a picture of seven inches, 8 points high, are 11 pixels high then.
        widths = page.evaluate("[...document.images].map(one => one.getBoundingClientRect().width)")
        assert all(width >= 700 for width in widths), widths
    finally:
        page.close()
