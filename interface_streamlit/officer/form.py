"""A form made of the API's own schema: one control a field."""

from typing import Any

import streamlit as st

from officer.model import Field
from officer.texts import Language, text
from officer.words import YEAR, limits, shown

_PLACES = 6  # digits behind the point that a number can be typed with


def control(field: Field, fault: str | None, language: Language) -> Any:
    """Show a field, its fault below it; give what was entered in the API's own terms, None where nothing was."""
    label, key = label_of(field, language), f"new {field.name}"
    about = _help(field, language)
    value: Any
    if field.type == "category":
        value = st.selectbox(
            label,
            field.categories,
            index=None,
            key=key,
            format_func=lambda one: field.text_of(one, language),
            placeholder=text("not_known", language),
            help=about,
            accept_new_options=not field.categories,
        )
    elif field.unit == "flag":
        value = st.selectbox(
            label, (0, 1), index=None, key=key, help=about, placeholder=text("not_known", language),
            format_func=lambda one: text("yes" if one else "no", language),
        )  # fmt: skip
    else:
        value = _number(field, label, key, about)
    if fault:
        st.markdown(f":red[:material/error: {fault}]")
    return value


def _number(field: Field, label: str, key: str, about: str | None) -> float | int | None:
    if field.type == "integer" and not field.counts_back:
        whole: int | None = st.number_input(label, value=None, step=1, format="%d", key=key, help=about)
        return whole
    typed: float | None = st.number_input(
        label, value=None, step=1.0 if field.counts_back else None, format="%.10g", key=key, help=about
    )
    if typed is None:
        return None
    if field.counts_back:
        return round(-typed * YEAR)
    return int(typed) if typed.is_integer() else round(typed, _PLACES)


def label_of(field: Field, language: Language) -> str:
    """Name a field, with its unit and whether it is needed."""
    unit = "years" if field.counts_back else field.unit
    named = f"{field.label[language]} ({text(f'axis.{unit}', language)})" if unit in _NAMED else field.label[language]
    return f"{named} *" if field.required else named


_NAMED = frozenset({"years", "months", "hour", "days", "currency", "share"})


def _help(field: Field, language: Language) -> str | None:
    said = [field.description[language]] if field.description and not field.counts_back else []
    said.append(limits(field, language, as_shown=True))
    if field.usual and field.unit != "flag":
        low, high = (shown(field, end, language) for end in sorted(field.usual, reverse=field.counts_back))
        said.append(text("range.usual", language, low=low, high=high))
    return " ".join([*filter(None, said), f"`{field.name}`"])
