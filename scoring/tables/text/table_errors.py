"""Why a table cannot be read, or what is unusual in it: codes, and their messages in English and in French."""

import csv
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from scoring.errors import ScoringError, shorten
from scoring.model.schema import LeftOut

_MOST = 60  # characters of a cell or a list of names in a message


class TableError(ScoringError):
    """A file cannot be read as a table, or can be read in two ways.

    Parameters
    ----------
    code : key of the message in ``table_messages.csv``.
    values : what the message names: ``line``, ``column``, ``cell``, readings.

    Attributes
    ----------
    counts_rows : the file has no lines: ``line`` counts the rows of a Parquet file from 1.
    """

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code, self.values = code, values
        self.counts_rows = False

    def __str__(self) -> str:
        """Message and remedy in English, for the command line: with the option that decides, where there is one."""
        message = fill_in(self.code, "en", self.values, counts_rows=self.counts_rows)
        return f"{message} {fill_in(self.code, 'option', self.values)}".rstrip()

    def describe(self, language: str) -> str:
        """Message and remedy in sentences of a language, for pages.

        >>> TableError("empty").describe("en")
        'The file is empty. Expected a line with the names of the columns, and one line per client.'
        """
        return begin_sentence(fill_in(self.code, language, self.values, counts_rows=self.counts_rows))


@dataclass(frozen=True)
class Note:
    """Something unusual that was read: key and values of a message in ``table_messages.csv``.

    Attributes
    ----------
    values : what the message names; a note among them is written in the language of the message.
    whole : values are not cut, since a person has to check them.

    >>> print(Note("note_unknown_columns", {"columns": ["a", Note("no_name")]}))
    unknown columns are ignored: a, (no name)
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    whole: bool = False

    def __str__(self) -> str:
        """Message in English, for the command line."""
        return self.describe("en")

    def describe(self, language: str) -> str:
        """Message in a language."""
        return fill_in(self.key, language, self.values, whole=self.whole)


def join_notes(notes: Sequence[Note]) -> list[Note]:
    """Join what the pieces of a file note about its form: rows without any value are counted together.

    >>> blank = Note("note_blank_rows", {"count": 2})
    >>> [str(note) for note in join_notes([blank, Note("note_total", {"line": 9}), blank])]  # doctest: +ELLIPSIS
    ['line 9 is left out: ...', 'rows without any value that are left out: 4']
    """
    blank = sum(note.values["count"] for note in notes if note.key == "note_blank_rows")
    others = {str(note): note for note in notes if note.key != "note_blank_rows"}
    return [*others.values(), *([Note("note_blank_rows", {"count": blank})] if blank else [])]


def describe_left_out(why: LeftOut, language: str = "en") -> str:
    """Say why training left a column out, with the message ``left_out_`` and its code.

    >>> describe_left_out(LeftOut(code="free_text", values={"texts": 98, "rows": 99}))
    'holds 98 different texts in 99 rows'
    """
    return fill_in(f"left_out_{why.code}", language, why.values)


def describe_unreadable(error: Exception) -> TableError:
    """Say why a file cannot be read, whatever program or library has tried.

    >>> describe_unreadable(PermissionError(13, "Permission denied")).code, describe_unreadable(OSError("zstd")).code
    ('no_right', 'damaged')
    >>> print(describe_unreadable(OSError(24, "Failed to open local file")))
    the file cannot be read (Too many open files). Remove the cause, or take another copy.
    """
    codes = {PermissionError: "no_right", FileNotFoundError: "gone", IsADirectoryError: "no_file"}
    code = next((code for kind, code in codes.items() if isinstance(error, kind)), None)
    if code is None and isinstance(error, OSError) and error.errno:
        return TableError("not_read", reason=os.strerror(error.errno))
    if code is None and isinstance(error, RuntimeError):  # an encoding that is not supported, a password
        return TableError("not_read", reason=str(error))
    return TableError(code or "damaged")


def fill_in(
    key: str, language: str, values: Mapping[str, Any], *, counts_rows: bool = False, whole: bool = False
) -> str:
    """Write a message of ``table_messages.csv`` in a language.

    Parameters
    ----------
    counts_rows : the message is about rows, not lines; French has one word for both.
    whole : values are not cut.
    """
    message = MESSAGES[key, language]
    if counts_rows and language == "en":
        message = message.replace("line {", "row {")
    return message.format(**{name: _shown(value, language, whole=whole) for name, value in values.items()})


def begin_sentence(text: str) -> str:
    """Write the first letter of a message in capitals: a page shows it alone, the command line after a file's name."""
    return text[:1].upper() + text[1:]


def _shown(value: Any, language: str, *, whole: bool) -> str:
    if isinstance(value, Note):
        return value.describe(language)
    several = isinstance(value, list | tuple)
    text = ", ".join(_shown(one, language, whole=True) for one in value) if several else str(value)
    return text if whole else shorten(text, _MOST)


def _read_messages() -> Mapping[tuple[str, str], str]:
    # The package may be in an archive, as with spark-submit.
    content = files(__package__).joinpath("table_messages.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    return {(row["key"], language): row[language] for row in rows for language in ("en", "fr", "option")}


MESSAGES = _read_messages()  # at once: where no file can be opened any more, a message says so
