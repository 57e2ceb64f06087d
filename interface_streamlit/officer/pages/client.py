"""Client: decision, risk on its scale, reasons, and the application."""

import pandas as pd
import streamlit as st

from officer.answers import get_explanation, get_facts
from officer.contract import Decision
from officer.failures import showing_errors
from officer.history import show_history
from officer.model import Facts, Field, Model
from officer.parts import escape_table, show_client_page, show_decision, show_note, show_reasons
from officer.texts import Language, text


def show() -> None:
    """Show the page."""
    show_client_page("page.client", _show_client, _show_application)


def _show_client(client: str, model: Model, decision: Decision, language: Language) -> None:
    verdict, application = st.columns([5, 3])
    with verdict:
        show_decision(decision, model.scale, language)
        show_note(text("gauge.how" if model.scale.calibrated else "gauge.how_own", language))
        with st.container(key="card reasons"), showing_errors(language, "explanation"):
            _, explanation = get_explanation(client)
            st.subheader(text("reasons", language))
            show_reasons(explanation, language)
    with application:
        _show_application(client, model, language)
    with st.container(key="card history"):
        show_history(client, model.scale, language)


def _show_application(client: str, model: Model, language: Language) -> None:
    with st.container(key="card facts"), showing_errors(language, "facts"):
        st.subheader(text("facts", language))
        facts = get_facts(client, model)
        if facts is None:
            st.info(text("facts.none", language), icon=":material/info:")
        else:
            _show_facts(facts, model, language)


def _show_facts(facts: Facts, model: Model, language: Language) -> None:
    fields = [field for field in model.fields.values() if field.name in facts.values]
    main = [field for field in fields if field.required or field.changeable or field.name in model.importances]
    _show_table(main, facts, language)
    if others := [field for field in fields if field not in main]:
        with st.expander(text("facts.others", language, count=len(others))):
            _show_table(others, facts, language)
    units = {
        "facts.currency": any(field.currency == "" for field in fields),
        "facts.times": any(field.counts_back for field in fields),
    }
    if notes := [text(key, language) for key, present in units.items() if present]:
        show_note(" ".join(notes))


def _show_table(fields: list[Field], facts: Facts, language: Language) -> None:
    rows = [(field.label[language], facts.shown[field.name][language]) for field in fields]
    table = pd.DataFrame(rows, columns=[text("field", language), text("value", language)])
    st.table(escape_table(table), hide_index=True, border="horizontal", alt=text("facts", language))
