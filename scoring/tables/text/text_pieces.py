"""A text file in pieces of some ten thousand rows each, all in the form that the whole file has."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any

from numpy.typing import NDArray

from scoring.tables.form.readings import count_cells, read_records
from scoring.tables.text.cells import Column
from scoring.tables.text.lines import FOOTERS, Lines, is_row
from scoring.tables.text.table import Expected, Form, Table
from scoring.tables.text.table_errors import Note
from scoring.tables.text.text_reader import read_columns

ROWS = 32_768  # that are read together; fewer of a wide table
_CHARACTERS = 1 << 24
_ENCODING = "utf-8"  # of a piece in memory


@dataclass(frozen=True)
class TextPiece:
    """Some rows of a text file; see ``Piece``.

    Attributes
    ----------
    lines : its lines.
    first : number of the file's rows before them.
    whole : the form of the file.
    header : as it is in the file; None for a table that was written for the service.
    """

    lines: Lines
    first: int
    whole: Form
    header: Sequence[str] | None

    def read_columns(self, expected: Expected) -> tuple[list[Column], NDArray[Any], list[Note]]:
        """Return its columns, the place in the file of each of their rows, from 0, and what was left out."""
        columns, rows, notes = read_columns(self.lines, expected, self.header)
        return columns, rows.to_numpy() + self.first, notes

    def finish(self, read: Table) -> Table:
        """Add the form."""
        return replace(read, form=self.whole)


def divide_text(lines: Lines, header: Sequence[str] | None) -> Iterator[TextPiece]:
    """Divide a text, as ``find_lines`` returns it, into pieces that end where a row ends."""
    form, layout = Form(lines.encoding, lines.layout), replace(lines.layout, lines=0)
    first, before = 0, lines.layout.lines
    with lines.open() as text:
        records = _divide_records(text, layout.separator)
        content, count = _take(records)
        while content:
            following, more = _take(records)
            if more <= FOOTERS:  # the end: totals and remarks are looked for among the last rows of a piece
                content, count, following = content + following, count + more, []
            source = "".join(content).encode(_ENCODING)
            piece = Lines(source, _ENCODING, layout, before, is_last=not following, file=lines)
            yield TextPiece(piece, first, form, header)
            first, before = first + count, before + len(content)
            content, count = following, more


def _take(records: Iterator[tuple[list[str], bool]]) -> tuple[list[str], int]:
    """Take the lines of the next records: of more than ``FOOTERS`` rows, unless the text ends. Return how many rows."""
    taken: list[str] = []
    count = size = 0
    for lines, is_counted in records:
        taken += lines
        count += is_counted
        size += sum(map(len, lines))
        if count > FOOTERS and (count >= ROWS or size >= _CHARACTERS):
            break
    return taken, count


def _divide_records(text: IO[str], separator: str) -> Iterator[tuple[list[str], bool]]:
    """Yield the lines of each record, and whether it is a row.

    A quotation mark begins a cell of several lines only where the reader of the cells takes it so. One that is not
    closed takes no more lines than a cell can have characters; who reads the piece finds it again, and raises.
    """
    for line in text:
        lines = [line]
        if line.strip() and ('"' not in line or (count_cells(line, separator) or 0) > 1):
            yield lines, True
            continue
        try:
            is_counted = is_row(next(read_records(_add(text, lines), separator, strict=True)))
        except csv.Error:
            is_counted = True
        yield lines, is_counted


def _add(text: IO[str], lines: list[str]) -> Iterator[str]:
    """Yield the line that is given and further ones, which are added to it."""
    yield lines[0]
    for line in text:
        lines.append(line)
        yield line
