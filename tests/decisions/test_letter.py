"""``GET /decisions/<decision_id>/letter``."""

import re

import pytest

from scoring.record.entries import make_id
from scoring.record.personal_data import erase_client
from tests.conftest import REQUIRED

PAGE = {"Accept": "text/html"}


@pytest.fixture
def decide(recorded, app):
    """Decide on the first client with an outcome, and return the decision."""
    clients = [str(one) for one in app.extensions["scoring"].clients.table.client_ids[:200]]

    def first(outcome):
        answers = (recorded.get(f"/predict/{one}").json for one in clients)
        return next(answer for answer in answers if answer["decision"] == outcome)

    return first


def test_the_letter_of_a_refused_client_has_the_reasons_of_the_explanation(recorded, decide):
    decision = decide("REFUSED")
    letter = recorded.get(f"/decisions/{decision['decision_id']}/letter").json
    explained = recorded.get(f"/explain/{decision['client_id']}").json
    assert (letter["outcome"], letter["client_id"], letter["automated"]) == ("REFUSED", decision["client_id"], True)
    assert letter["reference"] == decision["decision_id"]
    assert [one["text"] for one in letter["reasons"]] == [one["text"] for one in explained["reasons"]]
    change = explained["counterfactual"] or explained["waiting"] or {"text": explained["notes"][0]}
    assert letter["change"] == change["text"]


def test_a_browser_gets_a_page_in_its_language_that_no_cache_keeps(recorded, decide):
    address = f"/decisions/{decide('ACCEPTED')['decision_id']}/letter"
    french = recorded.get(address, headers=PAGE)
    assert "Votre demande est acceptée." in french.text
    assert french.headers["Content-Language"] == "fr"
    assert "no-store" in french.headers["Cache-Control"]
    assert "Your application is accepted." in recorded.get(f"{address}?lang=en", headers=PAGE).text


def test_the_letter_of_a_new_application_is_about_what_was_sent(recorded):
    application = {**REQUIRED, "EXT_SOURCE_2": 0.02, "EXT_SOURCE_3": 0.02}
    decision = recorded.post("/predict", json=application).json
    explained = recorded.post("/explain", json=application).json
    letter = recorded.get(f"/decisions/{decision['decision_id']}/letter").json
    assert decision["decision"] == "REFUSED"
    assert letter["client_id"] is None
    assert [one["text"] for one in letter["reasons"]] == [one["text"] for one in explained["reasons"]]
    assert "Your earlier applications and credits with us" not in [one["name"]["en"] for one in letter["sources"]]


def test_a_decision_whose_personal_data_was_erased_has_no_letter(recorded, record, decide):
    decision = decide("REFUSED")
    erase_client(record, str(decision["client_id"]))
    answer = recorded.get(f"/decisions/{decision['decision_id']}/letter")
    assert (answer.status_code, answer.json["type"]) == (409, "urn:problem:decision-cannot-be-explained")


def test_there_is_no_letter_about_an_unknown_decision(recorded):
    assert recorded.get(f"/decisions/{make_id()}/letter").status_code == 404
    page = recorded.get(f"/decisions/{make_id()}/letter", headers=PAGE)
    assert (page.status_code, page.mimetype) == (404, "text/html")


def test_the_letter_after_a_review_gives_the_officers_decision(recorded, decide):
    address = f"/decisions/{decide('REFUSED')['decision_id']}"
    decided = {"decision": "ACCEPTED", "reason": "income_documented", "text": "Payslips of three months."}
    assert recorded.post(f"{address}/override", json=decided).json["status"] == "reviewed"
    letter = recorded.get(f"{address}/letter").json
    assert (letter["outcome"], letter["automated"], letter["reasons"]) == ("ACCEPTED", False, [])
    assert "un conseiller a réexaminé votre demande" in recorded.get(f"{address}/letter", headers=PAGE).text


def test_the_page_of_a_decision_has_a_link_to_its_letter(recorded, decide):
    page = recorded.get(f"/predict/{decide('REFUSED')['client_id']}?lang=en", headers=PAGE).text
    (address,) = re.findall(r'href="(/decisions/[0-9a-f-]+/letter\?lang=en)"', page)
    assert "unable to grant you the credit" in recorded.get(address, headers=PAGE).text
