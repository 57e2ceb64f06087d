"""The lines of a text below its header: how many cells they have, and the cells as texts or as numbers."""

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

import pandas as pd

from scoring.tables.files import Source, open_unpacked
from scoring.tables.form.inner_separators import describe_readings, join_cells
from scoring.tables.form.layout import Layout
from scoring.tables.form.readings import BLANKS, count_cells, is_number, is_ruler, read_records
from scoring.tables.text.table_errors import TableError

_PART = 50_000  # rows
FOOTERS = 3  # rows at the end that may be totals or remarks
_TOTAL = re.compile(
    r"(grand |sub)?(total|totals|totaux|sum|somme|summe|gesamt|gesamtsumme|totale|suma|average|mean|moyenne)"
    r"( général| geral| generale)?\s*:?",
    re.IGNORECASE,
)
# How database programs end a table: (400 rows), 400 rows selected., 400 rows in set (0.01 sec)
_COUNT = re.compile(
    r"\(?[0-9][0-9., ]*(?:rows?|records?|lignes?|zeilen?|filas?|righe)\b[^,;0-9]{0,24}(?:[0-9.,]+ ?m?s(?:ec)?\))?",
    re.IGNORECASE,
)
_TEXTS = {"dtype": object, "na_filter": False}


def is_row(cells: Sequence[str]) -> bool:
    """Whether a record is a row; pandas skips the others.

    >>> is_row(["", ""]), is_row([""]), is_row([" "]), is_row([])
    (True, True, False, False)
    """
    return len(cells) > 1 or (len(cells) == 1 and (not cells[0] or bool(cells[0].strip())))


def is_footer(cells: Sequence[str], width: int) -> bool:
    """Whether a row at the end is not a client.

    It is empty, a ruler, a total, the number of rows or, in a table of more than two columns, a remark in one cell.
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled or is_ruler(filled) or _COUNT.fullmatch(" ".join(filled)):
        return True
    is_remark = len(filled) == 1 and width > 2 and " " in filled[0] and not is_number(filled[0])
    return is_remark or _TOTAL.fullmatch(filled[0]) is not None


@dataclass(frozen=True)
class Lines:
    """The lines of a text below its header. A row is a record with any cell; rows are counted from 0.

    Attributes
    ----------
    before : lines of the file before the source, where that is a piece of it.
    is_last : the file ends with the source.
    file : all lines of the file, where the source is a piece of it.
    """

    source: Source
    encoding: str
    layout: Layout
    before: int = 0
    is_last: bool = True
    file: "Lines | None" = None

    @contextmanager
    def open(self) -> Iterator[IO[str]]:
        """Open the text below the header, with line feeds for all line ends.

        After a carriage return, pandas takes a line of blanks as a row, or shifts the cells of a row that begins with
        an empty one.
        """
        with open_text(self.source, self.encoding, None) as text:
            for _ in range(self.layout.lines):
                text.readline()
            yield text

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each row's first line, and its cells."""
        with self.open() as text:
            reader = read_records(text, self.layout.separator, strict=True)
            above = self.before + self.layout.lines
            start = above + 1
            try:
                for cells in reader:
                    if is_row(cells):
                        yield start, cells
                    start = above + reader.line_num + 1
            except csv.Error as error:
                # A quotation mark that is not closed makes a long cell too, of many lines.
                is_long = "field limit" in str(error) and start == above + reader.line_num
                raise TableError("long_cell" if is_long else "open_quote", line=start) from None

    def widest(self) -> int:
        """Count the cells of the longest row; raises TableError where a row does not fit the header."""
        expected = len(self.layout.header)
        if self._widths() == {expected}:
            return expected
        most = expected
        short: list[tuple[int, TableError]] = []  # rows that are no error if they are among the last ones
        for row, (line, cells) in enumerate(self._records()):
            filled = len(cells) - next((i for i, cell in enumerate(reversed(cells)) if cell.strip()), len(cells))
            most = max(most, len(cells))
            if short and short[0][0] <= row - FOOTERS:
                raise short[0][1]
            if filled > expected:
                raise self._surplus(line, cells[:filled])
            if len(cells) < expected:
                error = TableError("short", line=line, cells=len(cells), width=expected)
                if not self.is_last or not is_footer(cells, expected):
                    raise error
                short.append((row, error))
        return most

    def _surplus(self, line: int, cells: Sequence[str]) -> TableError:
        expected = len(self.layout.header)
        sizes = {"line": line, "cells": len(cells), "width": expected}
        if ways := join_cells(cells, expected, self.layout.separator):
            first, second = describe_readings(cells, ways)
            return TableError("inner_separator", **sizes, first=first, second=second)
        return TableError("surplus", **sizes)

    def _widths(self) -> set[int]:
        """Find how many cells lines have; none where a quotation mark is not closed."""
        separator = self.layout.separator
        try:
            with self.open() as text:  # counting signs is faster than reading cells
                return {
                    count_cells(line, separator) or len(next(read_records([line], separator, strict=True)))
                    for line in text
                }
        except csv.Error:  # as in a cell of several lines
            pass
        with self.open() as text:
            try:
                return set(map(len, read_records(text, separator, strict=True)))
            except csv.Error:
                return set()

    def split(self, width: int, columns: Sequence[int] | None = None, rows: int | None = None) -> pd.DataFrame:
        """Split into cells (texts).

        Parameters
        ----------
        width : cells of a line.
        columns : those to return, counted from 0; all by default.
        rows : return the first ones only; all by default.
        """
        (frame,) = self._parse(width, columns, nrows=rows, **_TEXTS)
        return frame

    def split_in_parts(self, width: int, columns: Sequence[int]) -> Iterator[pd.DataFrame]:
        """Split into cells (texts), some rows at a time."""
        return self._parse(width, columns, chunksize=_PART, **_TEXTS)

    def parse(
        self, width: int, numbers: Sequence[int], missing: Collection[str], texts: Sequence[int] = ()
    ) -> pd.DataFrame:
        """Parse columns of numbers; one has the type Int64 or Float64 if all its cells are plain numbers or missing.

        Parameters
        ----------
        width : cells of a line.
        missing : texts that mean "missing" among numbers.
        texts : columns to return as texts (object).
        """
        (frame,) = self._parse(
            width,
            [*numbers, *texts],
            na_values={column: [*missing] for column in numbers},
            dtype=dict.fromkeys(texts, object),
            dtype_backend="numpy_nullable",
        )
        return frame

    def _parse(self, width: int, columns: Sequence[int] | None, **options: Any) -> Iterator[pd.DataFrame]:
        separator = self.layout.separator
        with self.open() as text:
            try:
                frame = pd.read_csv(
                    text,
                    sep=r"\s+" if separator == BLANKS else separator,
                    names=list(range(width)),
                    usecols=None if columns is None else list(columns),
                    header=None,
                    index_col=False,
                    keep_default_na=False,
                    low_memory=False,
                    **options,
                )
                yield from [frame] if isinstance(frame, pd.DataFrame) else frame
            except pd.errors.EmptyDataError:
                raise TableError("no_rows") from None
            except pd.errors.ParserError:
                raise TableError("damaged") from None

    def find_texts(self, rows: Collection[int]) -> dict[int, list[str]]:
        """Find the cells of rows."""
        wanted = set(rows)
        return {row: cells for row, (_, cells) in enumerate(self._records()) if row in wanted} if wanted else {}

    def find_all(self, rows: Collection[int]) -> list[int]:
        """Find the lines that rows begin in."""
        starts = [line for line, _ in self._records()]
        return [starts[row] for row in rows]

    def find(self, row: int) -> int:
        """Find the line that a row begins in."""
        return next(islice(self._records(), row, None))[0]


@contextmanager
def open_text(source: Source, encoding: str, newline: str | None = "") -> Iterator[IO[str]]:
    """Open a text; raises TableError where its bytes are not of the encoding. ``newline`` is as of ``open``."""
    with open_unpacked(source) as content, io.TextIOWrapper(content, encoding=encoding, newline=newline) as text:
        try:
            yield text
        except UnicodeDecodeError:
            raise TableError("damaged") from None
