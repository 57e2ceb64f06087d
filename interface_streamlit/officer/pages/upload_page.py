"""New applications from a file: scored with progress, invalid rows listed, results to read and to download."""

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from officer.answers import inspect_many, predict_many, read_csv
from officer.api import ApiError
from officer.contract import DecimalMark, FieldError
from officer.failures import show_error, showing_errors
from officer.model import Model
from officer.parts import escape_table, show_note
from officer.plain import escape_markdown
from officer.texts import Language, text
from officer.upload import MOST_MEGABYTES, MOST_ROWS, Refusal, Row, Scoring, Table, read_file, score_all, write_csv
from officer.words import describe_error, describe_id, format_number, join_messages, with_label

_READ = "upload read"  # by file, model and decimal mark: the table, or why it cannot be read
_RESULT = "upload result"  # of this session only, with the file and the decimal mark that it is of
_ERRORS_OF_A_ROW = 5  # that are written out
_NOTES = 5  # on how the file was read, that are visible at once
_COLUMNS = 20  # unknown ones that are named
_WHOLE = {"(all)": "upload.no_value", "(record)": "upload.row_too_large"}  # errors of a whole row
_LISTED = 100  # invalid rows on the page; the download has all


def show_upload(model: Model, language: Language) -> None:
    """Show the upload, and its results."""
    st.markdown(text("upload.how", language, most=format_number(MOST_ROWS, language)))
    # Of any type: what cannot be read is refused with the remedy, in the language of the page.
    file = st.file_uploader(text("upload.file", language, most=MOST_MEGABYTES), key="upload")
    if file is None:
        st.session_state.pop(_RESULT, None)
        st.session_state.pop(_READ, None)
        return
    with showing_errors(language, "file"):
        read, decimal = _read(file, model, language)
        if read is None:
            return
        _show_how_read(read, language)
        if not _accept_columns(read, file.file_id, language):
            return
        rows = format_number(len(read.rows), language)
        if st.button(text("upload.go", language, rows=rows), type="primary", key="score file"):
            st.session_state[_RESULT] = (file.file_id, decimal, _score(read, language))
        *scored, results = st.session_state.get(_RESULT, (None, None, []))
        if scored == [file.file_id, decimal] and results:
            _show_results(results, model, language)


def _read(file: UploadedFile, model: Model, language: Language) -> tuple[Table | None, DecimalMark | None]:
    """Read a file, with the decimal mark that the officer chose where the file does not show it; show a refusal."""
    decimal: DecimalMark | None = None
    read = _read_once(file, model, None)
    if isinstance(read, Refusal) and read.readings:
        st.warning(escape_markdown(read.text[language]), icon=":material/help:")
        decimal = _choose_decimal_mark(read, file.file_id, language)
        if decimal is None:
            return None, None
        read = _read_once(file, model, decimal)
    if isinstance(read, Refusal):
        st.error(escape_markdown(read.text[language]), icon=":material/error:")
        return None, None
    return read, decimal


def _read_once(file: UploadedFile, model: Model, decimal: DecimalMark | None) -> Table | Refusal:
    """Read a file, once for all reruns; raises ApiError."""
    key = (file.file_id, model.version, decimal)
    known: dict[tuple[str, str, DecimalMark | None], Table | Refusal] = st.session_state.get(_READ, {})
    if key not in known:
        kept = {other: read for other, read in known.items() if other[:2] == key[:2]}
        known = {**kept, key: read_file(file.getvalue(), file.name, model, lambda content: read_csv(content, decimal))}
        st.session_state[_READ] = known
    return known[key]


def _choose_decimal_mark(refusal: Refusal, file_id: str, language: Language) -> DecimalMark | None:
    def describe(mark: DecimalMark) -> str:
        value = refusal.readings[mark]
        digits = len(f"{value:.15g}".partition(".")[2])
        cell, written = escape_markdown(refusal.cell), format_number(value, language, digits)
        return text(f"upload.decimal.{mark}", language, cell=cell, value=written)

    title, marks = text("upload.decimal", language), list(refusal.readings)
    return st.radio(title, marks, index=None, format_func=describe, key=f"decimal {file_id}")


def _show_how_read(read: Table, language: Language) -> None:
    """Show how the file is written, and what was unusual."""
    notes = [f":small[{escape_markdown(note[language])}]" for note in read.notes]
    st.markdown("  \n".join(notes[:_NOTES]))
    if len(notes) > _NOTES:
        with st.expander(text("upload.more_notes", language, count=len(notes) - _NOTES)):
            st.markdown("  \n".join(notes[_NOTES:]))


def _accept_columns(read: Table, file_id: str, language: Language) -> bool:
    """Let the officer decide about columns that the model does not have, since one may be misspelt."""
    if not read.unknown:
        return True
    names = [escape_markdown(name) or text("upload.unnamed", language) for name in read.unknown[:_COLUMNS]]
    listed = ", ".join([*names, *(["…"] if len(read.unknown) > _COLUMNS else [])])
    count = format_number(len(read.unknown), language)
    st.warning(text("upload.unknown", language, count=count, columns=listed), icon=":material/view_column:")
    return st.checkbox(text("upload.leave_out", language), key=f"leave out {file_id}")


def _score(read: Table, language: Language) -> list[Row]:
    """Score all rows; those that are done are kept if the API fails."""
    done: list[Row] = []
    bar = st.progress(0.0)
    try:
        for rows in score_all(read.rows, Scoring(predict_many, inspect_many)):
            done += rows
            counts = {"done": format_number(len(done), language), "rows": format_number(len(read.rows), language)}
            bar.progress(len(done) / len(read.rows), text("upload.progress", language, **counts))
    except ApiError as error:
        show_error(error, language, "scoring")
    bar.empty()
    return done


def _show_results(rows: list[Row], model: Model, language: Language) -> None:
    invalid = [row for row in rows if row.decision is None]
    refused = sum(1 for row in rows if row.decision and row.decision.refused)
    counts = {"rows": len(rows), "scored": len(rows) - len(invalid), "refused": refused}
    written = {name: format_number(count, language) for name, count in counts.items()}
    st.markdown(text("upload.done", language, **written))
    if invalid:
        _show_invalid(invalid, model, language)
    shares = {text(name, language): st.column_config.NumberColumn(format="percent") for name in ("risk", "risk.own")}
    table = pd.DataFrame([_build_line(row, model, language) for row in rows])
    st.dataframe(table, hide_index=True, width="stretch", column_config=shares)
    st.download_button(
        text("upload.download", language),
        write_csv(table),
        file_name="decisions.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _show_invalid(rows: list[Row], model: Model, language: Language) -> None:
    st.error(text("upload.invalid", language, count=format_number(len(rows), language)), icon=":material/error:")
    lines = [(row.line, _describe_errors(row, model, language)) for row in rows[:_LISTED]]
    title = text("upload.errors", language)
    table = pd.DataFrame(lines, columns=[text("upload.row", language), title])
    st.table(escape_table(table), hide_index=True, alt=title)
    if len(rows) > _LISTED:
        show_note(text("upload.more", language, count=format_number(len(rows) - _LISTED, language)))


def _build_line(row: Row, model: Model, language: Language) -> dict[str, Any]:
    decision = row.decision
    warnings = decision.warning_details if decision else ()
    review = decision.review if decision else None
    return {
        text("upload.row", language): row.line,
        # As a text, since a number may be too long for the table.
        **({model.identity: "" if row.client_id is None else str(row.client_id)} if model.identity else {}),
        text("decision", language): text(
            f"decision.{decision.decision}" if decision else "upload.not_scored", language
        ),
        text("risk", language): decision.calibrated_probability if decision else None,
        text("risk.own", language): decision.probability if decision else None,
        text("review", language): "" if review is None else text("yes" if review else "no", language),
        text("upload.errors", language): _describe_errors(row, model, language),
        text("upload.warnings", language): " ".join(one.text[language] for one in warnings),
    }


def _describe_errors(row: Row, model: Model, language: Language) -> str:
    messages = [_describe(error, model, language) for error in row.errors[:_ERRORS_OF_A_ROW]]
    if len(row.errors) > _ERRORS_OF_A_ROW:
        messages.append(text("upload.more_errors", language, count=len(row.errors) - _ERRORS_OF_A_ROW))
    return join_messages(messages, language)


def _describe(error: FieldError, model: Model, language: Language) -> str:
    if error.field in _WHOLE:
        return text(_WHOLE[error.field], language)
    if error.field == model.identity:
        error = replace(error, expected=describe_id(model, language))
    message = describe_error(error, model.fields.get(error.field), language, typed=False)
    return with_label(model.label_of(error.field, language), message, language)
