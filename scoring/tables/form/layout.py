"""How the lines of a text make a table: what separates its cells, title lines, and the header's names."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from scoring.tables.form.inner_separators import find_joined
from scoring.tables.form.readings import (
    BLANKS,
    NONE,
    TRIED,
    Reading,
    count_filled,
    is_number,
    read_head_as,
    read_records,
)
from scoring.tables.text.cells import clean_name
from scoring.tables.text.table_errors import TableError

SEPARATORS = (",", ";", "\t", "|")
_STATED = re.compile(r'"?sep=(\\t|tab|blank|[^\r\n])"?[,;\t|]*\s*', re.IGNORECASE)  # a line for spreadsheets: sep=;
_OTHER_SIGNS = "^~!#§¦*\\&@:="  # separate cells where a line such as sep=^ says so
_WORD = re.compile(r"[^\W\d_]{2}")
_STATED_WORDS = {"\\t": "\t", "tab": "\t", "blank": BLANKS}


@dataclass(frozen=True)
class Layout:
    """How the lines of a text make a table.

    Attributes
    ----------
    separator : one sign, or ``BLANKS``.
    header : names of the columns, ``""`` for a column without a name.
    titles : lines with text above the header.
    lines : number of lines above the rows: titles, header and rulers.
    rulers : lines of signs such as ``---+---`` above and below the header, as database programs draw them.
    """

    separator: str
    header: tuple[str, ...]
    titles: int
    lines: int
    rulers: tuple[int, ...] = ()


def find_layout(head: str, *, is_whole: bool, published: bool = False, separator: str | None = None) -> Layout:
    """Find the separator and the header from the beginning of a text.

    Parameters
    ----------
    is_whole : the head is the whole text; otherwise its last line may be cut.
    published : the first line is the header, whatever it contains; its names are used exactly as written.
    separator : what separates the cells, where that is known.

    Raises
    ------
    TableError
        The text is empty, has no header or two, can be separated in two ways, or its numbers contain the sign between
        cells.
    """
    first = next((line for line in io.StringIO(head, newline="") if line.strip()), "")
    stated = None if separator else _STATED.fullmatch(first)
    tried = [separator] if separator else [*SEPARATORS]
    if stated:
        tried = [_STATED_WORDS.get(stated[1].lower(), stated[1])]
    read = partial(read_head_as, head, is_whole=is_whole, stated=stated is not None, titles=not published)
    readings = [read(separator) for separator in tried]
    found = [one for one in readings if one is not None and (one.width > 1 or stated or separator)]
    best = _most_plausible(found) if found else None
    if best is None:
        _refuse_open_quote(head, [sign for sign in tried if sign in first])
    blanks = None
    if best is None or not (published or stated or separator or best.is_regular):
        blanks = read_head_as(head, BLANKS, is_whole=is_whole)
        best = _without_separators(best, blanks, read_head_as(head, NONE, is_whole=is_whole))
    if best is None:
        raise _find_long_cell(head) or TableError("open_quote", line=1) if head.strip() else TableError("empty")
    if not published and (best.separator == NONE or not best.is_regular):
        are_numbers = best.separator == NONE and best.numbers > 0  # blanks stand inside the numbers of one column
        _refuse_inner_separators(best, [*found, *([blanks] if blanks and not are_numbers else [])])
    if not (published or stated or separator) and len(best.records[0][1]) == 1:
        _refuse_other_sign(head, best)
    return _checked(best, published)


def _refuse_open_quote(head: str, separators: Sequence[str]) -> None:
    """Refuse a text whose rows cannot be told apart, because a cell that a quotation mark opens does not end."""
    for separator in separators:
        reader, line = read_records(io.StringIO(head, newline=""), separator), 1
        try:
            for _ in reader:
                line = reader.line_num + 1
        except csv.Error:
            raise _find_long_cell(head) or TableError("open_quote", line=line) from None


def _find_long_cell(head: str) -> TableError | None:
    """Find a line that no reader splits, although it has no quotation mark."""
    lines = enumerate(head.splitlines(), 1)
    long = next((i for i, line in lines if len(line) > csv.field_size_limit() and '"' not in line), None)
    return TableError("long_cell", line=long) if long else None


def _refuse_inner_separators(best: Reading, readings: Sequence[Reading]) -> None:
    """Refuse rows that are longer than the header because their numbers contain the sign between cells."""
    for reading in readings if best.separator in {",", BLANKS, NONE} else ():
        names = [i for i, (_, cells) in enumerate(reading.records) if len(cells) > 1 and not any(map(is_number, cells))]
        if not names:
            continue
        header, rows = reading.records[names[0]][1], reading.records[names[0] + 1 :]
        if found := find_joined(header, [cells for _, cells in rows], reading.separator):
            (line, cells), (first, second) = rows[found[0]], found[1]
            raise TableError(
                "inner_separator", line=line, cells=len(cells), width=len(header), first=first, second=second
            )


def _refuse_other_sign(head: str, best: Reading) -> None:
    """Refuse lines that have another sign than the usual ones between their cells, each as often as the header."""
    lines = [line for line in head.splitlines() if line.strip()][:TRIED]
    for sign in _OTHER_SIGNS if len(lines) > 1 else "":
        times = lines[0].count(sign)
        if times and all(line.count(sign) == times for line in lines) and all(map(str.strip, lines[0].split(sign))):
            raise TableError("other_separator", line=best.records[0][0], sign=sign)


def _without_separators(best: Reading | None, blanks: Reading | None, one_column: Reading | None) -> Reading | None:
    """Choose between an irregular reading, runs of blanks, and one column whose commas are decimal marks."""
    blanks = blanks if blanks and blanks.width > 1 else None
    regular = [one for one in (blanks, one_column) if one and one.is_regular and one.numbers]
    if not regular and best is None and blanks and blanks.has_row_names:
        regular = [blanks]
    if not regular:
        return best or one_column
    other = max(regular, key=lambda one: one.numbers)
    if len(regular) > 1 and regular[0].numbers == regular[1].numbers:
        raise TableError("two_separators", line=other.records[0][0], first=_describe(BLANKS), second=",")
    if best is None or any(map(is_number, best.header)):
        return other
    return other if best.start and other.numbers > min(best.numbers, 0.999) else best


def _most_plausible(readings: Sequence[Reading]) -> Reading:
    best = max(readings, key=Reading.rank)
    equal = [one for one in readings if one.rank() == best.rank()]
    if len(equal) > 1:
        most = max((one.numbers, one.width) for one in equal)
        equal = [one for one in equal if (one.numbers, one.width) == most]
    if len(equal) > 1:
        first, second = (_describe(one.separator) for one in equal[:2])
        raise TableError("two_separators", line=best.records[best.start][0], first=first, second=second)
    return equal[0]


def _describe(separator: str) -> str:
    return {"\t": "tab", BLANKS: "blank"}.get(separator, separator)


def _checked(reading: Reading, published: bool) -> Layout:
    line, cells = reading.records[reading.start]
    for title, above in reading.records[: reading.start]:
        if count_filled(above) > max(1, reading.width // 3):
            raise TableError("two_headers", line=title)
    if reading.has_row_names and not published and any(row[-1].strip() for _, row in reading.records[1:]):
        raise TableError("row_names", line=line)
    names = cells if published else [*map(clean_name, cells)]
    if not published:
        _require_names(names, line)
        _refuse_second_header(reading)
    following = next((row for row, _ in reading.records[reading.start + 1 :]), None)
    rulers = tuple(ruler for ruler in reading.rulers if following is None or ruler < following)
    return Layout(reading.separator, tuple(names), reading.start, max((line, *rulers)), rulers)


def _require_names(names: Sequence[str], line: int) -> None:
    numbers = [name for name in names if is_number(name)]
    whole = [int(name) for name in numbers if name.isascii() and name.isdigit()]
    counted = len(whole) == len(numbers) and whole == list(range(whole[0], whole[0] + len(whole))) if whole else False
    if numbers and not (
        counted and (len(numbers) > 1 or numbers == ["0"])
    ):  # pandas writes 0, 1, 2... for columns without names
        raise TableError("no_header", line=line, cell=numbers[0])


def _refuse_second_header(reading: Reading) -> None:
    """Refuse a first row of words above columns of numbers, such as units."""
    rows = [cells for _, cells in reading.records[reading.start + 1 :]]
    if len(rows) < 2:
        return
    first, others = rows[0], rows[1:TRIED]
    numeric = 0
    for i, name in enumerate(first):
        cells = [row[i] for row in others if len(row) > i and row[i].strip()]
        if 2 * sum(map(is_number, cells)) > len(cells):
            if is_number(name) or not _WORD.search(name):
                return
            numeric += 1
    if numeric > 1:
        raise TableError("two_headers", line=reading.records[reading.start + 1][0])
