"""Read the six history tables and the clients they belong to, on any engine, checked and cleaned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import ibis

from scoring.errors import DataError
from scoring.home_credit.engine import Engine
from scoring.home_credit.history.checks import faults_of_csv, faults_of_types
from scoring.home_credit.history.cleaning import typed
from scoring.home_credit.history.source_schema import APPLICATIONS, BUREAU, CLIENT, SOURCES, Column, Source
from scoring.tables.files import TableFiles, find_table, table_files, unpack
from scoring.tables.reader import read_head

if TYPE_CHECKING:
    from ibis.expr.types import Table

REMEDY = "Expected the tables as their publisher ships them."
ID = Source("", (Column(CLIENT, "id"),), dated="", flag="", unique=CLIENT)


@dataclass(frozen=True)
class Tables:
    """What a folder holds.

    Parameters
    ----------
    clients : one row a client, SK_ID_CURR and one column a history table: whether it was collected for the client.
    histories : the history tables that are there, as they are but for types and unused columns, by name. The
        largest first: what it takes is needed before other results are held.
    absent : the names of those that are not.
    """

    clients: "Table"
    histories: Mapping[str, "Table"]
    absent: tuple[str, ...]


def read_tables(engine: Engine, folder: Path, scratch: Path, coverage: Path | None = None) -> Tables:
    """Open the tables of a folder and check them.

    Raises
    ------
    DataError
        With all faults: no application table, missing columns, text where numbers are expected, doubled
        client or credit numbers, a coverage file that does not say who is covered.
    """
    opener = _Opener(engine, scratch)
    applications = [table for table in (opener.open(folder, name, ID) for name in APPLICATIONS) if table is not None]
    opened = {source: opener.open(folder, source.name, source) for source in SOURCES}
    present = {source: table for source, table in opened.items() if table is not None}
    if not applications and not opener.faults:
        opener.faults.append(f"holds no table {' or '.join(APPLICATIONS)}")
    if BUREAU not in present:  # nobody knows whose credits the monthly reports are about
        present = {source: table for source, table in present.items() if CLIENT in table.columns}
    covered = opener.coverage(coverage, tuple(present)) if coverage else None
    if not opener.faults:
        clients = ibis.union(*applications) if len(applications) > 1 else applications[0]
        opener.check_unique("application tables", clients, CLIENT)
        for source in (source for source in present if source.unique):
            opener.check_unique(source.name, present[source], str(source.unique))
    if opener.faults:
        raise DataError.listing(str(folder), opener.faults, REMEDY)
    largest_first = sorted(present, key=lambda source: -opener.sizes[source.name])
    histories = {source.name: present[source] for source in largest_first}
    absent = tuple(source.name for source in SOURCES if source not in present)
    return Tables(_with_coverage(clients, covered, tuple(present)), histories, absent)


class _Opener:
    """Opens tables and gathers their faults, so that one message can list them all."""

    def __init__(self, engine: Engine, scratch: Path) -> None:
        self._engine = engine
        self._scratch = scratch
        self.faults: list[str] = []
        self.sizes: dict[str, int] = {}

    def open(self, folder: Path, name: str, source: Source) -> "Table | None":
        """Open one table; None where it is absent or faulty."""
        try:
            found = find_table(folder, name)
            return None if found is None else self._checked(found, source)
        except DataError as error:
            self.faults.append(str(error).replace("\n", "; "))
            return None

    def _checked(self, found: TableFiles, source: Source) -> "Table | None":
        self.sizes[found.name] = sum(file.stat().st_size for file in found.files)
        faults = [] if found.parquet else faults_of_csv(found, source)
        if faults:
            self.faults += faults
            return None
        try:
            table = self._read(unpack(found, self._scratch), source)
            faults = faults_of_types(found.name, table, source)
        except self._engine.failures as error:
            faults = [f"{found.name}: cannot be read ({_first_line(error)})"]
        self.faults += faults
        return None if faults else typed(table, source)

    def _read(self, found: TableFiles, source: Source) -> "Table":
        if found.parquet:
            return self._engine.read_parquet(found.files)
        kinds = {"id": "bigint", "number": "double", "text": "varchar"}
        known = {column.name: kinds[column.kind] for column in source.columns}
        names, _ = read_head(found.files[0])
        return self._engine.read_csv(found.files, {name: known.get(name, "varchar") for name in names})

    def check_unique(self, name: str, table: "Table", key: str) -> None:
        """Find missing and doubled numbers."""
        column = table[key]
        try:
            seen = self._engine.row(
                table.aggregate(rows=table.count(), known=column.count(), different=column.nunique())
            )
        except self._engine.failures as error:
            self.faults.append(f"{name}: cannot be read ({_first_line(error)})")
            return
        if not seen["rows"] and key == CLIENT:
            self.faults.append(f"{name}: hold no client, expected at least one row")
        if seen["rows"] > seen["known"]:
            self.faults.append(
                f"{name}: column {key} is empty in {seen['rows'] - seen['known']} rows, expected a number"
            )
        if seen["known"] > seen["different"]:
            doubled = seen["known"] - seen["different"]
            self.faults.append(f"{name}: column {key} repeats a number in {doubled} rows, expected each number once")

    def coverage(self, path: Path, sources: tuple[Source, ...]) -> "Table | None":
        """Open the coverage file: one row a client and, for each table, whether it was collected."""
        try:
            found = unpack(table_files(path), self._scratch)
        except DataError as error:
            self.faults.append(f"coverage {error}".replace("\n", "; "))
            return None
        table = self._engine.read_parquet(found.files) if found.parquet else self._csv_coverage(found.files)
        wanted = {
            source.name: next((c for c in (source.name, source.flag) if c in table.columns), None) for source in sources
        }
        faults = [f"coverage {path.name}: column {CLIENT} is missing"] if CLIENT not in table.columns else []
        for source in sources:
            column = wanted[source.name]
            if column is None:
                faults.append(
                    f"coverage {path.name}: no column says for whom {source.name} is complete, "
                    f"expected {source.name} or {source.flag}"
                )
            elif not table[column].type().is_boolean():
                faults.append(
                    f"coverage {path.name}: column {column} holds {table[column].type()}, expected true and false"
                )
        self.faults += faults
        if faults:
            return None
        covered = table.select(CLIENT, **{name: table[column] for name, column in wanted.items()})
        self.check_unique(f"coverage {path.name}", covered, CLIENT)
        return covered

    def _csv_coverage(self, files: Sequence[Path]) -> "Table":
        flags = {source.name for source in SOURCES} | {source.flag for source in SOURCES}
        names, _ = read_head(files[0])
        kinds = {name: "boolean" if name in flags else "varchar" for name in names}
        return self._engine.read_csv(files, {**kinds, **({CLIENT: "bigint"} if CLIENT in names else {})})


def _with_coverage(clients: "Table", covered: "Table | None", sources: tuple[Source, ...]) -> "Table":
    if covered is None:
        return clients.mutate(**{source.name: ibis.literal(True) for source in sources})
    joined = clients.left_join(covered, CLIENT, rname="covered_{name}").drop(f"covered_{CLIENT}")
    return joined.mutate(**{source.name: joined[source.name].fill_null(False) for source in sources})


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
