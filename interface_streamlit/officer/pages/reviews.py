"""Reviews: what waits for a person, and the form to decide; any recorded decision by its reference."""

from collections.abc import Callable
from typing import get_args

import pandas as pd
import streamlit as st

from officer import own_view, session
from officer.answers import get_model, write_client
from officer.api import NoRecord, NotAllowed, ReviewConflict
from officer.contract import Outcome
from officer.decisions import decide, get_recorded, list_reviews
from officer.failures import showing_errors
from officer.found import show_found
from officer.history import describe_reason, show_entries, show_letters, show_recorded
from officer.parts import escape_table, show_note
from officer.plain import escape_markdown
from officer.recorded import ReasonCode, RecordedDecision, ReviewQueue, ReviewState, WaitingReview
from officer.texts import Language, text
from officer.times import format_time, get_zone
from officer.words import format_percent

_AFTER, _DONE = "reviews after", "review done"
_LONGEST = 8000  # characters; the API takes 10,000, own view included
_OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
_REASONS: tuple[ReasonCode, ...] = get_args(ReasonCode)


def show(open_client: Callable[[], None]) -> None:
    """Show the page; ``open_client`` goes to the page of the client that the address names."""
    language = session.get_language()
    st.title(text("page.reviews", language))
    if show_found(open_client, language):
        return
    _show_done(language)
    with showing_errors(language, "reviews"):
        try:
            queue = list_reviews(st.session_state.get(_AFTER))
        except (NotAllowed, NoRecord) as error:
            name = "history.off" if isinstance(error, NoRecord) else "reviews.no_right"
            st.info(text(name, language), icon=":material/lock:")
            return
        st.markdown(text("reviews.how", language))
        _show_queue(queue, language)
        _show_paging(queue, language)
        chosen = _choose(queue, language)
        if chosen is not None:
            _show_case(chosen, open_client, language)


def _show_done(language: Language) -> None:
    """Say what came of the last decision."""
    if _DONE not in st.session_state:
        return
    decision_id, state = st.session_state[_DONE]
    if state.status == "second_officer":
        st.info(text("reviews.second", language), icon=":material/group:")
        return
    outcome = text(f"outcome.{state.decision}", language)
    st.success(text("reviews.done", language, decision=outcome), icon=":material/check:")
    with showing_errors(language, "letter"):
        show_letters(decision_id, language)


def _show_queue(queue: ReviewQueue, language: Language) -> None:
    if not queue.reviews:
        st.info(text("reviews.none", language), icon=":material/done_all:")
        return
    scale = get_model().scale
    lines = []
    for one in queue.reviews:
        risk = one.decision.calibrated_probability
        shown = text("not_known", language) if risk is None or not scale.calibrated else format_percent(risk, language)
        made = text(f"decision.{one.decision.decision}", language)
        if _is_hidden(one):
            made = shown = text("own_view.hidden", language)
        lines.append((_name(one, language), made, shown, _why(one, language)))
    columns = [text(name, language) for name in ("page.client", "reviews.model", "risk", "reviews.why")]
    table = pd.DataFrame(lines, columns=columns)
    st.table(escape_table(table), hide_index=True, border="horizontal", alt=text("page.reviews", language))


def _case(one: WaitingReview) -> str:
    """Name the case in the officer's session, as the client page does."""
    return _client(one) or one.decision.id


def _client(one: WaitingReview) -> str | None:
    """Write the client's number or ID, if there is one."""
    given = one.decision.client_id
    return None if given is None else write_client(given)


def _is_hidden(one: WaitingReview) -> bool:
    return own_view.is_hidden(_case(one), one.decision.review)


def _name(one: WaitingReview, language: Language) -> str:
    return _client(one) or text("reviews.nobody", language)


def _why(one: WaitingReview, language: Language) -> str:
    """Say why a case waits, and since when."""
    if one.status == "second_officer":
        return text("reviews.why.second", language)
    since = format_time(one.requested_at or one.decision.time, language, get_zone())
    return text("reviews.why.requested" if one.requested_at else "reviews.why.marked", language, since=since)


def _show_paging(queue: ReviewQueue, language: Language) -> None:
    def go(after: str | None) -> None:
        st.session_state[_AFTER] = after

    with st.container(horizontal=True):
        if st.session_state.get(_AFTER) is not None:
            st.button(text("reviews.first", language), key="first", on_click=go, args=(None,))
        if queue.next_after is not None:
            st.button(text("reviews.next", language), key="next", on_click=go, args=(queue.next_after,))


def _choose(queue: ReviewQueue, language: Language) -> WaitingReview | None:
    if not queue.reviews:
        return None
    cases = {one.decision.id: one for one in queue.reviews}
    labels = {one.decision.id: f"{_name(one, language)} · {_why(one, language)}" for one in queue.reviews}
    chosen = st.selectbox(
        text("reviews.choose", language),
        list(cases),
        index=None,
        format_func=lambda one: labels[one],
        placeholder=text("reviews.placeholder", language),
        key=session.choice_key("review of", language),
        persist_state="session",
        on_change=lambda: st.session_state.pop(_DONE, None),
    )
    return cases[chosen] if chosen else None


def _show_case(one: WaitingReview, open_client: Callable[[], None], language: Language) -> None:
    recorded = get_recorded(one.decision.id)
    st.header(text("reviews.case", language, name=escape_markdown(_name(one, language))))
    said, form = st.columns(2, gap="large")
    with said:
        if _is_hidden(one):
            show_entries(recorded, language)
        else:
            show_recorded(one.decision.id, recorded, language)
        client = _client(one)
        if client and st.button(text("reviews.open", language), icon=":material/person:"):
            session.show_client(client)
            open_client()
    with form, st.container(key="card decide"):
        if _is_hidden(one):
            own_view.show_form(_case(one), language)
        elif _is_own_proposal(one, recorded):
            st.info(text("reviews.second", language), icon=":material/group:")
        else:
            _show_form(one, language)


def _is_own_proposal(one: WaitingReview, recorded: RecordedDecision) -> bool:
    """Whether the case waits for another officer than this one."""
    own, decided = session.get_key_id(), [entry for entry in recorded.later if entry.content.decision]
    return (
        one.status == "second_officer" and own is not None and decided[-1:] != [] and decided[-1].content.key_id == own
    )


def _show_form(one: WaitingReview, language: Language) -> None:
    decision_id = one.decision.id
    st.subheader(text("reviews.form", language))
    if one.status == "second_officer":
        show_note(text("reviews.confirm", language))
    with st.form(f"decide {decision_id}", border=False):
        outcome = st.radio(
            text("reviews.outcome", language),
            _OUTCOMES,
            index=None,
            format_func=lambda name: text(f"reviews.{name}", language),
            key=session.choice_key(f"outcome {decision_id}", language),
            horizontal=True,
        )
        reason = st.selectbox(
            text("reviews.reason", language),
            _REASONS,
            index=None,
            format_func=lambda code: describe_reason(code, language),
            placeholder=text("search.choose", language),
            key=session.choice_key(f"reason {decision_id}", language),
        )
        written = st.text_area(
            text("reviews.text", language),
            max_chars=_LONGEST,
            key=f"text {decision_id}",
        ).strip()
        if not st.form_submit_button(text("reviews.send", language), type="primary"):
            return
        if outcome is None or reason is None or not written:
            parts = {"reviews.outcome": outcome, "reviews.reason": reason, "reviews.text": written}
            missing = [f"- {text(name, language)}" for name, given in parts.items() if not given]
            st.error("\n".join([text("reviews.missing", language), "", *missing]), icon=":material/edit:")
            return
        _decide(decision_id, outcome, reason, own_view.add_view(written, _case(one), language), language)


def _decide(decision_id: str, outcome: Outcome, reason: ReasonCode, written: str, language: Language) -> None:
    with showing_errors(language, "decide"):
        try:
            state: ReviewState = decide(decision_id, outcome, reason, written)
        except ReviewConflict:
            st.warning(text("reviews.second", language), icon=":material/group:")
            return
        st.session_state[_DONE] = (decision_id, state)
        st.rerun()
