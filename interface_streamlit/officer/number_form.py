"""How a file writes its numbers: decimal mark and thousands separators, found from all of its cells."""

import re
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

DecimalMark = Literal[".", ","]

_BLANKS = str.maketrans("", "", " \u00a0\u202f'’")
_GROUPED_BY_BLANKS = re.compile(r"[-+−]?\d{1,3}([ \u00a0\u202f'’]\d{3})+([.,]\d+)?")
_PLAIN: Mapping[DecimalMark, re.Pattern[str]] = {
    ".": re.compile(r"[-+−]?\d*\.?\d+([eE][-+]?\d+)?|[-+−]?\d+\."),
    ",": re.compile(r"[-+−]?\d*,?\d+|[-+−]?\d+,"),
}
_GROUPED: Mapping[DecimalMark, re.Pattern[str]] = {
    ".": re.compile(r"[-+−]?\d{1,3}(,\d{3})+(\.\d+)?"),
    ",": re.compile(r"[-+−]?\d{1,3}(\.\d{3})+(,\d+)?"),
}


class Cell(NamedTuple):
    """A cell with a number, and where it is in the file."""

    row: int
    column: str
    text: str


class AmbiguousNumber(Exception):
    """A cell that can mean two numbers, and no other cell of the file decides."""

    def __init__(self, cell: Cell) -> None:
        super().__init__(f"row {cell.row}, column {cell.column}")
        self.cell = cell
        self.readings = tuple(str(parse_number(cell.text, mark)) for mark in (".", ","))


def find_decimal_mark(cells: Iterable[Cell], separator: str) -> DecimalMark:
    """Find the decimal mark that all cells of a file agree with.

    A file whose columns are separated by commas has decimal points unless a cell says otherwise.

    Raises
    ------
    AmbiguousNumber
        With the first cell that means one number with a decimal point and another with a decimal comma.
    """
    certain: dict[DecimalMark, Cell] = {}
    unclear: Cell | None = None
    for cell in cells:
        readings = {mark: parse_number(cell.text, mark) for mark in _PLAIN}
        known = [mark for mark, number in readings.items() if number is not None]
        if len(known) == 1:
            certain.setdefault(known[0], cell)
        elif len(known) == 2 and readings["."] != readings[","]:
            unclear = unclear or cell
    if len(certain) == 1:
        return next(iter(certain))
    if unclear and (certain or separator != ","):
        raise AmbiguousNumber(unclear)
    return "."


def parse_number(text: str, mark: DecimalMark) -> float | None:
    """Read a number written with a decimal mark, thousands separated or not; None where it is none.

    >>> parse_number("1 234,5", ","), parse_number("39.000", ","), parse_number("39.000", ".")
    (1234.5, 39000.0, 39.0)
    >>> parse_number("1.2.3", ".") is None, parse_number("−5", ".")
    (True, -5.0)
    """
    text = text.strip()
    if _GROUPED_BY_BLANKS.fullmatch(text):
        text = text.translate(_BLANKS)
    if _GROUPED[mark].fullmatch(text):
        text = text.replace("," if mark == "." else ".", "")
    elif not _PLAIN[mark].fullmatch(text):
        return None
    return float(text.replace(mark, ".").replace("−", "-"))
