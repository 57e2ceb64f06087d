"""Numbers and values as people read them, in French and in English."""

from collections.abc import Mapping
from math import floor, log10
from typing import Any

from officer.model import Field, Scale
from officer.texts import Language, text

_NARROW = "\u202f"  # what French puts between thousands, and before a percent sign
_MINUS = "\u2212"
YEAR = 365.25
_MOST_DIGITS = 10
_MONTH = YEAR / 12


def number(value: float, language: Language, digits: int | None = None) -> str:
    """Write a number; without ``digits`` with three significant ones, or as the whole number it is.

    >>> number(1234567, "en"), number(0.21716, "fr"), number(-1.25, "fr", 1)
    ('1,234,567', '0,217', '−1,2')
    """
    if digits is None:
        digits = 0 if float(value).is_integer() or abs(value) >= 1000 else max(0, 2 - floor(log10(abs(value))))
    written = f"{value:,.{digits}f}".replace("-", _MINUS)
    return written.translate({ord(","): _NARROW, ord("."): ","}) if language == "fr" else written


def percent(share: float, language: Language, digits: int = 1) -> str:
    r"""Write a share (0-1) as a percentage.

    >>> percent(0.0688, "fr"), percent(0.0688, "en")
    ('6,9\u202f%', '6.9%')
    """
    return f"{number(100 * share, language, digits)}{_NARROW if language == 'fr' else ''}%"


def risk(share: float, scale: Scale, language: Language) -> str:
    """Write a risk (0-1) with as many decimals as tell it from the threshold: one, or more where it lies close.

    >>> scale = Scale(calibrated=True, threshold=1 / 11, review=None)
    >>> risk(0.12, scale, "en"), risk(0.0906, scale, "en"), risk(1 / 11, scale, "en")
    ('12.0%', '9.06%', '9.1%')
    """
    apart = (n for n in range(1, _MOST_DIGITS) if f"{100 * share:.{n}f}" != f"{100 * scale.threshold:.{n}f}")
    return percent(share, language, next(apart, 1))


def points(value: float, language: Language, digits: int = 2) -> str:
    """Write percentage points with their sign.

    >>> points(1.6374, "fr"), points(-0.5, "en")
    ('+1,64', '−0.50')
    """
    return ("+" if value >= 0 else "") + number(value, language, digits)


def shown(field: Field, value: Any, language: Language) -> str:
    """Say a field's value with its unit; a time before the application is a length.

    >>> age = Field("DAYS_BIRTH", "integer", {"en": "Age", "fr": "Âge"}, unit="days", maximum=-6574)
    >>> shown(age, -14610, "en"), shown(age, None, "fr")
    ('40 years', 'non renseigné')
    """
    if value is None or value in field.missing:
        return text("not_known", language)
    if isinstance(value, str):
        return field.text_of(value, language)
    if field.unit == "flag":
        return text("yes" if value else "no", language)
    if field.unit == "days":
        return _time(-value if field.counts_back else value, language)
    if field.unit == "currency":
        return number(round(value), language)
    if field.unit in {"years", "months", "hour"}:
        return text(f"unit.{field.unit}", language, value=number(value, language))
    return number(value, language)


def _time(days: float, language: Language) -> str:
    for name, length in (("years", YEAR), ("months", _MONTH)):
        if abs(days) >= 2 * length:
            return text(f"unit.{name}", language, value=number(round(days / length), language))
    return text("unit.days", language, value=number(round(days), language))


def axis_factor(field: Field | None) -> float:
    """Say what a value is multiplied by on an axis: days before the application become years."""
    return -1 / YEAR if field is not None and field.counts_back else 1.0


def axis_title(label: str, field: Field | None, language: Language) -> str:
    """Name an axis, with its unit."""
    if field is None or field.unit is None or field.unit in {"flag", "count"}:
        return label
    unit = "years" if field.counts_back else field.unit
    return f"{label} ({text(f'axis.{unit}', language)})" if has_axis_unit(unit) else label


def has_axis_unit(unit: str) -> bool:
    """Whether a unit has a name of its own."""
    return unit in {"years", "months", "hour", "days", "currency", "share"}


def plain(written: str) -> str:
    r"""Escape what Markdown would read into data.

    >>> plain("a_b *c* $d$")
    'a\\_b \\*c\\* \\$d\\$'
    """
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|~$:" else sign for sign in written)


def labelled(name: str, said: str, language: Language) -> str:
    """Put a name before what is said about it, with each language's colon."""
    return f"{name}{' : ' if language == 'fr' else ': '}{said}"


def limits(field: Field, language: Language, *, as_shown: bool) -> str:
    """Say which values a number may have; empty where any is allowed.

    Parameters
    ----------
    as_shown : in years where a field counts days back from the application; else as it is written in a file.

    >>> age = Field("DAYS_BIRTH", "integer", {}, unit="days", minimum=-36525, maximum=-6574)
    >>> limits(age, "en", as_shown=True), limits(age, "fr", as_shown=False)
    ('From 18 years to 100 years.', 'De −36\u202f525 à −6\u202f574.')
    """
    back = as_shown and field.counts_back
    low, high = (
        None if end is None else shown(field, end, language) if back else number(end, language)
        for end in ((field.maximum, field.minimum) if back else (field.minimum, field.maximum))
    )
    if low is not None and high is not None:
        return text("range.between", language, low=low, high=high)
    if low is not None:
        return text("range.above" if field.exclusive else "range.from", language, low=low)
    return text("range.up_to", language, high=high) if high is not None else ""


def fault_text(fault: Mapping[str, Any], field: Field | None, language: Language, *, as_shown: bool) -> str:
    """Say one fault of the API's: what came, and what was expected in this field's own terms.

    >>> amount = Field("AMT_CREDIT", "number", {}, minimum=0, exclusive=True, required=True)
    >>> fault_text({"received": "-5", "expected": "..."}, amount, "en", as_shown=True)
    'received -5; expected: a number. Above 0.'
    >>> fault_text({"received": None, "expected": "..."}, amount, "fr", as_shown=True)
    'à renseigner'
    """
    received = fault.get("received")
    if field is not None and received is None and field.required:
        return text("fault.required", language)
    if field is None or field.type == "category":
        expected = str(fault.get("expected", ""))
    else:
        kind = text(f"fault.{field.type}", language)
        expected = f"{kind} {limits(field, language, as_shown=as_shown)}".strip()
    if isinstance(received, int | float) and field is not None and as_shown:
        received = shown(field, received, language)
    said = text("nothing", language) if received is None else str(received)
    return text("fault", language, received=said, expected=expected)
