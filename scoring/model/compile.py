"""A plan compiled for one application at a time: it turns a dict into a model-ready row, without a frame.

The compiled function does for one application what ``plan.model_ready`` does for n applications. It is about a hundred
times as fast as ``model_ready`` on a frame of one row. Every kind of derived number and column can be compiled. The
results of both differ by at most 1e-12.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from operator import itemgetter
from typing import Any

from scoring.model.operations import OPERATIONS
from scoring.model.plan import (
    BinnedColumn,
    CategoryColumn,
    GroupedColumn,
    MissingColumn,
    NumberColumn,
    Plan,
    PlanColumn,
)

RawValue = float | str | None
RawRecord = Mapping[str, RawValue]
Row = list[float]
_Writer = Callable[[Row, Any], None]


def compile_plan(plan: Plan, fields: Collection[str] | None = None) -> Callable[[RawRecord], Row]:
    """Compile a plan.

    Parameters
    ----------
    fields : names of all fields that an application may have; any other field counts as missing. By default an
        application may have any field.

    Returns
    -------
    A function that takes one raw application and returns its model-ready row. The application is a mapping of field
    names to numbers and texts; None, NaN and an absent key are missing values; keys that the plan does not read are
    ignored. The row has one finite number for each column, in the plan's order. The application is not changed.

    >>> from scoring.model.plan import Derived
    >>> plan = Plan(
    ...     missing_values={"age": (999.0,)},
    ...     derived=(Derived(name="share", operation="ratio", inputs=("debt", "income")),),
    ...     columns=(
    ...         NumberColumn(name="age", source="age", fill=40.0),
    ...         BinnedColumn(name="share", source="share", edges=(0.5,), values=(-1.0, 1.0), missing=0.25),
    ...     ),
    ... )
    >>> ready = compile_plan(plan)
    >>> ready({"age": 30.0, "debt": 1.0, "income": 4.0}), ready({"age": 999.0})
    ([30.0, -1.0], [40.0, 0.25])
    """
    blank = [_value_if_missing(column) for column in plan.columns]
    derived = {step.name for step in plan.derived}
    sources = dict.fromkeys(column.source for column in plan.columns)
    fill = _make_filler(plan, [name for name in sources if name not in derived and (fields is None or name in fields)])
    fill_derived = _make_filler(plan, [name for name in sources if name in derived])
    read = dict.fromkeys(name for step in plan.derived for name in step.inputs if name not in derived)
    inputs = [(name, frozenset(plan.missing_values.get(name, ()))) for name in read]
    steps = [(step.name, OPERATIONS[step.operation].scalar, _make_picker(step.inputs)) for step in plan.derived]

    def ready(record: RawRecord) -> Row:
        row = blank.copy()
        get = record.get
        fill(row, get)
        if steps:
            numbers: dict[str, float | None] = {}
            for name, markers in inputs:  # no function here: the call would take longer than the rest
                value: Any = get(name)
                numbers[name] = None if value is None or value != value or value in markers else float(value)
            for name, compute, pick in steps:
                numbers[name] = compute(pick(numbers))
            fill_derived(row, numbers.get)
        return row

    return ready


def raw_sources(plan: Plan, name: str) -> frozenset[str]:
    """Names of the raw fields from which a source (a raw field, or a derived number) is computed."""
    steps = {step.name: step for step in plan.derived}
    if name not in steps:
        return frozenset({name})
    return frozenset().union(*(raw_sources(plan, operand) for operand in steps[name].inputs))


def _value_if_missing(column: PlanColumn) -> float:
    """Value of a column whose source is missing."""
    if isinstance(column, NumberColumn):
        return column.fill
    if isinstance(column, MissingColumn):
        return 1.0
    if isinstance(column, CategoryColumn):
        return 1.0 if column.value is None else 0.0
    return column.missing


def _make_picker(names: tuple[str, ...]) -> Callable[[Mapping[str, float | None]], Sequence[float | None]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda numbers: (numbers[names[0]],)


def _make_filler(plan: Plan, sources: Sequence[str]) -> Callable[[Row, Callable[[str], Any]], None]:
    """Make the function that writes the values of some sources, except missing ones, into a row.

    The two most frequent kinds of source have one number column or one binned column, and no missing-value markers.
    For speed, their values are written here, without another call.
    """
    numbers, bins, others = [], [], []
    for name in sources:
        here = [(i, column) for i, column in enumerate(plan.columns) if column.source == name]
        markers = frozenset(plan.missing_values.get(name, ()))
        i, only = here[0]
        plain = len(here) == 1 and not markers
        if plain and isinstance(only, NumberColumn):
            numbers.append((name, i))
        elif plain and isinstance(only, BinnedColumn):
            bins.append((name, i, only.edges, only.values))
        else:
            others.append((name, markers, _make_writer(here)))

    def fill(row: Row, get: Callable[[str], Any]) -> None:
        # NaN is the one value that differs from itself
        for name, i in numbers:
            value = get(name)
            if value is not None and value == value:
                row[i] = value
        for name, i, edges, values in bins:
            value = get(name)
            if value is not None and value == value:
                row[i] = values[bisect_right(edges, value)]
        for name, markers, place in others:
            value = get(name)
            if value is not None and value == value and value not in markers:
                place(row, value)

    return fill


def _make_writer(columns: Sequence[tuple[int, PlanColumn]]) -> _Writer:
    """Make the function that writes a value that is not missing into all columns of one source."""
    places = [_make_column_writer(i, column) for i, column in columns if not isinstance(column, CategoryColumn)]
    if categories := {i: column.value for i, column in columns if isinstance(column, CategoryColumn)}:
        places.append(_make_category_writer(categories))
    if len(places) == 1:
        return places[0]

    def every(row: Row, value: Any) -> None:
        for place in places:
            place(row, value)

    return every


def _make_column_writer(i: int, column: PlanColumn) -> _Writer:
    if isinstance(column, BinnedColumn):
        edges, binned = column.edges, column.values

        def place(row: Row, value: Any) -> None:
            row[i] = binned[bisect_right(edges, value)]
    elif isinstance(column, GroupedColumn):
        grouped, unseen = dict(column.values), column.unseen

        def place(row: Row, value: Any) -> None:
            row[i] = grouped.get(value, unseen)
    elif isinstance(column, MissingColumn):

        def place(row: Row, value: Any) -> None:  # noqa: ARG001
            row[i] = 0.0
    else:

        def place(row: Row, value: Any) -> None:
            row[i] = value

    return place


def _make_category_writer(values: Mapping[int, str | None]) -> _Writer:
    marked: dict[RawValue, list[int]] = {}
    for i, value in values.items():
        if value is not None:
            marked.setdefault(value, []).append(i)
    absent = [i for i, value in values.items() if value is None]

    def place(row: Row, value: Any) -> None:
        for i in absent:
            row[i] = 0.0
        for i in marked.get(value, ()):
            row[i] = 1.0

    return place
