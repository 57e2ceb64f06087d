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


def assign_period(age: Value, bounds: Sequence[float] = WINDOWS) -> Value:
    """Name the shortest window that holds an age: 3, 6, 12, 24 or 999."""
    cases = [(age <= bound, window) for bound, window in zip(bounds, WINDOWS, strict=True)]
    return ibis.cases(*cases, else_=EARLIER)


def assign_period_of_days(days: Value) -> Value:
    """Name the shortest window that holds a day relative to the application."""
    return assign_period(-days, (91, 183, 365, 730))


def list_direct(features: Iterable[AnyFeature]) -> list[Feature]:
    """List what has to be aggregated, each once: the features that are no ratio, and both sides of each ratio."""
    features = tuple(features)
    sides = [side for ratio in features if isinstance(ratio, Ratio) for side in (ratio.over, ratio.under)]
    found: dict[str, Feature] = {}
    for feature in (*(feature for feature in features if isinstance(feature, Feature)), *sides):
        found.setdefault(feature.name, feature)
    return list(found.values())


def list_measures(features: Iterable[AnyFeature]) -> tuple[Measure, ...]:
    """List what features measure, each once."""
    return tuple(dict.fromkeys(feature.measure for feature in list_direct(features)))


def measure_rows(table: Table, keys: Sequence[str], measures: Iterable[Measure], **more: Value) -> Table:
    """Give each row its measures: one column each, numbers as float64, flags as true or false."""
    columns = {measure.key: measure_value(measure, table) for measure in measures if measure is not ROWS}
    return table.select(*keys, **columns, **more)


def measure_value(measure: Measure, table: Table) -> Value:
    """Compute a measure of each row: numbers as float64, flags as true or false, never missing."""
    value = measure.formula(table)
    return value.fill_null(False) if measure.flag else value.cast("float64")


def roll_up(rows: Table, keys: Sequence[str], features: Iterable[AnyFeature], **more: Value) -> Table:
    """Sum rows up to one a key (client, credit, period), with every column that the features are computed from."""
    needed = sorted({column for feature in list_direct(features) for column in feature.rolled_columns})
    columns = {column: _roll_up_column(rows, *column.rpartition("_")[::2]) for column in needed if column != "rows"}
    return rows.group_by(list(keys)).agg(rows=rows.count().cast("float64"), **columns, **more)


def _roll_up_column(rows: Table, key: str, how: str) -> Value:
    column = rows[key]
    value: Value = count(column) if column.type().is_boolean() else getattr(column, how)()
    return value.cast("float64")


def aggregate_by_client(rows: Table, features: Sequence[AnyFeature]) -> Table:
    """Compute the features, and what their ratios divide: one row a client."""
    table = rows.group_by(CLIENT).agg(**{feature.name: feature.aggregate(rows) for feature in list_direct(features)})
    ratios = [feature for feature in features if isinstance(feature, Ratio)]
    return table.mutate(**{ratio.name: divide(table[ratio.over.name], table[ratio.under.name]) for ratio in ratios})


def find_longest_run(months: Table, keys: Sequence[str]) -> Table:
    """Find the longest run of consecutive months of each key.

    Parameters
    ----------
    months : one row a month in which the event took place; a month may occur more than once.
    keys : columns that tell the credits apart; the month is MONTHS_BALANCE.

    Returns
    -------
    The keys and ``run``, in months.

    Notes
    -----
    Within a run the month minus its rank is constant: 3, 4, 5, 9 less 0, 1, 2, 3 is 3, 3, 3, 6.
    """
    once = months.select(*keys, month=months.MONTHS_BALANCE).distinct()
    rank = ibis.row_number().over(group_by=[once[key] for key in keys], order_by=once.month)
    marked = once.mutate(start=once.month - rank)
    runs = marked.group_by([*keys, "start"]).agg(run=marked.count())
    return runs.group_by(list(keys)).agg(run=runs.run.max().cast("float64"))


def add_longest_run(loans: Table, months: Table, keys: Sequence[str]) -> Table:
    """Give each credit the column ``run``: the longest run of `months`, zero without any."""
    joined = loans.left_join(find_longest_run(months, keys), list(keys), rname="run_{name}")
    return joined.select(*loans.columns, run=joined.run.fill_null(0.0))
