"""The page of how tables are read, docs/tables.md, written from the reader's own lists."""

import csv
from collections.abc import Iterable
from pathlib import Path

from scoring.application.uploads import MOST_COLUMNS, MOST_ROWS
from scoring.tables import text
from scoring.tables.files import ENDINGS
from scoring.tables.form.encoding import NAMES
from scoring.tables.form.layout import SEPARATORS
from scoring.tables.form.other_formats import FORMATS
from scoring.tables.text.cells import MISSING, MISSING_AMONG_NUMBERS, NUMERIC
from scoring.tables.text.number_texts import DecimalMark, parse_number

TEMPLATE = Path(__file__).with_name("tables_page.template.md")
NUMBERS = (
    "1234.5",
    "1,234.50",
    "1.234,50",
    "1 234,5",
    "1'234.5",
    "12,34,567",
    "٧١",
    "39.000",
    "-5",
    "−5",
    "5-",
    "(12)",
    "7 %",
    "$ 7",
    "1e3",
)


def write_page() -> str:
    """Return the page."""
    return TEMPLATE.read_text(encoding="utf-8").format(
        endings=_list(ENDINGS),
        encodings=", ".join(dict.fromkeys(NAMES.values())),
        formats=", ".join(FORMATS),
        separators=_list(["tab" if one == "\t" else one for one in SEPARATORS]),
        share="half" if NUMERIC == 0.5 else f"{NUMERIC:.0%}",
        numbers="\n".join(f"| `{one}` | {_shown(one, '.')} | {_shown(one, ',')} |" for one in NUMBERS),
        missing=_list(marker for marker in MISSING if marker),
        among=_list(sorted(MISSING_AMONG_NUMBERS)),
        rows=f"{MOST_ROWS:,}",
        columns=f"{MOST_COLUMNS:,}",
        messages="\n".join(f"| `{key}` | {message} |" for key, message in _messages()),
    )


def _list(items: Iterable[str]) -> str:
    return ", ".join(f"`{item}`" for item in items).replace("|", "\\|")


def _shown(number: str, mark: DecimalMark) -> str:
    value = parse_number(number, mark)
    return "not a number" if value is None else f"{value:.15g}"


def _messages() -> list[tuple[str, str]]:
    path = Path(text.__file__).with_name("table_messages.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    refusals = [row for row in rows if row["en"].endswith(".")]
    return [(row["key"], f"{row['en']} {row['option']}".rstrip().replace("|", "\\|")) for row in refusals]
