"""Recorded decisions: ``GET /decisions`` and ``GET /decisions/<decision_id>``."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request

from scoring.decisions.history import DecisionHistory, IsVisible, RecordedDecision
from scoring.errors import InvalidParameter, input_error, shorten
from scoring.record.entries import Search, StoredEntry
from scoring.service import Service
from scoring.web.answers import json_answer
from scoring.web.gate.current_caller import current_caller, seen_by_caller
from scoring.web.parameters import takes
from scoring.web.request_headers import asks_for_page

DEFAULT_LIMIT = 100
MOST = 1000
_CHOICES: Mapping[str, Mapping[str, Any]] = {
    "outcome": {"ACCEPTED": "ACCEPTED", "REFUSED": "REFUSED"},
    "review": {"true": True, "false": False},
    "order": {"oldest": False, "newest": True},
}
_MOST_CHARACTERS = 200  # of an id


def blueprint(
    service: Service, history: DecisionHistory, show_page: Callable[[RecordedDecision], Response]
) -> Blueprint:
    """Serve recorded decisions; a browser gets one as a page."""
    routes = Blueprint("decisions", __name__)

    @routes.get("/decisions/<decision_id>")
    def show(decision_id: str) -> Response:
        found = history.show(decision_id, visible_to_caller(service))
        return show_page(found) if asks_for_page() else json_answer(found)

    @routes.get("/decisions")
    @takes("client_id", "from", "to", "outcome", "review", "order", "after", "limit")
    def search() -> Response:
        conditions = Search(
            client_id=_client_id(service),
            since=_time("from"),
            until=_time("to"),
            outcome=_choice("outcome"),
            review=_choice("review"),
            after=read_text("after"),
            newest_first=bool(_choice("order")),
        )
        return json_answer(history.search(conditions, read_limit(), visible_to_caller(service)))

    return routes


def visible_to_caller(service: Service) -> IsVisible:
    """Return which decisions the caller may see: on clients of the portfolio, and those that the same key asked for."""
    caller = current_caller()
    if caller.portfolio is None:
        return lambda _: True
    clients = seen_by_caller(service).clients

    def is_visible(entry: StoredEntry) -> bool:
        if entry.content["key_id"] == caller.key_id:
            return True
        client_id = entry.body.content["client_id"] if entry.body else None
        return client_id is not None and client_id in clients

    return is_visible


def read_text(name: str) -> str | None:
    """Read a parameter that is an id."""
    text = request.args.get(name)
    if text is not None and not (0 < len(text) <= _MOST_CHARACTERS and text.isprintable()):
        raise _invalid(name, text, f"1 to {_MOST_CHARACTERS} printable characters")
    return text


def _client_id(service: Service) -> str | None:
    """Read a client's number or text id, and return it in the form that recorded bodies have."""
    text = request.args.get("client_id")
    identity = service.clients.identity
    if text is None:
        return None
    if not identity.pattern().fullmatch(text):
        raise _invalid("client_id", text, identity.expected())
    return str(identity.parse_id(text))


def read_limit() -> int:
    """Read how many decisions a page may have."""
    text = request.args.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) and 1 <= int(text) <= MOST):
        raise _invalid("limit", text, f"a whole number from 1 to {MOST}")
    return int(text)


def _choice(name: str) -> Any:
    text = request.args.get(name)
    if text is None:
        return None
    if text not in _CHOICES[name]:
        raise _invalid(name, text, " or ".join(_CHOICES[name]))
    return _CHOICES[name][text]


def _time(name: str) -> str | None:
    """Read a date or a time; without an offset, it is UTC."""
    text = request.args.get(name)
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _invalid(name, text, "a date such as 2026-11-26, or a time such as 2026-11-26T13:05:00Z") from None
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _invalid(name: str, text: str, expected: str) -> InvalidParameter:
    return InvalidParameter(f"{name}={shorten(text)!r}: expected {expected}.", input_error(name, text, expected))
