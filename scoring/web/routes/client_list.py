"""Routes about known clients: their numbers, and the raw facts of one."""

from flask import Blueprint, Response, request
from pydantic_core import to_json

from scoring.errors import InvalidParameter
from scoring.model.schema import Identity
from scoring.web.known_clients import KnownClients

_DEFAULT_LIMIT = 100
_MOST = 1000
_WHOLE = 10**18
_ECHOED = 40  # characters of a faulty value that an answer repeats


def blueprint(clients: KnownClients) -> Blueprint:
    """Serve ``/clients`` and ``/clients/<client_id>``."""
    identity = clients.identity
    routes = Blueprint("clients", __name__)

    @routes.get("/clients")
    def numbers() -> Response:
        after = _text_id("after", identity) if identity.kind == "text" else _whole_number("after", low=0, high=_WHOLE)
        limit = _whole_number("limit", low=1, high=_MOST) or _DEFAULT_LIMIT
        page = clients.page(after, limit)
        following = page[-1] if len(page) == limit and clients.page(page[-1], 1) else None
        return _json({"clients": page, "total": len(clients), "next_after": following})

    @routes.get("/clients/<client_id>")
    def facts(client_id: str) -> Response:
        return _json({"client_id": clients.number(client_id), "facts": clients.facts(client_id)})

    return routes


def _json(answer: object) -> Response:
    return Response(to_json(answer), content_type="application/json")


def _whole_number(name: str, low: int, high: int) -> int | None:
    text = request.args.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and low <= int(text) <= high):
        raise _unusable(name, text, f"a whole number from {low} to {high}")
    return int(text)


def _text_id(name: str, identity: Identity) -> str | None:
    text = request.args.get(name)
    if text is not None and not identity.pattern().fullmatch(text):
        raise _unusable(name, text, identity.expected())
    return text


def _unusable(name: str, text: str, expected: str) -> InvalidParameter:
    fault = {"field": name, "received": text[:_ECHOED], "expected": expected}
    return InvalidParameter(f"{name}={text[:_ECHOED]!r}: expected {expected}.", fault)
