"""One operation of the OpenAPI document: parameters, answers, and the kinds of problems it may answer with."""

from typing import Any

from scoring.errors import ClientsUnavailable, InvalidParameter, RecordUnavailable, RequestError
from scoring.model.schema import Identity
from scoring.web.answers import Problem
from scoring.web.openapi.schemas import Json, ref
from scoring.web.problem_kinds import ALL_KINDS, KINDS, ProblemKind

TEXT: Json = {"type": "string"}
_JSON, _PROBLEM = "application/json", "application/problem+json"


def describe_id(identity: Identity) -> Json:
    """Describe a client's number or text id as it stands in an address."""
    return {**TEXT, "pattern": f"^(?:{identity.pattern().pattern})$"}


def get(name: str, tag: str, summary: str, answer: Json, *errors: type[RequestError], **more: Any) -> Json:
    """Describe a GET operation that answers JSON. A browser may get a page instead, which is not part of the API."""
    return {"get": operation(name, tag, summary, answer, *errors, **more)}


def operation(
    name: str, tag: str, summary: str, answer: Json, *errors: type[RequestError] | ProblemKind, **more: Any
) -> Json:
    """Describe an operation that answers JSON; every operation refuses unknown parameters."""
    kinds = [one if isinstance(one, ProblemKind) else KINDS[one] for one in dict.fromkeys((InvalidParameter, *errors))]
    responses: Json = {"200": {"description": f"{summary}.", "content": {_JSON: {"schema": answer}}}}
    for status in sorted({kind.status for kind in kinds}):
        responses[str(int(status))] = problem_response([kind for kind in kinds if kind.status == status])
    if {KINDS[RecordUnavailable], KINDS[ClientsUnavailable]} & set(kinds):
        wait = {"description": "Seconds after which to try again.", "schema": {"type": "integer", "minimum": 0}}
        responses[str(int(KINDS[RecordUnavailable].status))]["headers"] = {"Retry-After": wait}
    if "parameters" in more:
        content = {_PROBLEM: {"schema": ref("Problem")}}
        responses["414"] = {"description": "The address is longer than 8 KiB.", "content": content}
    return {"operationId": name, "tags": [tag], "summary": summary, "responses": responses, **more}


def problem_response(kinds: list[ProblemKind]) -> Json:
    """Describe the answer to a request with one of these problems; all of them have the same status."""
    examples = {_key(kind): {"$ref": f"#/components/examples/{_key(kind)}"} for kind in kinds}
    return {
        "description": " ".join(f"`{kind.urn}`: {kind.meaning}" for kind in kinds),
        "content": {_PROBLEM: {"schema": ref("Problem"), "examples": examples}},
    }


def problem_examples() -> Json:
    """Write one problem document of each kind."""
    return {_key(kind): {"summary": kind.title, "value": _example(kind)} for kind in ALL_KINDS}


def _example(kind: ProblemKind) -> Json:
    detail = f"{kind.meaning} {kind.remedy}"
    problem = Problem(type=kind.urn, title=kind.title, status=kind.status, detail=detail, errors=[])
    return problem.model_dump(mode="json", exclude_unset=True)


def _key(kind: ProblemKind) -> str:
    return kind.urn.rpartition(":")[2]
