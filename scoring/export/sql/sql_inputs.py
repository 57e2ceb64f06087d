"""The first steps of a query: columns of tables become numbers and texts, as the service reads an application.

Missing-value markers become NULL. The column ``invalid`` names the fields with a value that the service would refuse.
"""

from collections.abc import Sequence

from scoring.application.fields import category_text, markers
from scoring.export.linear_model import LinearModel
from scoring.export.sql.sql_dialect import Dialect
from scoring.export.sql.sql_layers import Column, Layer, Names
from scoring.model.schema import LARGEST, NO_CODE, SchemaField

FLAG = "flag"  # a unit; such a column may be true or false


class InputLayers:
    """Makes the layers from tables to the values that the plan reads.

    Parameters
    ----------
    names : of the columns inside the query.
    """

    def __init__(self, model: LinearModel, dialect: Dialect, names: Names) -> None:
        self._model, self._dialect, self._names = model, dialect, names
        self._fields = {field.name: field for field in model.schema.fields}
        plan = model.plan
        self._texts = [name for name in plan.raw_categories() if not self._codes_of(name)]
        self._codes = [name for name in plan.raw_categories() if self._codes_of(name)]
        sources = [self._codes_of(name) for name in self._codes]
        self._numbers = list(dict.fromkeys([*plan.raw_numbers(), *filter(None, sources)]))

    def list_columns(self) -> tuple[list[str], list[str]]:
        """Names of the columns of applications, and of the history features, that a query reads."""
        read = [*self._numbers, *self._texts]
        history = {*self._model.history()}
        return [name for name in read if name not in history], [name for name in read if name in history]

    def make(self, given: Layer) -> list[Layer]:
        """Make the layers after the one that holds the columns of the tables under their names."""
        dialect = self._dialect
        typed = [Column(self._as_number(name), self._names.of(name)) for name in self._numbers]
        typed += [Column(dialect.as_text(self._names.of(name)), self._names.of(name)) for name in self._texts]
        known = [Column(self._without_markers(name), self._names.of(name)) for name in [*self._numbers, *self._texts]]
        known += [Column(self._find_code(name), self._names.of(name)) for name in self._codes]
        checked = [Column(self._invalid(), self._names.invalid)]
        checked += [
            Column(self._apart_from(name, self._model.plan.missing_values.get(name, ())), self._names.of(name))
            for name in [*self._numbers, *self._texts, *self._codes]
        ]
        return [given, Layer("typed", typed), Layer("known", known), Layer("checked", checked)]

    def _codes_of(self, name: str) -> str | None:
        return self._fields[name].codes_of if name in self._fields else None

    def _as_number(self, name: str) -> str:
        is_flag = name in self._fields and self._fields[name].unit == FLAG
        return self._dialect.as_number(self._names.of(name), is_flag)

    def _without_markers(self, name: str) -> str:
        return self._apart_from(name, sorted(markers(self._fields[name]), key=str) if name in self._fields else ())

    def _apart_from(self, name: str, absent: Sequence[float | str]) -> str:
        """Return the value, or NULL where it is one of those named."""
        column, is_text = self._names.of(name), name in {*self._texts, *self._codes}
        listed = [
            self._dialect.text(one) if isinstance(one, str) else self._dialect.number(one)
            for one in absent
            if isinstance(one, str) is is_text and (not isinstance(one, str) or self._dialect.can_hold(one))
        ]
        return f"CASE WHEN {column} IN ({', '.join(listed)}) THEN NULL ELSE {column} END" if listed else column

    def _find_code(self, name: str) -> str:
        """Return the code that a field of numbers holds, as text; ``number`` for any other number."""
        source = self._codes_of(name) or ""
        column, text = self._names.of(source), self._dialect.text
        cases = [
            f"WHEN {column} = {self._dialect.number(code)} THEN {text(category_text(float(code)))}"
            for code in self._fields[source].missing
            if not isinstance(code, str)
        ]
        return " ".join(["CASE WHEN", f"{column} IS NULL THEN NULL", *cases, f"ELSE {text(NO_CODE)} END"])

    def _invalid(self) -> str:
        faults = [(self._fault(name), name) for name in [*self._numbers, *self._texts]]
        return self._dialect.list_names([(fault, name) for fault, name in faults if fault])

    def _fault(self, name: str) -> str:
        """Return the condition under which a value is invalid; empty where none is."""
        field, column = self._fields.get(name), self._names.of(name)
        required = [f"{column} IS NULL"] if field and field.required else []
        if name in self._texts:
            return " OR ".join(required)
        return " OR ".join([*required, *self._outside(field, column)])

    def _outside(self, field: SchemaField | None, column: str) -> list[str]:
        low = -float(LARGEST) if field is None or field.minimum is None else float(field.minimum)
        high = float(LARGEST) if field is None or field.maximum is None else float(field.maximum)
        below = "<=" if field and field.exclusive and field.minimum is not None else "<"
        number = self._dialect.number
        found = [f"{column} {below} {number(low)}", f"{column} > {number(high)}"]
        if field and field.type == "integer":
            found.append(f"{column} <> floor({column})")
        return found
