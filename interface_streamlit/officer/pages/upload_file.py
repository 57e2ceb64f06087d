"""New applications from a file: sent with progress, faulty rows named, results to look at and to download."""

from typing import Any

import pandas as pd
import streamlit as st

from officer.answers import api
from officer.model import Model
from officer.parts import note
from officer.texts import Language, text
from officer.upload import MOST_ROWS, Row, UnreadableFile, first_row, read_file, records_of, score_all, unknown_columns
from officer.words import fault_text, labelled, number, plain

_RESULT = "upload result"  # of this session only, with the file that it is of
_OF_A_ROW = 5  # faults of a row that are written out
_LISTED = 100  # faulty rows on the page; the download has all


def show_upload(model: Model, language: Language) -> None:
    """Show the upload, and what came of it."""
    st.markdown(text("upload.how", language, most=number(MOST_ROWS, language)))
    file = st.file_uploader(text("upload.file", language), type=["csv", "parquet"], key="upload")
    if file is None:
        st.session_state.pop(_RESULT, None)
        return
    try:
        frame = read_file(file.getvalue(), file.name)
    except UnreadableFile as error:
        st.error(text("upload.unreadable", language, detail=plain(str(error))), icon=":material/error:")
        return
    if not 1 <= len(frame) <= MOST_ROWS:
        counts = {"rows": number(len(frame), language), "most": number(MOST_ROWS, language)}
        st.error(text("upload.size", language, **counts), icon=":material/error:")
        return
    if not _may_go_on(frame, model, language):
        return
    label = text("upload.go", language, rows=number(len(frame), language))
    if st.button(label, type="primary", key="score file"):
        st.session_state[_RESULT] = (file.file_id, _score(frame, file.name, model, language))
    of, rows = st.session_state.get(_RESULT, (None, []))
    if of == file.file_id:
        _results(rows, model, language)


def _may_go_on(frame: pd.DataFrame, model: Model, language: Language) -> bool:
    """Let the officer decide about columns that the model does not know, since one may be misspelt."""
    unknown = unknown_columns(frame, model)
    if not unknown:
        return True
    listed = ", ".join(plain(name) for name in unknown[:20])
    st.warning(text("upload.unknown", language, count=len(unknown), columns=listed), icon=":material/view_column:")
    return st.checkbox(text("upload.leave_out", language), key="leave out")


def _score(frame: pd.DataFrame, name: str, model: Model, language: Language) -> list[Row]:
    done: list[Row] = []
    bar = st.progress(0.0, text("upload.progress", language, done=0, rows=number(len(frame), language)))
    sent = score_all(
        records_of(frame, model), first_row(name), model.identity, lambda path, body: api().post(path, body)
    )
    for rows in sent:
        done += rows
        counts = {"done": number(len(done), language), "rows": number(len(frame), language)}
        bar.progress(len(done) / len(frame), text("upload.progress", language, **counts))
    bar.empty()
    return done


def _results(rows: list[Row], model: Model, language: Language) -> None:
    faulty = [row for row in rows if row.decision is None]
    table = results_table(rows, model, language)
    refused = sum(1 for row in rows if row.decision and row.decision["decision"] == "REFUSED")
    counts = {"rows": len(rows), "scored": len(rows) - len(faulty), "faulty": len(faulty), "refused": refused}
    st.markdown(text("upload.done", language, **{name: number(count, language) for name, count in counts.items()}))
    if faulty:
        st.error(text("upload.faulty", language, count=number(len(faulty), language)), icon=":material/error:")
        named = [(row.number, plain(_faults(row, model, language))) for row in faulty[:_LISTED]]
        columns = [text("upload.row", language), text("upload.fault", language)]
        st.table(pd.DataFrame(named, columns=columns), hide_index=True, alt=text("upload.fault", language))
        if len(faulty) > _LISTED:
            note(text("upload.more", language, count=number(len(faulty) - _LISTED, language)))
    shares = {text(name, language): st.column_config.NumberColumn(format="percent") for name in ("risk", "risk.own")}
    st.dataframe(table, hide_index=True, width="stretch", column_config=shares)
    st.download_button(
        text("upload.download", language),
        table.to_csv(index=False).encode("utf-8-sig"),  # with the mark by which spreadsheets know UTF-8
        file_name="decisions.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def results_table(rows: list[Row], model: Model, language: Language) -> pd.DataFrame:
    """One line a row of the file."""
    return pd.DataFrame([_line(row, model, language) for row in rows])


def _line(row: Row, model: Model, language: Language) -> dict[str, Any]:
    decision = row.decision or {}
    said = text(f"decision.{decision['decision']}", language) if decision else text("upload.not_scored", language)
    review = {True: text("yes", language), False: text("no", language)}.get(decision.get("review"), "")  # type: ignore[arg-type]
    line: dict[str, Any] = {text("upload.row", language): row.number}
    if model.identity:
        line[model.identity] = row.client_id
    return {
        **line,
        text("decision", language): said,
        text("risk", language): decision.get("calibrated_probability"),
        text("risk.own", language): decision.get("probability"),
        text("review", language): review,
        text("upload.fault", language): _faults(row, model, language),
        text("upload.warnings", language): " ".join(decision.get("warnings", ())),
    }


def _faults(row: Row, model: Model, language: Language) -> str:
    said = []
    for fault in row.faults[:_OF_A_ROW]:
        name = str(fault["field"])
        told = fault_text(fault, model.fields.get(name), language, as_shown=False)
        said.append(labelled(model.label_of(name, language), told, language))
    if len(row.faults) > _OF_A_ROW:
        said.append(text("upload.more_faults", language, count=len(row.faults) - _OF_A_ROW))
    return "; ".join(said)
