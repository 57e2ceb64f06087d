"""Parts that several pages share."""

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st
from streamlit.navigation.page import StreamlitPage

from officer import own_view, session
from officer.answers import find_model, get_decision, get_model, list_clients
from officer.api import MalformedNumber, UnknownClient
from officer.contract import Decision, Explanation, Terms
from officer.failures import describe_id_error, showing_errors
from officer.model import Model, Scale
from officer.plain import escape_markdown
from officer.settings import SettingsError
from officer.texts import Language, text
from officer.verdict import draw_gauge, draw_verdict
from officer.words import CONTRACT_PARTS, describe_part, format_number


def show_client_page(
    title: str,
    body: Callable[[str, Model, Decision, Language], None],
    without_score: Callable[[str, Model, Language], None] | None = None,
) -> None:
    """Show a page about one client: ``body`` with number, model and decision.

    Parameters
    ----------
    without_score : what the page can show while the officer has to note an own view first.
    """
    language = session.get_language()
    st.title(text(title, language))
    current = session.get_client()
    with showing_errors(language, "page"):
        if current is None:
            st.info(text("search.hint", language), icon=":material/person_search:")
        else:
            _show_client(current, body, without_score, language)


def show_search(language: Language, elsewhere: StreamlitPage | None = None) -> None:
    """Let the officer type a client number; ``elsewhere`` is the page that shows the client, if this one does not."""
    current = session.get_client()
    with st.form("search", border=False):
        field, button = st.columns([3, 2], vertical_alignment="bottom")
        typed = field.text_input(
            text("search.number", language), value=current or "", max_chars=80, key=f"number {current}"
        )
        if button.form_submit_button(text("search.go", language), type="primary", width="stretch") and typed.strip():
            session.show_client("".join(typed.split()) if typed[:1].isdigit() else typed.strip())
            _go(elsewhere)


def _go(elsewhere: StreamlitPage | None) -> None:
    if elsewhere is None:
        st.rerun()
    st.switch_page(elsewhere)


def _show_client(
    client: str,
    body: Callable[[str, Model, Decision, Language], None],
    without_score: Callable[[str, Model, Language], None] | None,
    language: Language,
) -> None:
    try:
        made_by, decision = get_decision(client)
    except (MalformedNumber, UnknownClient) as error:
        st.warning(describe_id_error(client, error, get_model(), language), icon=":material/person_off:")
        return
    st.header(text("client.title", language, number=escape_markdown(client)))
    if not own_view.is_hidden(client, decision.review):
        body(client, made_by, decision, language)
        return
    own_view.show_form(client, language)
    if without_score is not None:
        without_score(client, made_by, language)


def _has_model() -> bool:
    """Whether the model is known; if not, the page itself says why."""
    try:
        return find_model() is not None
    except SettingsError:
        return False


def show_client_list(language: Language, elsewhere: StreamlitPage | None = None) -> None:
    """Let the officer choose a client from the first ones; ``elsewhere`` as for ``show_search``."""
    current = session.get_client()
    if (current is not None or elsewhere is not None) and not _has_model():
        return  # the page itself needs the model, and has said why there is none
    with showing_errors(language, "list"):
        numbers, total = list_clients()
        label = text(
            "search.list" if total == len(numbers) else "search.list_first",
            language,
            shown=format_number(len(numbers), language),
            total=format_number(total, language),
        )
        chosen = st.selectbox(
            label,
            numbers,
            index=numbers.index(current) if current in numbers else None,
            key=f"listed {current}",
            placeholder=text("search.choose", language),
        )
        if chosen is not None and chosen != current:
            session.show_client(chosen)
            _go(elsewhere)


def show_decision(
    decision: Decision, scale: Scale, language: Language, *, threshold: bool = True, name: str | None = None
) -> None:
    """Show decision, risk and review by sign and word, and with ``threshold`` the gauge; never by colour alone.

    Parameters
    ----------
    name : of the risk on the gauge; by default "this client".
    """
    named = {name or text("this_client", language): decision} if threshold else {}
    key = f"verdict-{decision.probability:.12f}".replace(".", "-")  # two of them may stand on a page
    st.markdown(draw_verdict(decision, scale, language, named=named, key=key), unsafe_allow_html=True)


def show_note(written: str) -> None:
    """Show a small text, in full ink."""
    st.markdown(f":small[{written}]")


def show_synthetic_note(language: Language) -> None:
    """Show which data is synthetic; where the API does not answer, the page itself shows that."""
    model = find_model() if _has_model() else None
    if model and model.synthetic:
        with st.container(key="note"):
            show_note(
                " ".join([":material/science:", *(text(f"synthetic.{one}", language) for one in model.synthetic)])
            )


def show_gauge(scale: Scale, decisions: Mapping[str, Decision], language: Language) -> None:
    """Show decisions' risks, threshold and review band on one scale."""
    st.markdown(draw_gauge(decisions, scale, language), unsafe_allow_html=True)


def show_figures(table: pd.DataFrame, title: str, language: Language) -> None:
    """Show a plot's figures as a table, for readers who do not see the plot."""
    with st.expander(text("figures", language)):
        st.table(escape_table(table), hide_index=True, alt=title)


def escape_table(table: pd.DataFrame) -> pd.DataFrame:
    """Escape the cells and the names of the columns of a table."""
    return table.map(escape_markdown).rename(columns=escape_markdown)


def show_warnings(decision: Decision, language: Language) -> None:
    """Show the API's warnings about an application."""
    doubts, notes = (
        [f"- {escape_markdown(one.text[language])}" for one in decision.warning_details if one.is_doubt is doubtful]
        for doubtful in (True, False)
    )
    if doubts:
        st.warning("\n".join([f"**{text('doubts', language)}**", "", *doubts]), icon=":material/warning:")
    if notes:
        with st.expander(text("warnings", language, count=len(notes)), icon=":material/info:"):
            st.markdown("\n".join(notes))


def show_rules(decision: Decision, language: Language) -> None:
    """List the lender's rules that apply, or that could not be checked."""
    if not decision.rules:
        return
    lines = []
    for one in decision.rules:
        does = text(
            f"rules.{one.outcome}" if one.outcome else "rules.limit" if one.limit else "rules.nothing", language
        )
        limit = "" if one.outcome or one.limit is None else f" {format_number(one.limit, language)}"
        unchecked = "" if one.checked else f" {text('rules.unchecked', language)}"
        lines.append(f"- **{does}{limit}**{unchecked} {escape_markdown(one.text[language])}")
    st.markdown("\n".join([f"**{text('rules', language)}**", "", *lines]))


def show_reasons(explanation: Explanation, language: Language) -> None:
    """List the lender's rules, the reasons for a refusal, and what would change it."""
    show_rules(explanation, language)
    if explanation.reasons:
        with_remedies = [
            f"{i}. {escape_markdown(one.text[language])}"
            + (f" **{escape_markdown(one.remedy[language])}**" if one.remedy else "")
            for i, one in enumerate(explanation.reasons, 1)
        ]
        st.markdown("\n".join(with_remedies))
        with st.expander(text("reasons.detail", language)):
            details = (escape_markdown(one.detail[language]) for one in explanation.reasons)
            st.markdown("\n".join(f"{i}. {detail}" for i, detail in enumerate(details, 1)))
    elif not explanation.refused:
        st.markdown(text("reasons.accepted", language))
    show_change(explanation, language)
    if explanation.contract and explanation.counterfactual and explanation.counterfactual.contract:
        show_contract(explanation.contract, explanation.counterfactual.contract, language)


def show_change(explanation: Explanation, language: Language) -> None:
    """Say what would change a refusal: an action, time, or nothing."""
    if offer := explanation.counterfactual:
        show = st.success if offer.outcome == "accepted" else st.info
        show(escape_markdown(offer.text[language]), icon=":material/lightbulb:")
    if explanation.waiting:
        st.info(escape_markdown(explanation.waiting.text[language]), icon=":material/schedule:")
    for one in explanation.notes:
        show_note(escape_markdown(one[language]))


def show_contract(before: Terms, after: Terms, language: Language) -> None:
    """Show the known parts of a contract next to those of another one, with differences in bold."""
    lines, currency = [], get_model().currency
    for name in CONTRACT_PARTS:
        if (was := getattr(before, name)) is not None:
            now = getattr(after, name)
            shown = [escape_markdown(describe_part(name, one, language, currency)) for one in (was, now)]
            lines.append((escape_markdown(text(f"contract.{name}", language)), shown[0], shown[1]))
            if shown[0] != shown[1]:
                lines[-1] = (lines[-1][0], shown[0], f"**{shown[1]}**")
    columns = [text(name, language) for name in ("contract", "contract.before", "contract.after")]
    st.table(pd.DataFrame(lines, columns=columns), hide_index=True, alt=text("contract", language))
    show_note(text("contract.assumed", language))
