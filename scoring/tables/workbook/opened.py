"""An opened Excel workbook: its sheets, texts and formats, each part read within bounds.

openpyxl reads what describes a workbook. Long parts are read here, one element after the other and never as a whole,
since a small file can unpack to gigabytes.
"""

import re
import zipfile
from collections.abc import Iterator
from os import SEEK_END
from typing import IO, Any, NamedTuple
from xml.etree.ElementTree import Element, iterparse

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.escape import unescape
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from scoring.tables.text.number_texts import PERCENT
from scoring.tables.text.table_errors import TableError

_MOST_PART = 4 * 2**20  # bytes of a part that is parsed as a whole
_MOST_TAGS = 100_000  # of a part that is parsed as a whole; openpyxl takes some 20 microseconds for a format
_FEWEST_BYTES = 22  # of an element, on average, where a workbook has the most cells: numbers of a few digits have 17
_MOST_EMPTY = 500_000  # elements beside those of cells with a value; each costs some microseconds
_USUAL = 8  # elements of a cell with a value, or of a text with a format of its own
_MOST_RATIO = 100  # of unpacked to packed bytes; sheets have some 10
_ALWAYS = 2**20  # bytes that any file may unpack to
_MOST_KEPT = 100_000  # elements between two rows; a row of 16,384 cells has fewer
_HEAD = 4096
# No office program writes a document type, and its entities can grow without a bound.
_BEGINNING = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?[^>]*>\s*|<!--.*?-->\s*)*<[A-Za-z]", re.DOTALL)
_CUSTOM = 164  # number of the first format that a workbook defines itself
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_CURRENCY = re.compile(r"\[\$([^\-\]]+)[^\]]*\]|([$€£¥])")
ROWS, ROW = f"{{{SHEET_MAIN_NS}}}sheetData", f"{{{SHEET_MAIN_NS}}}row"
_TEXTS, _TEXT = f"{{{SHEET_MAIN_NS}}}sst", f"{{{SHEET_MAIN_NS}}}si"
_RUN, _READING = f"{{{SHEET_MAIN_NS}}}t", f"{{{SHEET_MAIN_NS}}}rPh"


class _Archive(zipfile.ZipFile):
    """An archive that unpacks no large part as a whole; no part unpacks to more than the directory says."""

    def read(self, name: str | zipfile.ZipInfo, pwd: bytes | None = None) -> bytes:
        info = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        if info.file_size > _MOST_PART:
            raise TableError("workbook_too_large", most=_MOST_PART // 2**20)
        content = super().read(name, pwd)
        if content.count(b"<") > _MOST_TAGS:
            raise TableError("workbook_too_many_formats", most=_MOST_TAGS)
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise TableError("damaged")
        return content


class SheetPart(NamedTuple):
    """A sheet, and the part of the workbook with its cells."""

    name: str
    is_visible: bool
    path: str


class Opened(ExcelReader):  # type: ignore[misc]
    """An opened workbook.

    Parameters
    ----------
    content : of the file.
    most : bytes that all parts may have together; None for any number.

    Attributes
    ----------
    sheets : those with cells, in their order.
    filled : cells with a value, and texts, that were read so far.
    units : by number of a cell's style, the unit that numbers are shown with: ``%``, a currency, or nothing.
    """

    def __init__(self, content: IO[bytes], most: int | None) -> None:
        super().__init__(content, read_only=True, data_only=True, keep_links=False)
        self.archive = _Archive(content)
        self.sheets: list[SheetPart] = []
        self._most = most
        self._elements = self.filled = 0
        if most is not None:
            unpacked = sum(info.file_size for info in self.archive.infolist())
            if unpacked > min(most, max(_ALWAYS, _MOST_RATIO * content.seek(0, SEEK_END))):
                raise self._too_large()
        self.read()
        self.units = [_find_unit(self._format(style.numFmtId)) for style in self.wb._cell_styles]

    def close(self) -> None:
        """Close the file."""
        self.archive.close()

    def elements(self, part: str, around: str, tag: str) -> Iterator[Element]:
        """Yield the elements of a tag, each forgotten once the next is read.

        Parameters
        ----------
        around : tag of the element that they are in.
        """
        with self.archive.open(part) as content:
            if not _BEGINNING.match(content.read(_HEAD)):
                raise TableError("damaged")
        holder, kept = None, 0
        with self.archive.open(part) as content:
            for event, element in iterparse(content, ("start", "end")):  # noqa: S314 (without a document type, and counted)
                if event == "start":
                    kept += 1
                    holder = element if element.tag == around else holder
                elif element.tag == tag and holder is not None:
                    yield element
                    self._count(kept)
                    holder.clear()
                    kept = 0
                elif element.tag == around:
                    return
                if kept > _MOST_KEPT:
                    raise self._too_large()

    def _count(self, elements: int) -> None:
        if self._most is None:
            return
        self._elements += elements
        if self._elements > _MOST_EMPTY + _USUAL * self.filled:
            raise TableError("workbook_empty_cells", most=_MOST_EMPTY)
        if self._elements > max(self._most // _FEWEST_BYTES, _MOST_EMPTY):
            raise TableError("workbook_too_many_cells", most=self._most // _FEWEST_BYTES // 2)

    def _too_large(self) -> TableError:
        return TableError("workbook_too_large", most=(self._most or _MOST_PART) // 2**20)

    def read_strings(self) -> None:
        """Read the texts that cells share."""
        part = self.package.find(SHARED_STRINGS)
        if part is not None:
            for one in self.elements(part.PartName[1:], _TEXTS, _TEXT):
                self.shared_strings.append(join_text(one))
                self.filled += self.shared_strings[-1] != ""

    def read_worksheets(self) -> None:
        """Find the sheets with cells, without reading them."""
        self.sheets = [
            SheetPart(sheet.name, sheet.state == "visible", part.target)
            for sheet, part in self.parser.find_sheets()
            if part.target in self.valid_files and "chartsheet" not in part.Type
        ]

    def _format(self, number: int) -> str:
        custom = self.wb._number_formats
        own = number - _CUSTOM
        shown: str = custom[own] if 0 <= own < len(custom) else BUILTIN_FORMATS.get(number, "General")
        return shown


def join_text(element: Any) -> str:
    """Join the runs of a text, without the readings of Japanese signs."""
    children = [child for child in element if child.tag != _READING]
    runs = (run.text for child in children for run in child.iter(_RUN) if run.text)
    text: str = unescape("".join(runs))
    return text


def _find_unit(shown: str) -> str:
    """Return the unit that a format shows numbers with.

    >>> [_find_unit(one) for one in ("0.0%", '0.0"%"', "#,##0.00 [$€-40C]", '#,##0 "€"', "[Red]0.00", "General")]
    ['%', '', '€', '€', '', '']
    """
    if PERCENT in _LITERAL.sub("", shown):
        return PERCENT
    found = _CURRENCY.search(shown)
    return (found[1] or found[2]).strip() if found else ""
