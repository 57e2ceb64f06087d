"""Open the history tables and the clients they belong to, on any engine, checked and cleaned."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import ibis

from scoring.errors import DataError
from scoring.home_credit.engine import Engine
from scoring.home_credit.engine_errors import find_file
from scoring.home_credit.history import cleaning
from scoring.home_credit.history.registry import FEATURE_SETS
from scoring.home_credit.history.source_schema import (
    APPLICATION_TABLES,
    CLIENT,
    CLIENTS,
    SOURCE_TABLES,
    SourceTable,
)
from scoring.tables.files import TableFiles, find_table, table_files, unpack
from scoring.tables.text.text_reader import read_head

if TYPE_CHECKING:
    from ibis.expr.types import Table

REMEDY = "Expected the tables as their publisher ships them."
CSV_TYPES = {"id": "bigint", "number": "double", "text": "varchar"}


@dataclass(frozen=True)
class OpenedTables:
    """The checked and cleaned tables of a folder.

    Parameters
    ----------
    clients : SK_ID_CURR of each client; None where they are listed elsewhere.
    covered : which of `present` cover which client; None where each of them covers all clients.
    rows : the cleaned rows of each table, by name.
    present : tables whose features can be computed, the largest first: it needs the most memory, and later the
        results of the other tables use memory, too.
    names : what each file is called in messages, by the path that the engine reads.
    """

    clients: "Table | None"
    covered: "Table | None"
    rows: Mapping[str, "Table"]
    present: tuple[str, ...]
    names: Mapping[str, str]

    def with_coverage(self, clients: "Table") -> "Table":
        """Add one column for each of `present`: whether it covers the client."""
        if self.covered is None:
            return clients.mutate(**{name: ibis.literal(True) for name in self.present})
        joined = clients.left_join(self.covered, CLIENT, rname="covered_{name}").drop(f"covered_{CLIENT}")
        return joined.mutate(**{name: joined[name].fill_null(False) for name in self.present})


def open_tables(
    engine: Engine,
    folder: Path,
    scratch: Path,
    coverage: Path | None,
    wanted: Collection[str],
    *,
    listed: bool = False,
) -> OpenedTables:
    """Open the tables of a folder that the wanted tables' features are computed from, and check them.

    Parameters
    ----------
    listed : the clients are listed elsewhere; the application tables are not opened.

    Raises
    ------
    DataError
        With all errors: no application table, missing columns, text where numbers are expected, duplicate
        client or credit numbers, a coverage file that does not say who is covered.
    """
    opener = _Opener(engine, scratch)
    names = () if listed else APPLICATION_TABLES
    clients = [found for name in names if (found := opener.open(folder, name, CLIENTS)) is not None]
    needed = {name for table in wanted for name in FEATURE_SETS[table].reads}
    opened: dict[str, Table] = {}
    for source in (source for source in SOURCE_TABLES if source.name in needed):
        table = opener.open(folder, source.name, source)
        if table is not None:
            opened[source.name] = table
    # The reports of bureau_balance have no client; only bureau shows which client a credit belongs to.
    present = [name for name in wanted if set(FEATURE_SETS[name].reads) <= set(opened)]
    if not clients and not listed and not opener.errors:
        opener.errors.append(f"holds no table {' or '.join(APPLICATION_TABLES)}")
    covered = opener.open_coverage(coverage, present) if coverage else None
    everybody: Table | None = None
    if not opener.errors:
        if clients:
            everybody = ibis.union(*clients) if clients[1:] else clients[0]
            opener.check_unique("application tables", everybody, CLIENT)
        for source in (source for source in SOURCE_TABLES if source.unique and source.name in opened):
            opener.check_unique(source.name, opened[source.name], str(source.unique))
    if opener.errors:
        raise DataError.listing(str(folder), opener.errors, REMEDY)
    return OpenedTables(
        everybody,
        covered,
        {s.name: cleaning.drop_undated_and_future(opened[s.name], s) for s in SOURCE_TABLES if s.name in opened},
        tuple(sorted(present, key=lambda name: -opener.sizes[name])),
        opener.names,
    )


class _Opener:
    """Opens tables and collects their errors, so that one message can list them all."""

    def __init__(self, engine: Engine, scratch: Path) -> None:
        self._engine = engine
        self._scratch = scratch
        self.errors: list[str] = []
        self.sizes: dict[str, int] = {}
        self.names: dict[str, str] = {}

    def open(self, folder: Path, name: str, source: SourceTable) -> "Table | None":
        """Open one table; None where it is absent or has an error."""
        try:
            found = find_table(folder, name)
            return None if found is None else self._open_checked(found, source)
        except DataError as error:
            self.errors.append(str(error).replace("\n", "; "))
            return None

    def _open_checked(self, found: TableFiles, source: SourceTable) -> "Table | None":
        self.sizes[found.name] = sum(file.stat().st_size for file in found.files)
        errors = [] if found.parquet else cleaning.find_csv_errors(found, source)
        if errors:
            self.errors += errors
            return None
        try:
            table = self._open_files(self._unpack(found), source)
            errors = cleaning.find_type_errors(found.name, table, source)
        except self._engine.failures as error:
            errors = [self._describe(found.name, error)]
        self.errors += errors
        return None if errors else cleaning.clean_values(table, source)

    def _unpack(self, found: TableFiles, what: str = "") -> TableFiles:
        """Unpack what the engine cannot read, and note what each file that it reads is called in messages."""
        unpacked = unpack(found, self._scratch)
        place = f"{found.path.name}/" if len(found.files) > 1 else ""
        for read, file in zip(unpacked.files, found.files, strict=True):
            self.names[str(read)] = f"{what}{place}{file.name}"
        return unpacked

    def _open_files(self, found: TableFiles, source: SourceTable) -> "Table":
        if found.parquet:
            return self._engine.read_parquet(found.files)
        types = {column.name: CSV_TYPES[column.kind] for column in source.columns}
        names = _name_all(read_head(found.files[0])[0])
        return self._engine.read_csv(found.files, {name: types.get(name, "varchar") for name in names})

    def _describe(self, name: str, error: Exception) -> str:
        """Describe what the engine says about a table, with the file that it names."""
        return f"{find_file(self.names, str(error)) or name}: {self._engine.explain(error)}"

    def check_unique(self, name: str, table: "Table", key: str) -> None:
        """Find missing and duplicate numbers."""
        column = table[key]
        counts = table.aggregate(rows=table.count(), given=column.count(), distinct=column.nunique())
        try:
            seen = self._engine.fetch_row(counts)
        except self._engine.failures as error:
            self.errors.append(self._describe(name, error))
            return
        missing, duplicates = seen["rows"] - seen["given"], seen["given"] - seen["distinct"]
        if not seen["rows"] and key == CLIENT:
            self.errors.append(f"{name}: hold no client, expected at least one row")
        if missing:
            self.errors.append(f"{name}: column {key} is empty in {missing} rows, expected a number")
        if duplicates:
            self.errors.append(f"{name}: column {key} has {duplicates} duplicates, expected each number once")

    def open_coverage(self, path: Path, tables: Collection[str]) -> "Table | None":
        """Open the coverage file: one row per client and, for each table, whether it was collected."""
        try:
            original = table_files(path)
            names = [] if original.parquet else _name_all(read_head(original.files[0])[0])
            files = self._unpack(original, "coverage ").files
            table = self._read_csv_coverage(files, names) if names else self._engine.read_parquet(files)
        except DataError as error:
            self.errors.append(f"coverage {error}".replace("\n", "; "))
            return None
        except self._engine.failures as error:
            self.errors.append(self._describe(f"coverage {path.name}", error))
            return None
        types = dict(table.schema().items())
        errors = [] if CLIENT in types else [f"coverage {path.name}: column {CLIENT} is missing"]
        columns: dict[str, str] = {}
        for source in (source for source in SOURCE_TABLES if source.name in tables):
            column = source.name if source.name in types else source.flag
            columns[source.name] = column
            if column not in types:
                errors.append(
                    f"coverage {path.name}: no column lists the clients for whom {source.name} is complete, "
                    f"expected {source.name} or {source.flag}"
                )
            elif not types[column].is_boolean():
                errors.append(f"coverage {path.name}: column {column} holds {types[column]}, expected true and false")
        self.errors += errors
        if errors:
            return None
        covered = table.select(CLIENT, **{name: table[column] for name, column in columns.items()})
        self.check_unique(f"coverage {path.name}", covered, CLIENT)
        return covered

    def _read_csv_coverage(self, files: Sequence[Path], names: Sequence[str]) -> "Table":
        flags = {name for source in SOURCE_TABLES for name in (source.name, source.flag)}
        types = {name: "boolean" if name in flags else "varchar" for name in names}
        return self._engine.read_csv(files, {**types, **({CLIENT: "bigint"} if CLIENT in names else {})})


def _name_all(names: Sequence[str]) -> list[str]:
    """Name the columns without a name, such as an index that pandas wrote: an engine needs one."""
    return [name or f"column {i + 1}" for i, name in enumerate(names)]
