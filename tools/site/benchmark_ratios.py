"""The measured ratios and their goals, read from the newest dated files in ``benchmarks/``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scoring.settings import PROJECT
from tools.reference.blocks import fill, table

_DATED = re.compile(r"(?P<name>.+)-(?P<day>\d{4}-\d{2}-\d{2})")
_GOAL = re.compile(r"(?:growth )?(?P<sign>[<>])= (?P<value>[\d.]+)")
_NUMBER = re.compile(r"[\d.]+")


@dataclass(frozen=True)
class Measured:
    """One ratio: what it compares, its place in a file, its value and goal.

    Parameters
    ----------
    family : name of the files, without the date.
    head : beginning of the first head of the table; of several tables, the first that has the row counts.
    row : first cell of the row.
    column : place of the ratio in the row, from 0.
    """

    what: str
    family: str
    head: str
    row: str
    column: int
    value: float = 0.0
    goal: float = 0.0
    least: bool = True
    file: str = ""

    @property
    def reached(self) -> float:
        """How far the goal is reached: 1 is the goal, more is better.

        >>> Measured("a", "b", "c", "d", 1, value=2.0, goal=4.0, least=False).reached
        2.0
        """
        return self.value / self.goal if self.least else self.goal / self.value


SHOWN = (
    Measured("lookup, compared with a route that answers a constant", "serving", "`GET /pre", "constant route", 2),
    Measured(
        "lookup, compared with pandas and scikit-learn for each request",
        "serving",
        "`GET /pre",
        "pandas + scikit-learn per request",
        2,
    ),
    Measured(
        "start to the first decision, compared with importing flask, pandas and scikit-learn",
        "serving",
        "Start",
        "gunicorn to the first decision",
        2,
    ),
    Measured(
        "a posted application, compared with a route that only parses the JSON",
        "serving",
        "`POST /predict`",
        "Flask that only parses the JSON",
        2,
    ),
    Measured(
        "a posted application, compared with the fitted objects on a frame of one row",
        "serving",
        "`POST /predict`",
        "fitted objects on a frame of one row",
        2,
    ),
    Measured(
        "lookup with keys and limit, compared with the same without",
        "serving",
        "`GET /pre",
        "a key checked, rate and walk counted",
        2,
    ),
    Measured("lookup recorded in SQLite, compared with the constant route", "serving", "`GET /pre", "SQLite", 2),
    Measured(
        "lookup recorded in PostgreSQL, compared with the constant route", "serving", "`GET /pre", "PostgreSQL", 2
    ),
    Measured(
        "explanation, cached, compared with the constant route",
        "explanations",
        "Route",
        "`GET /explain/<client_id>`",
        2,
    ),
    Measured(
        "batch of 10 million rows: reading, one matrix product and writing, compared with it",
        "batch",
        "Ratio",
        "reading, one matrix product and writing / batch",
        1,
    ),
    Measured(
        "batch from seven tables, compared with computing the model's features",
        "batch-from-tables",
        "Ratio",
        "batch from tables / features of what the model reads",
        1,
    ),
    Measured(
        "all 501 features, compared with scanning the same CSV files",
        "features",
        "Ratio",
        "features from csv / scan of every column",
        1,
    ),
    Measured(
        "all 501 features, compared with scanning the same Parquet files",
        "features",
        "Ratio",
        "features from parquet / scan of every column",
        1,
    ),
    Measured(
        "time of a lookup among 10 million clients in a file, compared with 1,000 in memory",
        "client-store-file",
        "Clients",
        "10,000,000, client file",
        2,
    ),
    Measured(
        "time of a lookup among 10 million clients in PostgreSQL, compared with 1,000 in memory",
        "client-store-postgres",
        "Clients",
        "10,000,000, PostgreSQL",
        2,
    ),
)


def find_newest(family: str, folder: Path = PROJECT / "benchmarks") -> Path:
    """Find the newest file of a benchmark; raises LookupError without one."""
    dated = [
        (found["day"], one)
        for one in folder.glob("*.md")
        if (found := _DATED.fullmatch(one.stem)) and found["name"] == family
    ]
    if not dated:
        raise LookupError(f"benchmarks/{family}-DATE.md: no such file")
    return max(dated)[1]


def read_ratios(folder: Path = PROJECT / "benchmarks") -> Iterator[Measured]:
    """Yield every ratio with its value and its goal.

    Raises
    ------
    LookupError
        Naming a row that the newest file lacks.
    """
    for one in SHOWN:
        path = find_newest(one.family, folder)
        cells = _find_row(path, one)
        goal = _GOAL.match(cells[-1])
        value = _NUMBER.match(cells[one.column])
        if goal is None or value is None:
            raise LookupError(f"{path.name}: the row {one.row!r} has no ratio or no goal")
        yield Measured(
            one.what,
            one.family,
            one.head,
            one.row,
            one.column,
            float(value[0]),
            float(goal["value"]),
            goal["sign"] == ">",
            path.name,
        )


def _find_row(path: Path, one: Measured) -> list[str]:
    head = ""
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        head = head if head and cells else cells[0] if cells else ""
        if cells and cells[0] == one.row and head.startswith(one.head):
            return cells
    raise LookupError(f"{path.name}: no table that begins with {one.head!r} has a row {one.row!r}")


def write_page(page: str) -> str:
    """Return docs/benchmarks.md with its lists written again."""
    ratios = [
        (
            one.what[0].upper() + one.what[1:],
            f"{one.value:g}",
            f"{'at least' if one.least else 'at most'} {one.goal:g}",
            "yes" if one.reached >= 1 else "**no**",
            f"[{one.file.removesuffix('.md')}](../benchmarks/{one.file})",
        )
        for one in read_ratios()
    ]
    files = sorted((PROJECT / "benchmarks").glob("*-20*.md"))
    every = "".join(f"- [{path.stem}](../benchmarks/{path.name})\n" for path in files)
    return fill(
        page, {"ratios": table(("What is measured", "Ratio", "Goal", "Reached", "Figures"), ratios), "files": every}
    )
