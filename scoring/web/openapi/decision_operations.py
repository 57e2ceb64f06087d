"""The operations on recorded decisions, in the OpenAPI document."""

import json
from typing import Any

from scoring import errors
from scoring.decisions.content import RequestFacts, describe_case, make_entry
from scoring.decisions.history import RecordedDecision, describe_entry, describe_line, make_page
from scoring.decisions.replay import Replay
from scoring.decisions.reviews import Override, Review, ReviewQueue, ReviewRequest, Status, WaitingReview
from scoring.model.schema import Identity
from scoring.record.canonical import prepare
from scoring.record.entries import Body, StoredEntry
from scoring.service import Case, Service
from scoring.web.letter.rendering import EXAMPLES as LETTERS
from scoring.web.openapi.examples import example_row
from scoring.web.openapi.operation_parts import TEXT, describe_id, get, operation
from scoring.web.openapi.schemas import Json, ref
from scoring.web.routes.decision_history import DEFAULT_LIMIT, MOST

EXAMPLE_ID = "019adf63-1a2b-7c3d-8e4f-0123456789ab"
_EXAMPLE_TIME = "2026-11-26T13:05:01.123456Z"
_TIME = {**TEXT, "format": "date-time"}
_TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
_BODY = (errors.UnreadableBody, errors.BodyTooLarge, errors.UnsupportedBody)
_REQUEST = ReviewRequest(statement="I have had a new job since 1 October.", received_by="Branch in Lyon")
_OVERRIDE = Override(decision="ACCEPTED", reason="income_documented", text="Three pay slips were supplied.")
_RECORD = (errors.NoRecord, errors.RecordUnavailable)


def describe_decisions(service: Service) -> Json:
    """Describe the routes of recorded decisions; examples are made here, since no decision is recorded for them."""
    entry = _example_entry(service)
    score = {name: entry.content[name] for name in ("probability", "calibrated_probability", "decision", "review")}
    replay = Replay(same=True, difference=0.0, reason=None, **score)
    shown = RecordedDecision(decision=describe_entry(entry), later=[], replay=replay)
    decision = {
        "name": "decision_id",
        "in": "path",
        "required": True,
        "description": "The `decision_id` of a decision object.",
        "schema": {**TEXT, "format": "uuid"},
        "example": EXAMPLE_ID,
    }
    conditions = {"parameters": _conditions(service.clients.identity)}
    return {
        "/decisions": _with_example(
            get(
                "list_decisions", "decisions", "Recorded decisions, paged", ref("DecisionPage"), *_RECORD, **conditions
            ),
            make_page([entry], [], DEFAULT_LIMIT, lambda _: True),
        ),
        "/decisions/{decision_id}": _with_example(
            get(
                "get_recorded_decision",
                "decisions",
                "A recorded decision, scored again",
                ref("RecordedDecision"),
                errors.UnknownDecision,
                *_RECORD,
                parameters=[decision],
            ),
            shown,
        ),
        **_describe_reviews(entry, [decision]),
        "/decisions/{decision_id}/letter": _with_example(
            get(
                "get_letter",
                "decisions",
                "The letter to the applicant; a page for print where Accept prefers text/html",
                ref("Letter"),
                errors.UnknownDecision,
                errors.NotExplainable,
                *_RECORD,
                parameters=[decision],
            ),
            LETTERS[0],
        ),
    }


def _describe_reviews(entry: StoredEntry, address: list[Json]) -> Json:
    line = describe_line(entry, ())
    queue = ReviewQueue(
        reviews=[WaitingReview(decision=line, status="waiting", requested_at=_EXAMPLE_TIME)], next_after=None
    )
    paging = _paging()
    answers: tuple[tuple[str, str, Status], ...] = (
        ("request_review", "An applicant asks for a review by a person", "waiting"),
        ("override_decision", "An officer decides after a review", "reviewed"),
    )
    bodies = (_REQUEST, _OVERRIDE)
    paths = ("/decisions/{decision_id}/review-request", "/decisions/{decision_id}/override")
    errors_of = ((errors.NotReviewable,), (errors.NotReviewable, errors.ReviewConflict))
    described = {
        "/reviews": _with_example(
            get(
                "list_reviews",
                "decisions",
                "Decisions that wait for a person",
                ref("ReviewQueue"),
                *_RECORD,
                parameters=paging,
            ),
            queue,
        )
    }
    for path, (name, summary, status), body, more in zip(paths, answers, bodies, errors_of, strict=True):
        content = {
            "application/json": {
                "schema": ref(type(body).__name__),
                "examples": {"answer": {"value": body.model_dump()}},
            }
        }
        problems = (*_BODY, errors.InvalidReview, errors.UnknownDecision, *more, *_RECORD)
        request = {"requestBody": {"required": True, "content": content}, "parameters": address}
        answer = Review(decision_id=EXAMPLE_ID, entry_id=EXAMPLE_ID, status=status, decision="ACCEPTED")
        post = {"post": operation(name, "decisions", summary, ref("Review"), *problems, **request)}
        described[path] = _with_example(post, answer)
    return described


def _conditions(identity: Identity) -> list[Json]:
    return [
        _parameter("client_id", "Only decisions on this client.", describe_id(identity)),
        _parameter("from", "Only decisions from this date or time on; without an offset, it is UTC.", _TIME),
        _parameter("to", "Only decisions before this date or time.", _TIME),
        _parameter("outcome", "Only these decisions.", {**TEXT, "enum": ["ACCEPTED", "REFUSED"]}),
        _parameter("review", "True: only those marked for review; false: only the others.", {"type": "boolean"}),
        _parameter("order", "Which are first.", {**TEXT, "enum": ["oldest", "newest"], "default": "oldest"}),
        *_paging(),
    ]


def _paging() -> list[Json]:
    limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT}
    return [
        _parameter("after", "Only decisions after the one with this id.", {**TEXT, "format": "uuid"}),
        _parameter("limit", "Number of decisions on a page.", limit),
    ]


def _parameter(name: str, description: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _with_example(path: Json, answer: Any) -> Json:
    for described in path.values():
        content = described["responses"]["200"]["content"]["application/json"]
        content["examples"] = {"answer": {"value": answer.model_dump(mode="json")}}
    return path


def _example_entry(service: Service) -> StoredEntry:
    """Make the entry of a decision on a synthetic row, as it would be recorded."""
    row = example_row(service)
    (decision,) = service.decide(service.prepare_rows([row]))
    facts = RequestFacts(None, "3f2a9c0e5d7b4a1688e0c4d2b6a79f13", _TRACE, "POST /predict")
    entry = make_entry(EXAMPLE_ID, describe_case(Case(decision, row, None), ()), facts)
    return StoredEntry(
        id=entry.id,
        kind=entry.kind,
        time=_EXAMPLE_TIME,
        chain=EXAMPLE_ID,
        position=1,
        content=json.loads(prepare(entry).content),
        about=None,
        hash="0" * 64,
        body=entry.body if isinstance(entry.body, Body) else None,
        erased=False,
    )
