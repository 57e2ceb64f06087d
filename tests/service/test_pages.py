"""The pages in a real browser, on a real gunicorn: by keyboard, at any width, and as the rules of accessibility ask.

With ``PAGE_SCREENSHOTS=FOLDER`` the pictures are kept there, to be looked at.
"""

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest
from playwright.sync_api import expect

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = {"desktop": (1280, 900), "phone": (390, 844), "zoom-200": (640, 450), "narrow": (320, 640)}
GOOD = {"AMT_INCOME_TOTAL": "90 000", "AMT_CREDIT": "450000", "AMT_ANNUITY": "25000", "DAYS_BIRTH": "31"}
EXPECTED = ("status of 400", "status of 404", "status of 422")  # Chromium logs the answers that are errors on purpose


class Officer:
    """Somebody at a browser: opens pages, and nothing but the service may be asked."""

    def __init__(self, lend, service):
        self.lend, self.base = lend, f"http://127.0.0.1:{service.port}"
        self.asked, self.said, self.opened = [], [], []

    def page(self, language="fr", size="desktop", dark=False, scripts=True):
        page, take_back = self.lend(language, scripts)
        page.emulate_media(color_scheme="dark" if dark else "light")
        resize(page, size)
        heard = {
            "request": lambda request: self.asked.append(request.url),
            "console": lambda message: self.said.append(message.text),
            "pageerror": lambda error: self.said.append(str(error)),
        }
        for event, told in heard.items():
            page.on(event, told)
        self.opened.append((page, heard, take_back))
        return page

    def open(self, path, **options):
        page = self.page(**options)
        page.goto(f"{self.base}{path}")
        return page

    def leave(self):
        for page, heard, take_back in self.opened:
            if page.is_closed():  # changed in a way that cannot be undone
                continue
            for event, told in heard.items():
                page.remove_listener(event, told)
            page.goto("about:blank")
            take_back(page)

    def check(self):
        """Find nothing that was asked for elsewhere, and no error on the console."""
        assert [url for url in self.asked if not url.startswith(f"{self.base}/")] == []
        assert [text for text in self.said if not any(status in text for status in EXPECTED)] == []


@pytest.fixture(scope="module")
def lend(browser):
    """Lend pages by what their sessions are opened with; opening either takes longer than many a test."""
    contexts, free = {}, defaultdict(list)

    def lending(*options):
        language, scripts = options
        if options not in contexts:
            contexts[options] = browser.new_context(
                locale=language, java_script_enabled=scripts, reduced_motion="reduce"
            )
        return free[options].pop() if free[options] else contexts[options].new_page(), free[options].append

    yield lending
    for context in contexts.values():
        context.close()


@pytest.fixture
def officer(lend, sample_service):
    officer = Officer(lend, sample_service)
    yield officer
    officer.leave()
    officer.check()


# Both languages and schemes, each with the widths to try: opening a page takes longer than resizing it.
LOOKS = {("en", "dark"): ("desktop", "zoom-200"), ("fr", "light"): ("phone", "narrow", "desktop")}


@pytest.fixture(scope="module")
def looks(lend, sample_service):
    """Lend a page in each look: opening one takes longer than going to an address."""
    officer = Officer(lend, sample_service)
    pages = {
        (language, scheme): officer.page(language, sizes[0], dark=scheme == "dark")
        for (language, scheme), sizes in LOOKS.items()
    }
    yield officer, pages
    officer.leave()


@pytest.fixture
def phone(looks):
    page = looks[1]["fr", "light"]
    resize(page, "phone")
    return page


@pytest.fixture(scope="session")
def clients(sample_service):
    """Find a client of each kind."""
    found = {}
    for number in json.loads(sample_service.get("/clients?limit=300")[1])["clients"]:
        explained = json.loads(sample_service.get(f"/explain/{number}")[1])
        kind = "review" if explained["review"] else explained["decision"].lower()
        found.setdefault(kind, number)
        if explained["counterfactual"]:
            found.setdefault("could change", number)
    return found


@pytest.fixture
def keep_picture():
    """Keep a picture of a page where a folder for them is given; drawing them takes longer than the tests."""
    folder = os.environ.get("PAGE_SCREENSHOTS")

    def keep(page, name):
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return keep


def address(name, clients):
    client = {"changeable": "could change", "accepted": "accepted", "review": "review"}
    fixed = {
        "search": "/", "unknown": "/predict/999999", "malformed": "/?client_id=12a", "form": "/application",
        "invalid": "/application", "asked": "/application", "result": "/application",
        "model": "/model", "nowhere": "/nowhere",
    }  # fmt: skip
    return fixed[name] if name in fixed else f"/predict/{clients[client[name]]}"


def fill(page, values):
    page.locator(".field select[name=NAME_CONTRACT_TYPE]").select_option("Cash loans")
    for name, text in values.items():
        page.locator(f".field input[name={name}]").fill(text)
    # Until its style sheets have come, the next page would be measured in other colours.
    with page.expect_navigation(wait_until="load"):
        page.locator(".send button.main").click()


def prepare(page, name):
    """Go on from the form to what is to be seen."""
    if name == "invalid":
        fill(page, {**GOOD, "AMT_CREDIT": "4,5,0", "DAYS_BIRTH": "12", "EXT_SOURCE_2": "3"})
    if name == "asked":
        fill(page, {**GOOD, "AMT_CREDIT": "450.000", "AMT_INCOME_TOTAL": "90 000,50"})
    if name == "result":
        fill(page, {**GOOD, "EXT_SOURCE_2": "0,2"})


PAGES = (
    "search", "changeable", "accepted", "review", "unknown", "malformed", "form", "invalid", "asked", "result", "model",
    "nowhere",
)  # fmt: skip


def violations(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response
    assert found["passes"]  # it did run, whatever the page's policy on scripts
    return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found["violations"]]


def resize(page, size):
    width, height = WIDTHS[size]
    page.set_viewport_size({"width": width, "height": height})


def in_each_width(looks, clients, name, look):
    """Open a page in a look, and yield it in each width."""
    officer, pages = looks
    page = pages[look]
    resize(page, LOOKS[look][0])
    page.goto(f"{officer.base}{address(name, clients)}")
    prepare(page, name)
    for size in LOOKS[look]:
        resize(page, size)
        yield page, (*look, size)
    officer.check()


# Every day each page in one look, one after the other; the drill has the others.
EVERY_LOOK = [
    pytest.param(name, look, marks=() if (page + number) % len(LOOKS) else pytest.mark.drill)
    for page, name in enumerate(PAGES)
    for number, look in enumerate(LOOKS)
]


@pytest.mark.parametrize(("name", "look"), EVERY_LOOK)
def test_a_page_is_accessible_in_line_and_fits_every_width(looks, clients, keep_picture, name, look):
    for page, (language, scheme, size) in in_each_width(looks, clients, name, look):
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider == 0, f"{name} does not fit {size}"
        if name in {"form", "invalid", "asked"}:
            check_controls(page, (language, scheme, size))
        if (scheme, size) in {("dark", "desktop"), ("light", "phone")}:  # both schemes, both layouts
            assert page.locator("html").get_attribute("lang") == language
            assert page.locator("h1").count() == 1
            assert violations(page) == [], (name, language, size)
        keep_picture(page, f"{name}-{language}-{size}-{scheme}")


def check_controls(page, look):
    """Every control stands next to its label and in line with its neighbours."""
    placed = page.locator(".field:visible").evaluate_all(
        """fields => fields.map(field => {
            const [label, control] = [field.querySelector('label'), field.querySelector('select, input')]
                .map(one => one.getBoundingClientRect());
            const top = field.getBoundingClientRect().top;
            return [Math.round(top), control.top - label.bottom, Math.round(control.top)];
        })"""
    )
    assert len(placed) > 10
    assert all(0 <= gap <= 8 for _, gap, _ in placed), look
    rows = {}
    for top, _, control in placed:
        rows.setdefault(top, set()).add(control)
    assert all(len(controls) == 1 for controls in rows.values()), look


def test_the_names_in_plots_of_the_model_are_not_cut_and_no_line_crosses_them(phone, sample_service):
    phone.goto(f"http://127.0.0.1:{sample_service.port}/model")
    assert phone.locator(".plot .mark-name").count() > 20
    phone.locator(".plot :is(text, .mark-name)").evaluate_all(
        """texts => {
            const lines = [...document.querySelectorAll('.plot .reference')].map(one => one.getBoundingClientRect());
            for (const one of texts) {
                const {left, right, top, bottom} = one.getBoundingClientRect();
                if (left < 0 || right > innerWidth) throw new Error('cut: ' + one.textContent);
                if (!one.closest('.strips')) continue;
                for (const line of lines)
                    if (line.left < right && line.right > left && line.top < bottom - 1 && line.bottom > top + 1)
                        throw new Error('crossed: ' + one.textContent);
            }
        }"""
    )


def test_no_header_of_a_table_is_taller_than_a_few_lines(phone, sample_service):
    phone.goto(f"http://127.0.0.1:{sample_service.port}/model")
    heights = phone.locator(".scroll:visible thead").evaluate_all("all => all.map(one => one.offsetHeight)")
    assert heights
    assert max(heights) <= 130


@pytest.mark.parametrize("name", ["changeable", "accepted", "invalid"])
def test_a_page_says_all_without_colour(officer, clients, keep_picture, name):
    page = officer.open(address(name, clients))
    prepare(page, name)
    page.context.new_cdp_session(page).send("Emulation.setEmulatedVisionDeficiency", {"type": "achromatopsia"})
    keep_picture(page, f"{name}-greyscale")
    if name == "invalid":
        assert page.locator(".is-invalid .error svg").count() == page.locator(".is-invalid").count() == 3
    else:
        assert page.locator(".verdict .sign").count() == 1
        directions = page.locator(".effect > span").all_inner_texts()
        assert all(text.startswith(("+", "−", "sans")) for text in directions)
        for kind in ("raises", "lowers"):  # which side a bar is on says it too
            middles = page.locator(".effect svg").evaluate_all(
                f"bars => bars.filter(b => b.querySelector('.{kind}')).map(b => "
                f"[b.querySelector('.{kind}').getBBox().x, b.querySelector('.middle').getBBox().x])"
            )
            assert all((bar >= middle - 1) == (kind == "raises") for bar, middle in middles)
    page.close()


def test_a_client_is_found_by_keyboard_alone(officer, clients):
    page = officer.open("/")
    expect(page.locator("#client-id")).to_be_focused()
    page.keyboard.type(f"{str(clients['refused'])[:3]} {str(clients['refused'])[3:]}")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/predict/{clients['refused']}")
    assert page.locator("h2#verdict").inner_text() == "Demande refusée"
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.inner_text() == "Aller au contenu"
    assert focused.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_whatever_has_the_focus_shows_it(officer, clients):
    page = officer.open(address("changeable", clients))
    for _ in range(12):
        page.keyboard.press("Tab")
        width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        assert width >= 2, page.evaluate("document.activeElement.outerHTML.slice(0, 120)")


def test_a_form_with_errors_is_corrected_by_keyboard_and_decided_on(officer):
    page = officer.open("/application", language="en")
    page.locator(".field input[name=AMT_CREDIT]").fill("much")
    page.keyboard.press("Enter")
    page.wait_for_selector("#summary")
    assert page.evaluate("document.activeElement.id") == "summary"
    assert page.title().startswith("Error: New application")
    assert page.locator("#summary li").count() == 5
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text().startswith("Type of credit: This field is required.")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")  # from where the link led
    first = page.locator(".field select[name=NAME_CONTRACT_TYPE]")
    first.focus()
    page.keyboard.press("ArrowDown")
    assert page.locator(".field input[name=AMT_CREDIT]").input_value() == "much"
    fill(page, GOOD)
    page.wait_for_selector("#verdict")
    assert page.locator("#verdict").inner_text() in {"Application accepted", "Application refused"}
    assert "Credit history: not provided" in page.locator("main").inner_text()


def test_an_answer_is_read_in_the_other_language_and_changed_again(officer):
    page = officer.open("/application")
    fill(page, {**GOOD, "EXT_SOURCE_2": "0,2"})
    figure = page.locator(".figure b").inner_text()
    page.get_by_role("button", name="English").click()
    page.wait_for_url("**/application?lang=en")
    assert page.locator(".figure b").inner_text() == figure.replace(",", ".").replace("\u202f", "")
    page.get_by_role("button", name="What if").click()
    assert page.locator(".field input[name=EXT_SOURCE_2]").input_value() == "0.2"
    page.locator(".field input[name=EXT_SOURCE_2]").fill("0.9")
    page.locator(".send button.main").click()
    assert page.locator(".figure b").inner_text() != figure


def test_a_known_client_is_changed_and_scored_again(officer, clients):
    page = officer.open(address("changeable", clients))
    figure = page.locator(".figure b").inner_text()
    page.get_by_role("button", name="Simuler").click()
    assert page.get_by_label("Utiliser l'historique enregistré").is_checked()
    age = page.locator(".field:has(input[name=DAYS_BIRTH])")
    assert 18 <= float(age.locator("input[name=DAYS_BIRTH]").input_value()) <= 100
    assert age.locator("select").input_value() == "years"
    page.locator(".send button.main").click()
    assert page.locator(".figure b").inner_text() == figure


def test_a_number_is_shown_as_it_was_understood_and_asked_about_when_its_field_is_left(officer):
    page = officer.open("/application")
    income, credit = (page.locator(f".field:has(input[name={name}])") for name in ("AMT_INCOME_TOTAL", "AMT_CREDIT"))
    income.locator("input").fill("90.000,5")
    page.keyboard.press("Tab")
    expect(income.locator(".read")).to_have_text("Compris\u00a0: 90\u202f000,50")
    credit.locator("input").fill("450.000")
    page.keyboard.press("Tab")
    choice = credit.get_by_role(
        "group", name="«\u00a0450.000\u00a0» peut se lire de deux façons. Laquelle est la bonne\u202f?"
    )
    expect(choice.get_by_role("radio")).to_have_count(2)
    choice.get_by_label("450\u202f000 (séparateur de milliers)").check()
    expect(credit.locator(".read > p")).to_have_text("Compris\u00a0: 450\u202f000")
    expect(choice.get_by_label("450\u202f000")).to_be_checked()
    fill(page, {"AMT_ANNUITY": "25000", "DAYS_BIRTH": "31"})
    page.wait_for_selector("#verdict")
    assert "450 000" in page.locator("main").inner_text().replace("\u202f", " ")


def test_without_scripts_the_numbers_are_shown_before_the_decision(officer):
    page = officer.page(scripts=False)
    page.goto(f"{officer.base}/application")
    fill(page, {**GOOD, "AMT_CREDIT": "450 000,00"})
    page.wait_for_selector("#check")
    assert "Compris : 450 000" in page.locator("main").inner_text().replace("\u202f", " ").replace("\u00a0", " ")
    page.locator(".send button.main").click()
    page.wait_for_selector("#verdict")


def test_every_page_finds_another_client_and_the_search_page_has_one_search(officer, clients):
    for path in (address("accepted", clients), "/application", "/model", "/nowhere"):
        page = officer.open(path, language="en")
        found = page.get_by_role("search").get_by_label("Client number")
        found.fill(f"{str(clients['refused'])[:3]}\u202f{str(clients['refused'])[3:]}")
        found.press("Enter")
        page.wait_for_url(f"**/predict/{clients['refused']}")
    assert officer.open("/").get_by_role("search").count() == 1


def test_a_wide_page_has_two_columns_and_a_narrow_one_has_one(officer, clients):
    for size, together in (("desktop", True), ("phone", False)):
        page = officer.open(address("changeable", clients), size=size)
        verdict, facts = (
            page.locator(f"section[aria-labelledby={name}]").bounding_box() for name in ("verdict", "facts")
        )
        assert (facts["x"] > verdict["x"] + verdict["width"]) == together
        assert (facts["y"] > verdict["y"]) == (not together)
        actions = page.locator(".actions").bounding_box()
        assert actions["y"] + actions["height"] <= verdict["y"]


def test_a_decision_is_printed_without_what_only_a_screen_needs(officer, clients):
    page = officer.page()
    page.add_init_script("window.print = () => { window.printed = true; }")
    page.goto(f"{officer.base}{address('changeable', clients)}")
    page.get_by_role("button", name="Imprimer").click()
    assert page.evaluate("window.printed")
    page.emulate_media(media="print")
    for hidden in (".actions", ".find", ".top nav", ".links"):
        assert not page.locator(hidden).is_visible()
    assert page.locator(".verdict").is_visible()
    page.close()


def test_without_scripts_there_is_no_button_that_does_nothing(officer, clients):
    page = officer.page(scripts=False)
    page.goto(f"{officer.base}{address('changeable', clients)}")
    assert page.locator(".print").is_hidden()
    assert page.get_by_role("button", name="Simuler").is_visible()


@pytest.mark.parametrize("look", [("fr", "light"), pytest.param(("en", "dark"), marks=pytest.mark.drill)])
def test_the_page_of_the_api_is_accessible_fits_every_width_and_sends_its_examples(officer, keep_picture, look):
    (_, scheme), sizes = look, LOOKS[look]
    page = officer.open("/docs", size=sizes[0], dark=scheme == "dark")
    assert violations(page) == []
    for size in sizes:
        resize(page, size)
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider == 0, size
        keep_picture(page, f"docs-{size}-{scheme}")
    threshold = page.locator("section").filter(has=page.get_by_role("heading", name="GET /best_threshold"))
    threshold.get_by_role("button", name="Send").click()
    expect(threshold.locator("output")).to_contain_text("best_threshold")
    page.get_by_role("link", name="Find a client").click()
    expect(page.locator("#client-id")).to_be_focused()
