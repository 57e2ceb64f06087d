"""Recognises which of four forms a body to be scored has, and returns its records."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

from flask import Request

from scoring import errors
from scoring.errors import InvalidApplication, input_error
from scoring.service import History, PreparedRecords, Service, row_form
from scoring.web.body.body_shapes import (
    names_of,
    recognise,
    recognise_columns,
    recognise_records,
    recognise_value,
    wrong_shape,
)
from scoring.web.body.request_body import parse_json, read_json_content
from scoring.web.gate.current_caller import require_scope
from scoring.web.gate.lookups import count_lookups

MOST_RECORDS = 1000
_HISTORIES: tuple[History, ...] = get_args(History)
_EXPECTED = "imputed, stored or known"
Form = Literal["application", "applications", "rows", "positional"]


class Body(NamedTuple):
    """The records of a body.

    Attributes
    ----------
    form : ``application`` (one raw application), ``applications`` (several), ``rows`` (model-ready rows, values by
        name) or ``positional`` (model-ready rows, values by position).
    records : at least one, as parsed from JSON; ``read_body`` makes an ``Application`` of a single raw application.
    history : where the history of raw applications comes from.
    """

    form: Form
    records: list[Any]
    history: History = "imputed"

    @property
    def are_rows(self) -> bool:
        """Whether the records are model-ready rows."""
        return self.form in {"rows", "positional"}

    def prepare(self, service: Service) -> PreparedRecords:
        """Read several records."""
        if self.are_rows:
            return service.prepare_rows(self.records)
        return service.prepare_applications(self.records, self.history)


def read_body(request: Request, service: Service) -> Body:
    """Read a body to be scored, and the parameter ``history``.

    Raises UnsupportedBody, BodyTooLarge, UnreadableBody, InvalidParameter, InvalidApplication, NoStoredHistory or
    RowsOnly.
    """
    content = read_json(request, service)
    history = _read_history(request) if request.environ.get("QUERY_STRING") else "imputed"
    if application := service.read_usual_application(content):
        return _counted(Body("application", [application], history), service)
    parsed = parse_json(content)
    form, records, _ = body = split_body(parsed, service)
    _check_shape(body, parsed, service)
    if history != "imputed" and body.are_rows:
        message = f"history={history} is for raw applications: model-ready rows already contain their history."
        raise errors.NoStoredHistory(message)
    body = Body(form, [service.read_application(records[0])] if form == "application" else records, history)
    return _counted(body, service)


def _counted(body: Body, service: Service) -> Body:
    """Count the known clients whose history is used."""
    if body.history != "imputed":
        if body.form == "application":
            given = [body.records[0].client_id]
        else:
            name = service.clients.identity.name
            given = [record.get(name) for record in body.records if isinstance(record, dict)]
        count_lookups(service.clients, given, may_be_new=body.history == "known")
    return body


def read_json(request: Request, service: Service) -> bytes:
    """Read a body of JSON; one with more than twice as many values as 1,000 records can have is refused.

    Values are counted first: to parse them takes up to fifty times the body's memory, and far longer than counting.
    Raises as ``read_body``.
    """
    content = read_json_content(request)
    most = 2 * MOST_RECORDS * service.widest  # texts may have commas, too
    if len(content) > most and sum(content.count(mark) for mark in (b",", b"[", b"{")) > most:
        message = (
            f"More than {most} values: expected at most {MOST_RECORDS} records in a request; send several requests."
        )
        raise errors.BodyTooLarge(message)
    return content


def split_body(content: Any, service: Service) -> Body:
    """Recognise the form of a parsed body, and return its records; raises InvalidApplication or BodyTooLarge.

    A lender's own field may be called ``data`` or ``applications``; its value is never a list, and so it cannot be
    taken for a list of records.
    """
    names = service.own_names
    if not isinstance(content, dict):
        expected = 'an application (an object), {"applications": [...]} or {"data": [...]}'
        raise wrong_shape(content, recognise(content, names_of(service)), expected)
    if "applications" in content and ("applications" not in names or isinstance(content["applications"], list)):
        return Body("applications", _records(content, "applications", service))
    if "data" in content and ("data" not in names or isinstance(content["data"], list)):
        records = _records(content, "data", service)
        return Body("positional" if row_form(records) is list else "rows", records)
    return Body("application", [content])


def _check_shape(body: Body, content: Any, service: Service) -> None:
    """Refuse records that belong under another key, with one error instead of one for each of their fields."""
    names = names_of(service)
    if body.form == "application":
        shape = recognise(content, names)
    else:
        shape = recognise_records(body.records, "rows" if body.are_rows else "applications", names)
    if shape:
        raise wrong_shape(content, shape)


def _read_history(request: Request) -> History:
    """Read the parameter ``history``; by default history is imputed."""
    given = request.args.get("history", "imputed")
    for history in _HISTORIES:
        if history == given:
            if history != "imputed":
                require_scope("read", f"history={history}")
            return history
    error = input_error("history", given, _EXPECTED)
    raise errors.InvalidParameter(f"history={errors.shorten(given)!r}: expected {_EXPECTED}.", error)


def _records(content: Mapping[str, Any], key: str, service: Service) -> list[Any]:
    records = content[key]
    if len(content) > 1:
        if shape := recognise_columns(content, names_of(service)):
            raise wrong_shape(content, shape)
        others = [name for name in content if name != key]
        listed = [input_error(name, content[name], f"no other key with {key}") for name in others[: errors.MOST_ERRORS]]
        raise InvalidApplication.listing(listed, len(others))
    if not isinstance(records, list) or not records:
        expected = f"a list of 1 to {MOST_RECORDS} records"
        raise wrong_shape(records, recognise_value(key, records, names_of(service)), expected, key)
    if len(records) > MOST_RECORDS:
        raise too_many(len(records), MOST_RECORDS)
    return records


def too_many(count: int, most: int) -> errors.BodyTooLarge:
    """Describe a body of too many records."""
    return errors.BodyTooLarge(f"{count} records: expected at most {most} in a request; send several requests.")
