"""From rows to features: measure each row, sum rows up by credit and period, put them together by client."""

from collections.abc import Iterable, Sequence

import ibis
from ibis.expr.types import Table, Value

from scoring.home_credit.history.definitions import (
    EARLIER,
    ROWS,
    WINDOWS,
    AnyFeature,
    Feature,
    Measure,
    Ratio,
    count,
    divide,
)
from scoring.home_credit.history.source_schema import CLIENT


def period(age: Value, bounds: Sequence[float] = WINDOWS) -> Value:
    """Tell in which window an age lies first: 3, 6, 12, 24 or 999."""
    cases = [(age <= bound, window) for bound, window in zip(bounds, WINDOWS, strict=True)]
    return ibis.cases(*cases, else_=EARLIER)


def period_of_days(days: Value) -> Value:
    """Tell the window of a day relative to the application."""
    return period(-days, (91, 183, 365, 730))


def measures_of(features: Iterable[AnyFeature]) -> tuple[Measure, ...]:
    """List what features measure, each once."""
    return tuple(dict.fromkeys(feature.measure for feature in features if isinstance(feature, Feature)))


def measured(table: Table, keys: Sequence[str], measures: Iterable[Measure], **more: Value) -> Table:
    """Give each row its measures: one column each, numbers as float64, flags as true or false."""
    columns = {measure.key: taken(measure, table) for measure in measures if measure is not ROWS}
    return table.select(*keys, **columns, **more)


def taken(measure: Measure, table: Table) -> Value:
    """Take a measure's value of each row: numbers as float64, flags as true or false, never missing."""
    value = measure.of(table)
    return value.fill_null(False) if measure.flag else value.cast("float64")


def roll_up(rows: Table, keys: Sequence[str], features: Iterable[AnyFeature], **more: Value) -> Table:
    """Sum rows up to one a key (client, credit, period), keeping what the features are put together from."""
    needed = sorted({need for feature in features if isinstance(feature, Feature) for need in feature.needs})
    columns = {need: _base(rows, *need.rpartition("_")[::2]) for need in needed if need != "rows"}
    return rows.group_by(list(keys)).agg(rows=rows.count().cast("float64"), **columns, **more)


def _base(rows: Table, key: str, how: str) -> Value:
    column = rows[key]
    value: Value = count(column) if column.type().is_boolean() else getattr(column, how)()
    return value.cast("float64")


def per_client(rows: Table, features: Sequence[AnyFeature]) -> Table:
    """Put the features together: one row a client."""
    direct = [feature for feature in features if isinstance(feature, Feature)]
    table = rows.group_by(CLIENT).agg(**{feature.name: feature.value(rows) for feature in direct})
    ratios = [feature for feature in features if isinstance(feature, Ratio)]
    return table.mutate(**{ratio.name: divide(table[ratio.over.name], table[ratio.under.name]) for ratio in ratios})
