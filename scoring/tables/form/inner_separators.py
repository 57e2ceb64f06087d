"""Numbers that contain the sign between cells, such as 500,000 in a file separated by commas: found and explained."""

import re
from collections.abc import Callable, Iterator, Sequence

from scoring.tables.text.number_texts import split_number

COMMA, BLANK = ",", " "
_MOST = 200  # cells of a row that is looked at
_FIRST = re.compile(r"[(+\-−–]?\D{0,3}[1-9][0-9]{0,2}")
_GROUP = re.compile(r"[0-9]{3}(?:\.[0-9]*)?\D{0,4}")
_DIGITS = re.compile(r"[0-9]+")
_IsNumber = Callable[[Sequence[str], str], bool]
_POINT = re.compile(r"[+\-−–]?[0-9]*\.(?![0-9]{3}$)[0-9]+")  # decimals after a point, which are no thousands
_ZERO = re.compile(r"0[0-9]{2}")  # 000 and 050 are groups of thousands; nobody writes a whole number like this


def join_cells(cells: Sequence[str], width: int, separator: str, *, decimals: bool = False) -> list[list[str]]:
    """Join neighbouring cells to numbers, so that a row has as many cells as the header; at most two ways.

    Parameters
    ----------
    decimals : join whole numbers and their decimals, too, where no thousands are found.

    >>> join_cells(["500", "000", "25", "000"], 2, ",")
    [['500,000', '25,000']]
    >>> join_cells(["1", "234", "567"], 2, ","), join_cells(["7", "5", "x"], 2, ",", decimals=True)
    ([['1', '234,567'], ['1,234', '567']], [['7,5', 'x']])
    >>> join_cells(["7", "500", "x"], 2, "|")
    []
    """
    if separator not in {COMMA, BLANK} or not 1 < width < len(cells) <= _MOST:
        return []
    cells = [cell.strip() for cell in cells]
    for is_number in (_is_grouped, _has_decimals) if decimals and separator == COMMA else (_is_grouped,):
        found = _join(cells, width, separator, is_number, 0, set())
        if ways := [way for way, _ in zip(found, range(2), strict=False)]:
            return ways
    return []


def _join(
    cells: Sequence[str], width: int, separator: str, is_number: _IsNumber, start: int, dead: set[tuple[int, int]]
) -> Iterator[list[str]]:
    left = len(cells) - start
    if left == 0 and width == 0:
        yield []
    if not 0 < width <= left or (start, width) in dead:
        return
    is_dead = True
    for size in range(1, left - width + 2):
        pieces = cells[start : start + size]
        if not (is_number(pieces, separator) if size > 1 else _ZERO.fullmatch(pieces[0]) is None):
            if not _may_grow(pieces):
                break
            continue
        for rest in _join(cells, width - 1, separator, is_number, start + size, dead):
            is_dead = False
            yield [separator.join(pieces), *rest]
    if is_dead:
        dead.add((start, width))


def _may_grow(pieces: Sequence[str]) -> bool:
    return _FIRST.fullmatch(pieces[0]) is not None and all(map(_GROUP.fullmatch, pieces[1:]))


def _is_grouped(pieces: Sequence[str], separator: str) -> bool:
    return _may_grow(pieces) and split_number(separator.join(pieces)) is not None


def _has_decimals(pieces: Sequence[str], separator: str) -> bool:
    whole, decimals = pieces if len(pieces) == 2 else ("", "")
    return _DIGITS.match(decimals) is not None and split_number(whole + separator + decimals) is not None


def find_joined(header: Sequence[str], rows: Sequence[Sequence[str]], separator: str) -> tuple[int, list[str]] | None:
    """Find the first row that has more cells than the header because its numbers contain the sign between cells.

    Returns
    -------
    The row's place and its two readings; None where rows are longer for another reason, such as names of rows that R
    counts.
    """
    longer = [i for i, cells in enumerate(rows) if len(cells) > len(header)]
    if not longer or any(len(cells) < len(header) for cells in rows):
        return None
    decimals = 1 < len(rows) == len(longer) and not any(_POINT.fullmatch(cell) for cells in rows for cell in cells)
    ways = [join_cells(rows[i], len(header), separator, decimals=decimals) for i in longer]
    if not all(ways) or (_are_names([cells[0] for cells in rows]) and not _has_zeros(rows)):
        return None
    if separator == BLANK and not all(split_number(cell) for found in ways for cell in found[0]):
        return None  # a column of texts
    return longer[0], describe_readings(rows[longer[0]], ways[0])


def describe_readings(cells: Sequence[str], ways: Sequence[Sequence[str]]) -> list[str]:
    """Write two readings of a row: two ways to join its cells, or the one there is and the cells as they are."""
    return [" | ".join(way) for way in [*ways, [cell.strip() for cell in cells]][:2]]


def _are_names(cells: Sequence[str]) -> bool:
    """Whether first cells may be names of rows: they count the rows from 0 or 1, or none is a number."""
    counted = any([*cells] == [str(i + first) for i in range(len(cells))] for first in (0, 1))
    return len(cells) > 1 and (counted or not any(map(split_number, cells)))


def _has_zeros(rows: Sequence[Sequence[str]]) -> bool:
    return any(_ZERO.fullmatch(cell.strip()) for cells in rows for cell in cells)
