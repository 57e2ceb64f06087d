"""Why: the reasons, and a waterfall that adds up to the risk shown."""

import pandas as pd
import streamlit as st

from officer import session
from officer.answers import explanation_of
from officer.api import Json
from officer.model import Model
from officer.parts import client_page, data_behind, decision_line, reasons
from officer.plots.risk import importance_bars
from officer.plots.risk import waterfall as waterfall_bars
from officer.texts import Language, text
from officer.waterfall import Waterfall, waterfall
from officer.words import number as written
from officer.words import percent

_FEW, _USUAL, _MANY = 3, 8, 20


def show() -> None:
    """Show the page."""
    client_page("page.why", _why)


def _why(client: str, _model: Model, decision: Json, language: Language) -> None:
    model, explanation = explanation_of(client)
    decision_line(decision, model.scale, language)
    st.subheader(text("reasons", language))
    reasons(explanation, language)
    explained(model, explanation, language)


def explained(model: Model, explanation: Json, language: Language) -> None:
    """Show the waterfall, and the global importances beside it."""
    terms = len(explanation["contributions"])
    st.subheader(text("waterfall", language))
    how_many = terms
    if terms > _FEW:
        most = min(terms, _MANY)
        how_many = st.slider(text("waterfall.how_many", language), _FEW, most, min(_USUAL, most), key="how many")
    built = waterfall(explanation, how_many, model.scale, language)
    beside, importances = st.columns([3, 2], gap="large")
    with beside:
        st.altair_chart(
            waterfall_bars(built.steps, built.unit, session.is_dark()),
            width="stretch",
            key="waterfall",
            alt=_in_words(built, language),
        )
        data_behind(built.table, text("waterfall", language), language)
        st.markdown(_how_to_read(built, explanation, language))
    with importances:
        _importances(model, how_many, language)


def _in_words(built: Waterfall, language: Language) -> str:
    column = built.table.columns
    lines = "; ".join(f"{row[column[0]]}: {row[column[1]]}" for _, row in built.table.iterrows())
    return text("alt.waterfall", language, steps=lines)


def _how_to_read(built: Waterfall, explanation: Json, language: Language) -> str:
    base = explanation["base_value"]
    if built.on_risk:
        said = text("waterfall.read", language, base=percent(base["calibrated_probability"], language))
    else:
        said = text("waterfall.read_own", language, base=written(base["log_odds"], language, 2))
    if not explanation["exact"]:
        said += " " + text("waterfall.estimated", language, error=written(explanation["error"], language))
    return said


def _importances(model: Model, how_many: int, language: Language) -> None:
    st.markdown(f"**{text('importances', language)}**")
    if not model.importances:
        st.info(text("importances.none", language), icon=":material/info:")
        return
    names = [model.label_of(name, language) for name in list(model.importances)[:how_many]]
    table = pd.DataFrame({"term": names, "importance": list(model.importances.values())[:how_many]})
    said = "; ".join(f"{term}: {written(value, language)}" for term, value in table.itertuples(index=False))
    st.altair_chart(
        importance_bars(table, language, session.is_dark()),
        width="stretch",
        key="importances",
        alt=f"{text('importances', language)}: {said}",
    )
    st.markdown(text("importances.read", language))
