"""Explore a table of applications before training: aggregates, never a row."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest

from scoring.model.plan import Derived, Plan, complete
from scoring.model.schema import InputSchema, SchemaField
from scoring.tables.missing_markers import without_markers
from scoring.tables.redundant import extract_values

if TYPE_CHECKING:
    Target = NDArray[Any] | pd.Series[Any]

MISSING, OTHERS = "missing", "others"
_FEWEST = 20  # a group of fewer clients is not shown: its rate would reveal the outcomes of a few people
_DAYS_A_YEAR = 365.25
_COUNTED = 1000  # whole numbers below are shown as counts, "1 to 2"; larger ones as amounts
_QUANTILES = {"quarter": 0.25, "median": 0.5, "three_quarters": 0.75, "most": 0.95}


def list_fields(schema: InputSchema) -> pd.DataFrame:
    """List the fields of an application, one row each: type, unit, range, and whether a model may use it."""
    rows = [
        {
            "field": field.name,
            "readable name": field.label.en,
            "type": field.type,
            "unit": field.unit or "",
            "required": "yes" if field.required else "",
            "range": _range(field),
            "missing-value markers": ", ".join(
                f"{value:g}" if isinstance(value, float) else value for value in field.missing
            ),
            "tier": field.tier,
        }
        for field in schema.fields
    ]
    return pd.DataFrame(rows).set_index("field")


def clean_values(applications: pd.DataFrame, schema: InputSchema, derived: Sequence[Derived] = ()) -> pd.DataFrame:
    """Make missing-value markers missing, add derived numbers, and turn days before the application into years.

    >>> from scoring.model.schema import Identity, Text
    >>> age = SchemaField(name="age", type="integer", unit="days", missing=(99.0,), label=Text(en="Age", fr="Âge"))
    >>> schema = InputSchema(identity=Identity(name="id"), target="default", fields=(age,))
    >>> clean_values(pd.DataFrame({"age": [-14610.0, 99.0]}), schema)["age"].tolist()
    [40.0, nan]
    """
    columns = {field.name: _without_markers(applications, field) for field in schema.fields}
    columns = complete(Plan(missing_values={}, derived=tuple(derived), columns=()), columns)
    for field in schema.fields:
        if field.unit == "days":
            columns[field.name] = -columns[field.name] / _DAYS_A_YEAR
    return pd.DataFrame(columns, index=applications.index)


def count_missing(applications: pd.DataFrame, schema: InputSchema) -> pd.DataFrame:
    """Compute the share of clients without a value for each field, largest first.

    Returns
    -------
    One row for each field with missing values: ``empty`` and ``marker``, shares (0-1) of empty cells and of
    missing-value markers; ``if_missing`` and ``if_known``, default rates, not shown for fewer than 20 clients.
    """
    target = applications[schema.target].to_numpy()
    rows = []
    for field in schema.fields:
        empty = applications[field.name].isna().to_numpy()
        absent = pd.isna(_without_markers(applications, field))
        if absent.any():
            shares = empty.mean(), (absent & ~empty).mean()
            rows.append((field.name, field.label.en, *shares, _rate(target[absent]), _rate(target[~absent])))
    columns = ["field", "readable name", "empty", "marker", "if_missing", "if_known"]
    table = pd.DataFrame(rows, columns=columns).set_index("field")
    return table.loc[(-(table["empty"] + table["marker"])).sort_values(kind="stable").index]


def count_markers(applications: pd.DataFrame, schema: InputSchema) -> pd.DataFrame:
    """Count each missing-value marker; default rates are not shown for fewer than 20 clients."""
    rows = []
    for field in schema.fields:
        for value in field.missing:
            holds = (applications[field.name] == value).to_numpy()
            rate = _rate(applications.loc[holds, schema.target].to_numpy())
            rows.append((field.name, value, int(holds.sum()), rate))
    return pd.DataFrame(rows, columns=["field", "value", "clients", "default rate"]).set_index("field")


def tabulate_default_rates(values: "NDArray[Any] | pd.Series[Any]", target: "Target", bins: int = 10) -> pd.DataFrame:
    """Tabulate the default rate of groups of clients with its 95 % Wilson bounds.

    Numbers are cut at quantiles, unless they have few distinct values; each text is a group, the largest first. Groups
    of fewer than 20 clients are joined, and left out if they are still too small. Missing values come last.

    Parameters
    ----------
    values : shape (n,), numbers with NaN or texts with None.
    target : shape (n,), 0 or 1.
    bins : number of groups of a number.

    Returns
    -------
    One row per group, by its name: ``clients``, ``share`` (0-1), ``default_rate``, ``low``, ``high``.

    >>> tabulate_default_rates(np.repeat([1.0, 2.0], 40), np.tile([0, 0, 0, 1], 20))["default_rate"].to_dict()
    {'1': 0.25, '2': 0.25}
    """
    column, outcome = pd.Series(np.asarray(values)), np.asarray(target)
    names, place = _cut(column, bins) if pd.api.types.is_numeric_dtype(column) else _texts(column)
    sizes = np.bincount(place, minlength=len(names) + 1)
    small = np.flatnonzero(sizes[:-1] < _FEWEST)
    groups = [(name, place == i) for i, name in enumerate(names) if i not in small]
    groups += [(OTHERS, np.isin(place, small)), (MISSING, place == len(names))]
    rows = []
    for name, inside in groups:
        members = outcome[inside]
        if len(members) >= _FEWEST:
            bounds = binomtest(int(members.sum()), len(members)).proportion_ci(method="wilson")
            rows.append((name, len(members), len(members) / len(outcome), members.mean(), bounds.low, bounds.high))
    columns = ["group", "clients", "share", "default_rate", "low", "high"]
    return pd.DataFrame(rows, columns=columns).set_index("group")


def summarize_records(features: pd.DataFrame) -> pd.DataFrame:
    """Summarise how many records clients have in each history table.

    Parameters
    ----------
    features : history features, one row per client, as ``history.compute`` writes them.

    Returns
    -------
    One row per table that is not absent: ``records``, what a record is; ``none``, share (0-1) of covered clients
    without a record; and for the other clients' numbers of records the quantiles ``quarter``, ``median``,
    ``three_quarters`` and ``most`` (95 %).
    """
    from scoring.home_credit.history.grammar import ROWS, Feature
    from scoring.home_credit.history.registry import FEATURE_SETS

    rows = []
    for table, history in FEATURE_SETS.items():
        features_of_all = (one for one in history.features if isinstance(one, Feature) and not one.subset.key)
        feature = next(one for one in features_of_all if one.measure is ROWS)
        if feature.name in features:
            counts = features[feature.name].dropna()
            some = counts[counts > 0]
            quantiles = {name: some.quantile(quantile) for name, quantile in _QUANTILES.items()}
            rows.append({"table": table, "records": feature.subject.noun, "none": (counts == 0).mean(), **quantiles})
    return pd.DataFrame(rows, columns=["table", "records", "none", *_QUANTILES]).set_index("table")


def _range(field: SchemaField) -> str:
    if field.minimum is None and field.maximum is None:
        return ""
    low = "" if field.minimum is None else f"{'above' if field.exclusive else 'from'} {field.minimum:g}"
    return f"{low} {'' if field.maximum is None else f'to {field.maximum:g}'}".strip()


def _without_markers(applications: pd.DataFrame, field: SchemaField) -> NDArray[Any]:
    return extract_values(without_markers(applications[field.name], field), field)


def _rate(outcomes: NDArray[Any]) -> float:
    return float(outcomes.mean()) if len(outcomes) >= _FEWEST else np.nan


def _cut(column: "pd.Series[Any]", bins: int) -> tuple[list[str], NDArray[np.intp]]:
    """Name the groups of a number in ascending order, and give each client's place; the last place is "missing"."""
    distinct = np.unique(column.dropna())
    if len(distinct) <= bins:
        names = [f"{value:g}" for value in distinct]
        place = np.searchsorted(distinct, column)
    else:
        edges = np.unique(np.nanquantile(column, np.linspace(0, 1, bins + 1)[1:-1]))
        whole = bool((distinct % 1 == 0).all() and distinct[-1] < _COUNTED)
        if whole:
            edges = np.unique(np.ceil(edges))
        between = [_interval(low, high, whole) for low, high in pairwise(edges)]
        names = [f"below {_short(edges[0])}", *between, f"{_short(edges[-1])} and more"]
        place = np.searchsorted(edges, column, side="right")
    return names, np.where(column.isna(), len(names), place)


def _texts(column: "pd.Series[Any]") -> tuple[list[str], NDArray[np.intp]]:
    sizes = column.value_counts()
    texts = sorted(sizes.index, key=lambda text: (-int(sizes[text]), str(text)))
    place = column.map({text: position for position, text in enumerate(texts)})
    return [str(text) for text in texts], place.fillna(len(texts)).to_numpy(dtype=np.intp)


def _interval(low: float, high: float, whole: bool) -> str:
    """Name the numbers from ``low`` to below ``high``.

    >>> _interval(1.0, 3.0, whole=True), _interval(1.0, 2.0, whole=True), _interval(1.0, 2.0, whole=False)
    ('1 to 2', '1', '1 to 2')
    """
    last = high - 1 if whole else high
    return _short(low) if last == low else f"{_short(low)} to {_short(last)}"


def _short(edge: float) -> str:
    return f"{edge:.3g}" if abs(edge) < 1000 else f"{edge:,.0f}"
