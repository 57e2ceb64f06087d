"""Every page can be used by everybody: what axe-core can find, of any impact, and what it cannot."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.conftest import HEADER
from tests.interface_streamlit.conftest import STILL

PHONE = {"width": 390, "height": 844}
CLIENT = "500145"
TITLES = ("Pourquoi", "Comparer", "Simuler", "Nouvelle demande", "Examens")
SYNTHETIC = "Clients fictifs : aucune personne réelle n'est concernée. Modèle entraîné sur des clients fictifs"


@pytest.mark.parametrize(
    ("scheme", "path", "titles"),
    [
        ("light", f"/?client={CLIENT}", TITLES),
        pytest.param("dark", "/", TITLES[1:], marks=pytest.mark.drill),  # a dark page is in the test of a phone
    ],
)
def test_axe_finds_no_violation_and_the_client_stays_and_synthetic_data_is_named_on_all_pages(
    officer, scheme, path, titles
):
    walk = officer()
    walk.page.emulate_media(color_scheme=scheme)
    walk.open(path)
    found = {path: violations(walk.page)}
    if path == "/":
        walk.type_number(CLIENT)
    for title in titles:
        walk.go(title)
        found[title] = violations(walk.page)
        assert f"client={CLIENT}" in walk.page.url, title
        assert title == "Examens" or SYNTHETIC in walk.text(), title
    assert not any(found.values()), found


def test_pages_can_be_used_on_a_phone(officer):
    walk = officer()
    walk.page.emulate_media(color_scheme="dark")
    walk.page.set_viewport_size(PHONE)
    for path in (f"/?client={CLIENT}", "/new"):
        page = walk.open(path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert page.get_by_label("Numéro de client").is_visible()
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("link", name="Comparer", exact=True).click()
    page.get_by_role("heading", level=1, name="Comparer").wait_for()


# Rules that parts of Streamlit break, and which its options cannot mend: the rule, and a mark of the part.
NOT_OURS = {
    # The area onto which a file is dropped has a label and the role "presentation" at once. Its button has a name.
    ("presentation-role-conflict", 'data-testid="stFileUploaderDropzone"'),
}


def violations(page):
    page.wait_for_function(STILL)  # colours have faded in
    found = Axe().run(page).response
    assert found["passes"]  # it did run
    return [
        (one["id"], one["impact"], node["html"][:200])
        for one in found["violations"]
        for node in one["nodes"]
        if not any(rule == one["id"] and mark in node["html"] for rule, mark in NOT_OURS)
    ]


@pytest.mark.drill  # every day, test_upload_page looks at a file with two readings
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_no_violation_in_the_upload_of_a_file(officer, tmp_path, scheme):
    path = tmp_path / "a.csv"
    path.write_text(HEADER.replace("EXT_SOURCE_2", "note") + "500024;Cash loans;500.000;150.000;25.000;-15000;x\n" * 3)
    walk = officer()
    walk.page.emulate_media(color_scheme=scheme)
    page = walk.open("/new")
    page.get_by_role("tab", name="Un fichier").click()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_text("la virgule : 500.000 vaut").click()
    page.get_by_text("Évaluer sans ces colonnes").click()
    page.get_by_role("button", name="Évaluer les demandes (3)").click()
    page.get_by_text("3 sur 3, dont refusées").wait_for()
    walk.settled()
    assert violations(page) == []


@pytest.mark.parametrize("name", ["why", "compare"])
def test_every_plot_says_in_words_what_it_shows(apptest, sample_service, name):
    script = f"from officer.pages import {name} as page\npage.show()\n"
    page = apptest(script, client=500145, SCORING_API_URL=f"http://127.0.0.1:{sample_service.port}")
    plots = page.get("vega_lite_chart")
    assert plots
    for plot in plots:
        assert len(plot.proto.alt) > 30


@pytest.mark.parametrize("name", ["client", "what_if"])
def test_the_gauge_says_in_words_what_it_shows(apptest, sample_service, name):
    script = f"from officer.pages import {name} as page\npage.show()\n"
    page = apptest(script, client=500145, SCORING_API_URL=f"http://127.0.0.1:{sample_service.port}")
    (gauge,) = (one.value for one in page.markdown if "gauge" in one.value)
    assert "<title" in gauge
    assert "Seuil de refus" in gauge
