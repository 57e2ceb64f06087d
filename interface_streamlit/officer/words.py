"""Numbers as people write them, in French and in English; values of fields come from the API already written."""

from collections.abc import Iterable
from decimal import Decimal
from math import floor, log10

from officer.contract import FieldError
from officer.model import YEAR, Field, Model, Scale
from officer.plain import clean
from officer.texts import Language, text

CONTRACT_PARTS = ("price", "deposit", "fees", "credit", "instalment", "months", "yearly_rate")
_NARROW = "\u202f"  # French writes this space between thousands, and before a percent sign
_MINUS = "\u2212"
_MOST_DIGITS = 10
_GROUP = 3  # digits between separators of thousands
_LARGEST_TYPED = 1e15
_MOST_DECIMALS = 15
_AXIS_UNITS = frozenset({"years", "months", "hour", "days", "currency", "share"})  # units that texts.toml names


def format_number(value: float, language: Language, digits: int | None = None) -> str:
    """Write a number; without ``digits`` with three significant ones, or as the whole number it is.

    >>> format_number(1234567, "en"), format_number(0.21716, "fr"), format_number(-1.25, "fr", 1)
    ('1,234,567', '0,217', '−1,2')
    """
    if digits is None:
        digits = 0 if float(value).is_integer() or abs(value) >= 1000 else max(0, 2 - floor(log10(abs(value))))
        digits = min(digits, _MOST_DECIMALS)
    written = f"{value:,.{digits}f}".replace("-", _MINUS)
    return written.translate({ord(","): _NARROW, ord("."): ","}) if language == "fr" else written


def format_typed(value: float, field: Field, language: Language) -> str:
    r"""Write a number that was typed, with all its decimals: two for an amount, and years for a time.

    >>> amount = Field("AMT_CREDIT", "number", {}, unit="currency")
    >>> format_typed(406597.5, amount, "fr"), format_typed(0.125, Field("EXT_SOURCE_1", "number", {}), "en")
    ('406\u202f597,50', '0.125')
    >>> format_typed(1200, Field("AMT_CREDIT", "number", {}, unit="currency EUR"), "fr")
    '1\u202f200\xa0EUR'
    """
    decimals = _count_decimals(value)
    digits = 2 if decimals == 1 and field.currency is not None else decimals
    written = format_number(value, language, digits)
    unit = text("axis.years", language) if field.counts_back else field.currency
    return f"{written}\u00a0{unit}" if unit else written


def write_typed(value: float, language: Language) -> str:
    """Write a number as an officer would type it, so that it has one reading: never with three decimals.

    >>> write_typed(450000.0, "fr"), write_typed(2500.5, "fr"), write_typed(12.345, "en")
    ('450000', '2500,5', '12.3450')
    """
    decimals = _count_decimals(value)
    written = f"{Decimal(repr(value)):.{decimals + (decimals == _GROUP)}f}"
    return written.replace(".", ",") if language == "fr" else written


def _count_decimals(value: float) -> int:
    return len(f"{Decimal(repr(value)):f}".partition(".")[2].rstrip("0"))


def format_percent(share: float, language: Language, digits: int = 1) -> str:
    r"""Write a share (0-1) as a percentage.

    >>> format_percent(0.0688, "fr"), format_percent(0.0688, "en")
    ('6,9\u202f%', '6.9%')
    """
    return f"{format_number(100 * share, language, digits)}{_NARROW if language == 'fr' else ''}%"


def format_risk(share: float, scale: Scale, language: Language) -> str:
    """Write a risk (0-1) with as many decimals as it needs (``count_decimals``).

    >>> scale = Scale(calibrated=True, threshold=1 / 11, review=None)
    >>> format_risk(0.12, scale, "en"), format_risk(0.0906, scale, "en"), format_risk(1 / 11, scale, "en")
    ('12.0%', '9.06%', '9.1%')
    """
    return format_percent(share, language, count_decimals([share], scale))


def count_decimals(shares: Iterable[float], scale: Scale) -> int:
    """Count the decimals in per cent that show risks (0-1) apart from the threshold and the ends of the review band.

    >>> count_decimals([0.05, 0.0761], Scale(calibrated=True, threshold=1 / 11, review=(0.0763, 0.108)))
    2
    """
    pairs = [(one, limit) for one in shares for limit in (scale.threshold, *(scale.review or ())) if one != limit]
    different = (
        n for n in range(1, _MOST_DIGITS) if all(f"{100 * one:.{n}f}" != f"{100 * limit:.{n}f}" for one, limit in pairs)
    )
    return next(different, 1)


def format_points(value: float, language: Language, digits: int = 2) -> str:
    """Write percentage points with their sign.

    >>> format_points(1.6374, "fr"), format_points(-0.5, "en")
    ('+1,64', '−0.50')
    """
    return ("+" if value >= 0 else "") + format_number(value, language, digits)


def describe_part(part: str, value: float | None, language: Language, currency: str = "") -> str:
    r"""Write a part of a contract: an amount, a number of months, or a rate (0.2 is 20 %); None is a dash.

    >>> [describe_part(*one) for one in (("credit", 1234.5, "fr"), ("months", 36, "en"), ("yearly_rate", 0.2, "en"))]
    ['1\u202f234,50', '36', '20.0%']
    """
    if value is None:
        return "–"
    if part == "yearly_rate":
        return format_percent(value, language)
    if part == "months":
        return format_number(value, language, 0)
    return format_number(value, language, 2) + (f"\u00a0{currency}" if currency else "")


def axis_factor(field: Field) -> float:
    """Factor of a field's values on an axis: days before the application become years."""
    return -1 / YEAR if field.counts_back else 1.0


def is_whole(field: Field) -> bool:
    """Whether a field's values on an axis are whole numbers, such as counts."""
    return field.type == "integer" and not field.counts_back


def label_with_unit(field: Field, language: Language) -> str:
    """Name a field with its unit, where the unit has a name."""
    unit, label = "years" if field.counts_back else field.unit, field.label[language]
    if field.currency:
        return f"{label} ({field.currency})"
    return f"{label} ({text(f'axis.{unit}', language)})" if unit in _AXIS_UNITS else label


def with_label(label: str, value: str, language: Language) -> str:
    """Put a label before a value, with the language's colon."""
    return f"{label}{chr(0xA0) if language == 'fr' else ''}: {value}"


def join_messages(messages: Iterable[str], language: Language) -> str:
    r"""Write messages in one line, with the language's semicolon.

    >>> join_messages(["a", "b"], "fr")
    'a\xa0; b'
    """
    return f"{chr(0xA0) if language == 'fr' else ''}; ".join(messages)


def describe_id(model: Model, language: Language) -> str:
    """Describe the client IDs of a model."""
    if model.text_ids:
        return text("expected.id_text", language)
    return text("expected.id_digits" if model.digits else "expected.integer", language, digits=model.digits)


def describe_error(error: FieldError, field: Field | None, language: Language, *, typed: bool) -> str:
    """Describe one error that the API found: the value received, and what was expected of this field.

    Parameters
    ----------
    typed : the value was typed into the form, with years for days; else it stood in a file.

    >>> from officer.model import Described
    >>> described = Described({"en": "a number above 0", "fr": "un nombre supérieur à 0"})
    >>> amount = Field("AMT_CREDIT", "number", {"en": "Credit", "fr": "Crédit"}, required=True, shown=described)
    >>> describe_error(FieldError("AMT_CREDIT", "-5", "..."), amount, "en", typed=False)
    'received -5; expected: a number above 0'
    >>> describe_error(FieldError("AMT_CREDIT", None, "..."), amount, "fr", typed=True)
    'à renseigner'
    """
    received, expected = error.received, error.expected
    if field is not None and received is None and field.required:
        return text("error.required", language)
    if len(set((error.readings or {}).values())) > 1:
        return text("error.readings", language)
    if field is not None and field.type == "category":
        expected = text("expected.text", language)
    elif field is not None:
        expected = field.describe("expected_typed" if typed else "expected", language) or expected
        if typed and isinstance(received, int | float) and abs(received) < _LARGEST_TYPED:
            received = format_number(round(axis_factor(field) * received, 2), language)
    shown = text("nothing", language) if received is None else clean(str(received)) + ("…" if error.truncated else "")
    return text("error.value", language, received=shown, expected=expected)
