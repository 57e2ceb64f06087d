"""How the columns of a file were read: a table of their headers, their fields and the kinds of their values."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from officer.contract import UploadedColumn
from officer.model import Field, Model
from officer.parts import escape_table
from officer.texts import Language, text

_FEW = 12  # columns; a longer table is folded


def show_columns(columns: Sequence[UploadedColumn], model: Model, language: Language) -> None:
    """Show how columns were read; folded where there are many, or where each has the name of its field."""
    if not columns:
        return
    lines = [(one.column, _name_field(one.field, model, language), _name_kind(one, model, language)) for one in columns]
    titles = [text(f"upload.read.{title}", language) for title in ("column", "field", "kind")]
    is_plain = all(one.column == one.field and one.unit is None for one in columns)
    title = text("upload.read", language, count=len(columns))
    with st.expander(title, expanded=not is_plain and len(columns) <= _FEW):
        st.table(escape_table(pd.DataFrame(lines, columns=titles)), hide_index=True, border="horizontal", alt=title)


def _name_field(name: str, model: Model, language: Language) -> str:
    label = text("template.client", language) if name == model.identity else model.fields[name].label[language]
    return label if label == name else f"{label} ({name})"


def _name_kind(column: UploadedColumn, model: Model, language: Language) -> str:
    if column.field == model.identity:
        return text("upload.read.identity", language)
    return name_kind(model.fields[column.field], column.unit, language)


def name_kind(field: Field, unit: str | None, language: Language) -> str:
    """Name the kind of a field's values; ``unit`` is the unit of times that become days.

    >>> field = Field("DAYS_BIRTH", "integer", {"fr": "Âge", "en": "Age"}, unit="days", maximum=-6570)
    >>> [name_kind(field, unit, "en") for unit in (None, "years")]
    ['days before the application', 'years, turned into days before the application']
    """
    kinds = {"back": field.counts_back, "flag": field.unit == "flag", "amount": field.currency is not None}
    kind = unit or next((kind for kind, has in kinds.items() if has), field.type)
    return text(f"upload.read.{kind}", language)
