"""Turn rows into features: measure each row, sum rows up by credit and period, join the sums by client."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import ibis
from ibis.expr.operations import Field
from ibis.expr.types import Table, Value

from scoring.home_credit.history.grammar import ROWS, WINDOWS, AnyFeature, Feature, Measure, Ratio, count, divide
from scoring.home_credit.history.source_schema import CLIENT

Tables = Mapping[str, Table]
Features = Sequence[AnyFeature]
EARLIER = 999  # the period of everything before the last window
CREDIT = (CLIENT, "SK_ID_PREV")  # a credit at this lender, and its client
# Of each credit and period: the first and the last time (days or months relative to the application), and the last
# one that was late.
TIMES = ("time_min", "time_max", "late_time_max")


@dataclass(frozen=True)
class FeatureSet:
    """How the features of one table are computed.

    Parameters
    ----------
    reads : the tables that it reads, its own first.
    row_features : features aggregated over the rows of a client.
    prepare : makes these rows from the tables: measured one by one, or summed up by credit and period.
    credit_features : features aggregated over the credits of a client.
    measure_credits : makes one row per credit from the prepared rows and the tables, with what the features measure.
    """

    reads: tuple[str, ...]
    row_features: tuple[AnyFeature, ...]
    prepare: Callable[[Tables, Features], Table]
    credit_features: tuple[AnyFeature, ...] = ()
    measure_credits: Callable[[Table, Tables, Features], Table] | None = None

    @property
    def features(self) -> tuple[AnyFeature, ...]:
        """All its features, in the order of the result's columns."""
        return (*self.row_features, *self.credit_features)

    def compute(self, tables: Tables, features: Features, store: Callable[[Table], Table]) -> Iterator[Table]:
        """Yield tables with one row per client who has records, which together have the features asked for.

        Prepared rows that are read twice are stored with their used columns only. If they are read once, they are part
        of one query, and the engine drops the unused columns by itself.
        """
        rows = self.prepare(tables, self.row_features)
        of_rows = [feature for feature in features if feature in self.row_features]
        of_credits = [feature for feature in features if feature in self.credit_features]
        results = self._aggregate(rows, tables, of_rows, of_credits)
        if len(results) > 1:
            fields = [field for result in results for field in result.op().find(Field)]
            used = {field.name for field in fields if field.rel == rows.op()}
            rows = store(rows.select(*(name for name in rows.columns if name in used)))
            results = self._aggregate(rows, tables, of_rows, of_credits)
        yield from results

    def _aggregate(self, rows: Table, tables: Tables, of_rows: Features, of_credits: Features) -> list[Table]:
        results = [aggregate_by_client(rows, of_rows)] if of_rows else []
        if of_credits and self.measure_credits:
            results.append(aggregate_by_client(self.measure_credits(rows, tables, of_credits), of_credits))
        return results


def assign_period(age: Value, bounds: Sequence[float] = WINDOWS) -> Value:
    """Name the shortest window that holds an age: 3, 6, 12, 24 or 999."""
    cases = [(age <= bound, window) for bound, window in zip(bounds, WINDOWS, strict=True)]
    return ibis.cases(*cases, else_=EARLIER)


def assign_period_of_days(days: Value) -> Value:
    """Name the shortest window that holds a day relative to the application."""
    return assign_period(-days, (91, 183, 365, 730))


def list_direct(features: Features) -> list[Feature]:
    """List each feature to aggregate once: those that are not ratios, and both sides of each ratio."""
    direct = [feature for feature in features if isinstance(feature, Feature)]
    sides = [side for ratio in features if isinstance(ratio, Ratio) for side in (ratio.over, ratio.under)]
    return list({feature.name: feature for feature in (*direct, *sides)}.values())


def list_measures(features: Features) -> tuple[Measure, ...]:
    """List each measure of the features once."""
    return tuple(dict.fromkeys(feature.measure for feature in list_direct(features)))


def measure_rows(table: Table, features: Features, keys: Sequence[str] = (CLIENT,), **more: Value) -> Table:
    """Give each row what the features measure: one column each, numbers as float64, flags as true or false."""
    measures = [measure for measure in list_measures(features) if measure is not ROWS]
    return table.select(*keys, **{measure.key: measure_value(measure, table) for measure in measures}, **more)


def mark_subsets(table: Table, texts: Mapping[str, Mapping[str, str]]) -> dict[str, Value]:
    """Mark the rows whose column has a text; `texts` gives each column the texts of its subsets, by key."""
    return {
        f"is_{key}": table[column].isin([text]).fill_null(False)
        for column, keys in texts.items()
        for key, text in keys.items()
    }


def measure_value(measure: Measure, table: Table) -> Value:
    """Compute a measure of each row: numbers as float64, flags as true or false, never missing."""
    value = measure.formula(table)
    return value.fill_null(False) if measure.flag else value.cast("float64")


def sum_by_period(
    table: Table, features: Features, time: Value, period: Value, columns: Sequence[str] = (), **more: Value
) -> Table:
    """Measure rows and sum them up to one row per client, credit and period.

    Parameters
    ----------
    features : computed from the sums; one of them measures the flag ``late``.
    time : of each row, relative to the application.
    period : of each row.
    columns : columns of the result that no feature of rows is computed from: a column of `more` and, after an
        underscore, its aggregation (``term_max``).
    more : further columns of the rows.
    """
    rows = measure_rows(table, features, CREDIT, period=period, time=time, **more)
    rows = rows.mutate(late_time=rows.late.ifelse(rows.time, ibis.null("float64")))
    summed = {column for feature in list_direct(features) for column in feature.rolled_columns if column != "rows"}
    names = sorted({*summed, *TIMES, *columns})
    aggregated = {name: _aggregate_column(rows[name.rpartition("_")[0]], name) for name in names}
    return rows.group_by([*CREDIT, "period"]).agg(rows=rows.count().cast("float64"), **aggregated)


def sum_by_credit(periods: Table, credit: Sequence[str], *columns: str) -> Table:
    """Sum periods up to one row per credit; the end of a column's name says how."""
    aggregated = {name: _aggregate_column(periods[name], name) for name in (*TIMES, "late_sum", *columns)}
    return periods.group_by(list(credit)).agg(rows=periods["rows"].sum(), **aggregated)


def _aggregate_column(column: Value, name: str) -> Value:
    value: Value = count(column) if column.type().is_boolean() else getattr(column, name.rpartition("_")[2])()
    return value.cast("float64")


def aggregate_by_client(rows: Table, features: Features) -> Table:
    """Compute the features and both sides of their ratios: one row per client."""
    table = rows.group_by(CLIENT).agg(**{feature.name: feature.aggregate(rows) for feature in list_direct(features)})
    ratios = [feature for feature in features if isinstance(feature, Ratio)]
    return table.mutate(**{ratio.name: divide(table[ratio.over.name], table[ratio.under.name]) for ratio in ratios})
