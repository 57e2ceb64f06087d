"""Lengths of time for fields that count days back from the application: years, months and days become negative days."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from scoring.model.schema import SchemaField
from scoring.readable.field_values import counts_back
from scoring.tables.text.number_texts import DecimalMark, list_readings, parse_number
from scoring.tables.text.table_errors import TableError

TimeUnit = Literal["years", "months", "days"]
DAYS: Mapping[str, float] = {"years": 365.25, "months": 365.25 / 12, "days": 1.0}
_NAMES: Mapping[TimeUnit, str] = {
    "years": "years year yrs yr ans an annees annee",
    "months": "months month mois",
    "days": "days day jours jour",
}
_WORDS: Mapping[str, TimeUnit] = {word: unit for unit, words in _NAMES.items() for word in words.split()}
_MINUS = ("-", "−", "–")
_MOST_DAYS = 1e18
_LENGTH = re.compile(r"(.*[0-9.,])\s*([^\W\d_]+)")


class ReadColumn(NamedTuple):
    """A column whose header is not the name of its field.

    Attributes
    ----------
    column : its header.
    field : name of the field.
    by : how the field was found: ``label``, ``case`` (the name in another letter case), ``code`` (in brackets) or
        ``name``.
    unit : only for lengths of time: the unit that the header names, if it is not the field's own unit.
    """

    column: str
    field: str
    by: Literal["label", "case", "code", "name"]
    unit: TimeUnit | None = None


class Times(NamedTuple):
    """The values of a column as days, the unit that was found (None: days before the application), and an example."""

    values: list[Any]
    unit: TimeUnit | None
    example: tuple[object, object] | None = None


def find_time_unit(word: str) -> TimeUnit | None:
    """Find the unit that a word without accents names.

    >>> find_time_unit("ans"), find_time_unit("Months"), find_time_unit("k€")
    ('years', 'months', None)
    """
    return _WORDS.get(word.strip().casefold().rstrip("."))


def count_back(field: SchemaField, length: float, unit: str) -> float:
    """Turn a length of time into days before the application.

    >>> from scoring.model.schema import Text
    >>> born = SchemaField(name="born", type="integer", unit="days", maximum=0, label=Text(en="Age", fr="Âge"))
    >>> count_back(born, 40, "years"), count_back(born, 18, "months")
    (-14610, -548)
    """
    back = -length * DAYS[unit]
    return round(back) if field.type == "integer" and abs(back) < _MOST_DAYS else back


def read_times(
    read: ReadColumn, values: Sequence[Any], field: SchemaField, mark: DecimalMark, lines: Sequence[int]
) -> Times:
    """Read the values of a column whose field counts days back.

    A number without a unit has the unit of the header. If the header is a label without a unit, there must be exactly
    one unit with which all such numbers are valid.

    Parameters
    ----------
    mark : the decimal mark of the file.
    lines : the file's line of each value.

    Raises
    ------
    TableError
        Numbers without a unit are not days before the application, and fit several units or none.
    """
    values = [*values]
    example: tuple[object, object] | None = None
    stated: TimeUnit | None = None
    for i, value in enumerate(values):
        if isinstance(value, str) and (length := _read_length(value, mark)):
            values[i] = count_back(field, *length)
            example, stated = example or (value, values[i]), length[1]
    bare = [i for i, value in enumerate(values) if _is_bare(value, field) and (stated is None or value > 0)]
    unit = read.unit
    if unit is None and read.by == "label" and any(values[i] > 0 for i in bare):
        unit = _find_only_unit(read.column, [(lines[i], values[i]) for i in bare], field)
    if unit is None or not bare:
        return Times(values, stated, example)
    shown = values[bare[0]]
    for i in bare:
        values[i] = count_back(field, abs(values[i]) if unit == "days" else values[i], unit)
    return Times(values, unit, (shown, values[bare[0]]))


def _find_only_unit(column: str, found: Sequence[tuple[int, float]], field: SchemaField) -> TimeUnit:
    units: list[TimeUnit] = [
        unit
        for unit in ("years", "months", "days")
        if all(value >= 0 and field.accepts(count_back(field, value, unit)) for _, value in found)
    ]
    if len(units) == 1:
        return units[0]
    line, cell = next((line, value) for line, value in found if value > 0)
    labels = {"label": field.label.en, "label_fr": field.label.fr}
    raise TableError("time_unit", column=column, field=field.name, line=line, cell=f"{cell:.15g}", **labels)


def _is_bare(value: Any, field: SchemaField) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and value not in field.missing


def _read_length(text: str, mark: DecimalMark) -> tuple[float, TimeUnit] | None:
    found = _LENGTH.fullmatch(text)
    unit = find_time_unit(found[2]) if found else None
    number = parse_number(found[1].strip(), mark) if found else None
    return (number, unit) if number is not None and number >= 0 and unit else None


def may_be_typed(field: SchemaField, number: float) -> bool:
    """Whether a number may stand for a value of a field: as it is, or as a length of time in some unit."""
    if field.type == "category" or field.accepts(number):
        return True
    return counts_back(field) and number >= 0 and any(field.accepts(count_back(field, number, unit)) for unit in DAYS)


def list_possible(text: str, field: SchemaField) -> dict[Literal["point", "comma"], float]:
    """List the values that a typed number can mean: those of `list_readings` that the field can have.

    If a number has only one reading, this is listed even if it is out of range, so that a message can name the range.
    In a field without negative numbers, a number in brackets or with its sign at the end has no reading: the person may
    mean something else.

    >>> from scoring.model.schema import Text
    >>> share = SchemaField(name="share", type="number", minimum=0, maximum=1, label=Text(en="Share", fr="Part"))
    >>> list_possible("1,000", share), list_possible("2", share), list_possible("(5)", share)
    ({'comma': 1.0}, {'point': 2, 'comma': 2}, {})
    """
    readings = list_readings(text, field.unit)
    possible = {name: value for name, value in readings.items() if may_be_typed(field, value)}
    if possible or len(set(readings.values())) > 1:
        return possible
    return readings if text.strip().startswith(_MINUS) else {name: one for name, one in readings.items() if one >= 0}
