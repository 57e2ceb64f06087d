"""A field for a number, typed as people write it. The API reads it, so that fields, forms and files are read alike.

A browser's own field for numbers loses a decimal comma without a word: of ``25000,50`` it makes 2500050.
"""

import streamlit as st

from officer.answers import read_number
from officer.failures import showing_errors
from officer.model import Field
from officer.plain import escape_markdown
from officer.session import choice_key
from officer.texts import Language, text
from officer.words import format_typed, write_typed

_LONGEST = 500  # characters of a number


def show_number_input(
    field: Field, label: str, key: str, about: str | None, language: Language, *, beside: float | None = None
) -> float | str | None:
    """Show the field, and below it how the number was understood; ask which one is meant where it can be two.

    What was typed and chosen is kept when the officer goes to another page.

    Parameters
    ----------
    key : of the text that is typed.
    beside : value of a slider with the same label that it stands beside; the API is asked only about another one.

    Returns
    -------
    The number as it was typed (years, for a time before the application); what was typed where it is no number, or
    where no choice was made; None where nothing was typed.
    """
    typed = st.text_input(
        label,
        key=key,
        help=about,
        max_chars=_LONGEST,
        autocomplete="off",
        label_visibility="visible" if beside is None else "collapsed",
        persist_state="session",
    ).strip()
    values: tuple[float, ...] = ()
    if beside is not None and typed == write_typed(beside, language):
        values = (float(beside),)
    elif typed:
        with showing_errors(language, f"reading {key}"):
            values = read_number(field.name, typed)
    if len(values) > 1:
        return _ask(field, typed, values, key, language)
    understood = format_typed(values[0], field, language) if values else typed
    shown = escape_markdown(text("typed.understood", language, value=understood))
    # An empty line keeps what follows in its place, so that a click on it does not miss.
    st.markdown(f":small[{'&nbsp;' if understood == typed else shown}]")
    return values[0] if values else typed or None


def _ask(field: Field, typed: str, values: tuple[float, ...], key: str, language: Language) -> float | str:
    """Ask which of two numbers is meant; a choice belongs to what was typed."""
    texts = {
        value: escape_markdown(text(key, language, value=format_typed(value, field, language)))
        for value, key in zip(values, ("typed.thousands", "typed.decimals"), strict=True)
    }
    question = escape_markdown(text("typed.question", language, text=typed))
    chosen = st.radio(
        question,
        values,
        index=None,
        format_func=lambda one: texts[one],
        key=choice_key(f"{key} as {typed}", language),
        persist_state="session",
    )
    return typed if chosen is None else float(chosen)
