"""The ways to split the lines of a text into cells, and how much each of them looks like a table."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from scoring.tables.text.number_texts import split_number

BLANKS = " "  # runs of blanks and tabs separate the cells
NONE = "\x1f"  # a table of one column; no text has this sign
TRIED = 200  # rows that show the layout
_USUAL = 0.8  # share of lines that have the same number of cells in a table
_RULER = re.compile(r"[-=_+|:\s]*")
_LINE = re.compile(r"-{4}|={2}|_{4}|-[+:]|:-")  # --- alone means "missing" in a cell
_DASHES = re.compile(r"\s*:?-{3,}:?\s*")  # a cell of a ruler just beneath the header
Record = tuple[int, list[str]]


def read_records(lines: Iterable[str], separator: str, *, strict: bool = False) -> Any:
    """Split lines into cells with a ``csv.reader``; quoted cells may contain separators and line ends.

    Parameters
    ----------
    strict : raise ``csv.Error`` where a quotation mark is not closed or not doubled.
    """
    if separator == BLANKS:
        lines = (line.replace("\t", " ").strip() + "\n" for line in lines)
    return csv.reader(lines, delimiter=separator, skipinitialspace=separator == BLANKS, strict=strict)


def count_cells(line: str, separator: str) -> int | None:
    r"""Count the cells of a line, faster than by splitting them; None where ``read_records`` has to split it.

    >>> count_cells('1,"a, b",\n', ","), count_cells('"a"\n', ","), count_cells('5" tube,"two\n', ",")
    (3, 1, None)
    """
    if separator == BLANKS:
        return None
    if '"' not in line:
        return line.count(separator) + 1
    parts = line.split('"')
    quoted = len(parts) // 2
    outside = '"'.join(parts[::2])  # each quoted cell is one mark; it has to be all between two separators
    before = outside.count(separator + '"') + outside.startswith('"')
    after = outside.count('"' + separator) + outside.rstrip("\r\n").endswith('"')
    is_sure = len(parts) % 2 and before == after == quoted and len(line) <= csv.field_size_limit()
    return outside.count(separator) + 1 if is_sure else None


def is_ruler(cells: Sequence[str]) -> bool:
    """Whether a record is a line of signs that separates the header from the rows, or ends them.

    >>> is_ruler(["----+----"]), is_ruler(["--", "======"]), is_ruler(["-", "-", "-"])
    (True, True, False)
    """
    return any(map(_LINE.search, cells)) and all(map(_RULER.fullmatch, cells))


def is_number(text: str) -> bool:
    """Whether a text is a number, with either decimal mark."""
    return split_number(text.strip()) is not None


@dataclass(frozen=True)
class Reading:
    """One way to split the lines.

    Attributes
    ----------
    records : the first lines with a cell that is not empty: their numbers and their cells.
    start : place of the header among the records.
    width : number of cells that most records have.
    rulers : lines of signs that are left out of the records.
    """

    separator: str
    records: Sequence[Record]
    start: int
    width: int
    rulers: Sequence[int] = ()

    @property
    def header(self) -> list[str]:
        """Its cells."""
        return self.records[self.start][1]

    @property
    def fit(self) -> float:
        """Share of records from the header on that have as many cells as most."""
        rows = self.records[self.start :]
        return sum(len(cells) == self.width for _, cells in rows) / len(rows)

    @property
    def numbers(self) -> float:
        """Share of numbers among the cells below the header."""
        cells = [cell for _, record in self.records[self.start + 1 :][:TRIED] for cell in record]
        known = [cell for cell in cells if cell.strip()]
        return sum(map(is_number, known)) / max(len(known), 1)

    @property
    def is_regular(self) -> bool:
        """Whether the first line has names, and every line as many cells."""
        return not self.start and self.fit == 1 and not any(map(is_number, self.header))

    @property
    def has_row_names(self) -> bool:
        """Whether every row has one cell more than the header, as R writes the names of rows."""
        rows = [cells for _, cells in self.records[self.start + 1 :]]
        names = len(self.header)
        if not 1 < names < self.width or len(rows) < 2 or any(len(cells) != names + 1 for cells in rows):
            return False
        return any(map(is_number, rows[0]))  # otherwise that is the header, below a title

    def rank(self) -> tuple[bool, int, bool]:
        """Order of plausibility: a header of names, few title lines, lines of one width."""
        return not any(map(is_number, self.header)), -self.start, self.fit >= _USUAL


def read_head_as(
    head: str, separator: str, *, is_whole: bool, stated: bool = False, titles: bool = True
) -> Reading | None:
    """Split the beginning of a text with a separator; None where that is not possible, or nothing is left.

    Parameters
    ----------
    is_whole : the head is the whole text; otherwise its last line may be cut.
    stated : the first line says what separates the cells.
    titles : lines above the header may be titles or rulers.
    """
    reader = read_records(io.StringIO(head, newline=""), separator)
    try:
        rows = ((reader.line_num, cells) for cells in reader if any(map(str.strip, cells)))
        records = list(islice(rows, TRIED + 1))
    except csv.Error:
        return None
    rulers = [line for line, cells in records if titles and is_ruler(cells)]
    records = [record for record in records if record[0] not in rulers]
    records = records[1:] if stated else records
    if len(records) > TRIED or (not is_whole and len(records) > 1):
        records = records[:-1]
    if not records:
        return None
    counts = Counter(len(cells) for _, cells in records)
    width = max(counts, key=lambda one: (counts[one], one))
    start = next((i for i, (_, cells) in enumerate(records) if 2 * count_filled(cells) > width or not titles), 0)
    # In a single column, --- is a missing value.
    if titles and width > 1 and len(records) > start + 1 and _is_dashes(records[start + 1][1]):
        rulers.append(records.pop(start + 1)[0])
    return Reading(separator, records, start, width, rulers)


def _is_dashes(cells: Sequence[str]) -> bool:
    """Whether a record is the ruler of a table in Markdown, whose lines may begin and end with a bar."""
    first, last = not cells[0].strip(), len(cells) - (not cells[-1].strip())
    return first < last and all(map(_DASHES.fullmatch, cells[first:last]))


def count_filled(cells: Sequence[str]) -> int:
    """Count the cells with a text, and the first cell even if it is empty: the column of an index has no name."""
    filled = sum(bool(cell.strip()) for cell in cells)
    return filled + (filled > 0 and not cells[0].strip())
