"""What a page shows where the API gives no answer that it can use."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from officer import session
from officer.answers import api_answers
from officer.api import (
    ApiError,
    KeyNeeded,
    MalformedNumber,
    NotAllowed,
    Problem,
    Replaced,
    RowsOnly,
    TooMany,
    TooSlow,
    UnknownClient,
    Unreachable,
    UnusableAnswer,
)
from officer.contract import Fault
from officer.model import Model
from officer.plain import escape_markdown
from officer.settings import SettingsError
from officer.texts import Language, text
from officer.words import with_label

_RETRY_SECONDS = 3
_FAULTS = 3  # that are written out


@contextmanager
def showing_errors(language: Language, part: str) -> Iterator[None]:
    """Show an error of the API instead of a part of the page; ``part`` is different for each part of one page."""
    try:
        yield
    except (ApiError, SettingsError) as error:
        show_error(error, language, part)


def show_error(error: ApiError | SettingsError, language: Language, part: str) -> None:
    """Show what is wrong and what to do."""
    if isinstance(error, KeyNeeded):  # nothing can be shown without
        session.ask_for_key()
        st.rerun()
    message, icon = _describe(error, language)
    (st.info if isinstance(error, RowsOnly) else st.error)(message, icon=f":material/{icon}:")
    if isinstance(error, Unreachable | UnusableAnswer | TooMany):
        st.button(text("retry", language), key=f"retry {part}", type="primary", icon=":material/refresh:")
    if isinstance(error, Unreachable) and not isinstance(error, TooSlow):
        _show_page_when_api_answers(time.monotonic())


def _describe(error: ApiError | SettingsError, language: Language) -> tuple[str, str]:
    """Message and icon."""
    if isinstance(error, TooSlow):
        return text("error.slow", language, seconds=round(error.seconds)), "hourglass_empty"
    if isinstance(error, Unreachable):
        return text("error.replaced" if isinstance(error, Replaced) else "error.down", language), "cloud_off"
    if isinstance(error, UnusableAnswer):
        faults = [f"- {describe_fault(fault, language)}" for fault in error.faults[:_FAULTS]]
        if len(error.faults) > _FAULTS:
            faults.append(f"- {text('error.more', language, count=len(error.faults) - _FAULTS)}")
        heading = text("error.unusable", language, request=escape_markdown(error.request))
        return "\n".join([heading, "", *faults, "", text("error.unusable_remedy", language)]), "error"
    if isinstance(error, NotAllowed):
        name = "error.no_right" if session.get_key() else "error.not_allowed"
        return text(name, language, status=str(error)), "lock"
    if isinstance(error, TooMany):
        minutes = -(-error.seconds // 60)
        name = "error.too_many" if minutes > 1 else "error.too_many_now"
        return text(name, language, minutes=minutes), "hourglass_empty"
    if isinstance(error, RowsOnly):
        return text("error.rows_only", language), "info"
    if isinstance(error, Problem):
        details = {"detail": escape_markdown(error), "request": escape_markdown(error.request_id or "-")}
        return text("error.problem", language, status=error.status, **details), "error"
    return text("error.settings", language, detail=escape_markdown(error)), "settings"


def describe_fault(fault: Fault, language: Language) -> str:
    """Describe as Markdown what is wrong with an answer."""
    received = text("nothing", language)
    if fault.received is not None:
        received = escape_markdown(json.dumps(fault.received, ensure_ascii=False, default=str)[:60])
    expected = text(f"expected.{fault.expected}", language, bound=escape_markdown(fault.bound))
    said = text("error.value", language, received=received, expected=expected)
    return with_label(f"**{escape_markdown(fault.where)}**", said, language) if fault.where else said


@st.fragment(run_every=_RETRY_SECONDS)
def _show_page_when_api_answers(shown: float) -> None:
    """Run the page again once the API is up; not at once, since it may be up and still refuse what this page needs."""
    if time.monotonic() - shown > _RETRY_SECONDS / 2 and api_answers():
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
        expected = error.errors[0].expected if error.errors else error
        return text("error.form", language, number=number, expected=escape_markdown(expected))
    return text("error.digits", language, number=number, digits=model.digits, given=length)
