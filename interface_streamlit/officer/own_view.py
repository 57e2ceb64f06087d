"""An officer's own view of a case marked for review, noted before the score is shown: people follow a score they see.

The setting SCORING_OWN_VIEW_FIRST switches it on. Views are kept in the officer's session, by client (or by decision,
where there is no client number), and are recorded with the officer's decision.
"""

import os
from typing import NamedTuple, get_args

import streamlit as st

from officer.contract import Outcome
from officer.session import choice_key
from officer.settings import read_settings
from officer.texts import Language, text

_VIEWS = "own views"
_OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


class OwnView(NamedTuple):
    """What the officer would decide, and why; ``why`` may be empty."""

    outcome: Outcome
    why: str


def find_view(case: str) -> OwnView | None:
    """Find the view that was noted of a case."""
    view: OwnView | None = st.session_state.get(_VIEWS, {}).get(case)
    return view


def is_hidden(case: str, review: bool | None) -> bool:
    """Whether the score of a case is still hidden; raises SettingsError."""
    return bool(review) and find_view(case) is None and read_settings(os.environ).own_view_first


def show_form(case: str, language: Language) -> None:
    """Let the officer note an own view; then the page shows the score."""
    st.info(text("own_view.how", language), icon=":material/visibility_off:")
    with st.form(f"view {case}", border=False):
        outcome = st.radio(
            text("own_view.outcome", language),
            _OUTCOMES,
            index=None,
            format_func=lambda name: text(f"reviews.{name}", language),
            key=choice_key(f"view of {case}", language),
            horizontal=True,
        )
        why = st.text_area(text("own_view.why", language), max_chars=1000, key=f"view why {case}").strip()
        if not st.form_submit_button(text("own_view.send", language), type="primary"):
            return
        if outcome is None:
            st.error(text("own_view.missing", language), icon=":material/edit:")
            return
        st.session_state[_VIEWS] = {**st.session_state.get(_VIEWS, {}), case: OwnView(outcome, why)}
        st.rerun()


def add_view(written: str, case: str, language: Language) -> str:
    """Add the view that was noted to what is recorded of the decision."""
    view = find_view(case)
    if view is None:
        return written
    noted = text("own_view.noted", language, outcome=text(f"outcome.{view.outcome}", language))
    return "\n".join(part for part in (written, noted, view.why) if part)
