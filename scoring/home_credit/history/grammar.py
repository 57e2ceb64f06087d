"""How a feature is defined: a measure over some of the rows, aggregated in one way.

A name is read from left to right: table, which rows, what is measured, how it is aggregated
(``bureau_active_debt_sum``, ``instalments_12m_late_share``); a part without a word of its own is left out
(``previous_refused_count``). Its readable name, its question in docs/features.md and its unit come from the same
objects.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import ibis
from ibis.expr.types import BooleanValue, FloatingValue, IntegerScalar, Table, Value

from scoring.model.schema import Passing

Unit = Literal["currency", "days", "months", "share (0-1)", "ratio", "number"]
WINDOWS = (3, 6, 12, 24)


@dataclass(frozen=True)
class Subset:
    """Some of the rows; ``key`` and ``phrase`` are empty for all of them."""

    key: str
    phrase: str
    condition: Callable[[Table], BooleanValue]

    def describe(self, noun: str) -> str:
        """Name the rows: `noun`, and which of them."""
        return f"{noun} {self.phrase}".strip()

    def mask(self, rows: Table, column: Value) -> Value:
        """Set a column to null where a row is not in this subset."""
        return self.condition(rows).ifelse(column, ibis.null("float64")) if self.key else column


ALL = Subset("", "", lambda _rows: ibis.literal(True))


def marked(key: str, phrase: str) -> Subset:
    """Select the rows that a column of true and false, ``is_`` and the key, marks."""
    return Subset(key, phrase, lambda rows: rows[f"is_{key}"])


@dataclass(frozen=True)
class Measure:
    """What is measured on a row.

    Parameters
    ----------
    key : its word in the feature's name, and its column.
    phrase : a noun ("debt still owed"); of a flag, a verb ("were paid late").
    unit : of the value.
    formula : the row's value: a number (missing: not counted), or for a flag true or false (missing: false).
    flag : whether it is true or false.
    always : whether every row has it, so that the rows need not be counted again.
    passing : of a time that passes by itself: whether it grows (since an event that stays) or falls (to one).
    """

    key: str
    phrase: str
    unit: Unit
    formula: Callable[[Table], Value]
    flag: bool = False
    always: bool = False
    passing: Passing | None = None


ROWS = Measure("", "", "number", lambda rows: rows["rows"])


def flag(key: str, phrase: str, formula: Callable[[Table], Value]) -> Measure:
    """Make a measure that is true or false; its features are a count or a share."""
    return Measure(key, phrase, "share (0-1)", formula, flag=True, always=True)


@dataclass(frozen=True)
class Subject:
    """What one row is.

    Parameters
    ----------
    prefix : first word of the features' names.
    noun : what the rows are, in the plural.
    table : name of the table they come from.
    rolled : whether rows are sums over several ("late_sum", "late_count") or single ones ("late").
    """

    prefix: str
    noun: str
    table: str
    rolled: bool = False

    def name_feature(self, *words: str) -> str:
        """Name a feature: the prefix, then the words that are not empty."""
        return "_".join(filter(None, (self.prefix, *words)))

    def cross(self, subsets: Iterable[Subset], hows: Mapping[Measure, str]) -> "tuple[Feature, ...]":
        """Combine every subset of the rows with every measure and each of its aggregations (a word of `hows`)."""
        return tuple(
            Feature(self, subset, measure, how)
            for subset in subsets
            for measure, words in hows.items()
            for how in words.split()
        )

    def compare(
        self,
        name: str,
        phrase: str,
        over: tuple[Subset, Measure, str],
        under: tuple[Subset, Measure, str],
        unit: Unit = "ratio",
    ) -> "Ratio":
        """Divide a feature by another; both are given by subset, measure and aggregation."""
        return Ratio(name, phrase, Feature(self, *over), Feature(self, *under), unit)


@dataclass(frozen=True)
class Feature:
    """One column of the result: a measure, aggregated over some of the rows of a client."""

    subject: Subject
    subset: Subset
    measure: Measure
    how: str

    @property
    def name(self) -> str:
        """Name of its column."""
        return self.subject.name_feature(self.subset.key, self.measure.key, self.how)

    @property
    def table(self) -> str:
        """Table it comes from."""
        return self.subject.table

    @property
    def counts(self) -> bool:
        """Whether it is zero, not null, for a client without any row."""
        return self.how == "count"

    @property
    def unit(self) -> Unit:
        """Unit of its values."""
        return "number" if self.counts else self.measure.unit

    @property
    def rolled_columns(self) -> tuple[str, ...]:
        """Columns of rolled-up rows that it is computed from."""
        key = self.measure.key
        if self.measure is ROWS:
            return ("rows",)
        if self.how in ("mean", "share"):
            return f"{key}_sum", "rows" if self.measure.always else f"{key}_count"
        return (f"{key}_sum" if self.counts else f"{key}_{self.how}",)

    def aggregate(self, rows: Table) -> Value:
        """Aggregate it over the rows of a client."""
        if not self.subject.rolled and (self.measure is ROWS or self.measure.flag):
            return self._count(rows)
        columns = self.rolled_columns if self.subject.rolled else (self.measure.key,)
        parts = [self.subset.mask(rows, rows[column]) for column in columns]
        if self.counts:
            return parts[0].sum().fill_null(0.0).cast("int32")
        if len(parts) == 2:
            return divide(parts[0].sum(), parts[1].sum())
        return getattr(parts[0], self.how)()

    def _count(self, rows: Table) -> Value:
        total = count(self.subset.condition(rows)) if self.subset.key else rows.count()
        if self.measure is ROWS:
            return total.cast("int32")
        flagged = rows[self.measure.key]
        hits = count(self.subset.condition(rows) & flagged if self.subset.key else flagged)
        return hits.cast("int32") if self.counts else divide(hits, total)


@dataclass(frozen=True)
class Ratio:
    """One column of the result: a feature divided by another; `phrase` names the result."""

    name: str
    phrase: str
    over: Feature
    under: Feature
    unit: Unit = "ratio"
    counts: bool = field(default=False, init=False)

    @property
    def table(self) -> str:
        """Table it comes from."""
        return self.over.table


AnyFeature = Feature | Ratio


def last(months: int) -> Subset:
    """Select the rows of the last so many months."""
    return Subset(f"{months}m", f"of the last {months} months", lambda rows: rows["period"] <= months)


def before(months: int) -> Subset:
    """Select the rows before the last so many months."""
    return Subset(
        f"before{months}m", f"of the time before the last {months} months", lambda rows: rows["period"] > months
    )


RECENT = tuple(map(last, WINDOWS))


def count(condition: BooleanValue) -> IntegerScalar:
    """Count the rows where the condition is true; DuckDB counts non-null values faster than it adds up ones."""
    counted: IntegerScalar = condition.nullif(False).count()
    return counted


def divide(over: Value, under: Value) -> FloatingValue:
    """Divide; a division by zero gives null, on every engine."""
    quotient: FloatingValue = over.cast("float64") / under.cast("float64").nullif(0.0)
    return quotient
