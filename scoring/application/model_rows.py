"""Model-ready rows given by hand: one number for each of the model's columns, by name or by position."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple, NotRequired

from annotated_types import Ge, Le
from pydantic import AllowInfNan, Field, Strict, TypeAdapter, ValidationError

from scoring.application.fields import LARGEST, Twice, accepted_id, echo, exactly, expected_id, ignored
from scoring.application.reader import invalid
from scoring.errors import InvalidApplication
from scoring.model.schema import ClientId, Identity

_NUMBER = Annotated[float, Strict(), Ge(-float(LARGEST)), Le(float(LARGEST)), AllowInfNan(False)]
_EXPECTED = f"a number from {-float(LARGEST):g} to {float(LARGEST):g} (required)"
_LONGEST = 100  # characters of an unknown column's name that an answer repeats


class ReadyRow(NamedTuple):
    """A model-ready row, read: one number a column, the client where it names one, what was unusual."""

    row: list[float]
    client_id: ClientId | None
    warnings: tuple[str, ...]


class RowReader:
    """Reads model-ready rows.

    Parameters
    ----------
    features : names of the model-ready columns, in order.
    identity : may stand beside them, and is never a feature.
    target : may stand beside them, and is ignored.
    """

    def __init__(self, features: Sequence[str], identity: Identity, target: str) -> None:
        self.features = tuple(features)
        self.identity = identity
        self.target = target
        beside = {identity.name: NotRequired[accepted_id(identity)], target: NotRequired[ignored()]}
        self._named = exactly({**beside, **dict.fromkeys(features, _NUMBER)})
        width = Field(min_length=len(features), max_length=len(features))
        self._positional: TypeAdapter[list[float]] = TypeAdapter(Annotated[list[_NUMBER], width])

    def named(self, given: Mapping[str, Any]) -> ReadyRow:
        """Read one row by column names; raises InvalidApplication naming every fault."""
        try:
            read = self._named.validate_python(given)
        except ValidationError as error:
            names = dict.fromkeys(str(fault["loc"][0]) for fault in error.errors(include_url=False))
            faults = [self._fault(name, given.get(name)) for name in names]
            raise invalid(faults) from None
        warnings = (f"{self.target}: ignored; it is what the model predicts",) if self.target in given else ()
        return ReadyRow([read[name] for name in self.features], read.get(self.identity.name), warnings)

    def positional(self, given: Sequence[Any]) -> list[float]:
        """Read one row by position; raises InvalidApplication naming every fault."""
        try:
            return self._positional.validate_python(given)
        except ValidationError as error:
            if len(given) != len(self.features):
                wanted = f"{len(self.features)} numbers, in the order of /features"
                faults: list[dict[str, object]] = [
                    {"field": "(all)", "received": f"{len(given)} values", "expected": wanted}
                ]
            else:
                places = dict.fromkeys(int(fault["loc"][0]) for fault in error.errors(include_url=False))
                faults = [self._fault(self.features[i], given[i]) for i in places]
            raise invalid(faults) from None

    def _fault(self, name: str, value: object) -> dict[str, object]:
        wanted = _EXPECTED if name in self.features else "a column of /features"
        if isinstance(value, Twice):
            wanted = "the key once"
        elif name == self.identity.name:
            wanted = expected_id(self.identity)
        return {"field": name[:_LONGEST], "received": echo(value), "expected": wanted}

    def report(self, given: Any) -> dict[str, Any]:
        """Say how one row, by name or by position, is read; the same keys as for a raw application."""
        faults: list[Any] = []
        row = ReadyRow([], None, ())
        try:
            row = ReadyRow(self.positional(given), None, ()) if isinstance(given, list) else self.named(given)
        except InvalidApplication as error:
            faults = list(error.faults)
        named = dict(zip(self.features, row.row, strict=True)) if row.row else {}
        absent = [name for name in self.features if isinstance(given, dict) and given.get(name) is None]
        known = {*self.features, self.identity.name, self.target, "(all)"}
        return {
            "valid": not faults,
            "client_id": row.client_id,
            "parsed": named,
            "missing": absent,
            "imputed": [],
            "unknown": [fault["field"] for fault in faults if fault["field"] not in known],
            "out_of_range": [],
            "not_used": [],
            "warnings": list(row.warnings),
            "faults": faults,
        }
