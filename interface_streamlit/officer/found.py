"""A recorded decision that the officer finds by its reference, which letters and new applications give."""

from collections.abc import Callable

import streamlit as st

from officer import own_view, session
from officer.answers import write_client
from officer.api import MalformedNumber, NoRecord, NotAllowed, UnknownDecision
from officer.decisions import get_recorded
from officer.failures import showing_errors
from officer.history import show_entries, show_one
from officer.parts import show_note
from officer.plain import escape_markdown
from officer.texts import Language, text

_KEY = "reference"
_LONGEST = 80  # characters; a reference has 36


def show_found(open_client: Callable[[], None], language: Language) -> bool:
    """Let the officer enter a reference, and show the decision; the address of the page names it, too.

    Returns
    -------
    Whether a reference was entered: then the page is about this decision only.
    """
    st.session_state.setdefault(_KEY, st.query_params.get("decision", "")[:_LONGEST])
    with st.form("find", border=False):
        field, find, close, _ = st.columns([4, 2, 2, 3], vertical_alignment="bottom")
        typed = field.text_input(
            text("find.reference", language),
            max_chars=_LONGEST,
            help=text("find.help", language),
            autocomplete="off",
            key=_KEY,
            persist_state="session",
        )
        find.form_submit_button(text("find.go", language), width="stretch")
        close.form_submit_button(text("find.close", language), width="stretch", on_click=_close)
    reference = typed.strip().lower()
    if not reference:
        st.query_params.pop("decision", None)
        return False
    st.query_params["decision"] = reference
    with st.container(key="card found"), showing_errors(language, "found"):
        try:
            _show_decision(reference, open_client, language)
        except (UnknownDecision, MalformedNumber):
            st.warning(text("find.unknown", language, id=escape_markdown(reference)), icon=":material/search_off:")
        except (NotAllowed, NoRecord) as error:
            show_note(text("history.off" if isinstance(error, NoRecord) else "history.no_right", language))
    return True


def _close() -> None:
    st.session_state[_KEY] = ""


def _show_decision(reference: str, open_client: Callable[[], None], language: Language) -> None:
    recorded = get_recorded(reference)
    made = recorded.decision
    about = made.body.client_id if made.body else None
    client = None if about is None else write_client(about)
    name = text("client.title", language, number=escape_markdown(client)) if client else text("history.one", language)
    st.header(name)
    st.markdown(text("history.reference", language, id=reference))
    case = client or reference
    if own_view.is_hidden(case, made.content.review):
        show_entries(recorded, language)
        own_view.show_form(case, language)
    else:
        show_one(reference, recorded, language)
    if client and st.button(text("reviews.open", language), icon=":material/person:", key="open found"):
        session.show_client(client)
        open_client()
