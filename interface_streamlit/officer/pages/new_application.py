"""New application: a form, or a file of many."""

import streamlit as st

from officer import session
from officer.answers import explain_application, get_model, get_unused_fields
from officer.api import InvalidApplication, Json
from officer.contract import Explanation
from officer.failures import showing_errors
from officer.form import form_label, show_input
from officer.model import Field, Model
from officer.pages.upload_page import show_upload
from officer.pages.why import show_explanation
from officer.parts import show_decision, show_reasons, show_warnings
from officer.plain import escape_markdown
from officer.texts import Language, text
from officer.words import describe_error, join_messages, with_label

_ANSWER, _ERRORS = "new answer", "new errors"
_COLUMNS = 3


def show() -> None:
    """Show the page."""
    language = session.get_language()
    st.title(text("page.new", language))
    with showing_errors(language, "page"):
        model = get_model()
        if not model.takes_applications:
            st.info(text("error.rows_only", language), icon=":material/info:")
            return
        form, file = st.tabs([text("new.form", language), text("new.file", language)])
        with form:
            _show_form(model, language)
        with file:
            show_upload(model, language)


def _show_form(model: Model, language: Language) -> None:
    errors: dict[str, list[str]] = st.session_state.get(_ERRORS, {})
    unused: frozenset[str] = frozenset()
    with showing_errors(language, "unused"):
        unused = get_unused_fields()
    fields = [field for field in model.fields.values() if field.tier != "protected"]
    required = [field for field in fields if field.required]
    used = [field for field in fields if not field.required and field.name not in unused]
    others = [field for field in fields if not field.required and field.name in unused]
    _show_summary(model, errors, language)
    # Hidden at first, because the page is faster without them and none of them changes the risk.
    more = bool(others) and st.toggle(text("new.others", language, count=len(others)), key="more fields")
    with st.container(border=True):  # no form of Streamlit's, which would not show a number before all is sent
        values: Json = {}
        for title, part in (("new.required", required), ("new.used", used), ("new.unused", others if more else [])):
            if part:
                st.markdown(text(title, language))
                values |= _show_inputs(part, errors, language)
        sent = st.button(text("new.send", language), type="primary", key="send")
    if sent:
        with showing_errors(language, "answer"):
            _send(model, values, language)
            st.rerun()
    if _ANSWER in st.session_state and not errors:
        made_by, answer = st.session_state[_ANSWER]
        _show_answer(made_by, answer, language)


def _show_summary(model: Model, errors: dict[str, list[str]], language: Language) -> None:
    """List all errors above the form, too, where a screen reader comes first."""
    if errors:
        lines = [text("new.errors", language, count=len(errors)), ""]
        for name, messages in errors.items():
            label = form_label(model.fields[name], language) if name in model.fields else escape_markdown(name)
            lines.append("- " + with_label(f"**{label}**", join_messages(messages, language), language))
        st.error("\n".join(lines), icon=":material/error:")


def _show_inputs(fields: list[Field], errors: dict[str, list[str]], language: Language) -> Json:
    values = {}
    for start in range(0, len(fields), _COLUMNS):
        for place, field in zip(st.columns(_COLUMNS), fields[start : start + _COLUMNS], strict=False):
            with place:
                values[field.name] = show_input(field, join_messages(errors.get(field.name, ()), language), language)
    return values


def _send(model: Model, values: Json, language: Language) -> None:
    errors: dict[str, list[str]] = {}
    try:
        given = {name: value for name, value in values.items() if value is not None}
        st.session_state[_ANSWER] = explain_application(given)
    except InvalidApplication as problem:
        for error in problem.errors:
            message = describe_error(error, model.fields.get(error.field), language, typed=True)
            errors.setdefault(error.field, []).append(escape_markdown(message))
    st.session_state[_ERRORS] = errors


def _show_answer(model: Model, answer: Explanation, language: Language) -> None:
    st.header(text("new.answer", language), divider="gray")
    show_decision(answer, model.scale, language, name=text("this_application", language))
    show_warnings(answer, language)
    show_reasons(answer, language)
    show_explanation(model, answer, language)
