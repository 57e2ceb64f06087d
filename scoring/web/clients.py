"""Routes about known clients: their numbers, and the raw facts of one."""

from flask import Blueprint, Response, request
from pydantic_core import to_json

from scoring.errors import InvalidParameter
from scoring.web.known_clients import KnownClients

_DEFAULT_LIMIT = 100
_MOST = 1000
_WHOLE = 10**18


def blueprint(clients: KnownClients) -> Blueprint:
    """Serve ``/clients`` and ``/clients/<client_id>``."""
    routes = Blueprint("clients", __name__)

    @routes.get("/clients")
    def numbers() -> Response:
        after = _whole_number("after", default=0, low=0, high=_WHOLE)
        limit = _whole_number("limit", default=_DEFAULT_LIMIT, low=1, high=_MOST)
        page = clients.page(after, limit)
        following = page[-1] if len(page) == limit and clients.page(page[-1], 1) else None
        return _json({"clients": page, "total": len(clients), "next_after": following})

    @routes.get("/clients/<client_id>")
    def facts(client_id: str) -> Response:
        return _json({"client_id": clients.number(client_id), "facts": clients.facts(client_id)})

    return routes


def _json(answer: object) -> Response:
    return Response(to_json(answer), content_type="application/json")


def _whole_number(name: str, default: int, low: int, high: int) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    expected = f"a whole number from {low} to {high}"
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and low <= int(text) <= high):
        fault = {"field": name, "received": text[:40], "expected": expected}
        raise InvalidParameter(f"{name}={text[:40]!r}: expected {expected}.", fault)
    return int(text)
