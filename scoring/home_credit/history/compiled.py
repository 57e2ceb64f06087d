"""The definitions as DuckDB's SQL, written ahead of time: `duckdb.sql` beside this file.

For a tenth of the full size, building 501 expressions and their SQL takes as long as half of running them, and it is
the same each time: nothing in it depends on the data. ``python -m scoring.home_credit.history.compiled`` writes the
file again from the definitions; a test fails where it differs.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import ibis
from ibis.expr.types import Table

from scoring.home_credit.engine import duckdb_sql
from scoring.home_credit.history.cleaning import unread, usable
from scoring.home_credit.history.join import joined, rows_and_clients
from scoring.home_credit.history.registry import HISTORIES
from scoring.home_credit.history.source_schema import CLIENT, SOURCES

FILE = "duckdb.sql"
WHOLE = "features"
HEAD = "-- step "


@dataclass(frozen=True)
class Step:
    """A query, and under which name its rows are kept.

    Parameters
    ----------
    history : the table it is about.
    name : of what is kept.
    query : SQL on the tables of typed columns, by their names, and on earlier steps.
    check : SQL that counts the rows and the clients of a part of the result; empty for what is on the way to one.
    """

    history: str
    name: str
    query: str
    check: str = ""


@cache
def steps() -> Mapping[str, Sequence[Step]]:
    """Read the steps of each history, and of the whole, from the file."""
    found: dict[str, list[Step]] = defaultdict(list)
    for text in files(__package__).joinpath(FILE).read_text(encoding="utf-8").split(HEAD)[1:]:
        head, _, body = text.partition("\n")
        history, name = head.split()
        query, _, check = (part.strip() for part in body.partition(";"))
        found[history].append(Step(history, name, query, check.removesuffix(";")))
    return found


def written() -> str:
    """Write the file's text from the definitions."""
    told = ["-- Written by `python -m scoring.home_credit.history.compiled` from the definitions."]
    for step in _compiled():
        told += [f"{HEAD}{step.history} {step.name}", f"{step.query};", *([f"{step.check};"] if step.check else [])]
    return "\n".join([*told, ""])


def _compiled() -> Iterator[Step]:
    histories = {source.name: usable(unread(source), source) for source in SOURCES}
    parts: list[tuple[str, Table]] = []
    kept: list[tuple[str, Table]] = []

    def keep(table: Table, name: str) -> Table:
        kept.append((name, table))
        return ibis.table(table.schema(), name)

    for history, definitions in HISTORIES.items():
        for number, part in enumerate(definitions.parts(histories, keep)):
            yield from (Step(history, name, duckdb_sql(table)) for name, table in kept)
            name = f"{history}_{number}"
            standing = ibis.table(part.schema(), name)
            yield Step(history, name, duckdb_sql(part), duckdb_sql(rows_and_clients(standing)))
            parts.append((history, standing))
            kept.clear()
    clients = ibis.table({CLIENT: "int64", **dict.fromkeys(HISTORIES, "boolean")}, "clients")
    yield Step(WHOLE, WHOLE, duckdb_sql(joined(clients, parts)))


if __name__ == "__main__":
    Path(__file__).with_name(FILE).write_text(written(), encoding="utf-8")
