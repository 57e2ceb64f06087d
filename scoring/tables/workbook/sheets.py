"""Choose the sheet of an Excel workbook that has the table, and read it."""

import warnings
from contextlib import closing
from threading import Lock
from xml.etree.ElementTree import ParseError

from scoring.tables.files import UNREADABLE, Source
from scoring.tables.text.table_errors import TableError
from scoring.tables.workbook.opened import Opened, SheetPart
from scoring.tables.workbook.package import open_content
from scoring.tables.workbook.sheet_lines import TRIED, Bounds, CountNames, Sheet, SheetLines

_DAMAGED = (*UNREADABLE, ParseError, LookupError, TypeError, AttributeError, ArithmeticError)
_ONE_AT_A_TIME = Lock()  # limits memory; warnings can only be filtered for all threads at once


def read_sheet(source: Source, bounds: Bounds, count_names: CountNames | None = None) -> Sheet:
    """Read the visible sheet that has the table.

    Parameters
    ----------
    count_names : counts how many cells of a row are names of wanted columns. The sheet whose header has most of them is
        read; of several, one with rows below its header, and with no row above it that is as wide. If no sheet has one,
        or by default, it is the first sheet that has at least two cells in two rows.

    Raises
    ------
    TableError
        The file is damaged or too large, or has no visible sheet, or two sheets have as many wanted columns.
    """
    # openpyxl warns about parts of a workbook that it does not know.
    with _ONE_AT_A_TIME, warnings.catch_warnings(), open_content(source) as content:
        warnings.simplefilter("ignore")
        try:
            with closing(Opened(content, bounds.unpacked)) as workbook:
                chosen = _choose_sheet(workbook, bounds, count_names)
                sheet = SheetLines(workbook, chosen, bounds).finish(bounds)
        except _DAMAGED:
            raise TableError("damaged") from None
    sheet.others = [one.name for one in workbook.sheets if one.name != sheet.name]
    return sheet


def _choose_sheet(workbook: Opened, bounds: Bounds, count_names: CountNames | None) -> SheetPart:
    """Choose the sheet by the first rows of each."""
    visible = [one for one in workbook.sheets if one.is_visible]
    if len(visible) < 2:
        if not visible:
            raise TableError("workbook_no_sheet")
        return visible[0]
    shown = [SheetLines(workbook, one, bounds, count_names, first=TRIED + 1) for one in visible]
    best = max(shown, key=lambda lines: lines.rank)
    equal = [lines.sheet.name for lines in shown if lines.rank == best.rank]
    if best.names and len(equal) > 1:
        raise TableError("two_sheets", first=equal[0], second=equal[1], count=best.names)
    return visible[shown.index(best)]
