"""Rows at the end of a table that are not clients: totals, remarks and counts."""

import re
from collections.abc import Sequence

from scoring.tables.text.layout import is_number, is_ruler

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


def is_footer(cells: Sequence[str], width: int) -> bool:
    """Whether a row at the end is not a client.

    It is empty, a ruler, a total, the number of rows or, in a table of more than two columns, a remark in one cell.
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled or is_ruler(filled) or _COUNT.fullmatch(" ".join(filled)):
        return True
    is_remark = len(filled) == 1 and width > 2 and " " in filled[0] and not is_number(filled[0])
    return is_remark or _TOTAL.fullmatch(filled[0]) is not None
