"""Parts that several pages are made of."""

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from officer import session
from officer.answers import decision_on, listed_clients, model
from officer.api import ApiError, Json, MalformedNumber, UnknownClient
from officer.failures import about_number, told
from officer.model import Model, Scale
from officer.plots.risk import gauge as risk_gauge
from officer.settings import SettingsError
from officer.texts import Language, text
from officer.words import number, percent, plain, risk


def client_page(title: str, body: Callable[[str, Model, Json, Language], None]) -> None:
    """Show a page about one client: the search, then ``body`` with number, model and decision."""
    language = session.language()
    st.title(text(title, language))
    with told(language):
        found = client_search(language)
        if found is None:
            return
        st.header(text("client.title", language, number=plain(found[0])), divider="gray")
        body(*found, language)


def client_search(language: Language) -> tuple[str, Model, Json] | None:
    """Let the officer type or pick a client; give number, model and decision, or None with a message shown."""
    current = session.client()
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
        _client_list(current, language)
    if current is None:
        st.info(text("search.hint", language), icon=":material/person_search:")
        return None
    try:
        made_by, decision = decision_on(current)
    except (MalformedNumber, UnknownClient) as error:
        st.warning(about_number(current, error, model(), language), icon=":material/person_off:")
        return None
    return current, made_by, decision


def _client_list(current: str | None, language: Language) -> None:
    numbers, total, _ = listed_clients()
    key = f"listed {current}"

    def picked() -> None:
        session.show_client(st.session_state[key])

    label = text(
        "search.list" if total == len(numbers) else "search.list_first",
        language,
        shown=number(len(numbers), language),
        total=number(total, language),
    )
    place = numbers.index(current) if current in numbers else None
    st.selectbox(label, numbers, index=place, key=key, on_change=picked, placeholder=text("search.choose", language))


def decision_line(decision: Json, scale: Scale, language: Language, *, threshold: bool = True) -> None:
    """Say decision, risk, threshold and review in one line of figures; never by colour alone."""
    refused = decision["decision"] == "REFUSED"
    review = {True: "yes", False: "no", None: "not_known"}[decision["review"]]
    with st.container(horizontal=True, gap="medium"):
        st.metric(
            text("decision", language),
            decision_word(decision, language),
            icon=f":material/{'block' if refused else 'check_circle'}:",
            width="content",
        )
        name = text("risk" if scale.calibrated else "risk.own", language)
        st.metric(name, risk(scale.risk_of(decision), scale, language), width="content")
        if threshold:
            st.metric(text("threshold", language), percent(scale.threshold, language), width="content")
        st.metric(text("review", language), text(review, language), width="content")


def note(said: str) -> None:
    """Write something small, in full ink."""
    st.markdown(f":small[{said}]")


def made_up(language: Language) -> None:
    """Say on every page what of it is made up; where the API does not answer, the page itself says so."""
    try:
        found = model().made_up
    except (ApiError, SettingsError):
        return
    if found:
        note(" ".join([":material/science:", *(text(f"made_up.{one}", language) for one in found)]))


def decision_word(decision: Json, language: Language) -> str:
    """Say the decision in a word."""
    return text(f"decision.{decision['decision']}", language)


def gauge(scale: Scale, decisions: Mapping[str, Json], language: Language, key: str) -> None:
    """Show decisions' risks, threshold and review band on one scale."""
    risks = {name: scale.risk_of(decision) for name, decision in decisions.items()}
    told = "; ".join(f"{name} {risk(share, scale, language)}" for name, share in risks.items())
    limit = percent(scale.threshold, language)
    band = " – ".join(percent(end, language) for end in scale.review) if scale.review else text("review.none", language)
    st.altair_chart(
        risk_gauge(scale, risks, language, session.is_dark()),
        width="stretch",
        key=key,
        alt=text("alt.gauge", language, risks=told, threshold=limit, band=band),
    )


def data_behind(table: pd.DataFrame, title: str, language: Language) -> None:
    """Show a plot's figures as a table, for whoever does not see the plot."""
    with st.expander(text("data_behind", language)):
        st.table(table.map(lambda cell: plain(str(cell))), hide_index=True, alt=title)


def warnings(decision: Json, language: Language) -> None:
    """Show what was unusual about an application, in the API's own words."""
    if decision["warnings"]:
        with st.expander(text("warnings", language, count=len(decision["warnings"])), icon=":material/warning:"):
            st.markdown("\n".join(f"- {plain(one)}" for one in decision["warnings"]))


def reasons(explanation: Json, language: Language) -> None:
    """List the reasons of a refusal, and what would change it."""
    if explanation["reasons"]:
        st.markdown(
            "\n".join(f"{i}. {plain(one['text'][language])}" for i, one in enumerate(explanation["reasons"], 1))
        )
    elif explanation["decision"] == "ACCEPTED":
        st.markdown(text("reasons.accepted", language))
    if offer := explanation["counterfactual"]:
        st.success(plain(offer["text"][language]), icon=":material/lightbulb:")
    for one in explanation["notes"]:
        note(plain(one[language]))
