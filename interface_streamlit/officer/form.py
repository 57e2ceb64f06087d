"""A form built from the API's own schema: one input for each field, which keeps its value on other pages."""

from collections.abc import Iterable
from typing import Any

import streamlit as st

from officer.model import YEAR, Field
from officer.plain import escape_markdown
from officer.session import LANGUAGES, choice_key
from officer.texts import Language, text
from officer.typed_number import show_number_input
from officer.words import label_with_unit

PREFIX = "new "  # of what the session keeps of the form


def show_input(field: Field, error: str, language: Language) -> Any:
    """Show a field with its error; return the value in the API's own terms, None where nothing was entered.

    A text that is not a number stays a text; the API refuses it and says why.
    """
    label, key = form_label(field, language), _key(field, language)
    about = _describe_input(field, language)
    value: Any
    if field.type == "category":
        names = field.name_categories(field.categories or (), language)
        value = st.selectbox(
            label,
            list(names),
            index=None,
            key=key,
            format_func=lambda one: names.get(one, one),
            placeholder=text("not_known", language),
            help=about,
            accept_new_options=not names,
            persist_state="session",
        )
    elif field.unit == "flag":
        value = st.selectbox(
            label, (0, 1), index=None, key=key, help=about, placeholder=text("not_known", language),
            format_func=lambda one: text("yes" if one else "no", language), persist_state="session",
        )  # fmt: skip
    else:
        value = show_number_input(field, label, key, about, language)
        if field.counts_back and isinstance(value, float):
            value = round(-value * YEAR)
    if error:
        st.markdown(f":red[:material/error: {error}]")
    return value


def empty_form(fields: Iterable[Field]) -> None:
    """Forget what was entered into the fields, shown or not, and all else of the form; before it is shown again."""
    for name in list(st.session_state):
        if str(name).startswith(PREFIX):
            del st.session_state[name]
    for field in fields:
        for language in LANGUAGES:
            st.session_state[_key(field, language)] = None if _is_choice(field) else ""


def _is_choice(field: Field) -> bool:
    return field.type == "category" or field.unit == "flag"


def _key(field: Field, language: Language) -> str:
    name = f"{PREFIX}{field.name}"
    return choice_key(name, language) if _is_choice(field) else name


def form_label(field: Field, language: Language) -> str:
    """Name a field with its unit, and mark a required one; as Markdown."""
    label = escape_markdown(label_with_unit(field, language))
    return f"{label}\u00a0*" if field.required else label


def _describe_input(field: Field, language: Language) -> str:
    parts = [escape_markdown(field.description[language])] if field.description and not field.counts_back else []
    if field.type != "category":
        described = {
            "range.expected": field.describe("expected_typed", language),
            "range.usual": field.describe("usual", language),
        }
        for key, written in described.items():
            if written and field.unit != "flag":
                parts.append(text(key, language, range=escape_markdown(written)))
    return " ".join([*parts, f"({escape_markdown(field.name)})"])
