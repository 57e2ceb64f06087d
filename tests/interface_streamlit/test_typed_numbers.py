"""Numbers that an officer types: the same readings as in the service's own form, shown before they are scored."""

import pytest
from playwright.sync_api import expect

from tests.interface_streamlit.conftest import shown
from tests.typed_numbers import TYPED as ANY_SIGN

# An amount cannot be negative: a sign at the end and brackets are then no minus, and neither reading is asked about.
TYPED = {text: () if text in {"3-", "(3)", "-1,234"} else values for text, values in ANY_SIGN.items()}
# Fields of numbers, one for each form; what they return is written below them.
SCRIPT = """
import streamlit as st
from officer.answers import get_model
from officer.typed_number import show_number_input
field = get_model().fields["AMT_CREDIT"]
for place in range({count}):
    value = show_number_input(field, f"number {{place}}", f"number {{place}}", None, "{language}")
    st.text(repr(value))
"""
UNDERSTOOD = {"fr": "Compris : ", "en": "Understood: "}


@pytest.fixture
def reading(apptest, project, sample_service, monkeypatch):
    monkeypatch.syspath_prepend(str(project / "interface_streamlit"))

    def starting(language):
        script = SCRIPT.format(count=len(TYPED), language=language)
        return apptest(script, SCORING_API_URL=f"http://127.0.0.1:{sample_service.port}")

    return starting


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_number_is_understood_in_one_way_or_asked_about(reading, language):
    page = reading(language)
    for field, typed in zip(page.text_input, TYPED, strict=True):
        field.set_value(typed)
    page.run()
    assert not page.exception
    questions = {radio.key: radio for radio in page.radio}
    captions = [one.value for one in page.markdown if one.value.startswith(":small[")]
    for place, (text, values) in enumerate(TYPED.items()):
        typed = text.strip()
        returned = page.text[place].value
        question = questions.get(f"number {place} as {typed} {language}")
        assert (question is not None) == (len(values) == 2), text
        if len(values) == 2:
            assert question.value is None
            assert len(question.options) == 2
            assert returned == repr(typed)
            continue
        assert returned == repr(float(values[0]) if values else typed), text
        caption = shown(captions.pop(0))
        assert caption.startswith(f":small[{UNDERSTOOD[language]}") or caption == ":small[&nbsp;]", text
        if not values:
            assert caption == ":small[&nbsp;]", text
    assert not captions


def test_the_chosen_number_is_returned_until_something_else_is_typed(reading):
    page = reading("fr")
    page.text_input[0].set_value("450.000").run()
    options = [option.replace("\u202f", " ") for option in page.radio[0].options]
    assert options == ["450 000 (séparateur de milliers)", "450 (séparateur décimal)"]
    page.radio[0].set_value(450000.0).run()
    assert page.text[0].value == "450000.0"
    page.text_input[0].set_value("451.000").run()
    assert page.radio[0].value is None
    assert page.text[0].value == "'451.000'"


@pytest.mark.drill
def test_a_typed_number_is_shown_before_it_is_scored_asked_about_and_doubted_with_the_decision(officer):
    walk = officer()
    page = walk.open("/new")
    page.get_by_role("textbox", name="Mensualité").press_sequentially("25000,50")
    page.get_by_role("textbox", name="Revenu total").press_sequentially("150.000")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Compris\u00a0: 25\u202f000,50")).to_be_visible()
    question = page.get_by_role("radiogroup", name="«\u00a0150.000\u00a0» peut se lire de deux façons")
    expect(question.get_by_role("radio")).to_have_count(2)
    page.get_by_role("textbox", name="Âge").fill("41")
    page.get_by_role("textbox", name="Montant du crédit").fill("500")
    page.get_by_role("combobox", name="Type de crédit").click()
    page.keyboard.type("Prêt personnel")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Évaluer la demande").click()
    page.get_by_text("évaluée. À corriger\u00a0: 1").wait_for()  # nothing was scored: which income is not known
    walk.settled()
    assert "choisissez la bonne" in walk.text()
    question.get_by_text("150\u202f000 (séparateur de milliers)").click()
    walk.settled()
    page.get_by_role("button", name="Évaluer la demande").click()
    page.get_by_text("Décision sur cette demande").wait_for()
    walk.settled()
    assert "À vérifier avant de décider" in walk.text()
    assert "Montant du crédit : 500 est très éloigné de la plage habituelle" in walk.text()
