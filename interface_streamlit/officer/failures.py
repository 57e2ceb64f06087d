"""What a page says where the API gives no answer to show."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from officer.answers import api_is_back
from officer.api import ApiError, MalformedNumber, NotAllowed, Problem, Replaced, RowsOnly, UnknownClient, Unreachable
from officer.model import Model
from officer.settings import SettingsError
from officer.texts import Language, text
from officer.words import plain

_ASK_AGAIN_SECONDS = 3


@contextmanager
def told(language: Language) -> Iterator[None]:
    """Show an error of the API's instead of the rest of the page."""
    try:
        yield
    except (ApiError, SettingsError) as error:
        show(error, language)


def show(error: ApiError | SettingsError, language: Language) -> None:
    """Say what is wrong and what to do."""
    if isinstance(error, Unreachable):
        said = "error.replaced" if isinstance(error, Replaced) else "error.down"
        st.error(text(said, language), icon=":material/cloud_off:")
        st.button(text("retry", language), key="retry", type="primary", icon=":material/refresh:")
        _come_back()
    elif isinstance(error, NotAllowed):
        st.error(text("error.not_allowed", language, status=str(error)), icon=":material/lock:")
    elif isinstance(error, RowsOnly):
        st.info(text("error.rows_only", language), icon=":material/info:")
    elif isinstance(error, Problem):
        details = {"status": error.status, "detail": plain(str(error)), "request": error.request_id or "-"}
        st.error(text("error.problem", language, **details), icon=":material/error:")
    else:
        st.error(text("error.settings", language, detail=plain(str(error))), icon=":material/settings:")


@st.fragment(run_every=_ASK_AGAIN_SECONDS)
def _come_back() -> None:
    """Ask quietly whether the API is back, and then show the page."""
    if api_is_back():
        st.rerun()


def about_number(number: str, error: MalformedNumber | UnknownClient, model: Model, language: Language) -> str:
    """Say why a client's number leads to nobody: no number, too long or too short, or unknown."""
    is_number = number.isascii() and number.isdigit()
    given, number = len(number), plain(number)
    if isinstance(error, UnknownClient):
        return text("error.unknown", language, number=number)
    if model.text_ids:
        return text("error.no_id", language, number=number)
    if not is_number:
        return text("error.no_number", language, number=number)
    expected = str(error.errors[0].get("expected")) if error.errors else str(error)
    if model.digits is None:
        return text("error.form", language, number=number, expected=plain(expected))
    return text("error.digits", language, number=number, digits=model.digits, given=given)
