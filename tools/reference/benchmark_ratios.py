"""The measured ratios and their goals, read from the newest dated files in ``benchmarks/``."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from scoring.settings import PROJECT
from tools.reference.blocks import fill, table

# What is compared, and where its ratio is: the file, how the first head of the table begins, the row, and the column
# from 0.
LISTED = Path(__file__).with_suffix(".csv")
_DATED = re.compile(r"(?P<name>.+)-(?P<day>\d{4}-\d{2}-\d{2})")
_GOAL = re.compile(r"(?:growth )?(?P<sign>[<>])= (?P<value>[\d.]+)")
_NUMBER = re.compile(r"[\d.]+")


class Ratio(NamedTuple):
    """A measured ratio, with its goal and the file that has both.

    Attributes
    ----------
    what : what is compared with what.
    least : the goal is a lower limit; otherwise an upper one.
    """

    what: str
    value: float
    goal: float
    least: bool
    file: str

    @property
    def reached(self) -> float:
        """How far the goal is reached: 1 is the goal, more is better.

        >>> Ratio("a", 2.0, 4.0, least=False, file="b.md").reached
        2.0
        """
        return self.value / self.goal if self.least else self.goal / self.value


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


def read_ratios(folder: Path = PROJECT / "benchmarks") -> Iterator[Ratio]:
    """Yield every ratio that ``benchmark_ratios.csv`` lists.

    Raises
    ------
    LookupError
        Naming a row that the newest file lacks.
    """
    with LISTED.open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    for one in listed:
        path = find_newest(one["family"], folder)
        cells = _find_row(path, one["head"], one["row"])
        value, goal = _NUMBER.match(cells[int(one["column"])]), _GOAL.match(cells[-1])
        if value is None or goal is None:
            raise LookupError(f"{path.name}: the row {one['row']!r} has no ratio or no goal")
        yield Ratio(one["what"], float(value[0]), float(goal["value"]), goal["sign"] == ">", path.name)


def _find_row(path: Path, beginning: str, row: str) -> list[str]:
    """Find a row by its first cell, in the first table that has it and whose first head begins so."""
    head = ""
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        head = head if head and cells else cells[0] if cells else ""
        if cells and cells[0] == row and head.startswith(beginning):
            return cells
    raise LookupError(f"{path.name}: no table that begins with {beginning!r} has a row {row!r}")


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
