"""New applications from a file: scored with progress, invalid rows listed, results to read and to download."""

from typing import Any

import pandas as pd
import streamlit as st

from officer.answers import get_api
from officer.api import Json
from officer.model import Model
from officer.parts import show_note
from officer.texts import Language, text
from officer.upload import (
    MOST_ROWS,
    Row,
    Table,
    UnreadableFile,
    build_records,
    defuse_formula,
    find_unknown_columns,
    read_file,
    score_all,
)
from officer.words import describe_error, escape_markdown, format_number, with_label

_RESULT = "upload result"  # of this session only, with the file that it is of
_ERRORS_OF_A_ROW = 5  # that are written out
_LISTED = 100  # invalid rows on the page; the download has all


def show_upload(model: Model, language: Language) -> None:
    """Show the upload, and its results."""
    st.markdown(text("upload.how", language, most=format_number(MOST_ROWS, language)))
    file = st.file_uploader(text("upload.file", language), type=["csv", "parquet"], key="upload")
    if file is None:
        st.session_state.pop(_RESULT, None)
        return
    try:
        table = read_file(file.getvalue(), file.name)
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
    if scored_file == file.file_id:
        _show_results(results, model, language)


def _accept_columns(frame: pd.DataFrame, model: Model, language: Language) -> bool:
    """Let the officer decide about columns that the model does not have, since one may be misspelt."""
    unknown = find_unknown_columns(frame, model)
    if not unknown:
        return True
    listed = ", ".join(escape_markdown(name) for name in unknown[:20])
    st.warning(text("upload.unknown", language, count=len(unknown), columns=listed), icon=":material/view_column:")
    return st.checkbox(text("upload.leave_out", language), key="leave out")


def _score(records: list[Json], table: Table, model: Model, language: Language) -> list[Row]:
    done: list[Row] = []
    bar = st.progress(0.0)
    for rows in score_all(records, table.row_numbers, model.identity, get_api().post):
        done += rows
        counts = {"done": format_number(len(done), language), "rows": format_number(len(records), language)}
        bar.progress(len(done) / len(records), text("upload.progress", language, **counts))
    bar.empty()
    return done


def _show_results(rows: list[Row], model: Model, language: Language) -> None:
    invalid = [row for row in rows if row.decision is None]
    refused = sum(1 for row in rows if row.decision and row.decision["decision"] == "REFUSED")
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
        table.map(defuse_formula).to_csv(index=False).encode("utf-8-sig"),  # spreadsheets need the mark
        file_name="decisions.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _show_invalid(rows: list[Row], model: Model, language: Language) -> None:
    st.error(text("upload.invalid", language, count=format_number(len(rows), language)), icon=":material/error:")
    lines = [(row.number, escape_markdown(_describe_errors(row, model, language))) for row in rows[:_LISTED]]
    title = text("upload.errors", language)
    st.table(pd.DataFrame(lines, columns=[text("upload.row", language), title]), hide_index=True, alt=title)
    if len(rows) > _LISTED:
        show_note(text("upload.more", language, count=format_number(len(rows) - _LISTED, language)))


def _build_line(row: Row, model: Model, language: Language) -> dict[str, Any]:
    decision = row.decision or {}
    review = decision.get("review")
    return {
        text("upload.row", language): row.number,
        **({model.identity: row.client_id} if model.identity else {}),
        text("decision", language): text(
            f"decision.{decision['decision']}" if decision else "upload.not_scored", language
        ),
        text("risk", language): decision.get("calibrated_probability"),
        text("risk.own", language): decision.get("probability"),
        text("review", language): "" if review is None else text("yes" if review else "no", language),
        text("upload.errors", language): _describe_errors(row, model, language),
        text("upload.warnings", language): " ".join(decision.get("warnings", ())),
    }


def _describe_errors(row: Row, model: Model, language: Language) -> str:
    messages = []
    for error in row.errors[:_ERRORS_OF_A_ROW]:
        name = str(error["field"])
        message = describe_error(error, model.fields.get(name), language, typed=False)
        messages.append(with_label(model.label_of(name, language), message, language))
    if len(row.errors) > _ERRORS_OF_A_ROW:
        messages.append(text("upload.more_errors", language, count=len(row.errors) - _ERRORS_OF_A_ROW))
    return "; ".join(messages)
