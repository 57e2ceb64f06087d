"""Recorded decisions: a client's earlier ones, and all that was said and decided about one of them."""

import textwrap
from collections.abc import Sequence
from itertools import groupby

import pandas as pd
import streamlit as st

from officer.api import NoRecord, NotAllowed, Problem
from officer.decisions import get_letter, get_recorded, list_decisions, may_decide, request_review
from officer.failures import showing_errors
from officer.model import Scale
from officer.parts import escape_table, show_note
from officer.plain import LONGEST, escape_markdown
from officer.recorded import DecisionLine, Entry, RecordedDecision
from officer.session import LANGUAGES, choice_key
from officer.texts import Language, load_texts, text
from officer.times import format_time, get_zone
from officer.words import format_percent, with_label

_SHOWN = 10  # lines of the table
_LONGEST_STATEMENT = 10_000  # characters that the API takes


def show_history(client: str, scale: Scale, language: Language) -> None:
    """Show the recorded decisions on a client; only a small note if the key may not see them, or there is no record."""
    st.subheader(text("history", language))
    with showing_errors(language, "history"):
        try:
            decisions = list_decisions(client)
        except (NotAllowed, NoRecord) as error:
            show_note(text("history.off" if isinstance(error, NoRecord) else "history.no_right", language))
            return
        if not decisions:
            show_note(text("history.none", language))
            return
        _show_table(decisions, scale, language)
        chosen = st.selectbox(
            text("history.choose", language, count=len(decisions)),
            decisions,
            index=None,
            format_func=lambda one: describe_line(one, language),
            placeholder=text("history.placeholder", language),
            key=choice_key(f"recorded {client}", language),
            persist_state="session",
        )
        if chosen is not None:
            show_one(chosen.id, get_recorded(chosen.id), language)


def show_new(decision_id: str | None, language: Language) -> None:
    """Show the record of a decision that was just made; nothing where decisions are not recorded."""
    if decision_id is None:
        return
    with st.container(key="card history"), showing_errors(language, "history"):
        st.subheader(text("history.one", language))
        st.markdown(text("history.reference", language, id=decision_id))
        try:
            recorded = get_recorded(decision_id)
            show_note(text("history.found", language))
            show_one(decision_id, recorded, language)
        except NotAllowed:
            show_note(text("history.no_right", language))


def show_one(decision_id: str, recorded: RecordedDecision, language: Language) -> None:
    """Show a decision and what was said about it; let the officer record that the applicant asks for a review."""
    with st.container():  # of one part, however much it has, so that what follows keeps the focus of the keyboard
        show_recorded(decision_id, recorded, language)
    _show_request(decision_id, language)


def describe_line(one: DecisionLine, language: Language) -> str:
    """Describe a decision in a list of choices."""
    return f"{format_time(one.time, language, get_zone())} · {text(f'decision.{one.decision}', language)}"


def _show_table(decisions: Sequence[DecisionLine], scale: Scale, language: Language) -> None:
    """Show decisions, the newest first; successive ones with the same result in one line."""
    groups = [list(group) for _, group in groupby(decisions, _result)]
    lines = [_describe_group(group, scale, language) for group in groups[:_SHOWN]]
    names = ("history.last", "decision", "risk", "history.review", "history.model", "history.times")
    table = pd.DataFrame(lines, columns=[text(name, language) for name in names])
    st.table(escape_table(table), hide_index=True, border="horizontal", alt=text("history", language))
    if len(groups) > _SHOWN:
        show_note(text("history.older", language, count=_SHOWN))


def _result(one: DecisionLine) -> tuple[object, ...]:
    return one.decision, one.calibrated_probability, one.review, one.reviewed, one.model_version


def _describe_group(group: Sequence[DecisionLine], scale: Scale, language: Language) -> tuple[str, ...]:
    newest, risk = group[0], group[0].calibrated_probability
    return (
        format_time(newest.time, language, get_zone()),
        text(f"decision.{newest.decision}", language),
        text("not_known", language) if risk is None or not scale.calibrated else format_percent(risk, language),
        _describe_review(newest, language),
        newest.model_version,
        str(len(group)),
    )


def _describe_review(one: DecisionLine, language: Language) -> str:
    if one.reviewed:
        return text("history.reviewed", language, decision=text(f"outcome.{one.reviewed}", language))
    return text("review" if one.review else "no", language)


def show_recorded(decision_id: str, recorded: RecordedDecision, language: Language) -> None:
    """Show what was said and decided about a decision, whether it can be repeated, and the letter."""
    entry, made = recorded.decision, recorded.decision.content
    said = [text("history.made", language, decision=text(f"outcome.{made.decision}", language))]
    if made.calibrated_probability is not None:
        risk = format_percent(made.calibrated_probability, language)
        said.append(with_label(text("risk", language), risk, language))
    said.append(with_label(text("history.model", language), escape_markdown(made.model_version), language))
    st.markdown(" · ".join([f"**{format_time(entry.time, language, get_zone())}**", *said]))
    show_entries(recorded, language)
    same = recorded.replay.same
    show_note(text("replay.unknown" if same is None else "replay.same" if same else "replay.other", language))
    show_letters(decision_id, language)


def show_entries(recorded: RecordedDecision, language: Language) -> None:
    """Show what was said and decided about a decision."""
    for entry in recorded.later:
        _show_entry(entry, language)


def _show_entry(entry: Entry, language: Language) -> None:
    content, body = entry.content, entry.body
    kind = entry.kind if content.defaulted is None else "defaulted" if content.defaulted else "repaid"
    said = text(f"entry.{kind}", language) if f"entry.{kind}" in load_texts() else escape_markdown(kind)
    if content.decision:
        said = with_label(said, text(f"outcome.{content.decision}", language), language)
    details = [escape_markdown(describe_reason(content.reason, language))] if content.reason else []
    if content.key_id:
        details.append(text("sign_in.as", language, id=escape_markdown(content.key_id)).lower())
    if content.final is False:
        details.append(text("entry.not_final", language))
    st.markdown(" · ".join([f"**{format_time(entry.time, language, get_zone())}**", said, *details]))
    if written := body and (body.statement or body.text):
        st.markdown(_quote(written))


def _quote(written: str) -> str:
    r"""Write as Markdown what a person wrote, with its lines.

    >>> _quote("*a*\n\nb")
    '> \\*a\\*\n>\n> b'
    """
    parts = [part for line in written.splitlines() for part in textwrap.wrap(line, LONGEST - 1)]
    return "\n>\n".join(f"> {escape_markdown(part)}" for part in parts)


def describe_reason(code: str, language: Language) -> str:
    """Describe why an officer decided; the code itself if it is not known."""
    known = f"reason.{code}"
    return text(known, language) if known in load_texts() else code


def show_letters(decision_id: str, language: Language) -> None:
    """Let the officer download the letter to the applicant, in each language."""
    try:
        letters = {one: get_letter(decision_id, one) for one in LANGUAGES}
    except NotAllowed:
        show_note(text("letter.no_right", language))
        return
    except Problem as problem:
        show_note(text("letter.none", language, detail=escape_markdown(problem)))
        return
    with st.container(horizontal=True):
        for one, letter in letters.items():
            st.download_button(
                text(f"letter.{one}", language),
                letter,
                f"{text('letter.file', one)}-{decision_id}.html",
                "text/html",
                key=f"letter {one} {decision_id}",
                on_click="ignore",
                icon=":material/mail:",
            )


def _show_request(decision_id: str, language: Language) -> None:
    """Let the officer write down that the applicant asks for a review, if the key may."""
    if not may_decide():
        show_note(text("request.no_right", language))
        return
    done = f"requested {decision_id}"
    with st.container():
        if st.session_state.pop(done, False):
            st.success(text("request.done", language), icon=":material/check:")
    label, icon = text("request", language), ":material/record_voice_over:"
    with st.expander(label, icon=icon), st.form(f"ask {decision_id}", border=False):
        show_note(text("request.help", language))
        statement = st.text_area(
            text("request.statement", language), max_chars=_LONGEST_STATEMENT, key=f"statement {decision_id}"
        ).strip()
        if not st.form_submit_button(text("request.send", language), type="primary"):
            return
        if not statement:
            st.error(text("request.empty", language), icon=":material/edit:")
            return
        with showing_errors(language, "request"):
            request_review(decision_id, statement)
            del st.session_state[f"statement {decision_id}"]
            st.session_state[done] = True
            st.rerun()
