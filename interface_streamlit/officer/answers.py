"""Answers of the API, cached for a while so that a rerun of a page repeats no request.

Answers about known clients are cached for all sessions: they all use this front-end's own key. Answers to what an
officer sends (an application) are cached in that officer's session only.
"""

import os
from collections.abc import Sequence

import streamlit as st

from officer.api import Api, ApiError, Json, NoFacts, Replaced, RowsOnly, client_path
from officer.model import Facts, Model, read_model
from officer.settings import read_settings

CACHED_SECONDS = 120
_MOST_ANSWERS = 2000
_LISTED = 1000  # client numbers in one answer of the API
Query = tuple[tuple[str, str], ...]


@st.cache_resource(show_spinner=False, on_release=Api.close)
def get_api() -> Api:
    """Connect; the pool of connections serves all sessions. Raises SettingsError."""
    return Api(read_settings(os.environ))


@st.cache_data(ttl=CACHED_SECONDS, max_entries=_MOST_ANSWERS, show_spinner=False)
def _get(path: str, query: Query = ()) -> Json:
    return get_api().get(path, query)


@st.cache_resource(ttl=CACHED_SECONDS, max_entries=2, show_spinner=False)
def get_model() -> Model:
    """Get the model; it is immutable, so that it need not be copied."""
    return read_model(get_api().get("/model"))


def _forget() -> None:
    _get.clear()
    get_model.clear()


def get_decision(client_id: str) -> tuple[Model, Json]:
    """Get a client's decision, and the model that made it; raises ApiError."""
    return _get_with_model(client_path("predict", client_id))


def get_explanation(client_id: str) -> tuple[Model, Json]:
    """Get the explanation of a client's decision, and the model that made it; raises ApiError."""
    return _get_with_model(client_path("explain", client_id))


def _get_with_model(path: str) -> tuple[Model, Json]:
    """Get an answer and its model; once a new model is loaded, the answers of the former one are forgotten."""
    for _ in range(2):
        decision, made_by = _get(path), get_model()
        if made_by.made_decision(decision):
            return made_by, decision
        _forget()
    raise Replaced("the answer was made by another model")


def get_facts(client_id: str) -> Facts | None:
    """Get a client's application; None where the service has only the model-ready row. Raises ApiError."""
    try:
        facts = _get(client_path("clients", client_id))["facts"]
    except NoFacts:
        return None
    return Facts({fact["name"]: fact["value"] for fact in facts}, {fact["name"]: fact["shown"] for fact in facts})


def list_clients() -> tuple[list[str], int]:
    """Get the first client numbers as they are written, and the total number of clients."""
    page, digits = _get("/clients", (("limit", str(_LISTED)),)), get_model().digits
    return [str(number).zfill(digits or 0) for number in page["clients"]], page["total"]


def get_population(features: Sequence[str], conditions: Sequence[str]) -> Json:
    """Get the clients to compare one with; raises ApiError."""
    return _get("/population", (*(("features", name) for name in features), *(("where", one) for one in conditions)))


@st.cache_data(ttl=CACHED_SECONDS, max_entries=2, show_spinner=False)
def get_unused_fields(version: str) -> frozenset[str]:
    """Get the fields of an application that a model does not read."""
    del version  # only part of the cache's key
    try:
        return frozenset(get_api().post("/data", {})["not_used"])
    except RowsOnly:
        return frozenset()


@st.cache_data(ttl=30, max_entries=5000, scope="session", show_spinner=False)
def _score(body: Json) -> Json:
    return get_api().post("/predict", body, (("history", "stored"),))


def score_changed(made_by: Model, body: Json) -> Json:
    """Score a known client's changed application; cached in this session only. Raises ApiError."""
    decision = _score(body)
    if not made_by.made_decision(decision):  # the original decision was made by a former model
        _forget()
        _score.clear()
        raise Replaced("the answer was made by another model")
    return decision


def explain_application(body: Json) -> tuple[Model, Json]:
    """Get the decision on an application with its reasons, and the model that made it; raises ApiError."""
    explanation = get_api().post("/explain", body)
    if not get_model().made_decision(explanation):
        _forget()
    return get_model(), explanation


def api_answers() -> bool:
    """Whether the API answers again."""
    try:
        return get_api().is_up()
    except ApiError:
        return False
