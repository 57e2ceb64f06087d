"""New application: a form, or a file of many."""

import streamlit as st

from officer import session
from officer.answers import explain, model, unused_fields
from officer.api import Faulty, Json
from officer.failures import told
from officer.form import control, label_of
from officer.model import Field, Model
from officer.pages.upload_file import show_upload
from officer.pages.why import explained
from officer.parts import decision_line, gauge, reasons, warnings
from officer.texts import Language, text
from officer.words import fault_text, labelled, plain

_ANSWER, _FAULTS = "new answer", "new faults"
_COLUMNS = 3


def show() -> None:
    """Show the page."""
    language = session.language()
    st.title(text("page.new", language))
    with told(language):
        current = model()
        if not current.takes_applications:
            st.info(text("error.rows_only", language), icon=":material/info:")
            return
        form, file = st.tabs([text("new.form", language), text("new.file", language)])
        with form:
            _form(current, language)
        with file:
            show_upload(current, language)


def _form(current: Model, language: Language) -> None:
    faults: dict[str, list[str]] = st.session_state.get(_FAULTS, {})
    unused = unused_fields(current.version)
    fields = [field for field in current.fields.values() if field.tier != "protected"]
    required = [field for field in fields if field.required]
    read = [field for field in fields if not field.required and field.name not in unused]
    others = [field for field in fields if not field.required and field.name in unused]
    _summary(current, faults, language)
    # Not shown is faster, and none of them counts.
    more = bool(others) and st.toggle(text("new.others", language, count=len(others)), key="more fields")
    with st.form("new application"):
        st.markdown(text("new.required", language))
        values = _controls(required, faults, language)
        if read:
            st.markdown(text("new.read", language))
            values |= _controls(read, faults, language)
        if more:
            st.markdown(text("new.unused", language))
            values |= _controls(others, faults, language)
        sent = st.form_submit_button(text("new.send", language), type="primary")
    if sent:
        _send(current, values)
        st.rerun()
    if _ANSWER in st.session_state and not faults:
        made_by, answer = st.session_state[_ANSWER]
        _answer(made_by, answer, language)


def _summary(current: Model, faults: dict[str, list[str]], language: Language) -> None:
    """List all faults above the form, too: the first thing that a screen reader comes to."""
    if faults:
        lines = [
            "- " + labelled(f"**{plain(_name(current, name, language))}**", "; ".join(said), language)
            for name, said in faults.items()
        ]
        st.error("\n".join([text("new.faults", language, count=len(faults)), "", *lines]), icon=":material/error:")


def _name(current: Model, name: str, language: Language) -> str:
    return label_of(current.fields[name], language) if name in current.fields else name


def _controls(fields: list[Field], faults: dict[str, list[str]], language: Language) -> Json:
    values = {}
    for start in range(0, len(fields), _COLUMNS):
        for place, field in zip(st.columns(_COLUMNS), fields[start : start + _COLUMNS], strict=False):
            with place:
                fault = "; ".join(faults[field.name]) if field.name in faults else None
                values[field.name] = control(field, fault, language)
    return values


def _send(current: Model, values: Json) -> None:
    language = session.language()
    st.session_state[_FAULTS] = {}
    try:
        st.session_state[_ANSWER] = explain({name: value for name, value in values.items() if value is not None})
    except Faulty as error:
        faults: dict[str, list[str]] = {}
        for fault in error.errors:
            said = fault_text(fault, current.fields.get(str(fault["field"])), language, as_shown=True)
            faults.setdefault(str(fault["field"]), []).append(plain(said))
        st.session_state[_FAULTS] = faults


def _answer(current: Model, answer: Json, language: Language) -> None:
    st.header(text("new.answer", language), divider="gray")
    decision_line(answer, current.scale, language)
    gauge(current.scale, {text("this_application", language): answer}, language, "gauge")
    warnings(answer, language)
    reasons(answer, language)
    explained(current, answer, language)
