"""Two ways to the same features: expressions built from the definitions, or SQL written from them ahead of time."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from scoring.home_credit.engine import DuckDBEngine, Engine
from scoring.home_credit.history import compiled
from scoring.home_credit.history.cleaning import usable
from scoring.home_credit.history.join import joined, rows_and_clients
from scoring.home_credit.history.registry import HISTORIES
from scoring.home_credit.history.source_schema import SOURCES

if TYPE_CHECKING:
    from ibis.expr.types import Table


class Plan(Protocol):
    """What computes the parts of each history, and puts them together."""

    def parts(self, name: str) -> Iterator[dict[str, int]]:
        """Compute a history, part by part, and count each part's rows and clients."""

    def write(self, out: Path) -> None:
        """Put the parts computed so far beside the clients, in one Parquet file."""


def plan(engine: Engine, clients: "Table", histories: "Mapping[str, Table]") -> Plan:
    """Choose the way: SQL written ahead where there is one for the engine and the tables at hand."""
    if isinstance(engine, DuckDBEngine) and set(histories) == set(HISTORIES):
        return Compiled(engine, histories)
    return Built(engine, clients, histories)


class Compiled:
    """DuckDB, all six tables: runs what `compiled` wrote from the definitions, and so has nothing to build."""

    def __init__(self, engine: DuckDBEngine, histories: "Mapping[str, Table]") -> None:
        self._engine = engine
        for name, table in histories.items():
            engine.name_view(table, name)

    def parts(self, name: str) -> Iterator[dict[str, int]]:
        """Compute a history, part by part, and count each part's rows and clients."""
        for step in compiled.steps()[name]:
            self._engine.keep_query(step.query, step.name, soon_dropped=not step.check)
            if step.check:
                yield self._engine.query_row(step.check)
        self._engine.drop([step.name for step in compiled.steps()[name] if not step.check])

    def write(self, out: Path) -> None:
        """Put the parts beside the clients, in one Parquet file."""
        (whole,) = compiled.steps()[compiled.WHOLE]
        self._engine.write_query(whole.query, out)


class Built:
    """Any engine, any tables: builds the definitions' expressions as they are needed."""

    def __init__(self, engine: Engine, clients: "Table", histories: "Mapping[str, Table]") -> None:
        self._engine = engine
        self._clients = clients
        self._histories = {
            source.name: usable(histories[source.name], source) for source in SOURCES if source.name in histories
        }
        self._kept: list[tuple[str, Table]] = []

    def parts(self, name: str) -> Iterator[dict[str, int]]:
        """Compute a history, part by part, and count each part's rows and clients."""
        for number, part in enumerate(HISTORIES[name].parts(self._histories, self._engine.keep)):
            kept = self._engine.keep(part, f"{name}_{number}")
            self._kept.append((name, kept))
            yield self._engine.row(rows_and_clients(kept))

    def write(self, out: Path) -> None:
        """Put the parts beside the clients, in one Parquet file."""
        self._engine.write(joined(self._clients, self._kept), out)
