"""A text file in pieces of some ten thousand rows each, all in the form that the whole file has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any

from numpy.typing import NDArray

from scoring.tables.text.cells import Column
from scoring.tables.text.lines import FOOTERS, Lines
from scoring.tables.text.table import Expected, Form, Table
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

    def read_columns(self, expected: Expected) -> tuple[list[Column], NDArray[Any]]:
        """Return its columns, and the place in the file of each of their rows, from 0."""
        columns, rows, _ = read_columns(self.lines, expected, self.header)
        return columns, rows.to_numpy() + self.first

    def finish(self, read: Table) -> Table:
        """Add the form."""
        return replace(read, form=self.whole)


def divide_text(lines: Lines, header: Sequence[str] | None) -> Iterator[TextPiece]:
    """Divide a text, as ``find_lines`` returns it, into pieces that end where a row ends."""
    form, layout = Form(lines.encoding, lines.layout), replace(lines.layout, lines=0)
    first, before = 0, lines.layout.lines
    with lines.open() as text:
        content = _take(text)
        while content:
            following = _take(text)
            if len(following) <= FOOTERS < ROWS:  # totals and remarks are looked for among the last rows of a piece
                content, following = content + following, []
            piece = "".join(content)
            yield TextPiece(
                Lines(piece.encode(_ENCODING), _ENCODING, layout, before, not following), first, form, header
            )
            first += sum(bool(row.strip(" \r\n")) for row in content)
            before += piece.count("\n") or piece.count("\r")
            content = following


def _take(text: IO[str]) -> list[str]:
    """Take the next rows, each with the line ends in its quoted cells."""
    rows: list[str] = []
    beginning, size = "", 0
    for line in text:
        row = beginning + line
        beginning = row if row.count('"') % 2 else ""
        if not beginning:
            rows.append(row)
            size += len(row)
            if len(rows) == ROWS or size >= _CHARACTERS:
                break
    return [*rows, beginning] if beginning else rows
