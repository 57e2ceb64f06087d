"""What DuckDB and Spark say about a table, in the words of all other messages about tables."""

import re
from collections.abc import Mapping

from scoring.errors import shorten
from scoring.tables.text.table_errors import TableError

_LINE = re.compile(r"CSV Error on Line: ([0-9]+)")
_WIDTHS = re.compile(r"Expected Number of Columns: ([0-9]+) Found: ([0-9]+)")
_CELL = re.compile(r'converting column "(.*?)"\. Could not convert string "(.*?)" to \'(\w+)\'', re.DOTALL)
_LIMIT = re.compile(r"/([0-9.]+ \w+) used\)")  # of memory, after what is used of it
_KINDS = {"BIGINT": "a whole number", "BOOLEAN": "true or false"}
_SIGNS = {  # of what happened, in what DuckDB (first) and Spark say
    "quote": r"unterminated quote",
    "form": r"Invalid unicode|not utf-8",
    "long": r"Maximum line size|maxCharsPerColumn",
    "space": r"No space left|max_temp_directory_size",  # where DuckDB names the latter, it says "Out of Memory" too
    "memory": r"Out of Memory|failed to allocate|could not allocate|OutOfMemoryError|Java heap space",
    "right": r"Permission denied|AccessDenied|AccessControlException",
    "gone": r"No such file|No files found|FileNotFoundException|PATH_NOT_FOUND|FILE_NOT_EXIST",
    "damaged": r"magic bytes|magic number|too small to be a Parquet|not a Parquet file|don't know what type"
    r"|TProtocolException|[Dd]ecompress|[Dd]ecode|corrupt|Corrupt|FAILED_READ_FILE|CANNOT_READ_FILE_FOOTER|MALFORMED"
    r"|Invalid string encoding|BadDataExc|Parquet(?:Decoding|Reader)|end of file|EOFException|CSV Error",
}
_REMEDIES = {  # where no line is named
    "quote": "a quotation mark is not closed or not doubled. Close it; double one that belongs to the text.",
    "long": "a cell is too long. Shorten it, or take its column out of the file.",
    "memory": "there is not enough memory. Close other programs, or use a machine with more.",
    "space": "there is no space left on the disk for intermediate results, beside the result. Make space.",
    "right": "this user may not read it. Give the right to read it, or take another copy.",
    "gone": "it is not there any more. Leave the tables alone until the end.",
}


def explain(said: str) -> str | None:
    r"""Say what is wrong with a table and what to do; None where that is not known.

    >>> explain("CSV Error on Line: 4\nExpected Number of Columns: 17 Found: 2")[:41]
    'line 4 has 2 cells, the header has 17. Th'
    >>> explain("No magic bytes found at end of file 'x.parquet'")[:44]
    'the file cannot be read: it is damaged, cut '
    >>> explain("Catalog Error: something else")
    """
    sign = next((name for name, form in _SIGNS.items() if re.search(form, said)), None)
    found = _LINE.search(said)
    if found is None:
        return _explain_without_line(sign, said) if sign else None
    line = int(found[1])
    if widths := _WIDTHS.search(said):
        width, cells = map(int, widths.groups())
        return str(TableError("short" if cells < width else "surplus", line=line, cells=cells, width=width))
    if cell := _CELL.search(said):
        column, received, kind = cell.groups()
        expected = _KINDS.get(kind, "a number")
        return f"line {line}, column {column}: received {shorten(received)!r}, expected {expected}. Correct the cell."
    code = {"quote": "open_quote", "form": "engine_form", "long": "long_cell"}.get(sign or "", "damaged")
    return str(TableError(code, line=line))


def _explain_without_line(sign: str, said: str) -> str:
    limit = _LIMIT.search(said)
    if sign == "memory" and limit:
        return f"DuckDB may use {limit[1]} of memory, and this needs more. Divide the clients among several runs."
    return _REMEDIES.get(sign) or str(TableError("engine_form" if sign == "form" else "damaged"))


def find_file(names: Mapping[str, str], said: str) -> str | None:
    """Find the file that an engine names.

    Parameters
    ----------
    names : what each file is called in messages, by the path that the engine reads: that of the file, or of a copy.

    >>> find_file({"/data/a.csv": "a", "/scratch/a.csv.bz2.csv": "a.csv.bz2"}, "file = /scratch/a.csv.bz2.csv")
    'a.csv.bz2'
    """
    longest_first = sorted(names, key=len, reverse=True)  # a path may begin as another one does
    return next((names[path] for path in longest_first if path in said), None)
