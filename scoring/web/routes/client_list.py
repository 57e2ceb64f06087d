"""Known clients: ``GET /clients`` and ``GET /clients/<client_id>``."""

from flask import Blueprint, Response, request

from scoring.errors import InvalidParameter, input_error, shorten
from scoring.model.schema import Identity
from scoring.service import Service
from scoring.web.answers import Facts, IdPage, json_answer
from scoring.web.gate.current_caller import seen_by_caller
from scoring.web.parameters import takes

_DEFAULT_LIMIT = 100
_MOST = 1000
_WHOLE = 10**18


def blueprint(service: Service) -> Blueprint:
    """Serve ``/clients`` and ``/clients/<client_id>``."""
    identity = service.clients.identity
    routes = Blueprint("clients", __name__)

    @routes.get("/clients")
    @takes("after", "limit")
    def list_clients() -> Response:
        after = _text_id("after", identity) if identity.kind == "text" else _whole_number("after", low=0, high=_WHOLE)
        limit = _whole_number("limit", low=1, high=_MOST) or _DEFAULT_LIMIT
        found, total = seen_by_caller(service).clients.store.page(after, limit + 1)  # one more: is there another page?
        page = found[:limit]
        return json_answer(IdPage(clients=page, total=total, next_after=page[-1] if len(found) > limit else None))

    @routes.get("/clients/<client_id>")
    def client_facts(client_id: str) -> Response:
        known, facts = seen_by_caller(service).client_facts(client_id)
        return json_answer(Facts(client_id=known, facts=facts))

    return routes


def _whole_number(name: str, low: int, high: int) -> int | None:
    text = request.args.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and low <= int(text) <= high):
        raise _invalid(name, text, f"a whole number from {low} to {high}")
    return int(text)


def _text_id(name: str, identity: Identity) -> str | None:
    text = request.args.get(name)
    if text is not None and not identity.pattern().fullmatch(text):
        raise _invalid(name, text, identity.expected())
    return text


def _invalid(name: str, text: str, expected: str) -> InvalidParameter:
    return InvalidParameter(f"{name}={shorten(text)!r}: expected {expected}.", input_error(name, text, expected))
