"""What a page shows where the API gives no answer."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from officer.answers import api_answers
from officer.api import ApiError, MalformedNumber, NotAllowed, Problem, Replaced, RowsOnly, UnknownClient, Unreachable
from officer.model import Model
from officer.settings import SettingsError
from officer.texts import Language, text
from officer.words import escape_markdown

_RETRY_SECONDS = 3


@contextmanager
def showing_errors(language: Language) -> Iterator[None]:
    """Show an error of the API instead of the rest of the page."""
    try:
        yield
    except (ApiError, SettingsError) as error:
        show_error(error, language)


def show_error(error: ApiError | SettingsError, language: Language) -> None:
    """Show what is wrong and what to do."""
    if isinstance(error, Unreachable):
        key = "error.replaced" if isinstance(error, Replaced) else "error.down"
        st.error(text(key, language), icon=":material/cloud_off:")
        st.button(text("retry", language), key="retry", type="primary", icon=":material/refresh:")
        _show_page_when_api_answers()
    elif isinstance(error, NotAllowed):
        st.error(text("error.not_allowed", language, status=str(error)), icon=":material/lock:")
    elif isinstance(error, RowsOnly):
        st.info(text("error.rows_only", language), icon=":material/info:")
    elif isinstance(error, Problem):
        details = {"status": error.status, "detail": escape_markdown(str(error)), "request": error.request_id or "-"}
        st.error(text("error.problem", language, **details), icon=":material/error:")
    else:
        st.error(text("error.settings", language, detail=escape_markdown(str(error))), icon=":material/settings:")


@st.fragment(run_every=_RETRY_SECONDS)
def _show_page_when_api_answers() -> None:
    if api_answers():
        st.rerun()


def describe_id_error(number: str, error: MalformedNumber | UnknownClient, model: Model, language: Language) -> str:
    """Describe why a client number leads to no client: not a number, a wrong length, or unknown."""
    is_number, length = number.isascii() and number.isdigit(), len(number)
    number = escape_markdown(number)
    if isinstance(error, UnknownClient):
        return text("error.unknown", language, number=number)
    if model.text_ids:
        return text("error.invalid_id", language, number=number)
    if not is_number:
        return text("error.not_a_number", language, number=number)
    if model.digits is None:
        expected = str(error.errors[0].get("expected")) if error.errors else str(error)
        return text("error.form", language, number=number, expected=escape_markdown(expected))
    return text("error.digits", language, number=number, digits=model.digits, given=length)
