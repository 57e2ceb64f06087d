"""Raw applications, with the history that the model reads: read, checked and joined, then made ready for the model."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

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
from scoring.tables.raw_applications import NO_NUMBER, RawApplications, Unseen, read_raw_in_pieces, warn_of_unseen
from scoring.tables.text.number_texts import DecimalMark

_ROW = "row of the piece"  # a name that no field has
_FEATURES, _DONE = "features.parquet", "pieces.json"
ComputeHistory = Callable[[Path, Path, Sequence[str]], object]


class Piece(NamedTuple):
    """Rows of one file that were read together: its name, how many of its rows are before them, and their number."""

    file: str
    before: int
    rows: int


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
            write_json(scratch / _DONE, self._read_all(scratch))
        self._pieces = [Piece(*one) for one in json.loads((scratch / _DONE).read_text(encoding="utf-8"))]
        self.parts = [InputPart(i, range(1), 0, piece.rows) for i, piece in enumerate(self._pieces)]
        self.rows = sum(piece.rows for piece in self._pieces)
        files = [_chunk_file(scratch, part.file) for part in self.parts]
        if not self.rows:
            raise DataError(f"{self.files[0]}: has no row\nExpected one row for each client.")
        self._repeats: dict[int, dict[int, tuple[int, int]]] = {}
        ids = [_ids_file(scratch, part.file) for part in self.parts]
        for (place, row), first in find_repeats(ids, self._schema.identity, scratch, self._input).items():
            self._repeats.setdefault(place, {})[row] = first
        if self._history and self._compute and not (scratch / _FEATURES).exists():
            self._write_clients(files, scratch / "clients.parquet")
            self._compute(scratch / "clients.parquet", scratch / _FEATURES, self._history)

    def _read_all(self, scratch: Path) -> list[Piece]:
        """Read the files piece by piece."""
        columns: tuple[PlanColumn, ...] = (
            *(NumberColumn(name=name, source=name, fill=0.0) for name in self._rows.numbers),
            *(CategoryColumn(name=name, source=name, value=None) for name in self._rows.texts),
        )
        own = Plan(missing_values={}, derived=(), columns=columns)
        pieces: list[Piece] = []
        told: set[str] = set()
        for file in self._read_from:
            name, before, valid = show_path(Path(file.name)), 0, 0
            unseen: list[Mapping[str, Unseen]] = []
            for raw in read_raw_in_pieces(file, self._schema, own, self._decimal):
                for line in raw.column_warnings:
                    if line not in told:
                        told.add(line)
                        self._warn(f"{name}: {line}")
                self._keep(raw, scratch, len(pieces), name, before)
                pieces.append(Piece(name, before, raw.rows))
                unseen.append(raw.unseen)
                before, valid = before + raw.rows, valid + len(raw.ids)
            for line in warn_of_unseen(unseen, valid):
                self._warn(f"{name}: {line}")
        return pieces

    def _keep(self, raw: RawApplications, scratch: Path, place: int, name: str, before: int) -> None:
        """Write down what was read from some rows of a file, the rows that are set aside, and the ids of all rows."""
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
        pq.write_table(pa.table(kept), _chunk_file(scratch, place))
        ids = {self._schema.identity.name: self._find_all_ids(raw, valid)}
        pq.write_table(pa.table(ids), _ids_file(scratch, place))

    def _find_all_ids(self, raw: RawApplications, valid: NDArray[np.bool_]) -> pa.Array:
        """Ids of all rows, also of those with other errors; null where they are missing or malformed."""
        identity = self._schema.identity
        form = identity.pattern()
        ids = np.full(raw.rows, None, dtype=object)
        ids[valid] = raw.ids
        for row, (client, _) in raw.errors.items():
            if client != NO_NUMBER and form.fullmatch(client):
                ids[row - 1] = identity.parse_id(client)
        return pa.array(ids, self._id_type)

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
        if repeats := self._repeats.get(place):
            table = table.filter(pa.array(~np.isin(table[_ROW].to_numpy(), [*repeats])))
        valid = np.zeros(part.rows, dtype=bool)
        valid[table[_ROW].to_numpy()] = True
        ids = table[self._schema.identity.name].combine_chunks()
        rows = self._rows.make_rows(table, self._read_history(ids))
        yield ReadRows(ids, rows, valid, {}), self._find_faulty(place)

    def for_engine(self) -> EngineInput:
        """Return the applications, for an engine that joins their history itself."""
        files = [_chunk_file(self._scratch, part.file) for part in self.parts]
        faulty = [one for part in self.parts for one in self._find_faulty(part.file)]
        repeats = {}
        for place, found in self._repeats.items():
            rows = pq.read_table(files[place], columns=[_ROW])[_ROW].to_numpy()
            repeats[files[place].name] = dict.fromkeys(np.flatnonzero(np.isin(rows, [*found])).tolist(), "")
        history = self._scratch / _FEATURES
        joined = (history, CLIENT) if self._history and history.exists() else None
        return EngineInput(files, self._rows.columns, self._rows, repeats, {}, joined, faulty)

    def _find_faulty(self, place: int) -> list[FaultyRow]:
        """Find the rows of a piece that are set aside, with all their errors."""
        listed = json.loads((self._scratch / f"faulty-{place:05}.json").read_text(encoding="utf-8"))
        faulty = {one["row"]: FaultyRow(one["file"], one["row"], one["client"], tuple(one["errors"])) for one in listed}
        if repeats := self._repeats.get(place):
            piece, identity = self._pieces[place], self._schema.identity.name
            ids = pq.read_table(_ids_file(self._scratch, place))[identity]
            for i, (other, first) in repeats.items():
                row, earlier = piece.before + i + 1, self._pieces[other].before + first + 1
                error = f"{identity}: a duplicate of row {earlier} of {self._pieces[other].file}, expected each once"
                others = faulty[row].errors if row in faulty else ()
                faulty[row] = FaultyRow(piece.file, row, str(ids[i].as_py()), (error, *others))
        return [faulty[row] for row in sorted(faulty)]

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


def _chunk_file(scratch: Path, place: int) -> Path:
    return scratch / f"applications-{place:05}.parquet"


def _ids_file(scratch: Path, place: int) -> Path:
    return scratch / f"ids-{place:05}.parquet"
