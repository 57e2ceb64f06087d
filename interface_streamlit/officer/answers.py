"""Answers of the API, kept for a while so that a rerun asks for nothing twice.

What was read about known clients is kept for all sessions: they all ask with this front-end's own key. What an officer
sends (an application) is kept nowhere but in that officer's session.
"""

import os
from collections.abc import Sequence
from typing import Any

import streamlit as st

from officer.api import Api, ApiError, Json, NotKept, Replaced, RowsOnly, client_path
from officer.model import Model, read_model
from officer.settings import read_settings

KEPT_SECONDS = 120
_MOST_ANSWERS = 2000
_LISTED = 1000  # client numbers that one page of the API holds
Query = tuple[tuple[str, str], ...]


@st.cache_resource(show_spinner=False, on_release=Api.close)
def api() -> Api:
    """Connect; the pool of connections serves all sessions. Raises SettingsError."""
    return Api(read_settings(os.environ))


@st.cache_data(ttl=KEPT_SECONDS, max_entries=_MOST_ANSWERS, show_spinner=False)
def _get(path: str, query: Query = ()) -> Json:
    return api().get(path, query)


@st.cache_resource(ttl=KEPT_SECONDS, max_entries=2, show_spinner=False)
def model() -> Model:
    """Ask for the model; not copied, since nobody can change it."""
    return read_model(api().get("/model"))


def _forget() -> None:
    _get.clear()
    model.clear()


def decision_on(client_id: str) -> tuple[Model, Json]:
    """Ask for a client's decision, and the model that made it; raises ApiError."""
    return _of_one_model(client_path("predict", client_id))


def explanation_of(client_id: str) -> tuple[Model, Json]:
    """Ask why a client is decided on so, and for the model that did; raises ApiError."""
    return _of_one_model(client_path("explain", client_id))


def _of_one_model(path: str) -> tuple[Model, Json]:
    """Get an answer and its model: after a new one was loaded, what was kept of the former is forgotten."""
    for _ in range(2):
        decision, made_by = _get(path), model()
        if made_by.made(decision):
            return made_by, decision
        _forget()
    raise Replaced("the answer is another model's")


def facts_of(client_id: str) -> dict[str, Any] | None:
    """Ask for a client's application, by field; None where it is not kept. Raises ApiError."""
    try:
        return {fact["name"]: fact["value"] for fact in _get(client_path("clients", client_id))["facts"]}
    except NotKept:
        return None


def listed_clients() -> tuple[list[str], int, int | None]:
    """Ask for the first client numbers as they are written, how many there are, and their digits."""
    page, digits = _get("/clients", (("limit", str(_LISTED)),)), model().digits
    return [str(number).zfill(digits or 0) for number in page["clients"]], page["total"], digits


def population(features: Sequence[str], conditions: Sequence[str]) -> Json:
    """Ask for clients to compare one with; raises ApiError."""
    return _get("/population", (*(("features", name) for name in features), *(("where", one) for one in conditions)))


@st.cache_data(ttl=KEPT_SECONDS, max_entries=2, show_spinner=False)
def unused_fields(version: str) -> frozenset[str]:
    """Ask which fields of an application a model does not read."""
    del version  # part of what the answer is kept under
    try:
        return frozenset(api().post("/data", {})["not_used"])
    except RowsOnly:
        return frozenset()


@st.cache_data(ttl=30, max_entries=5000, scope="session", show_spinner=False)
def _score(body: Json) -> Json:
    return api().post("/predict", body, (("history", "stored"),))


def score_changed(made_by: Model, body: Json) -> Json:
    """Ask for the decision on a known client's changed application; kept in this session only. Raises ApiError."""
    decision = _score(body)
    if not made_by.made(decision):  # what it would be compared with is a former model's
        _forget()
        _score.clear()
        raise Replaced("the answer is another model's")
    return decision


def explain(body: Json) -> tuple[Model, Json]:
    """Ask for the decision on an application and its reasons, and for the model that made it; raises ApiError."""
    explanation = api().post("/explain", body)
    if not model().made(explanation):
        _forget()
    return model(), explanation


def api_is_back() -> bool:
    """Whether the API answers again."""
    try:
        return api().is_up()
    except ApiError:
        return False
