"""Sign-in with an officer's own key, where the API needs keys and the front-end has none of its own."""

import streamlit as st

from officer import session
from officer.answers import try_key
from officer.api import KeyNeeded
from officer.failures import showing_errors
from officer.plain import escape_markdown
from officer.settings import Secret, fits_header
from officer.texts import Language, text

_LONGEST = 200  # characters; the API's keys have fewer than 100


def show_sign_in(language: Language) -> None:
    """Let the officer enter a key, and try it."""
    st.title(text("sign_in", language))
    if session.was_signed_in():
        st.warning(text("sign_in.ended", language), icon=":material/lock_clock:")
    st.markdown(text("sign_in.how", language))
    with st.form("sign in", border=False, width=480):
        typed = st.text_input(
            text("sign_in.key", language),
            type="password",
            autocomplete="current-password",
            max_chars=_LONGEST,
            key="typed key",
        ).strip()
        if st.form_submit_button(text("sign_in", language), type="primary"):
            _try(typed, language)


def _try(typed: str, language: Language) -> None:
    if not typed:
        st.error(text("sign_in.empty", language), icon=":material/lock:")
    elif not fits_header(typed):
        st.error(text("sign_in.no_key", language), icon=":material/lock:")
    else:
        with showing_errors(language, "sign in"):
            try:
                try_key(Secret(typed))
            except KeyNeeded:
                st.error(text("sign_in.refused", language), icon=":material/lock:")
            else:
                session.sign_in(Secret(typed))
                st.rerun()


def show_sign_out(language: Language) -> None:
    """Say which key is used, and let the officer sign out."""
    if session.get_key() is None:
        return
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        if key_id := session.get_key_id():
            st.markdown(f":small[{text('sign_in.as', language, id=escape_markdown(key_id))}]", width="content")
        st.button(text("sign_out", language), key="sign out", on_click=session.sign_out, icon=":material/logout:")
