"""What the form understands of a typed number, in both languages; and that it asks where it can mean two."""

import html
import re
from urllib.parse import quote_plus

import pytest

from scoring.readable.numbers import format_amount
from scoring.web.pages.form_input import write_number
from tests.typed_numbers import TYPED
from tests.web.pages.conftest import BROWSER, ENGLISH, seen, spaced
from tests.web.pages.test_application_page import FORM, GIVEN, errors_on

HEADERS = {"fr": BROWSER, "en": ENGLISH}
UNDERSTOOD = {"fr": "Compris\u00a0: ", "en": "Understood: "}


def read_back(answer, name):
    """How a field's number was understood, and the choices below it with what each says."""
    page = answer.get_data(as_text=True)
    block = re.search(rf'<input id="[^"]+" name="{name}".*?<div class="read"[^>]*>(.*?)</div>', page, re.DOTALL).group(
        1
    )
    choices = re.findall(r'type="radio" name="([^"]+)" value="([^"]+)"( checked)?> ([^<]+)</label>', block)
    assert {choice[0] for choice in choices} <= {f":reading:{name}"}
    understood = html.unescape(re.search(r"<p>(.*?)</p>", block).group(1))
    return (
        understood,
        {value: text for _, value, _, text in choices},
        [value for _, value, chosen, _ in choices if chosen],
    )


NO_AMOUNT = {"3-", "(3)", "-1,234"}  # an amount cannot be negative


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("text", TYPED)
def test_a_number_is_understood_in_one_way_or_asked_about(client, text, language):
    values = () if text in NO_AMOUNT else TYPED[text]
    answer = client.post(
        "/application", data={**GIVEN, "AMT_CREDIT": text, ":check": "only"}, headers=HEADERS[language]
    )
    understood, choices, chosen = read_back(answer, "AMT_CREDIT")
    assert not chosen
    if len(values) == 2:
        assert [float(value) for value in choices] == list(values)
        assert not understood
        assert "AMT_CREDIT" in errors_on(answer)
    elif values:
        shown = format_amount(values[0], language)
        assert understood == ("" if shown == text.strip() else UNDERSTOOD[language] + shown)
        assert not choices
        assert ("AMT_CREDIT" in errors_on(answer)) == (values[0] <= 0)
    else:
        assert not understood
        assert not choices
        assert "AMT_CREDIT" in errors_on(answer)


@pytest.mark.parametrize("choice", [0, 1])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_chosen_reading_is_scored(client, language, choice):
    typed = {**GIVEN, "AMT_ANNUITY": "25.500"}
    asked = client.post("/application", data=typed, headers=HEADERS[language])
    assert asked.status_code == 422
    _, choices, _ = read_back(asked, "AMT_ANNUITY")
    assert list(choices) == ["25500", "25.5"]
    value = list(choices)[choice]
    checked = client.post(
        "/application", data={**typed, ":reading:AMT_ANNUITY": value, ":check": "only"}, headers=HEADERS[language]
    )
    assert read_back(checked, "AMT_ANNUITY")[2] == [value]
    scored = client.post("/application", data={**typed, ":reading:AMT_ANNUITY": value}, headers=HEADERS[language])
    plain = client.post("/application", data={**GIVEN, "AMT_ANNUITY": value}, headers=HEADERS[language])
    assert scored.status_code == 200
    assert seen(scored) == seen(plain)
    assert scored.data == plain.data  # also what the page hands on


def test_the_choices_say_which_mark_was_read(client):
    for language, expected in {
        "fr": ["1 234 (séparateur de milliers)", "1,234 (séparateur décimal)"],
        "en": ["1,234 (thousands separator)", "1.234 (decimal separator)"],
    }.items():
        answer = client.post("/application", data={**GIVEN, "AMT_CREDIT": "1.234"}, headers=HEADERS[language])
        assert [spaced(text) for text in read_back(answer, "AMT_CREDIT")[1].values()] == expected


def test_a_choice_made_about_another_text_does_not_count(client):
    typed = {**GIVEN, "AMT_ANNUITY": "25.400", ":reading:AMT_ANNUITY": "25500"}
    assert "AMT_ANNUITY" in errors_on(client.post("/application", data=typed, headers=BROWSER))


def test_without_scripts_the_numbers_are_shown_before_they_are_scored(client):
    typed = {**GIVEN, ":check": ""}
    shown = client.post("/application", data=typed, headers=BROWSER)
    assert "Rien n'a encore été évalué" in seen(shown)
    assert read_back(shown, "AMT_ANNUITY")[0] == "Compris\u00a0: 25\u202f000,50"
    name = re.search(r'name=":check" value="(\w+)"', shown.get_data(as_text=True)).group(1)
    assert "Risque de défaut" in seen(client.post("/application", data={**typed, ":check": name}, headers=BROWSER))
    other = {**typed, ":check": name, "AMT_CREDIT": "600000"}
    assert "Rien n'a encore été évalué" in seen(client.post("/application", data=other, headers=BROWSER))


def test_a_time_is_shown_with_its_unit(client):
    typed = {**GIVEN, "DAYS_BIRTH": "492,5", ":unit:DAYS_BIRTH": "months", ":check": "only"}
    answer = client.post("/application", data=typed, headers=BROWSER)
    assert read_back(answer, "DAYS_BIRTH")[0] == "Compris\u00a0: 492,5 mois"


def test_every_kind_of_number_is_asked_about(client):
    typed = {**GIVEN, "CNT_CHILDREN": "1.000", "DAYS_EMPLOYED": "1,234", "EXT_SOURCE_2": "1.250"}
    errors = errors_on(client.post("/application", data=typed, headers=ENGLISH))
    question = "Error: This number can be read in two ways: choose the right one."
    impossible = "Error: Invalid value. Expected: a number from 0 to 1."  # neither 1.25 nor 1250
    assert errors == {"CNT_CHILDREN": question, "DAYS_EMPLOYED": question, "EXT_SOURCE_2": impossible}


def test_a_client_number_is_a_whole_number(client, numbers):
    number = str(numbers[0])
    for text in (f"{number[:3]} {number[3:]}", f"{number[:3]},{number[3:]}", f"{number[:3]}.{number[3:]}"):
        body = "&".join(f"{name}={quote_plus(one)}" for name, one in {**GIVEN, "SK_ID_CURR": text}.items())
        answer = client.post("/application", data=body, content_type=FORM, headers=ENGLISH)
        assert f"Client {number}" in seen(answer)


@pytest.mark.parametrize("value", [12.5, 12.345, 1200, 1e300, 0.1, 123456.789])
def test_a_number_is_carried_with_one_reading(value):
    from scoring.tables.text.number_texts import list_readings

    assert set(list_readings(write_number(value)).values()) == {value}
