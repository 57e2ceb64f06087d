"""Every page can be used by everybody: what axe-core can find, and what it cannot."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.interface_streamlit.conftest import STILL

PAGES = ("/?client=500145", "/why?client=500145", "/compare?client=500145", "/what-if?client=500145", "/new")


@pytest.mark.parametrize(("scheme", "paths"), [("light", PAGES), ("dark", (PAGES[3], PAGES[4]))])
def test_axe_finds_no_serious_violation(officer, scheme, paths):
    walk = officer(color_scheme=scheme)
    found = []
    for path in paths:
        walk.open(path)
        walk.page.wait_for_function(STILL)  # colours have faded in
        for violation in Axe().run(walk.page).response["violations"]:
            if violation["impact"] in {"serious", "critical"}:
                found += [(path, violation["id"], node["html"][:200]) for node in violation["nodes"]]
    assert found == []


@pytest.mark.parametrize("name", ["client", "why", "compare", "what_if"])
def test_every_plot_says_in_words_what_it_shows(apptest, sample_service, name):
    script = f"from officer.pages import {name} as page\npage.show()\n"
    page = apptest(script, client=500145, SCORING_API_URL=f"http://127.0.0.1:{sample_service.port}")
    plots = page.get("vega_lite_chart")
    assert plots
    for plot in plots:
        assert len(plot.proto.alt) > 30
