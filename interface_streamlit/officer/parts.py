"""Parts that several pages share."""

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from officer import session
from officer.answers import get_decision, get_model, list_clients
from officer.api import ApiError, Json, MalformedNumber, UnknownClient
from officer.failures import describe_id_error, showing_errors
from officer.model import Model, Scale
from officer.plots.risk import plot_gauge
from officer.settings import SettingsError
from officer.texts import Language, text
from officer.words import escape_markdown, format_number, format_percent, format_risk


def show_client_page(title: str, body: Callable[[str, Model, Json, Language], None]) -> None:
    """Show a page about one client: the search, then ``body`` with number, model and decision."""
    language = session.get_language()
    st.title(text(title, language))
    with showing_errors(language):
        found = _search_client(language)
        if found is None:
            return
        st.header(text("client.title", language, number=escape_markdown(found[0])), divider="gray")
        body(*found, language)


def _search_client(language: Language) -> tuple[str, Model, Json] | None:
    """Let the officer type or choose a client; return number, model and decision, or None with a message shown."""
    current = session.get_client()
    typing, listing = st.columns([1, 1], vertical_alignment="bottom")
    with typing, st.form("search", border=False):
        field, button = st.columns([3, 2], vertical_alignment="bottom")
        typed = field.text_input(
            text("search.number", language), value=current or "", max_chars=80, key=f"number {current}"
        )
        if button.form_submit_button(text("search.go", language), type="primary", width="stretch") and typed.strip():
            session.show_client(typed.strip())
            st.rerun()
    with listing:
        _show_client_list(current, language)
    if current is None:
        st.info(text("search.hint", language), icon=":material/person_search:")
        return None
    try:
        made_by, decision = get_decision(current)
    except (MalformedNumber, UnknownClient) as error:
        st.warning(describe_id_error(current, error, get_model(), language), icon=":material/person_off:")
        return None
    return current, made_by, decision


def _show_client_list(current: str | None, language: Language) -> None:
    numbers, total = list_clients()
    key = f"listed {current}"
    label = text(
        "search.list" if total == len(numbers) else "search.list_first",
        language,
        shown=format_number(len(numbers), language),
        total=format_number(total, language),
    )
    st.selectbox(
        label,
        numbers,
        index=numbers.index(current) if current in numbers else None,
        key=key,
        on_change=lambda: session.show_client(st.session_state[key]),
        placeholder=text("search.choose", language),
    )


def show_decision(decision: Json, scale: Scale, language: Language, *, threshold: bool = True) -> None:
    """Show decision, risk, threshold and review in one line of figures; never by colour alone."""
    refused = decision["decision"] == "REFUSED"
    review = {True: "yes", False: "no", None: "not_known"}[decision["review"]]
    with st.container(horizontal=True, gap="medium"):
        st.metric(
            text("decision", language),
            text(f"decision.{decision['decision']}", language),
            icon=f":material/{'block' if refused else 'check_circle'}:",
            width="content",
        )
        name = text("risk" if scale.calibrated else "risk.own", language)
        st.metric(name, format_risk(scale.get_risk(decision), scale, language), width="content")
        if threshold:
            st.metric(text("threshold", language), format_percent(scale.threshold, language), width="content")
        st.metric(text("review", language), text(review, language), width="content")


def show_note(written: str) -> None:
    """Show a small text, in full ink."""
    st.markdown(f":small[{written}]")


def show_synthetic_note(language: Language) -> None:
    """Show which data is synthetic; where the API does not answer, the page itself shows that."""
    try:
        synthetic = get_model().synthetic
    except (ApiError, SettingsError):
        return
    if synthetic:
        show_note(" ".join([":material/science:", *(text(f"synthetic.{one}", language) for one in synthetic)]))


def show_gauge(scale: Scale, decisions: Mapping[str, Json], language: Language) -> None:
    """Show decisions' risks, threshold and review band on one scale."""
    risks = {name: scale.get_risk(decision) for name, decision in decisions.items()}
    band = text("review.none", language)
    if scale.review:
        band = " – ".join(format_percent(end, language) for end in scale.review)
    st.altair_chart(
        plot_gauge(scale, risks, language, session.is_dark()),
        width="stretch",
        key="gauge",
        alt=text(
            "alt.gauge",
            language,
            risks="; ".join(f"{name} {format_risk(share, scale, language)}" for name, share in risks.items()),
            threshold=format_percent(scale.threshold, language),
            band=band,
        ),
    )


def show_figures(table: pd.DataFrame, title: str, language: Language) -> None:
    """Show a plot's figures as a table, for readers who do not see the plot."""
    with st.expander(text("figures", language)):
        st.table(table.map(lambda cell: escape_markdown(str(cell))), hide_index=True, alt=title)


def show_warnings(decision: Json, language: Language) -> None:
    """Show the API's warnings about an application, in its own words."""
    if decision["warnings"]:
        with st.expander(text("warnings", language, count=len(decision["warnings"])), icon=":material/warning:"):
            st.markdown("\n".join(f"- {escape_markdown(one)}" for one in decision["warnings"]))


def show_reasons(explanation: Json, language: Language) -> None:
    """List the reasons for a refusal, and what would change it."""
    if explanation["reasons"]:
        reasons = [escape_markdown(one["text"][language]) for one in explanation["reasons"]]
        st.markdown("\n".join(f"{i}. {reason}" for i, reason in enumerate(reasons, 1)))
    elif explanation["decision"] == "ACCEPTED":
        st.markdown(text("reasons.accepted", language))
    if offer := explanation["counterfactual"]:
        st.success(escape_markdown(offer["text"][language]), icon=":material/lightbulb:")
    for one in explanation["notes"]:
        show_note(escape_markdown(one[language]))
