"""What belongs to one officer's session: the key, the language, and the client that the address names."""

import re
from pathlib import Path

import streamlit as st

from officer.settings import Secret
from officer.texts import Language
from officer.tokens import style_sheet

_LONGEST = 80  # characters; the API's longest IDs have 64
LANGUAGES: dict[Language, str] = {"fr": "Français", "en": "English"}

_KEY, _ASKED = "api key", "api asks for a key"
_KEPT = {"language", "address.lang"}  # when a key is given up
_ID = re.compile(r"pad_([0-9a-z]+)_", re.ASCII)


def get_key() -> Secret | None:
    """Key that the officer has entered; it is kept in this session only."""
    return st.session_state.get(_KEY)


def get_key_id() -> str | None:
    """Get the part of the officer's key that is no secret; None without a key, and for one of another form."""
    key = get_key()
    found = _ID.match(key.reveal()) if key else None
    return found[1] if found else None


def asks_for_key() -> bool:
    """Whether the officer has to sign in."""
    return _ASKED in st.session_state


def was_signed_in() -> bool:
    """Whether the session had a key that the API does not accept any more."""
    return bool(st.session_state.get(_ASKED))


def ask_for_key() -> None:
    """Let the officer enter a key: the API needs one, or does not accept this one any more."""
    st.session_state[_ASKED] = _forget()


def sign_in(key: Secret) -> None:
    """Use a key from now on."""
    st.session_state.pop(_ASKED, None)
    st.session_state[_KEY] = key


def sign_out() -> None:
    """Forget the key, and everything that was shown or entered with it."""
    for name in ("client", "decision"):
        st.query_params.pop(name, None)
    st.session_state.pop("address.client", None)
    _forget()
    st.session_state[_ASKED] = False


def _forget() -> bool:
    """Empty the session; return whether there was a key."""
    had_key = get_key() is not None
    for name in list(st.session_state):
        if name not in _KEPT | {"address.client"}:
            del st.session_state[name]
    return had_key


def get_language() -> Language:
    """Language of the pages: the chosen one, else the browser's, else French."""
    chosen = st.session_state.get("language") or st.query_params.get("lang")
    if chosen in LANGUAGES:
        return "en" if chosen == "en" else "fr"
    return "en" if (st.context.locale or "").lower().startswith("en") else "fr"


def keep_address() -> None:
    """Keep client and chosen language in the address of every page, so that it can be reloaded and shared."""
    for name in ("client", "lang"):
        value = st.query_params.get(name)
        if value is not None:
            st.session_state[f"address.{name}"] = value
        elif (kept := st.session_state.get(f"address.{name}")) is not None:
            st.query_params[name] = kept


def get_client() -> str | None:
    """Client number that the address names, as it was typed; None before a search."""
    return (st.query_params.get("client") or "")[:_LONGEST] or None


def show_client(number: str | None) -> None:
    """Let the pages show a client."""
    if number:
        st.session_state["address.client"] = number
        st.query_params["client"] = number


def is_dark() -> bool:
    """Whether the background is dark."""
    return st.context.theme.type == "dark"


def choice_key(name: str, language: Language) -> str:
    """Name an input with texts to choose from. Its choice is carried over when the officer switches the language.

    A browser knows a choice by its text: with one key for both languages, it would keep the former one's text.
    """
    return f"{name} {language}"


def show_language_switch(current: Language) -> None:
    """Let the officer switch the language; the address names it, and what was chosen stays chosen."""

    def switch() -> None:
        if (chosen := st.session_state["language switch"]) in LANGUAGES:
            for name, value in list(st.session_state.items()):
                if str(name).endswith(f" {current}"):
                    st.session_state[choice_key(str(name).removesuffix(f" {current}"), chosen)] = value
            st.session_state["language"] = chosen
            st.session_state["address.lang"] = chosen
            st.query_params["lang"] = chosen

    st.radio(
        "Langue · Language",
        list(LANGUAGES),
        index=list(LANGUAGES).index(current),
        format_func=lambda one: LANGUAGES[one],
        key="language switch",
        on_change=switch,
        horizontal=True,
    )


def set_page_language(current: Language) -> None:
    """Set the language for screen readers."""
    st.html(f"<script>document.documentElement.lang = '{current}'</script>", unsafe_allow_javascript=True)


def set_style() -> None:
    """Make pages look like the service's own, and hide hints that Streamlit writes in English only."""
    own = (Path(__file__).parent / "pages.css").read_text(encoding="utf-8")
    st.html(f"<style>{style_sheet(dark=is_dark())}{own}</style>")
