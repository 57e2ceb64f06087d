"""New application: a form, or a file of many."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import streamlit as st

from officer import session
from officer.answers import explain_application, get_model, get_unused_fields, receive_decision, send_application
from officer.api import ApiError, InvalidApplication, Json, NotAllowed
from officer.contract import Decision, Explanation, FieldError
from officer.failures import show_error, showing_errors
from officer.form import PREFIX, empty_form, show_input
from officer.history import show_new
from officer.model import Field, Model
from officer.pages.upload_page import show_upload
from officer.pages.why import show_explanation
from officer.parts import show_decision, show_reasons, show_warnings
from officer.plain import escape_markdown
from officer.texts import Language, text
from officer.words import describe_error, join_messages, label_with_unit, with_label

_SENT, _ANSWER, _ERRORS, _NEW_ERRORS = (f"{PREFIX}{one}" for one in ("sent", "answer", "errors", "errors to tell"))
_COLUMNS = 3


@dataclass
class _Answer:
    """The decision on the application that was sent; the explanation is added once it has arrived."""

    application: Json
    made_by: Model
    decision: Decision
    explanation: Explanation | None = None


def show() -> None:
    """Show the page."""
    language = session.get_language()
    st.title(text("page.new", language))
    with showing_errors(language, "page"):
        model = get_model()
        if not model.takes_applications:
            st.info(text("error.rows_only", language), icon=":material/info:")
            return
        unused = _find_unused(language)
        form, file = st.tabs([text("new.form", language), text("new.file", language)])
        with form:
            _show_form(model, unused, language)
        with file:
            show_upload(model, unused, language)


def _find_unused(language: Language) -> frozenset[str]:
    """Find the fields without effect; raises NotAllowed, before anything is entered, if the key may not send any."""
    try:
        return get_unused_fields()
    except NotAllowed:
        raise
    except ApiError as error:
        show_error(error, language, "unused")
        return frozenset()


def _show_form(model: Model, unused: Collection[str], language: Language) -> None:
    errors = _describe_errors(st.session_state.get(_ERRORS, ()), model, language)
    fields = [field for field in model.fields.values() if field.tier != "protected"]
    required = [field for field in fields if field.required]
    used = [field for field in fields if not field.required and field.name not in unused]
    others = [field for field in fields if not field.required and field.name in unused]
    _show_summary(model, errors, language)
    if errors and st.session_state.pop(_NEW_ERRORS, False):  # the list may be out of sight, as on a phone
        st.toast(text("new.errors_above", language, count=len(errors)), icon=":material/error:", duration="long")
    # Hidden at first, because the page is faster without them and none of them changes the risk.
    label = text("new.others", language, count=len(others))
    more = bool(others) and st.toggle(label, key="more fields", persist_state="session")
    with st.container(border=True):  # no form of Streamlit's, which would not show a number before all is sent
        values: Json = {}
        for title, part in (("new.required", required), ("new.used", used), ("new.unused", others if more else [])):
            if part:
                st.markdown(text(title, language))
                values |= _show_inputs(part, errors, language)
        with st.container(horizontal=True):
            sent = st.button(text("new.send", language), type="primary", key="send")
            label = text("new.empty", language)
            st.button(label, key="empty", on_click=empty_form, args=(fields,), icon=":material/restart_alt:")
    application = {name: value for name, value in values.items() if value is not None}
    with showing_errors(language, "answer"):
        if sent:
            _send(application)
        if _SENT in st.session_state:
            _receive()
            st.rerun()
    if _ANSWER in st.session_state:
        answer: _Answer = st.session_state[_ANSWER]
        _show_answer(answer, language, changed=answer.application != application)


def _describe_errors(errors: Iterable[FieldError], model: Model, language: Language) -> dict[str, list[str]]:
    """Describe errors by field, as Markdown in the language of the page, which may have changed since they arrived."""
    described: dict[str, list[str]] = {}
    for error in errors:
        message = describe_error(error, model.fields.get(error.field), language, typed=True)
        described.setdefault(error.field, []).append(escape_markdown(message))
    return described


def _show_summary(model: Model, errors: dict[str, list[str]], language: Language) -> None:
    """List all errors above the form, too, where a screen reader comes first."""
    if errors:
        lines = [text("new.errors", language, count=len(errors)), ""]
        for name, messages in errors.items():
            label = escape_markdown(label_with_unit(model.fields[name], language) if name in model.fields else name)
            lines.append("- " + with_label(f"**{label}**", join_messages(messages, language), language))
        st.error("\n".join(lines), icon=":material/error:")


def _show_inputs(fields: list[Field], errors: dict[str, list[str]], language: Language) -> Json:
    values = {}
    for start in range(0, len(fields), _COLUMNS):
        for place, field in zip(st.columns(_COLUMNS), fields[start : start + _COLUMNS], strict=False):
            with place:
                values[field.name] = show_input(field, join_messages(errors.get(field.name, ()), language), language)
    return values


def _send(application: Json) -> None:
    """Send the application, unless the answer to the same one is still awaited: the API records each decision."""
    if _SENT not in st.session_state or st.session_state[_SENT][0] != application:
        st.session_state[_SENT] = application, send_application(application)
        for former in (_ANSWER, _ERRORS):
            st.session_state.pop(former, None)


def _receive() -> None:
    """Wait for the decision; if the officer does something meanwhile, the next run waits for the same one."""
    errors: Sequence[FieldError] = ()
    application, sent = st.session_state[_SENT]
    try:
        st.session_state[_ANSWER] = _Answer(application, *receive_decision(sent))
    except InvalidApplication as problem:
        errors = problem.errors
    except ApiError:
        del st.session_state[_SENT]
        raise
    del st.session_state[_SENT]
    st.session_state[_ERRORS], st.session_state[_NEW_ERRORS] = errors, True


def _show_answer(answer: _Answer, language: Language, *, changed: bool) -> None:
    made_by, decision = answer.made_by, answer.decision
    st.header(text("new.answer", language), divider="gray")
    if changed:
        st.info(text("new.changed", language), icon=":material/edit_note:")
    show_decision(decision, made_by.scale, language, name=text("this_application", language))
    show_warnings(decision, language)
    with showing_errors(language, "explanation"):
        if answer.explanation is None:
            answer.explanation = explain_application(answer.application, made_by, decision)
        show_reasons(answer.explanation, language)
    show_new(decision.decision_id, language)
    if answer.explanation is not None:
        show_explanation(made_by, answer.explanation, language)
