"""Model-ready columns as SQL: one value for each case of a column."""

from collections.abc import Callable

from scoring.export.pieces import list_pieces
from scoring.export.sql.sql_dialect import Dialect
from scoring.export.sql.sql_layers import Names
from scoring.model.plan import PlanColumn

_LARGEST_VALUE = 1e30  # as the service limits the values of a row


class ColumnWriter:
    """Writes expressions over the layer of the plan's sources, or of model-ready rows.

    Parameters
    ----------
    names : of the columns of that layer.
    is_ready : it has model-ready rows.
    """

    def __init__(self, dialect: Dialect, names: Names, is_ready: bool) -> None:
        self._dialect, self._names, self._is_ready = dialect, names, is_ready

    def weigh(self, column: PlanColumn, weight: float) -> str:
        """Multiply a column by its weight."""
        dialect = self._dialect
        if self._is_ready:
            return dialect.weigh(weight, self._names.of(column.name))
        source = self._names.of(column.source)
        low, high = dialect.number(-_LARGEST_VALUE), dialect.number(_LARGEST_VALUE)
        own = dialect.weigh(weight, f"least(greatest({source}, {low}), {high})")
        return self._write_pieces(column, lambda value: own if value is None else dialect.number(weight * value))

    def look_up(self, column: PlanColumn, numbers: dict[float, float], other: float) -> str:
        """Return the number that belongs to a value of the column; ``other`` for values that are not listed."""
        number = self._dialect.number
        if not self._is_ready:
            return self._write_pieces(column, lambda value: number(numbers.get(value or 0.0, other)))
        cases = [f"WHEN {number(value)} THEN {number(its)}" for value, its in numbers.items() if its != other]
        return (
            f"CASE {self._names.of(column.name)} {' '.join(cases)} ELSE {number(other)} END" if cases else number(other)
        )

    def _write_pieces(self, column: PlanColumn, write: Callable[[float | None], str]) -> str:
        source, cases, last, dialect = self._names.of(column.source), [], "", self._dialect
        for piece in list_pieces(column):
            written = write(piece.value)
            if piece.test == "else":
                last = f"ELSE {written} END"
            elif piece.test == "missing":
                cases.append(f"WHEN {source} IS NULL THEN {written}")
            elif isinstance(piece.operand, str):
                if dialect.can_hold(piece.operand):
                    cases.append(f"WHEN {source} = {dialect.text(piece.operand)} THEN {written}")
            elif piece.operand is not None:
                cases.append(f"WHEN {source} < {dialect.number(piece.operand)} THEN {written}")
        return " ".join(["CASE", *cases, last])
