"""The results of a file: what was decided, errors in groups, and downloads in the reader's format."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from officer.answers import reads_history
from officer.contract import FieldError
from officer.downloads import WORKBOOK, Page, write_csv, write_workbook
from officer.error_groups import ErrorGroup, group_errors
from officer.model import Model
from officer.parts import escape_table, show_note
from officer.plain import clean
from officer.texts import Language, text
from officer.upload import Row
from officer.words import describe_error, describe_id, format_number, join_messages, with_label

_WHOLE = {"(all)": "upload.no_value", "(record)": "upload.row_too_large"}  # errors of a whole row
_LISTED = 50  # groups of errors on the page; the download has all errors
_SHOWN = 40  # signs of an example


def show_results(rows: list[Row], model: Model, language: Language) -> None:
    """Show the decisions on the rows of a file, what is wrong with the others, and the downloads."""
    invalid = [row for row in rows if row.decision is None]
    refused = sum(1 for row in rows if row.decision and row.decision.refused)
    counts = {"rows": len(rows), "scored": len(rows) - len(invalid), "refused": refused}
    written = {name: format_number(count, language) for name, count in counts.items()}
    st.markdown(text("upload.done", language, **written))
    shows_history = reads_history(model)
    if shows_history:
        imputed = sum(row.history_imputed for row in rows)
        histories = {"stored": counts["scored"] - imputed, "imputed": imputed}
        written = {name: format_number(count, language) for name, count in histories.items()}
        st.markdown(text("upload.history_done", language, **written))
    if invalid:
        _show_invalid(invalid, model, language)
    shares = [text(name, language) for name in ("risk", "risk.own")]
    table = pd.DataFrame([_build_line(row, model, language, shows_history=shows_history) for row in rows])
    _show_downloads(table, invalid, model, language)
    config = {name: st.column_config.NumberColumn(format="percent") for name in shares}
    st.dataframe(table, hide_index=True, width="stretch", column_config=config, placeholder="")


def _show_downloads(table: pd.DataFrame, invalid: list[Row], model: Model, language: Language) -> None:
    """Offer the results as a workbook, with all errors one by one, and as CSV, both in the reader's format."""
    pages = [Page(text("upload.results", language), table, [text(name, language) for name in ("risk", "risk.own")])]
    if invalid:
        errors = [line for row in invalid for line in _list_errors(row, model, language)]
        pages.append(Page(text("upload.errors", language), pd.DataFrame(errors)))
    name = text("upload.file_name", language)
    with st.container(horizontal=True):
        offer_download("upload.download_xlsx", write_workbook(*pages), f"{name}.xlsx", language)
        offer_download("upload.download", write_csv(table, language), f"{name}.csv", language)


def offer_download(label: str, content: bytes, name: str, language: Language) -> None:
    """Offer a file to download; ``label`` is the key of a text."""
    kind = WORKBOOK if name.endswith(".xlsx") else "text/csv"
    icon = ":material/download:"
    st.download_button(
        text(label, language), content, file_name=name, mime=kind, icon=icon, on_click="ignore", key=label
    )


def _show_invalid(rows: list[Row], model: Model, language: Language) -> None:
    """Show the errors in groups, with examples and what to do."""
    st.error(text("upload.invalid", language, count=format_number(len(rows), language)), icon=":material/error:")
    groups = group_errors(rows, model)
    titles = ("upload.column", "upload.problem", "upload.count", "upload.examples", "upload.remedy")
    lines = [_describe_group(group, model, language) for group in groups[:_LISTED]]
    table = pd.DataFrame(lines, columns=[text(title, language) for title in titles])
    st.table(escape_table(table), hide_index=True, alt=text("upload.errors", language))
    if len(groups) > _LISTED:
        show_note(text("upload.more", language, count=format_number(len(groups) - _LISTED, language)))


def _describe_group(group: ErrorGroup, model: Model, language: Language) -> tuple[str, ...]:
    name, is_whole = group.first.field, group.kind == "whole"
    expected = text(_WHOLE[name], language) if is_whole else _describe_expected(group.first, model, language)
    field = model.fields.get(name)
    must_be_valid = group.kind == "text" and field is not None and field.required
    examples = [
        text("upload.example", language, line=line, received=clean(received)[:_SHOWN])
        if received
        else text("upload.example_line", language, line=line)
        for line, received in group.examples
    ]
    return (
        "" if is_whole else _name_column(name, model, language),
        text(f"upload.kind.{group.kind}", language),
        format_number(group.rows, language),
        join_messages(examples, language),
        text(f"upload.fix.{'value' if must_be_valid else group.kind}", language, expected=expected),
    )


def _name_column(name: str, model: Model, language: Language) -> str:
    return text("template.client", language) if name == model.identity else model.label_of(name, language)


def _describe_expected(error: FieldError, model: Model, language: Language) -> str:
    if error.field == model.identity:
        return describe_id(model, language)
    described = model.fields.get(error.field)
    if described is not None and described.type == "category":
        return text("expected.text", language)
    expected = (described and described.describe("expected", language)) or error.expected
    if described is not None and described.counts_back:
        expected = f"{expected} ({text('template.days_back', language)})"
    return expected


def _list_errors(row: Row, model: Model, language: Language) -> Iterator[dict[str, Any]]:
    for error in row.errors:
        is_whole = error.field in _WHOLE
        yield {
            text("upload.row", language): row.line,
            text("upload.column", language): "" if is_whole else _name_column(error.field, model, language),
            text("template.name", language): "" if is_whole else error.field,
            text("upload.received", language): error.received,
            text("template.expected", language): text(_WHOLE[error.field], language)
            if is_whole
            else _describe_expected(error, model, language),
        }


def _build_line(row: Row, model: Model, language: Language, *, shows_history: bool) -> dict[str, Any]:
    decision = row.decision
    warnings = decision.warning_details if decision else ()
    review = decision.review if decision else None
    history = text("upload.history_imputed" if row.history_imputed else "upload.history_stored", language)
    return {
        text("upload.row", language): row.line,
        # As a text, since a number may be too long for the table.
        **(
            {text("template.client", language): "" if row.client_id is None else str(row.client_id)}
            if model.identity
            else {}
        ),
        text("decision", language): text(
            f"decision.{decision.decision}" if decision else "upload.not_scored", language
        ),
        text("risk", language): decision.calibrated_probability if decision else None,
        text("risk.own", language): decision.probability if decision else None,
        text("review", language): "" if review is None else text("yes" if review else "no", language),
        **({text("upload.history_column", language): history if decision else ""} if shows_history else {}),
        text("upload.errors", language): join_messages(
            [_describe(error, model, language) for error in row.errors], language
        ),
        text("upload.warnings", language): " ".join(one.text[language] for one in warnings),
    }


def _describe(error: FieldError, model: Model, language: Language) -> str:
    if error.field in _WHOLE:
        return text(_WHOLE[error.field], language)
    if error.field == model.identity:
        error = replace(error, expected=describe_id(model, language))
    message = describe_error(error, model.fields.get(error.field), language, typed=False)
    return with_label(_name_column(error.field, model, language), message, language)
