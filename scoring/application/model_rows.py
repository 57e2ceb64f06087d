"""Reads model-ready rows from a body: one number for each of the model's columns, by name or by position."""

import math
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, NamedTuple, NotRequired

from annotated_types import Ge, Le
from pydantic import AllowInfNan, Field, Strict, TypeAdapter, ValidationError

from scoring.application.fields import describe_id, id_type, ignored_type, number_error, strict_object
from scoring.application.input_warnings import ignored_field
from scoring.application.preparation import Inspection
from scoring.errors import DuplicateKey, InputError, InvalidApplication, input_error
from scoring.model.decision import InputWarning
from scoring.model.plan import PossibleValues
from scoring.model.schema import LARGEST, ClientId, Identity

_NUMBER = Annotated[float, Strict(), Ge(-float(LARGEST)), Le(float(LARGEST)), AllowInfNan(False)]
_EXPECTED = f"a number from {-float(LARGEST):g} to {float(LARGEST):g}"


class ModelRow(NamedTuple):
    """A model-ready row after reading: one number for each column, the client ID if it was given, and warnings."""

    row: list[float]
    client_id: ClientId | None = None
    warnings: tuple[InputWarning, ...] = ()


class ModelRowReader:
    """Reads model-ready rows.

    Parameters
    ----------
    features : names of the model-ready columns, in order.
    identity : the identity column; a row may contain it, and it is never a feature.
    target : the outcome column; a row may contain it, and it is ignored.
    nullable : features that may be null, which is read as NaN.
    possible : the values that the features can have; by default any.

    Attributes
    ----------
    named_type, positional_type : the Pydantic types of a row by names and by position.
    """

    def __init__(
        self,
        features: Sequence[str],
        identity: Identity,
        target: str,
        nullable: Collection[str] = frozenset(),
        possible: PossibleValues | None = None,
    ) -> None:
        self._possible = possible
        self.features = tuple(features)
        self.identity = identity
        self.target = target
        others = {identity.name: NotRequired[id_type(identity)], target: NotRequired[ignored_type()]}
        self._required = [name not in nullable for name in features]
        types = {
            name: _NUMBER if required else _NUMBER | None
            for name, required in zip(features, self._required, strict=True)
        }
        self.named_type = strict_object("Row", {**others, **types})
        width = Field(min_length=len(features), max_length=len(features))
        kind: Any = _NUMBER | None if nullable else _NUMBER
        self.positional_type: TypeAdapter[list[float | None]] = TypeAdapter(Annotated[list[kind], width])

    def parse(self, given: Any) -> ModelRow:
        """Read one row: a list has the values by position, an object has them by name.

        Raises InvalidApplication, which lists every error.
        """
        return self._parse_positional(given) if isinstance(given, list) else self._parse_named(given)

    def make_possible(self, row: Sequence[float]) -> list[float]:
        """Return a row with the nearest value that each feature can have, which ``parse`` accepts."""
        if self._possible is None:
            return list(row)
        return [self._possible.nearest(*pair) for pair in zip(self.features, row, strict=True)]

    def _parse_named(self, given: Mapping[str, Any]) -> ModelRow:
        try:
            values = self.named_type.validate_python(given)
        except ValidationError as error:
            names = dict.fromkeys(str(one["loc"][0]) for one in error.errors(include_url=False))
            raise InvalidApplication.listing(self._error(name, given.get(name)) for name in names) from None
        warnings = (ignored_field(self.target),) if self.target in given else ()
        row = [math.nan if values[name] is None else values[name] for name in self.features]
        if self._possible:
            self._refuse_raw_values(row, self._possible)
        return ModelRow(row, values.get(self.identity.name), warnings)

    def _parse_positional(self, given: Sequence[Any]) -> ModelRow:
        if len(given) != len(self.features):
            expected = f"{len(self.features)} numbers, in the order of /features; the row has {len(given)} values"
            raise InvalidApplication.listing([input_error("(all)", given, expected)])
        return ModelRow(self._parse_named(dict(zip(self.features, given, strict=True))).row)

    def _refuse_raw_values(self, row: Sequence[float], possible: PossibleValues) -> None:
        expected = [possible.expected(*pair) for pair in zip(self.features, row, strict=True)]
        if any(expected):
            raise InvalidApplication.listing(
                input_error(name, value, f"{text}; send raw applications under applications")
                for name, value, text in zip(self.features, row, expected, strict=True)
                if text
            )

    def _error(self, name: str, value: object) -> InputError:
        if isinstance(value, DuplicateKey):
            return input_error(name, value, "the key once")
        if name == self.identity.name:
            return input_error(name, value, describe_id(self.identity))
        if name not in self.features:
            return input_error(name, value, "a column of /features")
        required = self._required[self.features.index(name)]
        return number_error(name, value, f"{_EXPECTED} ({'required' if required else 'or null'})")

    def inspect(self, given: Any, form: type[dict[str, Any]] | type[list[Any]]) -> Inspection:
        """Report how one row is read. The report has the same keys as that of an application.

        Parameters
        ----------
        form : ``list`` or ``dict``, the expected form of the row; another form is reported as an error.
        """
        if not isinstance(given, form):
            expected = "an object" if form is dict else "a list"
            return {**self._empty[form], "errors": [input_error("(record)", given, expected)]}
        return self._inspect(given) if given else self._empty[form]

    @cached_property
    def _empty(self) -> dict[type, Inspection]:
        """The reports of rows without any value, made once: a body may contain thousands of such rows."""
        return {form: self._inspect(form()) for form in (dict, list)}

    def _inspect(self, given: dict[str, Any] | list[Any]) -> Inspection:
        errors: list[InputError] = []
        row = ModelRow([])
        try:
            row = self.parse(given)
        except InvalidApplication as error:
            errors = list(error.errors)
        known = {*self.features, self.identity.name, self.target, "(all)"}
        values = zip(self.features, row.row, strict=True) if row.row else ()
        return {
            "valid": not errors,
            "client_id": row.client_id,
            "parsed": {name: value for name, value in values if not math.isnan(value)},
            "missing": [name for name in self.features if isinstance(given, dict) and given.get(name) is None],
            "imputed": [],
            "unknown": [error["field"] for error in errors if error["field"] not in known],
            "out_of_range": [],
            "not_used": [],
            "warnings": [warning.message for warning in row.warnings],
            "errors": errors,
        }
