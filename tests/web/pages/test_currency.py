"""The lender's currency: where it is set, amounts are shown with it; where there are no amounts, it is nowhere."""

import re

import pytest

from fonction_api_prediction import create_app
from scoring.settings import Settings
from tests.web.pages.conftest import BROWSER, ENGLISH, seen
from tests.web.pages.test_application_page import GIVEN, errors_on
from tests.web.pages.test_typed_numbers import read_back


@pytest.fixture(scope="module")
def in_euros():
    return create_app(Settings(currency="EUR")).test_client()


def test_the_form_shows_the_currency_of_amounts_only(in_euros):
    french, english = (in_euros.get("/application", headers=asked) for asked in (BROWSER, ENGLISH))
    assert "Montant en €." in seen(french)
    assert "Amount in €." in seen(english)
    assert "monnaie du prêteur" not in seen(french)
    usual = re.search(r"Revenu déclaré.*?Habituellement de ([^.]*)\.", seen(french)).group(1)
    assert re.fullmatch(r"[\d ]+ € à [\d ]+ €", usual)
    assert re.search(r"Usually €[\d,]+ to €[\d,]+\.", seen(english))


@pytest.mark.parametrize(
    ("text", "shown"),
    [("25 000,50", "25 000,50 €"), ("25000 €", None), ("25 000 EUR", "25 000 €"), ("€25,000.5", "25 000,50 €")],
)
def test_an_amount_is_understood_in_the_currency(in_euros, text, shown):
    answer = in_euros.post("/application", data={**GIVEN, "AMT_ANNUITY": text, ":check": "only"}, headers=BROWSER)
    assert answer.status_code == 200
    understood = read_back(answer, "AMT_ANNUITY")[0].replace("\u202f", " ").replace("\u00a0", " ")
    assert understood == f"Compris : {shown or '25 000 €'}"


@pytest.mark.parametrize("text", ["25 000 $", "CHF 25'000", "£25 000"])
def test_an_amount_in_another_currency_is_no_number_of_this_lender(in_euros, client, text):
    refused = in_euros.post("/application", data={**GIVEN, "AMT_ANNUITY": text}, headers=BROWSER)
    assert set(errors_on(refused)) == {"AMT_ANNUITY"}
    error = in_euros.post("/data", json={"AMT_ANNUITY": text}).json["errors"]
    assert not any("readings" in one for one in error if one["field"] == "AMT_ANNUITY")
    file = f"NAME_CONTRACT_TYPE;AMT_ANNUITY\nCash loans;{text}\n".encode()
    answer = in_euros.post("/table", data=file, content_type="text/csv")
    assert answer.json["code"] == "other_unit"
    assert client.post("/table", data=file, content_type="text/csv").status_code == 200  # the currency is not set


def test_a_currency_belongs_to_amounts(client):
    refused = client.post(
        "/application", data={**GIVEN, "CNT_CHILDREN": "2 €", "DAYS_EMPLOYED": "3 $"}, headers=ENGLISH
    )
    assert set(errors_on(refused)) == {"CNT_CHILDREN", "DAYS_EMPLOYED"}


def test_facts_and_warnings_have_the_currency(in_euros, client, numbers):
    page = seen(in_euros.get(f"/predict/{numbers[0]}", headers=BROWSER))
    assert re.search(r"Montant du crédit [\d ]+ €", page)
    facts = in_euros.get(f"/clients/{numbers[0]}").json["facts"]
    amount = next(one for one in facts if one["name"] == "AMT_CREDIT")
    assert amount["unit"] == "currency EUR"
    assert amount["shown"]["en"].startswith("€")
    odd = in_euros.post("/predict", json=ODD).json
    assert "900\u202f000\u202f000\u00a0€ est très éloigné" in odd["warning_details"][0]["text"]["fr"]
    # Nothing that is computed changes.
    plain = client.get(f"/predict/{numbers[0]}").json
    assert in_euros.get(f"/predict/{numbers[0]}").json == plain


ODD = {
    "NAME_CONTRACT_TYPE": "Cash loans", "AMT_CREDIT": 9e8, "AMT_INCOME_TOTAL": 150000, "AMT_ANNUITY": 25000,
    "DAYS_BIRTH": -15000,
}  # fmt: skip


def test_without_the_setting_no_currency_is_shown(client, numbers):
    assert "€" not in seen(client.get("/application", headers=BROWSER))
    assert "€" not in seen(client.get(f"/predict/{numbers[0]}", headers=BROWSER))


def test_an_offer_has_the_currency(in_euros, numbers):
    for number in numbers:
        offer = in_euros.get(f"/explain/{number}").json["counterfactual"]
        if offer and offer["action"] == "smaller amount":
            break
    assert offer["text"]["fr"].count("€") >= 2
    assert "€" in offer["text"]["en"]
    page = seen(in_euros.get(f"/predict/{number}", headers=BROWSER))
    assert re.search(r"[\d ]+,\d\d € [\d ]+,\d\d €", page)
