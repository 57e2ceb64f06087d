"""Every JSON answer as a type, with every key always present; the OpenAPI document is generated from these types."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json

from scoring.application.preparation import Inspection
from scoring.decisions.content import Recordable
from scoring.decisions.recorder import DecisionRecorder
from scoring.errors import InputError
from scoring.explanation.answer import Explanation
from scoring.model.decision import Decision
from scoring.model.schema import ClientId, Frozen, Text
from scoring.storage.clients.known_clients import Fact
from scoring.web.flask_application import JsonResponse
from scoring.web.gate.current_caller import recorder_of_caller
from scoring.web.request_headers import request_facts

# The first number rises when a program written for the API may fail, the second when something is added.
API_VERSION = "1.0.0"
_NO_ID = b'"decision_id":null'  # occurs only as this key: within a text in JSON, quotes have backslashes
Share = Annotated[float, Field(ge=0, le=1)]


class Problem(Frozen):
    """A problem document (RFC 9457).

    Attributes
    ----------
    type : identifies the kind of problem; ``about:blank`` if the HTTP status already identifies it.
    title : the kind of problem in words.
    status : the HTTP status.
    detail : what is wrong, and the remedy.
    errors : the invalid values.
    code : names the message, for programs; only for an unreadable table.
    text : the message for people; only for an unreadable table.
    readings : if the number in ``errors`` has two possible values, both: one for ``decimal=point``, one for
        ``decimal=comma``.
    """

    type: str
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    errors: list[InputError]
    code: str = ""
    text: Text | None = None
    readings: dict[str, float] | None = None


class Predictions(Frozen):
    """Decisions, in the order of the records."""

    predictions: list[Decision]


class Probability(Frozen):
    """The probability of default of one record, on the threshold's scale."""

    probability: Share
    threshold: Share


class Probabilities(Frozen):
    """Probabilities of default, in the order of the records, on the threshold's scale."""

    probabilities: list[float]
    threshold: Share


class Explanations(Frozen):
    """Explained decisions, in the order of the records."""

    explanations: list[Explanation]


class Inspections(Frozen):
    """How records are read, in their order."""

    records: list[Inspection]


class IdPage(Frozen):
    """One page of client numbers, ascending.

    Attributes
    ----------
    total : number of all clients.
    next_after : value of ``after`` for the next page; null on the last one.
    """

    clients: list[ClientId]
    total: int = Field(ge=0)
    next_after: ClientId | None


class Facts(Frozen):
    """A client's application."""

    client_id: ClientId
    facts: list[Fact]


class Counts(Frozen):
    """Numbers of clients by decision."""

    accepted: int = Field(ge=0)
    refused: int = Field(ge=0)


class FeatureHistogram(Frozen):
    """The distribution of one feature.

    Attributes
    ----------
    edges : ends of a number's bins, one more than there are bins; null for a category.
    categories : the texts of a category; null for a number.
    accepted, refused : how many accepted and how many refused clients each bin or category has.
    repaid, defaulted : how many of those whose outcome is known; null where no outcome is known.
    missing : clients without a value.
    """

    name: str
    label: Text
    unit: str | None
    kind: Literal["number", "category"]
    edges: list[float] | None
    categories: list[str] | None
    accepted: list[int]
    refused: list[int]
    repaid: list[int] | None
    defaulted: list[int] | None
    missing: Counts


class Sample(Frozen):
    """Some of the clients, always the same, without their numbers. Each list has one value for each of them.

    Attributes
    ----------
    outcome : what happened; null where it is not known.
    """

    features: dict[str, list[int | float | str | None]]
    probability: list[float]
    calibrated_probability: list[float] | None
    decision: list[Literal["ACCEPTED", "REFUSED"]]
    outcome: list[Literal["REPAID", "DEFAULTED"] | None]


class Coverage(Frozen):
    """How many clients an answer describes.

    Attributes
    ----------
    described : number of clients in it; if there are very many, they are a sample, drawn at random once.
    known : number of all clients.
    """

    described: int = Field(ge=0)
    known: int = Field(ge=0)


class PopulationSummary(Frozen):
    """The known clients that meet the conditions; if there are very many, those in a sample, as ``coverage`` says.

    Attributes
    ----------
    total : number of all clients that are described.
    clients : number of those that meet the conditions.
    repaid, defaulted : number of those whose outcome is known; null where no outcome is known.
    """

    coverage: Coverage
    total: int = Field(ge=0)
    clients: int = Field(ge=0)
    accepted: int = Field(ge=0)
    refused: int = Field(ge=0)
    repaid: int | None = Field(ge=0)
    defaulted: int | None = Field(ge=0)
    features: list[FeatureHistogram]
    sample: Sample


class Index(Frozen):
    """The service and its routes.

    Attributes
    ----------
    api_version : the version of the API, as in the OpenAPI document.
    synthetic_clients : the clients are synthetic.
    try_ : the address of a decision, to try the service.
    """

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True, defer_build=True)
    service: str
    api_version: str
    model_version: str
    synthetic_clients: bool
    try_: str = Field(alias="try")
    routes: dict[str, str]


class Features(Frozen):
    """Model-ready columns, in order."""

    columns: list[str]


class Threshold(Frozen):
    """The probability from which a credit is refused, on the model's own scale."""

    best_threshold: Share


class Live(Frozen):
    """The answer while the process runs."""

    status: Literal["live"]


class Ready(Frozen):
    """The answer while the model scores as it did when it was published."""

    status: Literal["ready"]
    model_version: str
    clients: int = Field(ge=0)


def json_answer(answer: BaseModel | Mapping[str, Any] | list[float]) -> Response:
    """Encode an answer."""
    return JsonResponse(to_json(answer))


def constant_answer(answer: BaseModel) -> Callable[[], Response]:
    """Make a view that always gives the same answer; it is encoded once."""
    body = to_json(answer)
    return lambda: JsonResponse(body)


def cached_answers(
    use_case: Callable[[str], Mapping[str, Any]], most: int, period: Callable[[], date | None]
) -> Callable[[str], Response]:
    """Make a view that answers a use case for one client. The last ``most`` answers are cached, errors are not.

    For a cached answer, neither the use case nor the encoding runs again.

    Parameters
    ----------
    period : returns the day if answers may differ from day to day.
    """

    @lru_cache(most)
    def encode(client_id: str, _day: date | None) -> bytes:
        return to_json(use_case(client_id))

    return lambda client_id: JsonResponse(encode(client_id, period()))


def _cached_decisions(recorder: DecisionRecorder, most: int) -> Callable[[str], Response]:
    """Make a view as ``cached_answers``; the recorder's observer is called for cached decisions too."""

    @lru_cache(most)
    def encode(client_id: str, _day: date | None) -> tuple[bytes, Decision]:
        decision = recorder.service.decide_client(client_id)
        return to_json(decision), decision

    def answer(client_id: str) -> Response:
        body, decision = encode(client_id, recorder.service.period())
        recorder.observe([decision])
        return JsonResponse(body)

    return answer


def recorded_answers(recorder: DecisionRecorder, most: int) -> Callable[[str], Response]:
    """Make the view of decisions on known clients.

    For up to ``most`` clients, all of the answer but the decision's ID is cached. Nothing is cached if the table of
    clients may change.
    """
    period = recorder.service.period
    if not recorder.service.clients.store.is_constant:
        return lambda client_id: json_answer(recorder_of_caller(recorder).decide_client(client_id, request_facts()))
    if recorder.record is None:
        return _cached_decisions(recorder, most)

    @lru_cache(most)
    def encode(client_id: str, _day: date | None) -> tuple[bytes, bytes, Recordable]:
        recordable = recorder.describe_client(client_id)
        before, _, after = to_json(recordable.decision).partition(_NO_ID)
        return before, after, recordable

    def answer(client_id: str) -> Response:
        before, after, recordable = encode(client_id, period())
        facts = request_facts()
        entry_id = recorder.append([recordable], facts)[0] if facts else None
        body = b"".join((before, b'"decision_id":', to_json(entry_id), after))
        return JsonResponse(body)

    return answer
