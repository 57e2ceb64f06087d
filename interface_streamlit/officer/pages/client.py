"""Client: decision, risk on its scale, and the facts."""

from typing import Any

import pandas as pd
import streamlit as st

from officer.answers import facts_of
from officer.api import Json
from officer.model import Field, Model
from officer.parts import client_page, decision_line, gauge, note
from officer.texts import Language, text
from officer.words import plain, shown


def show() -> None:
    """Show the page."""
    client_page("page.client", _client)


def _client(client: str, model: Model, decision: Json, language: Language) -> None:
    decision_line(decision, model.scale, language)
    gauge(model.scale, {text("this_client", language): decision}, language, "gauge")
    note(text("gauge.how" if model.scale.calibrated else "gauge.how_own", language))
    _facts(client, model, language)


def _facts(number: str, model: Model, language: Language) -> None:
    st.subheader(text("facts", language))
    facts = facts_of(number)
    if facts is None:
        st.info(text("facts.none", language), icon=":material/info:")
        return
    known = [field for field in model.fields.values() if field.name in facts]
    main = [field for field in known if field.required or field.changeable or field.name in model.importances]
    left, right = st.columns(2)
    half = (len(main) + 1) // 2
    for place, fields in ((left, main[:half]), (right, main[half:])):
        place.table(_table(fields, facts, language), hide_index=True, border="horizontal", alt=text("facts", language))
    others = [field for field in known if field not in main]
    if others:
        with st.expander(text("facts.others", language, count=len(others))):
            st.table(_table(others, facts, language), hide_index=True, border="horizontal", alt=text("facts", language))
    note(text("facts.units", language))


def _table(fields: list[Field], facts: dict[str, Any], language: Language) -> pd.DataFrame:
    rows = [(plain(field.label[language]), plain(shown(field, facts[field.name], language))) for field in fields]
    return pd.DataFrame(rows, columns=[text("field", language), text("value", language)])
