"""Numbers as people read them, in English and in French: the only place that decides how a number is written."""

from datetime import date
from typing import Literal

from scoring.model.report import Metric

Language = Literal["en", "fr"]

CURRENCY_SIGNS = {
    "EUR": "€",
    "USD": "$",
    "GBP": "£",
    "INR": "₹",
    "RUB": "₽",
    "TRY": "₺",
    "KRW": "₩",
    "ILS": "₪",
    "UAH": "₴",
}
NO_NUMBER = "–"  # where a table has no figure
_NARROW = "\u202f"  # French writes this space between thousands, and before a percent sign
_MOST_DECIMALS = 10
_CENTS_BELOW = 100  # two amounts that differ in the third digit are then the same as whole ones
_NEAR_ZERO, _FAR_FROM_ZERO = 1e-6, 1e15
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def format_number(value: float, language: Language) -> str:
    r"""Write a number with separated thousands and as many decimals as it has, ten at most.

    A number with too many digits to be read, nearer to 0 than 0.000001 or from a quadrillion on, is written with a
    power of ten.

    >>> format_number(1234567.5, "en"), format_number(0.25, "fr"), format_number(12000, "fr")
    ('1,234,567.5', '0,25', '12\u202f000')
    >>> format_number(1.4e-13, "en"), format_number(-1.4e-13, "fr")
    ('1.4\xa0×\xa010⁻¹³', '-1,4\xa0×\xa010⁻¹³')
    >>> format_number(4.5e307, "en")
    '4.5\xa0×\xa010³⁰⁷'
    """
    if 0 < abs(value) < _NEAR_ZERO or abs(value) >= _FAR_FROM_ZERO:
        return _in_language(_write_power(value), language)
    text = f"{value:,.{_MOST_DECIMALS}f}".rstrip("0").rstrip(".")
    return _in_language("0" if text == "-0" else text, language)


def _write_power(value: float) -> str:
    digits, _, power = f"{value:.{_MOST_DECIMALS}e}".partition("e")
    return f"{digits.rstrip('0').rstrip('.')}\u00a0×\u00a010{str(int(power)).translate(_RAISED)}"


def format_fixed(value: float | None, language: Language, decimals: int = 3, *, signed: bool = False) -> str:
    """Write a number with a fixed count of decimals; None is a dash.

    Parameters
    ----------
    signed : a plus sign stands before a positive number, as for a difference.

    >>> format_fixed(0.77, "fr"), format_fixed(-2.4014, "en"), format_fixed(0.5, "en", 1, signed=True)
    ('0,770', '−2.401', '+0.5')
    """
    if value is None:
        return NO_NUMBER
    text = f"{value:{'+' if signed else ''},.{decimals}f}"
    return _in_language(text.replace("-", "−"), language)  # the true minus sign is as wide as a plus sign


def format_count(value: float, language: Language) -> str:
    r"""Write a number as a whole one.

    >>> format_count(12000, "fr"), format_count(374817.5, "en")
    ('12\u202f000', '374,818')
    """
    return format_number(round(value), language)


def format_amount(value: float, language: Language) -> str:
    r"""Write an amount of money without rounding it: whole, or with two decimals where two are enough.

    >>> format_amount(406597.5, "fr"), format_amount(1200, "en"), format_amount(0.125, "en")
    ('406\u202f597,50', '1,200', '0.125')
    """
    has_cents = value != round(value) and value == round(value, 2)
    return format_fixed(value, language, 2) if has_cents else format_number(value, language)


def format_sum(value: float, language: Language) -> str:
    """Write an amount of money in a sentence: a whole one, or to the cent below 100.

    >>> format_sum(374817.5, "en"), format_sum(12.5, "en"), format_sum(0, "fr")
    ('374,818', '12.50', '0')
    """
    return format_count(value, language) if abs(value) >= _CENTS_BELOW else format_amount(round(value, 2), language)


def with_currency(number: str, currency: str, language: Language) -> str:
    r"""Add a currency to a number as the language writes it: by its sign where that sign names no other currency.

    >>> with_currency("1,200", "EUR", "en"), with_currency("−5", "GBP", "en"), with_currency("1,200", "CHF", "en")
    ('€1,200', '−£5', 'CHF\xa01,200')
    >>> with_currency("1 200", "EUR", "fr"), with_currency("1 200", "", "fr")
    ('1 200\xa0€', '1 200')
    """
    if not currency:
        return number
    sign = CURRENCY_SIGNS.get(currency, currency)
    if language == "fr":
        return f"{number}\u00a0{sign}"
    minus = number[: len(number) - len(number.lstrip("-−"))]
    return f"{minus}{sign}{'' if len(sign) == 1 else chr(0xA0)}{number[len(minus) :]}"


def format_percent(share: float | None, language: Language, decimals: int = 1) -> str:
    r"""Write a share (0-1) in per cent; None is a dash.

    >>> format_percent(0.0688, "en"), format_percent(0.5, "en", decimals=0), format_percent(0.09, "fr")
    ('6.9%', '50%', '9,0\u202f%')
    """
    if share is None:
        return NO_NUMBER
    return with_percent_sign(format_fixed(100 * share, language, decimals), language)


def with_percent_sign(number: str, language: Language) -> str:
    """Append the percent sign as the language writes it."""
    return f"{number}{_NARROW}%" if language == "fr" else f"{number}%"


def format_metric(metric: Metric | None, language: Language, decimals: int = 3, *, signed: bool = False) -> str:
    """Write a figure with its interval; None is a dash.

    >>> format_metric(Metric(value=0.75, low=0.74, high=0.76), "en")
    '0.750 (0.740 to 0.760)'
    >>> format_metric(Metric(value=-0.002, low=-0.003, high=0.001), "fr", 4, signed=True)
    '−0,0020 (de −0,0030 à +0,0010)'
    """
    if metric is None:
        return NO_NUMBER
    value, low, high = (
        format_fixed(number, language, decimals, signed=signed) for number in (metric.value, metric.low, metric.high)
    )
    return with_interval(value, low, high, language)


def with_interval(value: str, low: str, high: str, language: Language) -> str:
    """Append the ends of an interval to a figure."""
    return f"{value} (de {low} à {high})" if language == "fr" else f"{value} ({low} to {high})"


def decimals_to_distinguish(risk: float, *limits: float) -> int:
    """Count the decimals in per cent that show a risk (0-1) apart from limits: one, or more where it is close to one.

    Limits are the threshold and the ends of the review band. A limit that is equal to the risk needs no more decimals.

    >>> decimals_to_distinguish(0.12, 1 / 11), decimals_to_distinguish(0.0906, 1 / 11)
    (1, 2)
    >>> decimals_to_distinguish(1 / 11, 1 / 11), decimals_to_distinguish(0.0761, 1 / 11, 0.0763)
    (1, 2)
    """
    others = [one for one in limits if one != risk]
    different = (
        n for n in range(1, _MOST_DECIMALS) if all(f"{100 * risk:.{n}f}" != f"{100 * one:.{n}f}" for one in others)
    )
    return next(different, 1)


def _in_language(text: str, language: Language) -> str:
    return text.translate({ord(","): _NARROW, ord("."): ","}) if language == "fr" else text


_MONTHS = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "en": "January February March April May June July August September October November December",
}


def format_date(day: date, language: Language) -> str:
    r"""Write a date in words.

    >>> format_date(date(2026, 11, 1), "fr"), format_date(date(2026, 11, 26), "en")
    ('1er\xa0novembre\xa02026', '26\xa0November\xa02026')
    """
    number = "1er" if language == "fr" and day.day == 1 else day.day
    return f"{number}\u00a0{_MONTHS[language].split()[day.month - 1]}\u00a0{day.year}"
