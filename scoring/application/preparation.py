"""Turns applications into model-ready rows, and reports how they were read."""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

# Before Python 3.12, Pydantic accepts only this TypedDict, not that of the standard library.
from typing_extensions import TypedDict

from scoring.application.input_warnings import history_imputed
from scoring.application.reader import Application, ApplicationReader
from scoring.errors import InputError, InvalidApplication, input_error
from scoring.model.compile import Row, compile_plan, raw_sources
from scoring.model.decision import InputWarning
from scoring.model.operations import Floats
from scoring.model.plan import NumberColumn, Plan
from scoring.model.schema import ClientId, InputSchema

# Values are limited to this size. A ratio with a divisor near zero may be 1e300. In the model's weighted sum, such
# values may become infinity minus infinity, which is NaN.
LARGEST = 1e30


class Inspection(TypedDict):
    """How one record is read.

    Attributes
    ----------
    valid : the record can be scored.
    client_id : null where the record names no client.
    parsed : values by field, as they were understood.
    missing : fields without a value.
    imputed : missing fields and history features that the model reads, and that are therefore imputed.
    unknown : fields that the schema does not have; ``errors`` lists them too.
    out_of_range : fields with a number out of range; ``errors`` lists them too.
    not_used : fields that this model does not read.
    warnings : what is unusual.
    errors : invalid values.
    """

    valid: bool
    client_id: ClientId | None
    parsed: dict[str, int | float | str]
    missing: list[str]
    imputed: list[str]
    unknown: list[str]
    out_of_range: list[str]
    not_used: list[str]
    warnings: list[str]
    errors: list[InputError]


class Preparer:
    """Turns raw applications into model-ready rows, and reports how they are read.

    Parameters
    ----------
    schema : fields of a raw application.
    plan : the model's preprocessing.

    Attributes
    ----------
    reader : reads one application.
    used : raw fields and history features that the model reads.
    history : positions of the model-ready columns that are computed from past records, and from no raw field.
    """

    def __init__(self, schema: InputSchema, plan: Plan) -> None:
        self.schema = schema
        self.plan = plan
        self.reader = ApplicationReader(schema)
        self._fields = {field.name: field for field in schema.fields}
        fields = self._fields.keys()
        self._compiled = compile_plan(plan, fields)
        self._unbounded = any(isinstance(column, NumberColumn) for column in plan.columns)
        sources = [raw_sources(plan, column.source) for column in plan.columns]
        self.used = frozenset().union(*sources)
        self.history = tuple(i for i, names in enumerate(sources) if names.isdisjoint(fields))
        self._history_names = sorted(self.used - fields)
        self._not_used = [name for name in fields if name not in self.used]
        self._imputed = (history_imputed(len(self.history), len(sources)),) if self.history else ()

    @cached_property
    def _lenient(self) -> ApplicationReader:
        """Reads applications in which required fields may be missing; made on first use, since it takes a while."""
        optional = [field.model_copy(update={"required": False}) for field in self.schema.fields]
        return ApplicationReader(self.schema.model_copy(update={"fields": tuple(optional)}))

    def make_row(self, application: Application, stored: Sequence[float] | Floats | None = None) -> Row:
        """Make the model-ready row of an application.

        Parameters
        ----------
        stored : model-ready row of the known client, shape (features,); history columns are taken from it. By default
            they are imputed.

        Returns
        -------
        One finite number for each feature, in the plan's order.
        """
        row = self._compiled(application.record)
        if self._unbounded and (max(row) > LARGEST or min(row) < -LARGEST):
            row = [min(max(value, -LARGEST), LARGEST) for value in row]
        if stored is not None:
            for i in self.history:
                row[i] = float(stored[i])
        return row

    def warnings_about(self, application: Application, stored: bool = False) -> tuple[InputWarning, ...]:
        """List the warnings about an application.

        If the model reads history and ``stored`` is not given, one warning says that history is imputed.
        """
        return application.warnings if stored else application.warnings + self._imputed

    def inspect(self, given: Any, hints: bool = True) -> Inspection:
        """Report how one application is read; every key is always present.

        Parameters
        ----------
        hints : suggest a similar name in the errors about the first unknown fields.
        """
        if not isinstance(given, Mapping):
            return {**self._empty, "errors": [input_error("(record)", given, "an object")]}
        return self._inspect(given, hints) if given else self._empty

    @cached_property
    def _empty(self) -> Inspection:
        """The report of an application without any field, made once: a body may contain thousands of them."""
        return self._inspect({}, hints=False)

    def _inspect(self, given: Mapping[str, Any], hints: bool) -> Inspection:
        errors: list[InputError] = []
        try:
            self.reader.parse(given, hints)
        except InvalidApplication as error:
            errors = list(error.errors)
        invalid = {error["field"] for error in errors}
        try:
            application = self._lenient.parse({name: value for name, value in given.items() if name not in invalid})
        except InvalidApplication:  # no field has a value
            application = Application({}, None, ())
        # The model may treat further categories as missing.
        also_missing = self.plan.missing_values
        parsed = {
            name: value
            for name, value in application.record.items()
            if value is not None and value not in also_missing.get(name, ())
        }
        missing = [name for name in self._fields if name not in parsed]
        return {
            "valid": not errors,
            "client_id": application.client_id,
            "parsed": parsed,
            "missing": missing,
            "imputed": [name for name in missing if name in self.used] + self._history_names,
            "unknown": [error["field"] for error in errors if error["field"] not in self.reader.known_names],
            "out_of_range": [error["field"] for error in errors if self._is_out_of_range(given, error["field"])],
            "not_used": self._not_used,
            "warnings": [warning.message for warning in self.warnings_about(application)],
            "errors": errors,
        }

    def _is_out_of_range(self, given: Mapping[str, Any], name: str) -> bool:
        """Whether an invalid value has its field's type and is only out of range."""
        field, value = self._fields.get(name), given.get(name)
        if field is None or field.type == "category" or isinstance(value, bool) or not isinstance(value, int | float):
            return False
        finite = isinstance(value, int) or math.isfinite(value)
        return finite and (field.type == "number" or value == value // 1)
