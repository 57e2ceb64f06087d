"""Why: the reasons, and a waterfall that adds up to the risk shown."""

import pandas as pd
import streamlit as st

from officer import session
from officer.answers import get_explanation
from officer.contract import Decision, Explanation
from officer.failures import showing_errors
from officer.model import Model
from officer.parts import escape_table, show_client_page, show_decision, show_figures, show_reasons
from officer.plots.risk import plot_importances, plot_waterfall
from officer.texts import Language, text
from officer.waterfall import Waterfall, build_waterfall
from officer.words import format_number, format_percent

_FEW, _USUAL, _MANY = 3, 8, 20  # concepts of a waterfall


def show() -> None:
    """Show the page."""
    show_client_page("page.why", _show_why)


def _show_why(client: str, model: Model, decision: Decision, language: Language) -> None:
    show_decision(decision, model.scale, language, threshold=False)
    with showing_errors(language, "explanation"):
        model, explanation = get_explanation(client)
        st.subheader(text("reasons", language))
        show_reasons(explanation, language)
        show_explanation(model, explanation, language)


def show_explanation(model: Model, explanation: Explanation, language: Language) -> None:
    """Show the waterfall next to the global importances."""
    concepts = len(explanation.concepts)
    st.subheader(text("waterfall", language), help=text("help.waterfall", language))
    how_many = concepts
    if concepts > _FEW:
        most = min(concepts, _MANY)
        how_many = st.slider(text("waterfall.how_many", language), _FEW, most, min(_USUAL, most), key="how many")
    waterfall = build_waterfall(explanation, how_many, model.scale, language)
    left, right = st.columns([3, 2], gap="large")
    with left:
        steps = "; ".join(f"{name}: {written}" for name, written in waterfall.table.itertuples(index=False))
        st.altair_chart(
            plot_waterfall(waterfall.steps, waterfall.unit, language, session.is_dark()),
            width="stretch",
            key="waterfall",
            alt=text("alt.waterfall", language, steps=steps),
        )
        show_figures(waterfall.table, text("waterfall", language), language)
        with st.expander(text("waterfall.values", language)):
            values = _list_values(explanation, language)
            st.table(escape_table(values), hide_index=True, alt=text("waterfall.values", language))
        st.markdown(_describe_waterfall(waterfall, explanation, language))
    with right:
        _show_importances(model, how_many, language)


def _list_values(explanation: Explanation, language: Language) -> pd.DataFrame:
    """List what the model knows of the client, by concept."""
    terms = {one.name: one for one in explanation.contributions}
    lines = [
        (concept.concept[language], terms[name].label[language], terms[name].shown[language])
        for concept in explanation.concepts
        for name in concept.names
    ]
    columns = [text(name, language) for name in ("concept", "term", "value")]
    return pd.DataFrame(lines, columns=columns)


def _describe_waterfall(waterfall: Waterfall, explanation: Explanation, language: Language) -> str:
    base = explanation.base_value
    if waterfall.on_risk and base.calibrated_probability is not None:
        who = text(
            "waterfall.accepted" if explanation.compared_with == "accepted clients" else "waterfall.all", language
        )
        risk = format_percent(base.calibrated_probability, language)
        same = text("waterfall.same", language) if explanation.reasons else ""
        guide = text("waterfall.read", language, base=risk, who=who, same=same)
    else:
        guide = text("waterfall.read_own", language, base=format_number(base.log_odds, language, 2))
    if not explanation.exact:
        guide += " " + text("waterfall.estimated", language, error=format_number(explanation.error, language))
    return guide


def _show_importances(model: Model, how_many: int, language: Language) -> None:
    st.markdown(f"**{text('importances', language)}**", help=text("help.importances", language))
    if not model.importances:
        st.info(text("importances.none", language), icon=":material/info:")
        return
    names = [model.label_of(name, language) for name in list(model.importances)[:how_many]]
    table = pd.DataFrame({"term": names, "importance": list(model.importances.values())[:how_many]})
    bars = "; ".join(f"{term}: {format_number(value, language)}" for term, value in table.itertuples(index=False))
    st.altair_chart(
        plot_importances(table, language, session.is_dark()),
        width="stretch",
        key="importances",
        alt=f"{text('importances', language)}: {bars}",
    )
    st.markdown(text("importances.read", language))
