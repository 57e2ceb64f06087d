"""What belongs to one officer's session: the language, and the client that the address names."""

import streamlit as st

from officer.texts import Language

_LONGEST = 80  # characters; the longest ids of the API's have 64
LANGUAGES: dict[Language, str] = {"fr": "Français", "en": "English"}


def language() -> Language:
    """Language of the pages: what was chosen, else what the browser asks for, else French."""
    chosen = st.session_state.get("language") or st.query_params.get("lang")
    if chosen in LANGUAGES:
        return "en" if chosen == "en" else "fr"
    return "en" if (st.context.locale or "").lower().startswith("en") else "fr"


def keep_address() -> None:
    """Let the address carry client and chosen language on every page, so that it can be reloaded and shared."""
    for name in ("client", "lang"):
        told = st.query_params.get(name)
        if told is not None:
            st.session_state[f"address.{name}"] = told
        elif (kept := st.session_state.get(f"address.{name}")) is not None:
            st.query_params[name] = kept


def client() -> str | None:
    """Return the number of the client that the pages are about, as it was given; none yet."""
    return (st.query_params.get("client") or "")[:_LONGEST] or None


def show_client(number: str | None) -> None:
    """Make the pages be about a client."""
    if number:
        st.session_state["address.client"] = number
        st.query_params["client"] = number


def choose_language(chosen: Language) -> None:
    """Switch the language, and let the address say so."""
    st.session_state["language"] = chosen
    st.session_state["address.lang"] = chosen
    st.query_params["lang"] = chosen


def is_dark() -> bool:
    """Whether the background is dark."""
    return st.context.theme.type == "dark"


def language_switch(current: Language) -> None:
    """Let the officer switch the language."""

    def switch() -> None:
        if (chosen := st.session_state["language switch"]) in LANGUAGES:
            choose_language(chosen)

    st.radio(
        "Langue · Language",
        list(LANGUAGES),
        index=list(LANGUAGES).index(current),
        format_func=lambda one: LANGUAGES[one],
        key="language switch",
        on_change=switch,
        horizontal=True,
    )


def page_language(current: Language) -> None:
    """Tell screen readers which language to speak, and hide hints that Streamlit writes in English only."""
    st.html(f"<script>document.documentElement.lang = '{current}'</script>", unsafe_allow_javascript=True)
    style = "[data-testid='InputInstructions'] {display: none}"
    if is_dark():  # Streamlit writes white on the light blue that everything else needs on a dark background
        style += " [data-testid^='stBaseButton-primary'] p {color: #12181F}"
    st.html(f"<style>{style}</style>")
