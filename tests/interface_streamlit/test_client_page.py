"""The client page, walked through as an officer would."""

import json

import pytest

from tests.interface_streamlit.conftest import shown


@pytest.fixture(scope="module")
def decisions(sample_service):
    """Decisions on some bundled clients, by number."""
    numbers = json.loads(sample_service.get("/clients?limit=40")[1])["clients"]
    return {str(number): json.loads(sample_service.get(f"/predict/{number}")[1]) for number in numbers}


def one_of(decisions, decision):
    return next(number for number, made in decisions.items() if made["decision"] == decision)


def percent(share):
    return f"{100 * share:.1f}".replace(".", ",") + "\u202f%"


def test_a_known_number_shows_decision_risk_threshold_and_facts(officer, decisions, sample_service):
    walk = officer()
    walk.open("/")
    for decision, word in (("ACCEPTED", "Demande acceptée"), ("REFUSED", "Demande refusée")):
        number = one_of(decisions, decision)
        walk.type_number(number)
        check_client_page(walk, sample_service, number, decisions[number], word)
    walk.page.reload()  # the address carries the client
    walk.settled()
    assert walk.page.get_by_role("heading", name=f"Client {number}").is_visible()


def check_client_page(walk, sample_service, number, made, word):
    model = json.loads(sample_service.get("/model")[1])
    assert walk.decision() == word
    assert walk.risk() == percent(made["calibrated_probability"])
    assert walk.threshold() == percent(model["threshold_choice"]["calibrated"])
    assert ("À examiner par un conseiller" in walk.text()) == made["review"]
    drawn = walk.page.locator(".gauge").text_content()
    for share in (made["calibrated_probability"], *model["review_band"].values()):
        assert percent(share) in drawn  # the gauge says in words what it shows
    for reason in json.loads(sample_service.get(f"/explain/{number}")[1])["reasons"]:
        assert reason["text"]["fr"].replace("\u00a0", " ") in walk.text()
    facts = json.loads(sample_service.get(f"/clients/{number}")[1])["facts"]
    credit = next(fact["value"] for fact in facts if fact["name"] == "AMT_CREDIT")
    row = walk.page.get_by_role("row").filter(has_text="Montant du crédit").first.inner_text()
    assert f"{credit:,.0f}".replace(",", "\u202f") in row


NOBODY = {
    "12a": "« 12a » n'est pas un numéro : seuls des chiffres sont attendus.",
    "1234": "« 1234 » n'a pas le bon nombre de chiffres (4) : un numéro de client en a exactement 6.",
    "../..": "« ../.. » n'est pas un numéro : seuls des chiffres sont attendus.",
    "１２３４５６": "« １２３４５６ » n'est pas un numéro : seuls des chiffres sont attendus.",
    "[9](http://a.invalid)": "« [9](http://a.invalid) » n'est pas un numéro",  # shown as text, not as a link
    "999999": "Aucun client ne porte le numéro 999999.",
}


@pytest.mark.parametrize(("typed", "said"), NOBODY.items())
def test_a_number_that_leads_to_nobody_is_answered_exactly(apptest, sample_service, typed, said):
    page = apptest(client=typed, SCORING_API_URL=f"http://127.0.0.1:{sample_service.port}")
    assert [shown(warning.value).startswith(said) for warning in page.warning] == [True]
    assert not any("verdict" in one.value for one in page.markdown)


def test_a_typed_number_that_leads_to_nobody_is_answered_and_shown_as_text(officer):
    walk = officer()
    walk.open("/")
    for typed in ("999999", "[9](http://a.invalid)"):
        said = NOBODY[typed]
        walk.type_number(typed)
        walk.page.get_by_role("alert").filter(has_text=said[:4]).wait_for()
        assert said in shown(walk.page.get_by_role("alert").inner_text())
        assert walk.page.locator(".verdict").count() == 0
    assert walk.page.locator("a[href*='a.invalid']").count() == 0


def test_a_client_is_found_in_the_list_by_keyboard(officer, decisions):
    number = list(decisions)[7]
    walk = officer()
    walk.open("/")
    walk.page.get_by_label("ou dans la liste").click()
    walk.page.keyboard.type(number)
    walk.page.keyboard.press("Enter")
    walk.page.get_by_role("heading", name=f"Client {number}").wait_for()
    assert f"client={number}" in walk.page.url


def test_two_sessions_do_not_mix(officer, decisions):
    first, second = list(decisions)[:2]
    one, other = officer(), officer()
    one.open(f"/why?client={first}")
    other.open(f"/why?client={second}")
    one.page.get_by_role("slider").press("Home")  # it runs again after the other's run
    one.settled()
    for walk, number in ((one, first), (other, second)):
        assert walk.page.get_by_role("heading", name=f"Client {number}").is_visible()
        assert walk.risk() == percent(decisions[number]["calibrated_probability"])


def test_an_english_browser_gets_english_and_the_switch_brings_french(officer, decisions):
    walk = officer(locale="en-GB")
    page = walk.open(f"/?client={one_of(decisions, 'ACCEPTED')}")
    assert walk.decision() == "Application accepted"
    assert page.evaluate("document.documentElement.lang") == "en"
    page.get_by_text("Français").click()
    page.get_by_text("Risque de défaut").first.wait_for()
    walk.settled()
    assert page.evaluate("document.documentElement.lang") == "fr"
    assert "lang=fr" in page.url
