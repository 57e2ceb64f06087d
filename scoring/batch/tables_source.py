"""Raw applications, with the history that the model reads: read, checked and joined, then made ready for the model."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from scoring.application.preparation import LARGEST
from scoring.batch.arrow_rows import EngineInput, FaultyRow, ReadRows
from scoring.batch.duplicate_ids import find_repeats
from scoring.batch.out_folder import write_json
from scoring.batch.parquet_source import InputPart
from scoring.errors import ArtefactError, DataError
from scoring.home_credit.history.attach import round_to_seven_digits
from scoring.home_credit.history.source_schema import CLIENT
from scoring.model.calibration import Floats
from scoring.model.plan import CategoryColumn, NumberColumn, Plan, PlanColumn, model_ready
from scoring.model.schema import Identity
from scoring.storage.bundle import Bundle
from scoring.tables.files import TableFiles, show_path
from scoring.tables.raw_applications import NO_NUMBER, RawApplications, read_raw_in_pieces
from scoring.tables.text.number_texts import DecimalMark

_ROW = "row of the file"  # names of columns that no field has
_FEATURES, _DONE = "features.parquet", "applications.json"
ComputeHistory = Callable[[Path, Path, Sequence[str]], object]


class ApplicationRows:
    """Makes model-ready rows of checked applications with the history that the model reads.

    Parameters
    ----------
    plan : the model's preprocessing.
    fields : names of the fields of an application.
    """

    def __init__(self, plan: Plan, identity: Identity, fields: Collection[str]) -> None:
        self.identity, self._plan = identity, plan
        self.numbers = [name for name in plan.raw_numbers() if name in fields]
        self.texts = plan.raw_categories()
        self.history = [name for name in plan.raw_numbers() if name not in fields]
        self.columns = [identity.name, *self.numbers, *self.texts]

    def read(self, batch: pa.RecordBatch, known_errors: Iterable[tuple[int, str]] = ()) -> ReadRows:
        """Make rows of a batch with all columns, and with those columns of history that there are."""
        errors = {place: [error] for place, error in known_errors}
        valid = np.ones(batch.num_rows, dtype=bool)
        valid[[*errors]] = False
        table = pa.table(batch).filter(pa.array(valid))
        history = {name: _as_floats(table[name]) for name in self.history if name in table.column_names}
        return ReadRows(table[self.identity.name].combine_chunks(), self.make_rows(table, history), valid, errors)

    def make_rows(self, table: pa.Table, history: Mapping[str, Floats]) -> Floats:
        """Make model-ready rows, shape (n, features), column-major.

        Parameters
        ----------
        history : features as computed, each of shape (n,), NaN where missing; one that is not there is missing.
        """
        if not len(table):
            return np.empty((0, len(self._plan.columns)), order="F")
        columns: dict[str, NDArray[Any]] = {name: _as_floats(table[name]) for name in self.numbers}
        columns |= {name: table[name].to_numpy() for name in self.texts}
        missing = np.full(len(table), np.nan)
        columns |= {name: round_to_seven_digits(history.get(name, missing)) for name in self.history}
        ready = model_ready(self._plan, columns)
        return np.asfortranarray(np.clip(ready, -LARGEST, LARGEST))  # as ``Preparer.make_row``


def _as_floats(column: pa.ChunkedArray) -> Floats:
    numbers: Floats = column.cast(pa.float64()).to_numpy()
    return numbers


class Applications:
    """Raw applications.

    Parameters
    ----------
    tables : of applications, one after the other.
    others : further files that scores depend on.
    compute : writes history features of the clients in the first file to the second one, those named; None where
        there is no history.
    warn : called with what is unusual about the tables.
    """

    kind = "applications"

    def __init__(
        self,
        tables: Sequence[TableFiles],
        others: Sequence[Path],
        bundle: Bundle,
        compute: ComputeHistory | None,
        warn: Callable[[str], None],
        decimal: DecimalMark | None = None,
    ) -> None:
        if bundle.manifest is None:
            raise ArtefactError(
                f"{tables[0].path}: this model has no manifest, so that raw applications cannot be read\n"
                "Score model-ready rows, or publish the model with its manifest."
            )
        self._read_from = tuple(file for table in tables for file in table.files)
        self.files = (*self._read_from, *others)
        self._input = " and ".join(str(table.path) for table in tables)
        self.parts: list[InputPart] = []
        self.rows = 0
        self._compute, self._warn, self._decimal = compute, warn, decimal
        self._schema = bundle.manifest.input_schema.model_copy(update={"identity": bundle.identity})
        fields = {field.name for field in self._schema.fields}
        self._rows = ApplicationRows(bundle.manifest.plan, bundle.identity, fields)
        self._history = self._rows.history

    def prepare(self, scratch: Path) -> None:
        """Read and check all applications, and compute their history; raises DataError where a table cannot be read."""
        self._scratch = scratch
        if not (scratch / _DONE).exists():
            chunks = self._read_all(scratch)
            write_json(scratch / _DONE, chunks)
        sizes = json.loads((scratch / _DONE).read_text(encoding="utf-8"))
        self.parts = [InputPart(i, range(1), 0, rows) for i, rows in enumerate(sizes)]
        self.rows = sum(sizes)
        files = [_chunk_file(scratch, i) for i in range(len(sizes))]
        if not self.rows:
            raise DataError(f"{self.files[0]}: has no row\nExpected one row for each client.")
        self._repeats: dict[int, dict[int, tuple[int, int]]] = {}
        repeats = find_repeats(files, self._schema.identity, scratch, self._input)
        for (chunk, row), first in repeats.items():
            self._repeats.setdefault(chunk, {})[row] = first
        if self._history and self._compute and not (scratch / _FEATURES).exists():
            self._write_clients(files, scratch / "clients.parquet")
            self._compute(scratch / "clients.parquet", scratch / _FEATURES, self._history)

    def _read_all(self, scratch: Path) -> list[int]:
        """Read the files chunk by chunk; returns the number of rows of each."""
        columns: tuple[PlanColumn, ...] = (
            *(NumberColumn(name=name, source=name, fill=0.0) for name in self._rows.numbers),
            *(CategoryColumn(name=name, source=name, value=None) for name in self._rows.texts),
        )
        own = Plan(missing_values={}, derived=(), columns=columns)
        sizes: list[int] = []
        told: set[str] = set()
        for file in self._read_from:
            name, before = show_path(Path(file.name)), 0
            for raw in read_raw_in_pieces(file, self._schema, own, self._decimal):
                for line in raw.warnings:
                    if line not in told:
                        told.add(line)
                        self._warn(f"{name}: {line}")
                self._keep(raw, scratch, len(sizes), name, before)
                sizes.append(raw.rows)
                before += raw.rows
        return sizes

    def _keep(self, raw: RawApplications, scratch: Path, place: int, name: str, before: int) -> None:
        """Write down what was read from some rows of a file, and the rows that are set aside."""
        valid = np.ones(raw.rows, dtype=bool)
        valid[[row - 1 for row in raw.errors]] = False
        faulty = [
            FaultyRow(name, before + row, "" if client == NO_NUMBER else client, tuple(errors))
            for row, (client, errors) in raw.errors.items()
        ]
        write_json(scratch / f"faulty-{place:05}.json", [one._asdict() for one in faulty])
        kept: dict[str, Any] = {self._schema.identity.name: pa.array(raw.ids.tolist(), self._id_type)}
        kept[_ROW] = np.flatnonzero(valid)
        kept |= {name: raw.columns[name] for name in self._rows.numbers}
        kept |= {name: pa.array(raw.columns[name], pa.string(), from_pandas=True) for name in self._rows.texts}
        names = {"file": name, "before": str(before)}
        pq.write_table(pa.table(kept).replace_schema_metadata(names), _chunk_file(scratch, place))

    @property
    def _id_type(self) -> pa.DataType:
        return pa.string() if self._schema.identity.kind == "text" else pa.int64()

    def _write_clients(self, files: Sequence[Path], out: Path) -> None:
        identity = self._schema.identity.name
        ids = pa.concat_arrays([pq.read_table(file, columns=[identity])[identity].combine_chunks() for file in files])
        pq.write_table(pa.table({CLIENT: ids.unique()}), out)

    def read(self, part: InputPart) -> Iterator[tuple[ReadRows, list[FaultyRow]]]:
        """Yield the rows of a part, and those that are set aside."""
        place = part.file
        table = pq.read_table(_chunk_file(self._scratch, place))
        faulty = self._read_faulty(place)
        if repeats := self._repeats.get(place):
            faulty += [self._describe_repeat(table, place, row, first) for row, first in repeats.items()]
            kept = np.ones(len(table), dtype=bool)
            kept[[*repeats]] = False
            table = table.filter(pa.array(kept))
        valid = np.zeros(part.rows, dtype=bool)
        valid[table[_ROW].to_numpy()] = True
        ids = table[self._schema.identity.name].combine_chunks()
        rows = self._rows.make_rows(table, self._read_history(ids))
        yield ReadRows(ids, rows, valid, {}), sorted(faulty, key=lambda one: one.row)

    def for_engine(self) -> EngineInput:
        """Return the applications, for an engine that joins their history itself."""
        files = [_chunk_file(self._scratch, part.file) for part in self.parts]
        found = {
            place: [self._describe_repeat(pq.read_table(files[place]), place, *pair) for pair in rows.items()]
            for place, rows in self._repeats.items()
        }
        faulty = [
            one
            for place in range(len(files))
            for one in sorted([*self._read_faulty(place), *found.get(place, ())], key=lambda one: one.row)
        ]
        repeats = {files[place].name: dict.fromkeys(rows, "") for place, rows in self._repeats.items()}
        history = self._scratch / _FEATURES
        joined = (history, CLIENT) if self._history and history.exists() else None
        return EngineInput(files, self._rows.columns, self._rows, repeats, {}, joined, faulty)

    def _read_faulty(self, place: int) -> list[FaultyRow]:
        listed = json.loads((self._scratch / f"faulty-{place:05}.json").read_text(encoding="utf-8"))
        return [FaultyRow(one["file"], one["row"], one["client"], tuple(one["errors"])) for one in listed]

    def _read_history(self, ids: pa.Array) -> Mapping[str, Floats]:
        """History features of these clients; NaN where there are none."""
        found = {name: np.full(len(ids), np.nan) for name in self._history}
        file = self._scratch / _FEATURES
        if not self._history or not file.exists():
            return found
        computed = [name for name in pq.read_schema(file).names if name in found]
        asked = pa.table({"id": ids, "place": np.arange(len(ids))})
        listed = ", ".join(f'f."{name}"' for name in computed)
        # statistics_propagation trusts a Parquet file's smallest and largest value, without NaN.
        with duckdb.connect(config={"disabled_optimizers": "statistics_propagation"}) as connection:
            connection.register("asked", asked)
            joined = connection.sql(
                f'SELECT a.place, {listed} FROM asked a JOIN read_parquet($1) f ON f."{CLIENT}" = a.id',  # noqa: S608
                params=[str(file)],
            ).to_arrow_table()
        places = joined["place"].to_numpy()
        for name in computed:
            found[name][places] = _as_floats(joined[name])
        return found

    def _describe_repeat(self, table: pa.Table, place: int, row: int, first: tuple[int, int]) -> FaultyRow:
        other = table if first[0] == place else pq.read_table(_chunk_file(self._scratch, first[0]))
        own, theirs = _locate(table, row), _locate(other, first[1])
        identity = self._schema.identity.name
        error = f"{identity}: a duplicate of row {theirs[1]} of {theirs[0]}, expected each once"
        return FaultyRow(*own, str(table[identity][row].as_py()), (error,))


def _locate(chunk: pa.Table, row: int) -> tuple[str, int]:
    """Find the file of a row and its place there, counted from 1."""
    where = chunk.schema.metadata or {}
    return where[b"file"].decode(), int(where[b"before"]) + chunk[_ROW][row].as_py() + 1


def _chunk_file(scratch: Path, place: int) -> Path:
    return scratch / f"applications-{place:05}.parquet"
