"""New applications from a file: scored with progress, invalid rows listed, results to read and to download."""

from collections.abc import Collection, Sequence
from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from officer.answers import inspect_many, predict_many, read_table, reads_history
from officer.api import ApiError
from officer.contract import DecimalMark
from officer.failures import show_error, showing_errors
from officer.model import Model
from officer.plain import escape_markdown
from officer.read_columns import show_columns
from officer.session import choice_key
from officer.template import write_template
from officer.texts import Language, text
from officer.upload import MOST_MEGABYTES, MOST_ROWS, Refusal, Row, Scoring, Table, read_file, score_all
from officer.upload_results import offer_download, show_results
from officer.words import format_number

_READ = "upload read"  # by file, model and decimal mark: the table, or why it cannot be read
_RESULT = "upload result"  # of this session only, with the file, the decimal mark and the use of history that it is of
_NOTES = 5  # on how the file was read, that are visible at once
_COLUMNS = 20  # that are named in one message


def show_upload(model: Model, unused: Collection[str], language: Language) -> None:
    """Show the upload, and its results; templates have no column for ``unused`` fields."""
    st.markdown(text("upload.how", language, most=format_number(MOST_ROWS, language)))
    _show_templates(model, unused, language)
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
        show_columns(read.columns, model, language)
        _show_lacking(read, model, unused, language)
        if not _accept_columns(read, model, file.file_id, language):
            return
        stored = _choose_history(read, model, language)
        rows = format_number(len(read.rows), language)
        if st.button(text("upload.go", language, rows=rows), type="primary", key="score file"):
            st.session_state[_RESULT] = (file.file_id, decimal, stored, _score(read, language, stored=stored))
        *scored, results = st.session_state.get(_RESULT, (None, None, None, []))
        if scored == [file.file_id, decimal, stored] and results:
            show_results(results, model, language)


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
        known = {
            **kept,
            key: read_file(file.getvalue(), file.name, model, lambda content: read_table(content, decimal)),
        }
        st.session_state[_READ] = known
    return known[key]


def _choose_decimal_mark(refusal: Refusal, file_id: str, language: Language) -> DecimalMark | None:
    def describe(mark: DecimalMark) -> str:
        value = refusal.readings[mark]
        digits = len(f"{value:.15g}".partition(".")[2])
        cell, written = escape_markdown(refusal.cell), format_number(value, language, digits)
        return text(f"upload.decimal.{mark}", language, cell=cell, value=written)

    title, marks = text("upload.decimal", language), list(refusal.readings)
    return st.radio(title, marks, index=None, format_func=describe, key=choice_key(f"decimal {file_id}", language))


def _show_how_read(read: Table, language: Language) -> None:
    """Show how the file is written, and what was unusual."""
    notes = [f":small[{escape_markdown(note[language])}]" for note in read.notes]
    st.markdown("  \n".join(notes[:_NOTES]))
    if len(notes) > _NOTES:
        with st.expander(text("upload.more_notes", language, count=len(notes) - _NOTES)):
            st.markdown("  \n".join(notes[_NOTES:]))


def _show_lacking(read: Table, model: Model, unused: Collection[str], language: Language) -> None:
    """Name the fields that the model uses and the file lacks; codes are filled in from their field of numbers."""
    given = {one.field for one in read.columns}
    lacking = [
        model.label_of(name, language)
        for name, field in model.fields.items()
        if name not in {*given, *unused} and field.codes_of not in given
    ]
    if lacking:
        values = {"count": format_number(len(lacking), language), "fields": _list_names(lacking, language)}
        st.info(text("upload.lacking", language, **values), icon=":material/info:")


def _accept_columns(read: Table, model: Model, file_id: str, language: Language) -> bool:
    """Let the officer decide about columns that the model does not know, since one may be misspelt."""
    ignored = [name for name in read.unknown if name in model.ignored]
    unknown = [name for name in read.unknown if name not in model.ignored]
    if ignored:
        st.caption(text("upload.ignored", language, columns=_list_names(ignored, language)))
    if not unknown:
        return True
    values = {"count": format_number(len(unknown), language), "columns": _list_names(unknown, language)}
    lines = [text("upload.unknown", language, **values)]
    for column, name in read.similar.items():
        names = {"column": escape_markdown(column), "field": escape_markdown(model.label_of(name, language))}
        lines.append(text("upload.similar", language, **names))
    st.warning("  \n".join(lines), icon=":material/view_column:")
    return st.checkbox(text("upload.leave_out", language), key=f"leave out {file_id}")


def _list_names(names: Sequence[str], language: Language) -> str:
    shown = [escape_markdown(name) or text("upload.unnamed", language) for name in names[:_COLUMNS]]
    return ", ".join([*shown, *(["…"] if len(names) > _COLUMNS else [])])


def _score(read: Table, language: Language, *, stored: bool) -> list[Row]:
    """Score all rows; those that are done are kept if the API fails."""
    done: list[Row] = []
    bar = st.progress(0.0)
    try:
        for rows in score_all(read.rows, Scoring(partial(predict_many, stored=stored), inspect_many)):
            done += rows
            counts = {"done": format_number(len(done), language), "rows": format_number(len(read.rows), language)}
            bar.progress(len(done) / len(read.rows), text("upload.progress", language, **counts))
    except ApiError as error:
        show_error(error, language, "scoring")
    bar.empty()
    return done


def _choose_history(read: Table, model: Model, language: Language) -> bool:
    """Let the officer score without stored history; there is nothing to choose where the model reads none."""
    if not reads_history(model) or all(row.client_id is None for row in read.rows):
        return False
    return st.toggle(
        text("upload.history", language), value=True, key="stored history", help=text("upload.history_help", language)
    )


def _show_templates(model: Model, unused: Collection[str], language: Language) -> None:
    name = text("template.file_name", language)
    with st.container(horizontal=True):
        for label, ending in (("template.xlsx", "xlsx"), ("template.csv", "csv")):
            content = write_template(model, unused, language, workbook=ending == "xlsx")
            offer_download(label, content, f"{name}.{ending}", language)
