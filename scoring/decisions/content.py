"""What the entry of a decision says, and its body."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from scoring.decisions.shadow import ShadowScore
from scoring.explanation.heaviest import Weight
from scoring.model.decision import Decision, PolicyOutcome
from scoring.record.canonical import extend_content
from scoring.record.entries import Body, Content, EncodedBody, NewEntry
from scoring.service import Case

SERVICE_VERSION = "0.1.0"  # as in pyproject.toml


class RequestFacts(NamedTuple):
    """What an entry says about the request that asked for it.

    Attributes
    ----------
    key_id : of the caller's API key; None where the service needs none.
    request_id : as in the answer's ``X-Request-ID``.
    traceparent : W3C trace context; None if the caller sent none.
    route : method and route, such as ``GET /predict/<client_id>``.
    """

    key_id: str | None
    request_id: str
    traceparent: str | None
    route: str


class Recordable(NamedTuple):
    """A decision that can be recorded.

    Attributes
    ----------
    content : of its entry, without the facts of the request.
    body : what was scored.
    """

    decision: Decision
    content: Content
    body: Body | EncodedBody


def describe_case(case: Case, reasons: Sequence[Weight] | None, shadow: ShadowScore | None = None) -> Recordable:
    """Write down a decision and what was scored.

    Parameters
    ----------
    reasons : what speaks most against the client; None if that was not computed.
    shadow : what the shadow model says; None without one.
    """
    decision = case.decision
    content = {
        "probability": decision["probability"],
        "calibrated_probability": decision["calibrated_probability"],
        "threshold": decision["threshold"],
        "decision": decision["decision"],
        "review": decision["review"],
        "warnings": [{"code": one.code, "field": one.field} for one in decision["warning_details"]],
        "reasons": None if reasons is None else [one._asdict() for one in reasons],
        "model_version": decision["model_version"],
        "service_version": SERVICE_VERSION,
        **_describe_policy(decision["policy"]),
        "shadow": None if shadow is None else shadow._asdict(),
    }
    client_id = decision["client_id"]
    scored = {
        "client_id": client_id,
        "row": [None if value != value else value for value in case.row],  # JSON has no NaN
        "application": case.record,
        "history": case.history,
    }
    return Recordable(decision, content, Body(None if client_id is None else str(client_id), scored))


def _describe_policy(told: PolicyOutcome | None) -> dict[str, Any]:
    """Write down what the policy said, without its texts, which are in the kept policy of this version.

    ``propensity`` is the probability with which the client was accepted at random, whether it came to that or not; it
    is None for all to whom that cannot happen.
    """
    if told is None:
        return {"policy_version": None, "policy": None, "propensity": None}
    keys = {"code", "effect", "checked", "outcome"}
    return {
        "policy_version": told.version,
        "policy_day": str(told.day),
        "policy": [one.model_dump(include=keys) for one in told.rules],
        "propensity": told.propensity,
    }


def make_entry(entry_id: str, recordable: Recordable, facts: RequestFacts) -> NewEntry:
    """Make the entry of a decision."""
    return NewEntry(entry_id, "decision", extend_content(recordable.content, facts._asdict()), recordable.body)
