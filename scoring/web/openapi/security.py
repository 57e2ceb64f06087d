"""What the OpenAPI document says about keys and limits: schemes, the scope of each operation, 401, 403 and 429."""

from collections.abc import Mapping

from scoring.errors import KeyRequired, NotAllowed, RequestError, TooManyRequests
from scoring.web.gate.route_scopes import scopes_of
from scoring.web.openapi.operation_parts import problem_response
from scoring.web.openapi.schemas import Json
from scoring.web.problem_kinds import KINDS

_SCHEMES: Mapping[str, Json] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, for programs."},
    "basic": {"type": "http", "scheme": "basic", "description": "An API key as the password, for browsers."},
}
_CHALLENGE = "How a key may be sent."
_WAIT = "Seconds after which a request will be answered."


def describe_access(document: Json, *, protected: bool, limited: bool) -> None:
    """Add to each operation which scope it needs, and how it refuses a request.

    Of several scopes that are listed, one is enough.

    Parameters
    ----------
    protected : the service needs keys.
    limited : the number of requests is limited.
    """
    if protected:
        document["components"]["securitySchemes"] = {**_SCHEMES}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            scopes = scopes_of(method.upper(), path.replace("{", "<").replace("}", ">"))
            if scopes is None:
                continue
            if protected:
                operation["security"] = [{name: sorted(scopes)} for name in _SCHEMES]
                _add(operation, KeyRequired, "WWW-Authenticate", _CHALLENGE, {"type": "string"})
                _add(operation, NotAllowed)
            if limited:
                _add(operation, TooManyRequests, "Retry-After", _WAIT, {"type": "integer", "minimum": 1})


def _add(
    operation: Json, error: type[RequestError], header: str = "", text: str = "", schema: Json | None = None
) -> None:
    kind = KINDS[error]
    response = problem_response([kind])
    if header:
        response["headers"] = {header: {"description": text, "schema": schema}}
    operation["responses"][str(int(kind.status))] = response
