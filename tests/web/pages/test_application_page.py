"""A new application as a form: what it asks for, how it is answered, and that nothing breaks it."""

import html
import re
from urllib.parse import quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.web.pages.conftest import BROWSER, ENGLISH, seen, spaced

FORM = "application/x-www-form-urlencoded"

GIVEN = {
    "NAME_CONTRACT_TYPE": "Cash loans", "AMT_INCOME_TOTAL": "150 000", "AMT_CREDIT": "500000", "AMT_ANNUITY": "25000,5",
    "DAYS_BIRTH": "41", ":unit:DAYS_BIRTH": "years", "EXT_SOURCE_2": "0,4", "CODE_GENDER": "", "SK_ID_CURR": "",
}  # fmt: skip
AS_JSON = {
    "NAME_CONTRACT_TYPE": "Cash loans", "AMT_INCOME_TOTAL": 150000, "AMT_CREDIT": 500000, "AMT_ANNUITY": 25000.5,
    "DAYS_BIRTH": -round(41 * 365.25), "EXT_SOURCE_2": 0.4,
}  # fmt: skip


def errors_on(answer):
    """Errors next to their fields, by the field's name."""
    page = answer.get_data(as_text=True)
    found = {}
    for block in re.findall(r'<div class="field is-invalid">(.*?)\n</div>', page, re.DOTALL):
        name = re.search(r'<(?:input|select) id="[^"]+" name="([^"]+)"', block).group(1)
        text = re.search(r'<p class="error"[^>]*>(.*?)</p>', block, re.DOTALL).group(1)
        found[html.unescape(name)] = spaced(html.unescape(re.sub(r"<[^>]+>", "", text)))
    return found


def test_the_form_asks_for_every_field_once_with_label_and_hint(client):
    page = client.get("/application", headers=ENGLISH).get_data(as_text=True)
    schema = client.get("/model").json["input_schema"]
    for field in schema["fields"]:
        assert len(re.findall(rf'name="{field["name"]}"', page)) == 1, field["name"]
        assert html.escape(field["label"]["en"], quote=False).replace("'", "&#39;") in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(set(ids)) == len(ids)
    assert set(re.findall(r' for="([^"]+)"', page)) <= set(ids)
    for described in re.findall(r'aria-describedby="([^"]+)"', page):
        assert set(described.split()) <= set(ids)
    assert page.count("(required)") == sum(field["required"] for field in schema["fields"])


def test_categories_are_choices_in_readers_words(client):
    page = client.get("/application", headers=BROWSER).get_data(as_text=True)
    assert '<option value="Cash loans">Prêt personnel</option>' in page
    assert '<option value="XNA"' not in page


@pytest.mark.parametrize("headers", [BROWSER, ENGLISH, {}])
def test_a_form_is_decided_on_as_the_same_application_in_json(client, headers):
    answer = client.post("/application", data=GIVEN, headers=headers)
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/html")
    decision = client.post("/predict", json=AS_JSON).json
    risk = f"{100 * decision['calibrated_probability']:.1f}"
    assert (risk if headers is ENGLISH else risk.replace(".", ",")) in seen(answer)
    explained = client.post("/explain", json=AS_JSON).json
    for reason in explained["reasons"]:
        assert spaced(reason["text"]["en" if headers is ENGLISH else "fr"]) in seen(answer)


def test_what_was_unusual_is_said_in_the_readers_language(client):
    odd = {**GIVEN, "AMT_CREDIT": "90000000", "NAME_HOUSING_TYPE": "Houseboat", "TARGET": "1"}
    french, english = (seen(client.post("/application", data=odd, headers=asked)) for asked in (BROWSER, ENGLISH))
    assert "Montant du crédit : 90 000 000 est très éloigné" in french
    assert "Situation de logement : « Houseboat » n'a jamais été vu" in french
    assert "TARGET : ignoré" in french
    assert "Historique de crédit : non fourni" in french
    assert "Credit amount: 90,000,000 is far outside" in english
    # What may be wrong stands before the verdict, the rest after it.
    doubts, verdict, notes = (french.index(text) for text in ("À vérifier avant", "Décision proposée", "À savoir"))
    assert doubts < french.index("90 000 000 est très éloigné") < verdict < notes < french.index("non fourni")
    plain = seen(client.post("/application", data=GIVEN, headers=BROWSER))
    assert "À vérifier avant" not in plain
    assert "Historique de crédit : non fourni" in plain
    plain = client.post("/predict", json={**AS_JSON, "AMT_CREDIT": 9e7, "NAME_HOUSING_TYPE": "Houseboat"}).json
    codes = [one["code"] for one in plain["warning_details"]]
    assert codes == ["unknown_category", "out_of_usual_range", "unusual_combination", "history_imputed"]


def test_an_amount_that_no_field_can_have_is_refused_with_its_upper_bound(client):
    page, answer = (
        client.post("/application", data={**GIVEN, "AMT_CREDIT": "1" + 20 * "0"}, headers=ENGLISH),
        client.post("/predict", json={**AS_JSON, "AMT_CREDIT": 1e20}),
    )
    assert (page.status_code, answer.status_code) == (422, 422)
    said = errors_on(page)["AMT_CREDIT"]
    assert said == "Error: Invalid value. Expected: a number above 0, at most 1 × 10¹⁵."
    assert answer.json["errors"][0]["expected"] == "a number above 0, at most 1e+15 (required)"


def test_every_error_stands_next_to_its_field_and_in_the_summary_with_what_was_typed(client):
    invalid = {
        **GIVEN, "NAME_CONTRACT_TYPE": "", "AMT_CREDIT": "4,5,0", "AMT_INCOME_TOTAL": "a lot", "DAYS_BIRTH": "12",
        "EXT_SOURCE_2": "3", "CNT_CHILDREN": "1.5", "SK_ID_CURR": "12", "AMT_ANNUITY": "0",
    }  # fmt: skip
    answer = client.post("/application", data=invalid, headers=ENGLISH)
    assert answer.status_code == 422
    assert errors_on(answer) == {
        "NAME_CONTRACT_TYPE": "Error: This field is required. Expected: one of the listed choices.",
        "AMT_CREDIT": "Error: Invalid value. Expected: a number above 0.",
        "AMT_INCOME_TOTAL": "Error: Invalid value. Expected: a number above 0.",
        "AMT_ANNUITY": "Error: Invalid value. Expected: a number above 0.",
        "DAYS_BIRTH": "Error: Invalid value. Expected: a length of time from 18 to 100 years.",
        "EXT_SOURCE_2": "Error: Invalid value. Expected: a number from 0 to 1.",
        "CNT_CHILDREN": "Error: Invalid value. Expected: a whole number of at least 0.",
        "SK_ID_CURR": "Error: Invalid value. Expected: 6 digits, nothing else.",
    }
    page = answer.get_data(as_text=True)
    assert "8 errors to correct" in page
    assert re.search(r'id="summary"[^>]* autofocus', page)
    summary = re.search(r'id="summary".*?</div>', page, re.DOTALL).group()
    assert all(f'id="{key}"' in page for key in re.findall(r'href="#([^"]+)"', summary))
    assert summary.count("<li>") == 8
    for text in ("4,5,0", "a lot", "12", "1.5"):
        assert f'value="{text}"' in page
    assert "<details open>" in page  # one error is among the folded fields
    assert page.count('aria-invalid="true"') == 8


def test_the_errors_are_those_that_the_api_finds(client):
    answer = client.post("/application", data={"AMT_CREDIT": "x", "EXT_SOURCE_1": "2"}, headers=BROWSER)
    api = client.post("/predict", json={"AMT_CREDIT": "x", "EXT_SOURCE_1": 2}).json
    assert set(errors_on(answer)) == {error["field"] for error in api["errors"]}


def test_a_field_given_twice_or_unknown_is_an_error(client):
    body = "&".join(f"{name}={quote_plus(text)}" for name, text in GIVEN.items()) + "&AMT_CREDIT=1&nobody=%3Cb%3E"
    answer = client.post("/application", data=body, content_type=FORM, headers=ENGLISH)
    assert answer.status_code == 422
    assert errors_on(answer) == {"AMT_CREDIT": "Error: Given several times; expected once."}
    assert "Field unknown to this model: nobody" in seen(answer)


def test_stored_history_is_used_where_it_is_asked_for(client, numbers):
    asked = {**GIVEN, "SK_ID_CURR": str(numbers[0]), ":stored": "1"}
    answer = client.post("/application", data=asked, headers=ENGLISH)
    decision = client.post("/predict?history=stored", json={**AS_JSON, "SK_ID_CURR": numbers[0]}).json
    assert f"{100 * decision['calibrated_probability']:.1f}%" in seen(answer)
    assert "Credit history: not provided" not in seen(answer)
    nobody = client.post("/application", data={**asked, "SK_ID_CURR": "999999"}, headers=ENGLISH)
    assert nobody.status_code == 404
    assert "there is no stored history" in errors_on(nobody)["SK_ID_CURR"]
    unnamed = client.post("/application", data={**asked, "SK_ID_CURR": ""}, headers=ENGLISH)
    assert unnamed.status_code == 409
    assert "whose stored history" in errors_on(unnamed)["SK_ID_CURR"]


def carried_by(answer):
    page = answer.get_data(as_text=True)
    form = re.search(r'<div class="actions">.*?<form method="post"[^>]*>(.*?)</form>', page, re.DOTALL).group(1)
    pairs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
    return [(html.unescape(name), html.unescape(text)) for name, text in pairs]


def test_a_known_client_can_be_changed_and_scored_again(client, numbers):
    carried = carried_by(client.get(f"/predict/{numbers[0]}", headers=BROWSER))
    body = "&".join(f"{quote_plus(name)}={quote_plus(text)}" for name, text in carried)
    form = client.post("/application", data=f"{body}&:edit=1", content_type=FORM, headers=BROWSER)
    assert form.status_code == 200
    assert f'value="{numbers[0]}"' in form.get_data(as_text=True)
    again = client.post("/application", data=f"{body}&:stored=1", content_type=FORM, headers=ENGLISH)
    known = client.get(f"/predict/{numbers[0]}").json
    assert f"{100 * known['calibrated_probability']:.1f}%" in seen(again)


def test_an_answer_can_be_read_in_the_other_language_and_changed(client):
    answer = client.post("/application", data=GIVEN, headers=BROWSER)
    assert ("AMT_INCOME_TOTAL", "150000") in carried_by(answer)
    page = answer.get_data(as_text=True)
    assert '<form method="post" action="/application?lang=en">' in page


def test_what_was_typed_is_escaped(client):
    answer = client.post(
        "/application", data={**GIVEN, "AMT_CREDIT": '"><script>', "OCCUPATION_TYPE": "<b>"}, headers=BROWSER
    )
    assert "<script>" not in answer.get_data(as_text=True)
    odd = client.post("/application", data={**GIVEN, "OCCUPATION_TYPE": "<b>"}, headers=BROWSER)
    assert odd.status_code == 200
    assert "<b>»" not in odd.get_data(as_text=True).replace("&lt;", "")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", FORM, 422), (b"&&&", FORM, 422), (b"=", FORM, 422), (b"a=%FF", FORM, 400), (b"a=\xe9", FORM, 400),
        (b"a=1", "application/json", 415), (b"a=1", "multipart/form-data; boundary=x", 415), (b"a=1", "", 415),
        (b"a=1", f"{FORM}; charset=latin-1", 415), (b"a&" * 20_000, FORM, 413), (b"a" * (8 * 2**20 + 1), FORM, 413),
        (b"AMT_CREDIT=" + b"9" * 100_000, FORM, 422), (b"data=1&applications=2&history=3", FORM, 422),
        (b"a=%", FORM, 422), (b"x=" + b"y" * 2**20, FORM, 422), (b"%00=%00", FORM, 422),
    ],
)  # fmt: skip
def test_bodies_that_are_not_a_filled_form_get_a_problem_page(client, body, kind, status):
    answer = client.post("/application", data=body, content_type=kind, headers=ENGLISH)
    assert answer.status_code == status
    assert answer.content_type.startswith("text/html")
    assert len(answer.data) < 200_000


def test_programs_get_problem_documents_for_such_bodies(client):
    answer = client.post("/application", data=b"a=%FF", content_type=FORM)
    assert answer.content_type == "application/problem+json"


TEXTS = st.text(max_size=20) | st.sampled_from(["1", "-1", "1e400", "NaN", "0,5", "Cash loans", "9" * 30])


@settings(max_examples=examples(15))
@given(st.lists(st.tuples(st.sampled_from([*GIVEN, ":edit", ":stored", ":unit:", "TARGET", "data"]) | TEXTS, TEXTS)))
def test_no_form_whatsoever_is_a_failure(client, pairs):
    body = "&".join(f"{quote_plus(name, errors='ignore')}={quote_plus(text, errors='ignore')}" for name, text in pairs)
    answer = client.post("/application", data=body, content_type=FORM, headers=BROWSER)
    assert answer.status_code in {200, 404, 409, 422}


@settings(max_examples=examples(15))
@given(st.binary(max_size=200))
def test_no_bytes_whatsoever_are_a_failure(client, body):
    answer = client.post("/application", data=body, content_type=FORM, headers=BROWSER)
    assert answer.status_code in {200, 400, 404, 409, 422}


@pytest.mark.parametrize("field", ["DAYS_BIRTH", "DAYS_EMPLOYED", "AMT_CREDIT", "CNT_CHILDREN"])
@pytest.mark.parametrize("digits", [300, 308, 309, 310, 400])
@pytest.mark.parametrize("unit", ["days", "months", "years"])
def test_a_number_of_hundreds_of_digits_is_an_error_next_to_its_field(client, field, digits, unit):
    form = {**GIVEN, field: "9" * digits, f":unit:{field}": unit}
    answer = client.post("/application", data=form, headers=BROWSER)
    assert answer.status_code == 422
    assert field in errors_on(answer)
