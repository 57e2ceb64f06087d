"""Numbers as people and programs write them: one grammar, with a decimal point or a decimal comma.

Files and forms are read with it. A file has one decimal mark; a number that is typed alone may have either.

A number may have a sign, groups of three digits, an exponent, a currency, a per cent sign or an accountant's brackets.
"""

import math
import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from scoring.model.schema import currency_of
from scoring.tables.text.table_errors import TableError

DecimalMark = Literal[".", ","]

DECIMAL_NAMES: dict[DecimalMark, Literal["point", "comma"]] = {".": "point", ",": "comma"}  # for programs
# Signs that nobody sees: without width, or that only say in which direction a text is written.
INVISIBLE = "\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
EDGE = f" \t\r\n\u00a0\u202f{INVISIBLE}"  # characters that may surround a number and are not part of it
PERCENT = "%"
INFINITY = "inf"  # digits of a number that a program wrote as infinite
_MOST_EXACT = 300  # digits; Python refuses to convert thousands of them
_BLANKS = " \u00a0\u202f\u2007\u2009"
_CURRENCIES = (
    r"[$€£¥₹₽₺₩₪₫₴₦₱฿]|US\$|C\$|A\$|R\$|EUR|USD|GBP|CHF|JPY|CAD|AUD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|TRY|INR|CNY|BRL"
    r"|MXN|ZAR|XOF|XAF|MAD|TND|DZD|kr|Kč|zł|Ft|lei|FCFA|DH"
)
# Signs of several currencies, and signs that are not currency codes.
_CODES: dict[str, frozenset[str]] = {
    sign: frozenset(codes.split())
    for sign, codes in {
        "€": "EUR", "£": "GBP", "¥": "JPY CNY", "₹": "INR", "₽": "RUB", "₺": "TRY", "₩": "KRW", "₪": "ILS", "₫": "VND",
        "₴": "UAH", "₦": "NGN", "₱": "PHP", "฿": "THB", "$": "USD CAD AUD NZD MXN HKD SGD ARS CLP COP", "US$": "USD",
        "C$": "CAD", "A$": "AUD", "R$": "BRL", "kr": "SEK NOK DKK ISK", "Kč": "CZK", "zł": "PLN", "Ft": "HUF",
        "lei": "RON MDL", "FCFA": "XOF XAF", "DH": "MAD AED",
    }.items()
}  # fmt: skip
_MINUS = r"\-−–"
_PARTS = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[+{_MINUS}])?\s*(?P<before>{_CURRENCIES})?\s*(?P<inner>[+{_MINUS}])?"
    rf"(?P<digits>[0-9.,][0-9.,'’{_BLANKS}]*(?:[eE][+{_MINUS}]?[0-9]{{1,3}})?)"
    rf"(?P<last>[{_MINUS}])?(?P<close>\))?\s*(?P<after>{_CURRENCIES}|%)?(?P<end>[{_MINUS}])?\s*(?P<outer>\))?"
)
_CURRENCY = re.compile(_CURRENCIES)
_INFINITE = re.compile(r"[+-]?inf(?:inity)?", re.IGNORECASE)
_ROUND = re.compile(r"([0-9][.,])[-−–]{1,2}(?![0-9])")  # 5.- is five francs, not minus five
_OTHER_DIGITS = re.compile(r"[^\D0-9]")  # such as Arabic or wide ones
_OTHER_SIGNS = str.maketrans({"\u066b": ",", "\u066c": "'", "\u066a": "%", "\uff0e": ".", "\uff0c": ",", "\uff05": "%"})
_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_GROUPED = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
_EXPONENT = r"(?:[eE][+\-−–]?[0-9]{1,3})?"
_MARKS: tuple[tuple[DecimalMark, str], ...] = ((".", ","), (",", "."))
_FORMS: dict[DecimalMark, re.Pattern[str]] = {
    mark: re.compile(
        rf"(?:(?:[0-9]+(?:{re.escape(mark)}[0-9]*)?|{re.escape(mark)}[0-9]+){_EXPONENT})"
        rf"|(?:[1-9][0-9]{{0,2}}(?P<group>[{other}{_BLANKS}'’])[0-9]{{3}}(?:(?P=group)[0-9]{{3}})*"
        rf"(?:{re.escape(mark)}[0-9]*)?)"
        rf"|(?:[1-9][0-9]?(?:{re.escape(other)}[0-9]{{2}})+{re.escape(other)}[0-9]{{3}}(?:{re.escape(mark)}[0-9]*)?)"
    )
    for mark, other in _MARKS
}
_SURPLUS: dict[DecimalMark, dict[int, int | None]] = {
    ".": str.maketrans("−–", "--", f",'’{_BLANKS}"),
    ",": str.maketrans("−–,", "--.", f".'’{_BLANKS}"),
}


class NumberText(NamedTuple):
    """A text that is a number with at least one decimal mark.

    Attributes
    ----------
    negative : it has a minus sign, or brackets.
    digits : with decimal mark and separators of thousands, without sign and unit.
    unit : ``%``, a currency, or nothing.
    marks : the decimal marks that it may be written with.
    """

    negative: bool
    digits: str
    unit: str
    marks: tuple[DecimalMark, ...]

    @property
    def is_ambiguous(self) -> bool:
        """Whether it is one number with a decimal point, and another with a decimal comma."""
        return len(self.marks) > 1 and ("." in self.digits or "," in self.digits)

    def value(self, mark: DecimalMark) -> float | None:
        """Return its value; whole numbers are exact (int). None if it cannot have this decimal mark."""
        if mark not in self.marks:
            return None
        digits = self.digits if self.digits.isdigit() else self.digits.translate(_SURPLUS[mark])
        value = read_digits(digits)
        return -value if self.negative else value


def read_digits(digits: str) -> float:
    """Read digits with a point or without; whole numbers are exact (int), unless far beyond any amount.

    >>> read_digits("12"), read_digits("12.0"), read_digits("9" * 5000)
    (12, 12.0, inf)
    """
    return int(digits) if digits.isdigit() and len(digits) <= _MOST_EXACT else float(digits)


def split_number(text: str) -> NumberText | None:
    """Take sign and unit off a number; None where the text is not a number.

    >>> split_number("(1,234.50 €)")
    NumberText(negative=True, digits='1,234.50', unit='€', marks=('.',))
    >>> split_number("39.000").is_ambiguous, split_number("1 000").is_ambiguous, split_number("0.5").is_ambiguous
    (True, False, False)
    >>> split_number("about 5") is None, split_number("٣٥").digits, split_number("１２.５").digits
    (True, '35', '12.5')
    """
    if not text.isascii() and _OTHER_DIGITS.search(text):
        text = _OTHER_DIGITS.sub(lambda digit: str(int(digit[0])), text.translate(_OTHER_SIGNS))
    if _PLAIN.fullmatch(text) and not _GROUPED.fullmatch(text):
        return NumberText(text[0] == "-", text.removeprefix("-"), "", (".",) if "." in text else (".", ","))
    if _INFINITE.fullmatch(text):
        return NumberText(text[0] == "-", INFINITY, "", (".", ","))
    found = _PARTS.fullmatch(_ROUND.sub(r"\g<1>0", text))
    if found is None:
        return None
    signs = [sign for sign in found.group("sign", "inner", "last", "end") if sign]
    units = [unit for unit in found.group("before", "after") if unit]
    brackets = found["open"] is not None
    closed = [bracket for bracket in found.group("close", "outer") if bracket]
    if brackets != len(closed) or len(signs) + brackets > 1 or len(units) > 1:
        return None
    digits = found["digits"].strip(_BLANKS)
    marks = tuple(mark for mark, form in _FORMS.items() if form.fullmatch(digits))
    return NumberText(brackets or "".join(signs) not in {"", "+"}, digits, "".join(units), marks) if marks else None


def parse_number(text: str, mark: DecimalMark) -> float | None:
    """Read a number; whole numbers are exact (int). None for what is not a number with this decimal mark.

    A per cent sign and a currency do not change the value: ``split_number`` returns them.

    >>> [parse_number(text, ",") for text in ("1 234,5", "39.000", "−5", "(12,50)", "13,5 %", "1.5")]
    [1234.5, 39000, -5, -12.5, 13.5, None]
    """
    number = split_number(text)
    return None if number is None else number.value(mark)


def has_unit(sign: str, unit: str | None) -> bool:
    """Tell whether a number with a sign may stand in a field with a unit.

    >>> has_unit("€", "currency EUR"), has_unit("$", "currency EUR"), has_unit("$", "currency"), has_unit("$", "years")
    (True, False, True, False)
    >>> has_unit("%", "%"), has_unit("%", "share"), has_unit("€", None)
    (True, False, True)
    """
    if not sign or sign == unit:
        return True
    currency = unit if unit and _CURRENCY.fullmatch(unit) else currency_of(unit)
    if sign == PERCENT or currency is None:
        return sign != PERCENT and unit is None  # a field without a unit may be an amount
    return not currency or sign == currency or bool(_codes(sign) & _codes(currency))


def _codes(sign: str) -> frozenset[str]:
    return _CODES.get(sign, frozenset({sign}))


def find_wrong_units(signs: Mapping[str, str], units: Mapping[str, str | None]) -> list[TableError]:
    """Describe the columns whose numbers have another unit than their field; or say that the file has two currencies.

    Parameters
    ----------
    signs : per cent sign or currency of columns of a file, by name.
    units : of the fields, by name.
    """
    currencies = list(dict.fromkeys(sign for name, sign in signs.items() if name in units and sign != PERCENT and sign))
    mixed = next((sign for sign in currencies if not _codes(sign) & _codes(currencies[0])), None)
    if mixed:
        return [TableError("mixed_currencies", first=currencies[0], second=mixed)]
    wrong = [name for name, unit in units.items() if not has_unit(signs.get(name, ""), unit)]
    return [
        TableError("percent", column=name)
        if signs[name] == PERCENT
        else TableError("other_unit", column=name, unit=signs[name], expected=currency_of(units[name]) or units[name])
        for name in wrong
    ]


def list_readings(text: str, unit: str | None = None) -> dict[Literal["point", "comma"], float]:
    """List what a single number means with each decimal mark that it may have, ``point`` and ``comma``.

    If the two values differ, only the person who typed the text knows which one is meant. A text that is not a finite
    number has no reading.

    Parameters
    ----------
    unit : of the field; a number with another unit or currency has no reading.

    >>> list_readings("1 234,50 €"), list_readings("1,234"), list_readings("1 234")
    ({'comma': 1234.5}, {'point': 1234, 'comma': 1.234}, {'point': 1234, 'comma': 1234})
    >>> list_readings("12 %"), list_readings("12,5 %", "%"), list_readings("about 5")
    ({}, {'comma': 12.5}, {})
    """
    number = split_number(text.strip(EDGE))
    if number is None or not has_unit(number.unit, unit):
        return {}
    values = {DECIMAL_NAMES[mark]: number.value(mark) for mark in number.marks}
    return {name: value for name, value in values.items() if value is not None and math.isfinite(value)}
