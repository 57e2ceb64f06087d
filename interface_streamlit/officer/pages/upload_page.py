"""New applications from a file: scored with progress, invalid rows listed, results to read and to download."""

from typing import Any

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from officer.answers import inspect_many, predict_many
from officer.api import ApiError, Json
from officer.failures import show_error
from officer.model import Model
from officer.parts import escape_table, show_note
from officer.plain import escape_markdown
from officer.texts import Language, text
from officer.upload import (
    MOST_ROWS,
    Row,
    Scoring,
    Table,
    UnreadableFile,
    build_records,
    find_unknown_columns,
    read_file,
    score_all,
    write_csv,
)
from officer.words import describe_error, format_number, with_label

_TABLE = "upload table"
_RESULT = "upload result"  # of this session only, with the file that it is of
_ERRORS_OF_A_ROW = 5  # that are written out
_LISTED = 100  # invalid rows on the page; the download has all


def show_upload(model: Model, language: Language) -> None:
    """Show the upload, and its results."""
    st.markdown(text("upload.how", language, most=format_number(MOST_ROWS, language)))
    file = st.file_uploader(text("upload.file", language), type=["csv", "parquet", "pq"], key="upload")
    if file is None:
        st.session_state.pop(_RESULT, None)
        st.session_state.pop(_TABLE, None)
        return
    try:
        table = _read_once(file)
        records = build_records(table, model)
    except UnreadableFile as error:
        values = {name: escape_markdown(str(value)) for name, value in error.values.items()}
        st.error(text(error.reason, language, **values), icon=":material/error:")
        return
    rows = format_number(len(records), language)
    if not 1 <= len(records) <= MOST_ROWS:
        most = format_number(MOST_ROWS, language)
        st.error(text("upload.size", language, rows=rows, most=most), icon=":material/error:")
        return
    if not _accept_columns(table.frame, model, language):
        return
    if st.button(text("upload.go", language, rows=rows), type="primary", key="score file"):
        st.session_state[_RESULT] = (file.file_id, _score(records, table, model, language))
    scored_file, results = st.session_state.get(_RESULT, (None, []))
    if scored_file == file.file_id and results:
        _show_results(results, model, language)


def _read_once(file: UploadedFile) -> Table:
    """Read a file, once for all reruns; raises UnreadableFile."""
    known: dict[str, Table] = st.session_state.get(_TABLE, {})
    if file.file_id not in known:
        known = {file.file_id: read_file(file.getvalue(), file.name)}
        st.session_state[_TABLE] = known
    return known[file.file_id]


def _accept_columns(frame: pd.DataFrame, model: Model, language: Language) -> bool:
    """Let the officer decide about columns that the model does not have, since one may be misspelt."""
    unknown = find_unknown_columns(frame, model)
    if not unknown:
        return True
    listed = ", ".join(escape_markdown(name) for name in unknown[:20])
    st.warning(text("upload.unknown", language, count=len(unknown), columns=listed), icon=":material/view_column:")
    return st.checkbox(text("upload.leave_out", language), key="leave out")


def _score(records: list[Json], table: Table, model: Model, language: Language) -> list[Row]:
    """Score all records; those that are done are kept if the API fails."""
    done: list[Row] = []
    bar = st.progress(0.0)
    try:
        for rows in score_all(records, table.row_numbers, model.identity, Scoring(predict_many, inspect_many)):
            done += rows
            counts = {"done": format_number(len(done), language), "rows": format_number(len(records), language)}
            bar.progress(len(done) / len(records), text("upload.progress", language, **counts))
    except ApiError as error:
        show_error(error, language, "file")
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
    lines = [(row.number, _describe_errors(row, model, language)) for row in rows[:_LISTED]]
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
        text("upload.row", language): row.number,
        **({model.identity: row.client_id} if model.identity else {}),
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
    messages = []
    for error in row.errors[:_ERRORS_OF_A_ROW]:
        message = describe_error(error, model.fields.get(error.field), language, typed=False)
        messages.append(with_label(model.label_of(error.field, language), message, language))
    if len(row.errors) > _ERRORS_OF_A_ROW:
        messages.append(text("upload.more_errors", language, count=len(row.errors) - _ERRORS_OF_A_ROW))
    return "; ".join(messages)
