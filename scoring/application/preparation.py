"""From new applications to model-ready rows, and what to say about how they were read."""

from collections.abc import Mapping, Sequence
from typing import Any

from scoring.application.reader import Application, ApplicationReader
from scoring.errors import InvalidApplication
from scoring.model.compile import Row, compile_plan, raw_sources
from scoring.model.plan import Floats, NumberColumn, Plan
from scoring.model.schema import InputSchema
from scoring.readable.wording import Said

# A ratio to nearly nothing may reach 1e300; two of those would cancel each other to NaN in a sum.
_CUT = 1e30


class Intake:
    """Turns raw applications into model-ready rows.

    Parameters
    ----------
    schema : fields of a raw application.
    plan : what the model makes of them.

    Attributes
    ----------
    reader : reads one application.
    history : model-ready columns, by position, that come from past records only, which no new application holds.
    used : raw fields and history features that the model reads.
    imputed : warning that the history is not known; none where the model reads no history.
    """

    def __init__(self, schema: InputSchema, plan: Plan) -> None:
        self.schema = schema
        self.plan = plan
        self.reader = ApplicationReader(schema)
        fields = {field.name for field in schema.fields}
        self._ready = compile_plan(plan, fields)
        self._unbounded = any(isinstance(column, NumberColumn) for column in plan.columns)
        sources = [raw_sources(plan, column.source) for column in plan.columns]
        self.used = frozenset().union(*sources)
        self.history = tuple(i for i, names in enumerate(sources) if names.isdisjoint(fields))
        self.imputed = _imputed(len(self.history), len(sources)) if self.history else None

    def not_used(self) -> list[str]:
        """Fields of the schema that this model does not read."""
        return [field.name for field in self.schema.fields if field.name not in self.used]

    def row(self, application: Application, stored: Sequence[float] | Floats | None = None) -> Row:
        """Make the model-ready row of an application.

        Parameters
        ----------
        stored : the known client's model-ready row, whose history columns are taken; by default they are imputed.
        """
        row = self._ready(application.record)
        if self._unbounded and (max(row) > _CUT or min(row) < -_CUT):
            row = [min(max(value, -_CUT), _CUT) for value in row]
        if stored is not None:
            for i in self.history:
                row[i] = float(stored[i])
        return row

    def warnings(self, application: Application, stored: bool = False) -> tuple[str, ...]:
        """List what was unusual about an application, imputed history included."""
        return application.warnings if stored or not self.imputed else (*application.warnings, self.imputed)


def _imputed(count: int, columns: int) -> Said:
    told = (
        f"not given; {count} of the model's {columns} columns come from past records "
        "and are set as where nothing is known"
    )
    return Said(
        f"history: {told}",
        en=f"Past credits: {told}.",
        fr=f"Crédits passés : non fournis ; {count} des {columns} colonnes du modèle en proviennent et sont traitées "
        "comme si rien n'était connu.",
    )


class Inspector:
    """Says how an application is read, faults and all, without scoring it."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        optional = [field.model_copy(update={"required": False}) for field in intake.schema.fields]
        self._lenient = ApplicationReader(intake.schema.model_copy(update={"fields": tuple(optional)}))
        self._fields = {field.name: field for field in intake.schema.fields}

    def report(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Say how one application is read; every key is always there.

        ``missing`` names the fields without a value, ``imputed`` those of them that the model reads, and the
        history features; ``unknown`` fields and those ``out_of_range`` stand under ``faults`` too.
        """
        intake, faults = self._intake, self._faults(given)
        faulty = {fault["field"] for fault in faults}
        sound = {name: value for name, value in given.items() if name not in faulty}
        try:
            application = self._lenient.parse(sound)
        except InvalidApplication:  # nothing is left
            application = Application({}, None, ())
        blanks = intake.plan.missing_values
        parsed = {
            name: value
            for name, value in application.record.items()
            if value is not None and value not in (*blanks.get(name, ()), *self._fields[name].missing)
        }
        missing = [name for name in self._fields if name not in parsed]
        history = sorted(intake.used - self._fields.keys())
        own = {intake.schema.identity.name, intake.schema.target}
        return {
            "valid": not faults,
            "client_id": application.client_id,
            "parsed": parsed,
            "missing": missing,
            "imputed": [*(name for name in missing if name in intake.used), *history],
            "unknown": [fault["field"] for fault in faults if fault["field"] not in {*self._fields, *own}],
            "out_of_range": [fault["field"] for fault in faults if self._is_out_of_range(given, fault["field"])],
            "not_used": intake.not_used(),
            "warnings": list(intake.warnings(application)),
            "faults": faults,
        }

    def _faults(self, given: Mapping[str, Any]) -> list[Any]:
        try:
            self._intake.reader.parse(given)
        except InvalidApplication as error:
            return list(error.faults)
        return []

    def _is_out_of_range(self, given: Mapping[str, Any], name: Any) -> bool:
        """Whether a faulty value is a number that its field could hold, but for the bounds."""
        field, value = self._fields.get(name), given.get(name)
        if field is None or field.type == "category" or isinstance(value, bool) or not isinstance(value, int | float):
            return False
        finite = isinstance(value, int) or value - value == 0
        return finite and (field.type == "number" or value == value // 1)
