"""Labels, descriptions, values and reasons of a lender are shown as text: no Markdown, no HTML, nothing loaded."""

import pytest
from officer.plain import LONGEST, clean, distinguish, escape_markdown

from tests.interface_streamlit.conftest import shown

HOSTILE = (
    "-> ![x](http://a.invalid/x.png) [l](http://a.invalid) **b** _i_ ~~s~~ `c` :material/home: :material_home: :tada: "
    ":red[r] :streamlit: $x$ $$y$$ <b>h</b> <img src=http://a.invalid/y.png> <script>1</script> &amp; www.a.invalid "
    "me@a.invalid # h | p >= q ]) --"
)
MADE = ("img[src*=invalid]", ".katex", *(f".stMain {one}" for one in ("a[href*='//']", "a[href^=mailto]", "em", "del")))


def hostile(document):
    """Replace every text in two languages, and add a warning to every decision."""
    if isinstance(document, dict):
        if document.keys() == {"fr", "en"}:
            return {"fr": f"{HOSTILE} {document['fr']}", "en": f"{HOSTILE} {document['en']}"}
        added = {"warning_details": [{"text": {"fr": HOSTILE, "en": HOSTILE}}]} if "warning_details" in document else {}
        return {key: hostile(value) for key, value in document.items()} | added
    return [hostile(one) for one in document] if isinstance(document, list) else document


@pytest.fixture
def walk(officer, fronting, fake_api):
    fake_api.reset()
    fake_api.rewrite = hostile
    yield officer(fronting(fake_api.url).url)  # an address elsewhere that was asked for fails the test
    fake_api.reset()


def check(walk):
    main = walk.page.get_by_test_id("stMain")
    written = shown("\n".join(main.get_by_test_id("stMarkdownContainer").all_inner_texts()))
    assert written.count("-> ![x](http") == written.count("![x](http") > 0
    assert written.count(HOSTILE) == written.count("![x](http")
    assert walk.page.locator(", ".join(MADE)).evaluate_all("nodes => nodes.map(node => node.outerHTML)") == []
    icons = main.get_by_test_id("stIconMaterial").all_inner_texts()
    assert "home" not in icons


def test_no_text_of_a_lender_is_read_as_markdown_or_html_on_any_page(walk):
    page = walk.open("/?client=500145")
    page.get_by_text("Autres données du dossier").click()
    check(walk)
    walk.go("Pourquoi")
    page.get_by_text("Chiffres du graphique").click()
    check(walk)
    walk.go("Comparer")
    page.get_by_text("Chiffres du graphique").first.click()
    page.get_by_role("combobox", name="Clients semblables par").click()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    walk.settled()
    check(walk)
    for plot in page.get_by_test_id("stVegaLiteChart").all():
        plot.hover()
    walk.go("Simuler")
    page.get_by_role("slider").first.press("ArrowRight")
    walk.settled()
    page.get_by_text("À vérifier avant de décider").wait_for()
    check(walk)
    walk.go("Nouvelle demande")
    check(walk)
    page.get_by_role("button", name="Évaluer la demande").click()  # errors name their fields
    page.get_by_text("La demande ne peut pas être évaluée").wait_for()
    walk.settled()
    check(walk)
    page.get_by_test_id("stTooltipIcon").first.hover()
    tip = page.get_by_test_id("stTooltipContent")
    tip.wait_for()
    assert HOSTILE in shown(tip.inner_text())
    assert page.locator(", ".join(MADE)).count() == 0
    page.get_by_role("tab", name="Un fichier").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "a.csv", "mimeType": "text/csv", "buffer": f'AMT_CREDIT,"{HOSTILE}"\n5,1\n'.encode()}
    )
    page.get_by_text("Lu en UTF-8").wait_for()
    walk.settled()
    check(walk)
    page.locator("input[type=file]").set_input_files(
        {"name": "b.csv", "mimeType": "text/csv", "buffer": b"AMT_CREDIT\n"}
    )
    page.get_by_text("aucune ligne de données").wait_for()
    walk.settled()
    check(walk)


@pytest.mark.parametrize("written", ["a\nb", " a\u2028 b ", "a\x00 b\u202e", "a\t\tb"])
def test_a_text_becomes_one_line_without_signs_that_reorder_it(written):
    assert clean(written) == "a b"


def test_a_very_long_text_is_cut():
    assert len(clean("x" * 10**6)) == LONGEST


def test_an_escaped_text_reads_as_before_and_an_ordinary_label_is_not_changed():
    assert shown(escape_markdown(HOSTILE)) == HOSTILE
    for label in (
        "Mensualité (monnaie du prêteur)",
        "revenu_annuel",
        "Credit / income, 2:30",
        "Ça va ? A-t-il 1.5 % ?",
    ):
        assert escape_markdown(label) == label  # screen readers get labels as they are


def test_options_with_the_same_text_are_told_apart_by_their_key():
    assert distinguish({"a": "x", "b": "x", "c": "y"}) == {"a": "x (a)", "b": "x (b)", "c": "y"}
