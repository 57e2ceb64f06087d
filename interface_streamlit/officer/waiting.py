"""Waits for an answer of the API: after a second the page says so, over what the officer looks at."""

import time
from concurrent.futures import Future
from typing import TypeVar

import streamlit as st

from officer import session
from officer.texts import text

_SILENT_SECONDS = 1.0
_STEP_SECONDS = 0.5
T = TypeVar("T")


def wait_for(answer: Future[T]) -> T:
    """Return the result of a request, or raise its error.

    The note is written again and again: each time Streamlit can leave this run for what the officer does meanwhile.
    """
    begin = time.monotonic()
    try:
        return answer.result(_SILENT_SECONDS)
    except TimeoutError:
        note = st.empty()
    try:
        while True:
            seconds = round(time.monotonic() - begin)
            count = f'<span aria-hidden="true">({seconds}\u00a0s)</span>'  # is not read aloud each time
            note.html(f'<p class="waiting" role="status">{text("waiting", session.get_language())} {count}</p>')
            try:
                return answer.result(_STEP_SECONDS)
            except TimeoutError:
                continue
    finally:
        note.empty()
