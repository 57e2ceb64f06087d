"""The dictionary of the features, written from their definitions: docs/features.md."""

import sys
from collections.abc import Iterator
from pathlib import Path

from scoring.home_credit.history.definitions import AnyFeature
from scoring.home_credit.history.registry import FEATURE_SETS

INTRODUCTION = """\
# History features

{total} features of a client's history, computed from six tables by one set of definitions
(`scoring/home_credit/history`) on DuckDB and on Spark. This page is written from them by
`python -m scoring.home_credit.history.dictionary docs/features.md`; a test fails where it differs.
How to run them is in [history.md](history.md).

A name reads: table, which rows (none: all), what is measured (none: the rows themselves), how it is put
together. `3m`, `6m`, `12m`, `24m` are the last so many months before the application (91, 183, 365, 730
days), `before12m` is everything earlier. Amounts are in the lender's currency. Nothing that happened
after the application is used.

A client without records has zero of every count and nothing (null) elsewhere; so has a sum over no rows.
A division by zero is nothing. A client whose table was not collected has nothing at all, counts included.
"""


def features() -> Iterator[AnyFeature]:
    """Go through every feature, in the order of the result's columns where all tables are there."""
    for history in FEATURE_SETS.values():
        yield from history.features


def markdown() -> str:
    """Write the dictionary: a line a feature."""
    sections = [INTRODUCTION.format(total=sum(1 for _ in features()))]
    for table, history in FEATURE_SETS.items():
        rows = [
            f"| `{feature.name}` | {feature.question} | {feature.table} | {feature.unit} |"
            for feature in history.features
        ]
        head = ["| Feature | What it answers | Table | Unit |", "|---|---|---|---|"]
        sections.append("\n".join([f"## {table}: {len(rows)} features", "", *head, *rows, ""]))
    return "\n".join(sections)


def write(path: Path) -> None:
    """Write the dictionary to a file."""
    path.write_text(markdown(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
