"""The four bodies that can be scored: told apart, read, and turned into model-ready rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np

from scoring.application.fields import echo
from scoring.application.model_rows import RowReader
from scoring.application.preparation import Inspector, Intake
from scoring.application.reader import Application, invalid
from scoring.errors import BodyTooLarge, InvalidApplication, NoStoredHistory, RowsOnly, UnknownClient
from scoring.model.schema import ClientId
from scoring.model.scorer import Floats
from scoring.storage.bundle import Bundle
from scoring.web.known_clients import KnownClients

MOST_RECORDS = 1000
TARGET = "TARGET"  # what a trio without a manifest calls the outcome
Shape = Literal["application", "applications", "rows", "positional"]
_Read = TypeVar("_Read")


class Batch(NamedTuple):
    """What one body asks to score: n records.

    Attributes
    ----------
    shape : which of the four bodies it was.
    ready : model-ready rows.
    client_ids, warnings : one a record.
    applications : the raw applications as they were read; none where rows were given.
    """

    shape: Shape
    ready: Sequence[Sequence[float]]
    client_ids: Sequence[ClientId | None]
    warnings: Sequence[tuple[str, ...]]
    applications: Sequence[Application] | None = None

    @property
    def rows(self) -> Floats:
        """Model-ready rows as an array, shape (n, features)."""
        return np.array(self.ready, dtype=np.float64)


class Bodies:
    """Reads bodies for one model.

    Attributes
    ----------
    intake : of raw applications; none where the model came without a manifest.
    inspector : says how they are read; none as well.
    """

    def __init__(self, bundle: Bundle, clients: KnownClients) -> None:
        manifest = bundle.manifest
        self._clients = clients
        # The settings may say another form of client numbers than the manifest.
        schema = manifest.input_schema.model_copy(update={"identity": bundle.identity}) if manifest else None
        self.intake = Intake(schema, manifest.plan) if schema and manifest else None
        # Made here and not when it is asked for: types that several threads make at once crash Python 3.11.
        self.inspector = Inspector(self.intake) if self.intake else None
        self.target = schema.target if schema else TARGET
        self.rows = RowReader(bundle.scorer.features, bundle.identity, self.target)
        fields = schema.fields if schema else ()
        self._names = {bundle.identity.name, *(field.name for field in fields)}

    def read(self, body: Any, stored: bool = False) -> Batch:
        """Turn a parsed body into model-ready rows.

        Parameters
        ----------
        stored : take the stored history of the clients that the applications name.

        Raises
        ------
        InvalidApplication, BodyTooLarge, RowsOnly, UnknownClient, NoStoredHistory
        """
        shape, records = self.told_apart(body)
        if shape in {"rows", "positional"}:
            if stored:
                raise NoStoredHistory("history=stored is for raw applications: model-ready rows hold their history.")
            return self._ready(shape, records)
        intake = self.raw()
        if shape == "application":
            applications = [intake.reader.parse(body)]
        else:
            applications = read_each(records, intake.reader.parse, "an object")
        rows = map(intake.row, applications, self._stored(applications)) if stored else map(intake.row, applications)
        warnings = [intake.warnings(application, stored) for application in applications]
        ids = [application.client_id for application in applications]
        return Batch(shape, list(rows), ids, warnings, applications)

    def raw(self) -> Intake:
        """Intake of raw applications; raises RowsOnly where there is none."""
        if self.intake is None:
            raise _rows_only()
        return self.intake

    def reports(self, body: Any) -> dict[str, Any]:
        """Say how each record of a body is read; a single application's report stands alone. Raises as ``read``."""
        shape, records = self.told_apart(body)
        if shape in {"rows", "positional"}:
            read, form = self.rows.report, (dict if shape == "rows" else list)
        elif self.inspector is None:
            raise _rows_only()
        else:
            read, form = self.inspector.report, dict
        if shape == "application":
            return read(body)
        return {"records": [read(item) if isinstance(item, form) else _no_record(read, item, form) for item in records]}

    def told_apart(self, body: Any) -> tuple[Shape, list[Any]]:
        """Say which body it is, and give its records; raises InvalidApplication or BodyTooLarge."""
        if not isinstance(body, dict):
            raise _misshapen("(body)", body, 'an application (an object), {"applications": [...]} or {"data": [...]}')
        for key in ("applications", "data"):
            # A lender may have a field of that name; its values are never lists.
            if key in body and (key not in self._names or isinstance(body[key], list)):
                records = _records(body, key)
                if key == "applications":
                    return "applications", records
                return ("positional" if isinstance(records[0], list) else "rows"), records
        return "application", [body]

    def _ready(self, shape: Shape, records: list[Any]) -> Batch:
        if shape == "positional":
            rows = read_each(records, self.rows.positional, "a list")
            return Batch(shape, rows, [None] * len(rows), [()] * len(rows))
        named = read_each(records, self.rows.named, "an object")
        return Batch(
            shape,
            [row.row for row in named],
            [row.client_id for row in named],
            [row.warnings for row in named],
        )

    def _stored(self, applications: Sequence[Application]) -> list[Floats]:
        """Model-ready rows of the known clients; raises NoStoredHistory or UnknownClient."""
        name = self._clients.identity.name
        rows, unnamed, unknown = [], [], []
        for i, application in enumerate(applications):
            number = application.client_id
            if number is None:
                unnamed.append(
                    {"record": i, "field": name, "received": None, "expected": "whose stored history to use"}
                )
                continue
            try:
                rows.append(self._clients.row(number))
            except UnknownClient:
                unknown.append({"record": i, "field": name, "received": number, "expected": "a known client's"})
        if unnamed:
            noun = self._clients.identity.noun()
            raise NoStoredHistory(f"history=stored needs each application's client {noun} ({name}).", *unnamed)
        if unknown:
            noun = self._clients.identity.noun()
            raise UnknownClient(f"No stored history: no client has the {noun} that errors lists.", *unknown)
        return rows


def read_each(records: Iterable[Any], read: Callable[[Any], _Read], form: str) -> list[_Read]:
    """Read every record, and name the faults of all of them by record; one faulty record fails the whole."""
    done, faults = [], []
    wanted = dict if form == "an object" else list
    for i, record in enumerate(records):
        try:
            if not isinstance(record, wanted):
                raise _misshapen("(record)", record, form)
            done.append(read(record))
        except InvalidApplication as error:
            faults += [{"record": i, **fault} for fault in error.faults]
    if faults:
        raise invalid(faults)
    return done


def _records(body: Mapping[str, Any], key: str) -> list[Any]:
    records = body[key]
    if len(body) > 1:
        beside = [name for name in body if name != key]
        faults = [
            {"field": name[:100], "received": echo(body[name]), "expected": f"no key beside {key}"} for name in beside
        ]
        raise invalid(faults)
    if not isinstance(records, list) or not records:
        raise _misshapen(key, records, f"a list of 1 to {MOST_RECORDS} records")
    if len(records) > MOST_RECORDS:
        raise BodyTooLarge(f"{len(records)} records: expected at most {MOST_RECORDS} in a request; send several.")
    return records


def _rows_only() -> RowsOnly:
    return RowsOnly(
        "This model came without a manifest, so that raw applications cannot be read. "
        'Send model-ready rows: {"data": [...]}, columns as in /features.'
    )


def _no_record(read: Callable[[Any], dict[str, Any]], received: object, form: type) -> dict[str, Any]:
    wanted = "an object" if form is dict else "a list"
    return read(form()) | {"faults": [{"field": "(record)", "received": echo(received), "expected": wanted}]}


def _misshapen(field: str, received: object, expected: str) -> InvalidApplication:
    shown = "an empty list" if received == [] else echo(received)
    return invalid([{"field": field, "received": shown, "expected": expected}])
