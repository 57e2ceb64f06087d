"""Answers of the API, cached for a while so that a rerun of a page repeats no request.

Every answer is cached by the key that was sent, so that no officer sees what another one's key gives access to. Answers
about known clients are cached for all sessions with the same key. Answers to what an officer sends (an application) are
cached in that officer's session only. What is cached is the request, so that no
session waits for another's, and a page that is left before its answer came finds it later.
"""

import dataclasses
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

import streamlit as st

from officer.api import Api, ApiError, Json, NoFacts, Read, Replaced, RowsOnly, UnusableAnswer, client_path
from officer.contract import (
    ClientPage,
    DecimalMark,
    Decision,
    Explanation,
    FactList,
    Fault,
    Inspection,
    Inspections,
    Population,
    Predictions,
    Upload,
    reader,
)
from officer.model import Facts, Field, Model, read_model
from officer.session import get_key
from officer.settings import Secret, read_settings
from officer.waiting import wait_for

CACHED_SECONDS = 120
_MOST_ANSWERS = 2000
_LISTED = 1000  # client numbers in one answer of the API
Query = tuple[tuple[str, str], ...]
D = TypeVar("D", bound=Decision)
T = TypeVar("T")

_read_decision, _read_explanation = reader(Decision), reader(Explanation)
_read_facts, _read_clients, _read_population = reader(FactList), reader(ClientPage), reader(Population)
_read_predictions, _read_inspection, _read_inspections = reader(Predictions), reader(Inspection), reader(Inspections)
_read_upload, _read_anything = reader(Upload), reader(dict[str, Any])
BY_KEY: dict[str | type[Any], Callable[[Any], Any]] = {Secret: Secret.digest}  # how Streamlit tells keys apart


@st.cache_resource(show_spinner=False, on_release=Api.close)
def get_api() -> Api:
    """Connect; the pool of connections serves all sessions. Raises SettingsError."""
    return Api(read_settings(os.environ))


@st.cache_resource(ttl=CACHED_SECONDS, max_entries=_MOST_ANSWERS, show_spinner=False, hash_funcs=BY_KEY)
def _ask(key: Secret | None, path: str, query: Query, _read: Read[Any]) -> Future[Any]:
    return get_api().get(path, _read, query, key)


@st.cache_resource(ttl=30, max_entries=5000, scope="session", show_spinner=False, hash_funcs=BY_KEY)
def _send(key: Secret | None, path: str, body: Json, query: Query, _read: Read[Any]) -> Future[Any]:
    return get_api().post(path, body, _read, query, key)


def _get(path: str, read: Read[T], query: Query = ()) -> T:
    answer: T = wait_for_cached(_ask, path, query, read)
    return answer


def wait_for_cached(ask: Any, *about: Any) -> Any:
    """Wait for a request cached by key; one that failed, now or before, is forgotten."""
    request = (get_key(), *about)
    answer = ask(*request)
    if answer.done() and answer.exception():
        ask.clear(*request)
        answer = ask(*request)
    try:
        return wait_for(answer)
    except ApiError:
        ask.clear(*request)
        raise


def get_model() -> Model:
    """Get the model; raises ApiError."""
    return _get("/model", read_model)


def find_model() -> Model | None:
    """Find the model without waiting; None where it is not known yet. Raises SettingsError."""
    answer = _ask(get_key(), "/model", (), read_model)
    return answer.result() if answer.done() and not answer.exception() else None


def get_decision(client_id: str) -> tuple[Model, Decision]:
    """Get a client's decision, and the model that made it; raises ApiError."""
    return _get_with_model(client_path("predict", client_id), _read_decision)


def get_explanation(client_id: str) -> tuple[Model, Explanation]:
    """Get the explanation of a client's decision, and the model that made it; raises ApiError."""
    return _get_with_model(client_path("explain", client_id), _read_explanation)


def _get_with_model(path: str, read: Read[D]) -> tuple[Model, D]:
    """Get an answer and its model; once a new model is loaded, the answers of the former one are forgotten."""
    for _ in range(2):
        decision, made_by = _get(path, read), get_model()
        if made_by.made_decision(decision):
            _check_scale(f"GET {path}", made_by, decision)
            return made_by, decision
        _ask.clear()
    raise Replaced("the answer was made by another model")


def _check_scale(request: str, made_by: Model, *decisions: Decision) -> None:
    if made_by.scale.calibrated and any(decision.calibrated_probability is None for decision in decisions):
        raise UnusableAnswer(request, Fault("calibrated_probability", None, "number"))


def get_facts(client_id: str, model: Model) -> Facts | None:
    """Get a client's application; None where the service has only the model-ready row. Raises ApiError."""
    path = client_path("clients", client_id)
    try:
        facts = _get(path, _read_facts).facts
    except NoFacts:
        return None
    faults = [
        Fault(f"facts.{place}.value", fact.value, "text" if model.fields[fact.name].type == "category" else "number")
        for place, fact in enumerate(facts)
        if fact.name in model.fields and not model.fields[fact.name].takes(fact.value)
    ]
    if faults:
        raise UnusableAnswer(f"GET {path}", *faults)
    known = [fact for fact in facts if fact.name in model.fields]
    return Facts({fact.name: fact.value for fact in known}, {fact.name: fact.shown for fact in known})


def list_clients() -> tuple[list[str], int]:
    """Get the first client numbers as they are written, and the total number of clients."""
    page = _get("/clients", _read_clients, (("limit", str(_LISTED)),))
    return [write_client(number) for number in page.clients], page.total


def write_client(client_id: int | str) -> str:
    """Write a client's number or ID as in an address; raises ApiError."""
    return str(client_id).zfill(get_model().digits or 0)


def get_population(fields: Sequence[Field], conditions: Sequence[str]) -> Population:
    """Get the clients to compare one with, with a histogram and a sample of each field; raises ApiError."""
    query = (*(("features", field.name) for field in fields), *(("where", one) for one in conditions))
    population = _get("/population", _read_population, query)
    kinds = {histogram.name: histogram.kind for histogram in population.features}
    faults = []
    for field in fields:
        kind = "category" if field.type == "category" else "number"
        if kinds.get(field.name) != kind:
            faults.append(Fault(f"features.{field.name}.kind", kinds.get(field.name), "one_of", repr(kind)))
        values = population.sample.features.get(field.name)
        if values is None or not all(map(field.takes, values)):
            faults.append(Fault(f"sample.features.{field.name}", values, "list"))
    if faults:
        raise UnusableAnswer("GET /population", *faults)
    return population


def get_unused_fields() -> frozenset[str]:
    """Get the fields of an application that the model does not read; raises ApiError."""
    inspection = _inspect_nothing()
    return frozenset(inspection.not_used) if inspection else frozenset()


def reads_history(model: Model) -> bool:
    """Whether the model reads the history of clients; raises ApiError."""
    inspection = _inspect_nothing()
    return inspection is not None and any(name not in model.fields for name in inspection.imputed)


def _inspect_nothing() -> Inspection | None:
    """Get the report on an empty application; None where the model reads none."""
    try:
        inspection: Inspection = wait_for_cached(_inspect, get_model().version)
    except RowsOnly:
        return None
    return inspection


@st.cache_resource(ttl=CACHED_SECONDS, max_entries=200, show_spinner=False, hash_funcs=BY_KEY)
def _inspect(key: Secret | None, version: str) -> Future[Inspection]:
    del version  # only part of the cache's key
    return get_api().post("/data", {}, _read_inspection, key=key)


def score_changed(made_by: Model, body: Json) -> Decision:
    """Score a known client's changed application; cached in this session only. Raises ApiError."""
    decision: Decision = wait_for_cached(_send, "/predict", body, (("history", "stored"),), _read_decision)
    if not made_by.made_decision(decision):  # the original decision was made by a former model
        _ask.clear()
        _send.clear()
        raise Replaced("the answer was made by another model")
    _check_scale("POST /predict", made_by, decision)
    return decision


def read_number(name: str, typed: str) -> tuple[float, ...]:
    """Let the API read what was typed into a field of numbers: its possible values, the largest first.

    One value; two where the decimal mark is not certain; none for what is no number. Raises ApiError.
    """
    inspection: Inspection = wait_for_cached(_send, "/data", {name: typed}, (), _read_inspection)
    found = {value for error in inspection.errors if error.field == name for value in (error.readings or {}).values()}
    return tuple(sorted(found, key=abs, reverse=True))


def send_application(body: Json) -> Future[Decision]:
    """Let the API decide on an application, and record the decision; nothing is cached. Returns at once."""
    return get_api().post("/predict", body, _read_decision, key=get_key())


def receive_decision(sent: Future[Decision]) -> tuple[Model, Decision]:
    """Wait for the decision on an application, and get the model that made it; raises ApiError."""
    decision = wait_for(sent)
    if not get_model().made_decision(decision):
        _ask.clear()
    made_by = get_model()
    if not made_by.made_decision(decision):
        raise Replaced("the answer was made by another model")
    _check_scale("POST /predict", made_by, decision)
    return made_by, decision


def explain_application(body: Json, made_by: Model, decision: Decision) -> Explanation:
    """Explain the decision on an application; cached in this session only.

    The API records what ``POST /predict`` decides, and only this: so this decision is the one that is explained.
    Raises ApiError.
    """
    explanation: Explanation = wait_for_cached(_send, "/explain", body, (), _read_explanation)
    if not made_by.made_decision(explanation):
        _send.clear()
        raise Replaced("the answer was made by another model")
    _check_scale("POST /explain", made_by, explanation)
    recorded = {one.name: getattr(decision, one.name) for one in dataclasses.fields(Decision)}
    return dataclasses.replace(explanation, **recorded)


def read_table(content: bytes, decimal: DecimalMark | None = None) -> Upload:
    """Let the API read a file; nothing is cached. Raises ApiError."""
    query = (("decimal", decimal),) if decimal else ()
    return wait_for(get_api().post_file("/table", content, _read_upload, query, get_key()))


def predict_many(body: bytes, *, stored: bool) -> Sequence[Decision]:
    """Score several applications, known clients with their ``stored`` history; nothing is cached. Raises ApiError."""
    query = (("history", "known"),) if stored else ()
    return wait_for(get_api().post("/predict", body, _read_predictions, query, get_key())).predictions


def inspect_many(body: bytes) -> Sequence[Inspection]:
    """Get a report on each of several applications; nothing is cached. Raises ApiError."""
    return wait_for(get_api().post("/data", body, _read_inspections, key=get_key())).records


def try_key(key: Secret) -> None:
    """Ask for something with a key; nothing is cached. Raises KeyNeeded if the API does not accept it, or ApiError."""
    wait_for(get_api().get("/", _read_anything, key=key))


def api_answers() -> bool:
    """Whether the API answers again."""
    try:
        return get_api().is_up()
    except ApiError:
        return False
