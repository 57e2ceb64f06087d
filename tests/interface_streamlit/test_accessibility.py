"""Every page can be used by everybody: what axe-core can find, and what it cannot."""

import pytest
from axe_playwright_python.sync_playwright import Axe

PAGES = ("/?client=500145", "/why?client=500145", "/compare?client=500145", "/what-if?client=500145", "/new")


@pytest.mark.parametrize(("scheme", "paths"), [("light", PAGES), ("dark", (PAGES[3], PAGES[4]))])
def test_axe_finds_no_serious_violation(officer, scheme, paths):
    walk = officer(color_scheme=scheme)
    found = []
    for path in paths:
        walk.open(path)
        walk.page.wait_for_timeout(300)  # until colours have faded in
        for violation in Axe().run(walk.page).response["violations"]:
            if violation["impact"] in {"serious", "critical"}:
                found += [(path, violation["id"], node["html"][:200]) for node in violation["nodes"]]
    assert found == []


def test_every_plot_says_in_words_what_it_shows(officer):
    walk = officer()
    for path in PAGES[:4]:
        page = walk.open(path)
        plots = page.get_by_test_id("stVegaLiteChart")
        plots.first.wait_for()
        for i in range(plots.count()):
            assert plots.nth(i).locator("[role=img], [aria-label]").count() >= 1, path
