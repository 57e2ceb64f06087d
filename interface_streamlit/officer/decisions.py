"""Recorded decisions and their reviews by people, asked for again after a few seconds: other officers decide too."""

import re
from concurrent.futures import Future
from typing import Any, TypeVar

import streamlit as st

from officer.answers import BY_KEY, Query, get_api, wait_for_cached
from officer.api import Json, NotAllowed, Read, client_path
from officer.contract import Outcome, reader
from officer.recorded import DecisionLine, DecisionPage, ReasonCode, RecordedDecision, ReviewQueue, ReviewState
from officer.session import get_key
from officer.settings import Secret
from officer.texts import Language
from officer.waiting import wait_for

QUEUE_LENGTH = 20  # of one page
_CACHED_SECONDS = 5
_PAGES, _ON_PAGE = 10, 1000  # of one client's decisions
_STYLE_SHEET = re.compile(r"""<link rel="stylesheet" href="[^"]*/docs/static/letter\.css">""")
T = TypeVar("T")

_read_page, _read_recorded, _read_queue = reader(DecisionPage), reader(RecordedDecision), reader(ReviewQueue)
_read_state = reader(ReviewState)


@st.cache_resource(ttl=_CACHED_SECONDS, max_entries=1000, show_spinner=False, hash_funcs=BY_KEY)
def _ask(key: Secret | None, path: str, query: Query, _read: Read[Any]) -> Future[Any]:
    return get_api().get(path, _read, query, key)


@st.cache_resource(ttl=_CACHED_SECONDS, max_entries=1000, show_spinner=False, hash_funcs=BY_KEY)
def _ask_page(key: Secret | None, path: str, query: Query) -> Future[str]:
    return get_api().get_page(path, query, key)


def _get(path: str, read: Read[T], query: Query = ()) -> T:
    answer: T = wait_for_cached(_ask, path, query, read)
    return answer


def list_decisions(client_id: str) -> list[DecisionLine]:
    """List the recorded decisions on a client, the newest first, and the newest 10,000 at most; raises ApiError."""
    found: list[DecisionLine] = []
    query: Query = (("client_id", client_id), ("order", "newest"), ("limit", str(_ON_PAGE)))
    after: Query = ()
    for _ in range(_PAGES):
        page = _get("/decisions", _read_page, (*query, *after))
        found += page.decisions
        if page.next_after is None:
            break
        after = (("after", page.next_after),)
    return found


def get_recorded(decision_id: str) -> RecordedDecision:
    """Get what happened to a decision since; raises ApiError."""
    return _get(client_path("decisions", decision_id), _read_recorded)


def list_reviews(after: str | None) -> ReviewQueue:
    """List decisions that wait for a person, those after an id; raises ApiError."""
    query = (("limit", str(QUEUE_LENGTH)), *((("after", after),) if after else ()))
    return _get("/reviews", _read_queue, query)


def may_decide() -> bool:
    """Whether the key may take part in reviews: one that may, sees what waits for them. Raises ApiError."""
    try:
        list_reviews(None)
    except NotAllowed:
        return False
    return True


def request_review(decision_id: str, statement: str) -> ReviewState:
    """Record that the applicant asks for a review; raises ApiError."""
    return _post(f"{client_path('decisions', decision_id)}/review-request", {"statement": statement})


def decide(decision_id: str, outcome: Outcome, reason: ReasonCode, written: str) -> ReviewState:
    """Record what the officer decides, and why; raises ApiError."""
    body = {"decision": outcome, "reason": reason, "text": written}
    return _post(f"{client_path('decisions', decision_id)}/override", body)


def _post(path: str, body: Json) -> ReviewState:
    try:
        return wait_for(get_api().post(path, body, _read_state, key=get_key()))
    finally:
        _ask.clear()
        _ask_page.clear()


def get_letter(decision_id: str, language: Language) -> str:
    """Get the letter about a decision as one file, with its style sheet inside; raises ApiError."""
    path = f"{client_path('decisions', decision_id)}/letter"
    letter: str = wait_for_cached(_ask_page, path, (("lang", language),))
    if not _STYLE_SHEET.search(letter):  # a template of the lender's own
        return letter
    style: str = wait_for_cached(_ask_page, "/docs/static/letter.css", ())
    return _STYLE_SHEET.sub(lambda _: f"<style>{style}</style>", letter)
