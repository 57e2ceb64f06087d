"""Raw applications, with the history that the model reads: read, checked and joined, then made ready for the model."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from scoring.application.preparation import LARGEST
from scoring.batch.arrow_rows import EngineInput, FaultyRow, ReadRows
from scoring.batch.duplicate_ids import find_repeats
from scoring.batch.history_rows import HistoryRows, as_floats, computing
from scoring.batch.out_folder import write_json
from scoring.batch.parquet_source import InputPart
from scoring.errors import ArtefactError, DataError
from scoring.home_credit.history.attach import round_to_seven_digits
from scoring.home_credit.history.listed_clients import PLACE, ListedClients
from scoring.home_credit.history.source_schema import CLIENT
from scoring.model.calibration import Floats
from scoring.model.plan import CategoryColumn, NumberColumn, Plan, PlanColumn, complete, read_off
from scoring.model.schema import Identity, SchemaField, Text
from scoring.storage.bundle import Bundle
from scoring.tables.files import TableFiles, show_path
from scoring.tables.raw_applications import NO_NUMBER, RawApplications, Unseen, note_unseen, read_raw_in_pieces
from scoring.tables.text.number_texts import DecimalMark
from scoring.tables.text.table_errors import Note, join_notes

_ROW = "row of the piece"  # a name that no field has
_HISTORY, _DONE = "history.parquet", "pieces.json"
ComputeHistory = Callable[[ListedClients, Path, Sequence[str]], object]


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
    numbers, texts : further fields to read, which the model does not need.
    """

    def __init__(
        self,
        plan: Plan,
        identity: Identity,
        fields: Collection[str],
        numbers: Sequence[str] = (),
        texts: Sequence[str] = (),
    ) -> None:
        self.identity, self.plan = identity, plan
        own = [name for name in plan.raw_numbers() if name in fields]
        self.numbers = [*own, *(name for name in numbers if name not in own)]
        categories = plan.raw_categories()
        self.texts = [*categories, *(name for name in texts if name not in categories)]
        self.history = [name for name in plan.raw_numbers() if name not in fields]
        self.columns = [identity.name, *self.numbers, *self.texts]

    def read(self, batch: pa.RecordBatch, known_errors: Iterable[tuple[int, str]] = ()) -> ReadRows:
        """Make rows of a batch with all columns, and with those columns of history that there are."""
        errors = {place: [error] for place, error in known_errors}
        valid = np.ones(batch.num_rows, dtype=bool)
        valid[[*errors]] = False
        table = pa.table(batch).filter(pa.array(valid))
        history = {name: as_floats(table[name]) for name in self.history if name in table.column_names}
        return ReadRows(table[self.identity.name].combine_chunks(), self.make_rows(table, history), valid, errors)

    def make_rows(self, table: pa.Table, history: Mapping[str, Floats]) -> Floats:
        """Make model-ready rows, shape (n, features), column-major.

        Parameters
        ----------
        history : features as computed, each of shape (n,), NaN where missing; one that is not there is missing.
        """
        if not len(table):
            return np.empty((0, len(self.plan.columns)), order="F")
        columns: dict[str, NDArray[Any]] = {name: as_floats(table[name]) for name in self.numbers}
        columns |= {name: table[name].to_numpy() for name in self.texts}
        missing = np.full(len(table), np.nan)
        columns |= {name: round_to_seven_digits(history.get(name, missing)) for name in self.history}
        columns = complete(self.plan, columns)
        rows = np.empty((len(table), len(self.plan.columns)), order="F")
        for j, column in enumerate(self.plan.columns):
            np.clip(
                read_off(column, columns[column.source]), -LARGEST, LARGEST, out=rows[:, j]
            )  # as ``Preparer.make_row``
        return rows


class Applications:
    """Raw applications.

    Parameters
    ----------
    tables : of applications, one after the other.
    part_rows : most rows of a part.
    others : further files that scores depend on.
    compute : writes history features of the clients to a file, those named; None where there is no history.
    warn : called with what is unusual about the tables.
    early : compute the history in a thread while the applications are read.
    facts : names of what is kept beside the rows: fields; the column of outcomes; further columns, as texts.
    """

    kind = "applications"

    def __init__(
        self,
        tables: Sequence[TableFiles],
        others: Sequence[Path],
        bundle: Bundle,
        part_rows: int,
        compute: ComputeHistory | None,
        warn: Callable[[str], None],
        decimal: DecimalMark | None = None,
        *,
        early: bool = True,
        facts: Collection[str] = (),
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
        self._part_rows, self._early = part_rows, early
        self._compute, self._warn, self._decimal = compute, warn, decimal
        schema = bundle.manifest.input_schema
        further = [name for name in facts if name not in {schema.target, *(field.name for field in schema.fields)}]
        texts_beside = (SchemaField(name=name, type="category", label=Text(en=name, fr=name)) for name in further)
        self._schema = schema.model_copy(
            update={"identity": bundle.identity, "fields": (*schema.fields, *texts_beside)}
        )
        self._wants_outcomes, self._has_outcomes = schema.target in facts, False
        fields = {field.name for field in self._schema.fields}
        self._facts = [one for one in self._schema.fields if one.name in facts]
        texts = [one.name for one in self._facts if one.type == "category"]
        numbers = [one.name for one in self._facts if one.type != "category"]
        self._rows = ApplicationRows(bundle.manifest.plan, bundle.identity, fields, numbers, texts)
        self._begins: list[int] = []  # of each piece: how many rows to score are before it

    def prepare(self, scratch: Path) -> None:
        """Read and check all applications, and compute their history; raises DataError where a table cannot be read."""
        self._scratch, file = scratch, scratch / _HISTORY
        if (compute := self._compute) and self._rows.history and not file.exists():
            names = self._rows.history
            with computing(lambda clients: compute(clients, file, names), early=self._early) as finish:
                self._read_applications(scratch)
                self._write_clients(scratch / "clients.parquet")
                finish(scratch / "clients.parquet")
        else:
            self._read_applications(scratch)
        counts = [len(self._read_piece(place, [])) for place, _ in enumerate(self._pieces)]
        self._begins = [0, *accumulate(counts)]

    def _read_applications(self, scratch: Path) -> None:
        """Read and check all applications, if this is not done yet, and find the clients who occur twice."""
        if not (scratch / _DONE).exists():
            write_json(scratch / _DONE, self._read_all(scratch))
        self._pieces = [Piece(*one) for one in json.loads((scratch / _DONE).read_text(encoding="utf-8"))]
        self.parts = [
            InputPart(i, range(1), first, min(self._part_rows, piece.rows - first))
            for i, piece in enumerate(self._pieces)
            for first in range(0, piece.rows, self._part_rows)
        ]
        self.rows = sum(piece.rows for piece in self._pieces)
        if not self.rows:
            raise DataError(f"{self.files[0]}: has no row\nExpected one row for each client.")
        self._repeats: dict[int, dict[int, tuple[int, int]]] = {}
        ids = [_ids_file(scratch, place) for place, _ in enumerate(self._pieces)]
        for (place, row), first in find_repeats(ids, self._schema.identity, scratch, self._input).items():
            self._repeats.setdefault(place, {})[row] = first

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
            of_form: list[Note] = []
            for raw in read_raw_in_pieces(file, self._schema, own, self._decimal, self._rows.plan):
                for line in map(str, raw.column_notes):
                    if line not in told:
                        told.add(line)
                        self._warn(f"{name}: {line}")
                self._has_outcomes |= self._wants_outcomes and raw.target is not None
                self._keep(raw, scratch, len(pieces), name, before)
                pieces.append(Piece(name, before, raw.rows))
                unseen.append(raw.unseen)
                of_form += raw.form_notes
                before, valid = before + raw.rows, valid + len(raw.ids)
            for note in (*join_notes(of_form), *note_unseen(unseen, valid)):
                self._warn(f"{name}: {note}")
        return pieces

    def _keep(self, raw: RawApplications, scratch: Path, place: int, name: str, before: int) -> None:
        """Write down what was read from some rows of a file, the rows that are set aside, and the ids of all rows."""
        valid = np.ones(raw.rows, dtype=bool)
        valid[[row - 1 for row in raw.errors]] = False
        faulty = [
            FaultyRow(name, before + row, "" if client == NO_NUMBER else client, tuple(errors))
            for row, (client, errors) in raw.errors.items()
        ]
        listed = json.dumps([one._asdict() for one in faulty])
        (scratch / f"faulty-{place:05}.json").write_text(listed, encoding="utf-8")
        kept: dict[str, Any] = {self._schema.identity.name: pa.array(raw.ids, self._id_type)}
        kept[_ROW] = np.flatnonzero(valid)
        kept |= {name: raw.columns[name] for name in self._rows.numbers}
        kept |= {name: pa.array(raw.columns[name], pa.string(), from_pandas=True) for name in self._rows.texts}
        if self._wants_outcomes:
            kept[self._schema.target] = np.full(len(raw.ids), np.nan) if raw.target is None else raw.target
        pq.write_table(pa.table(kept), _chunk_file(scratch, place), use_dictionary=self._rows.texts)
        ids = {self._schema.identity.name: self._find_all_ids(raw, valid)}
        pq.write_table(pa.table(ids), _ids_file(scratch, place))

    def _find_all_ids(self, raw: RawApplications, valid: NDArray[np.bool_]) -> pa.Array:
        """Ids of all rows, also of those with other errors; null where they are missing or malformed."""
        identity = self._schema.identity
        form = identity.pattern()
        ids, known = np.zeros(raw.rows, dtype=raw.ids.dtype), valid.copy()
        ids[valid] = raw.ids
        for row, (client, _) in raw.errors.items():
            if client != NO_NUMBER and form.fullmatch(client):
                ids[row - 1], known[row - 1] = identity.parse_id(client), True
        return pa.array(ids, self._id_type, mask=~known)

    @property
    def _id_type(self) -> pa.DataType:
        return pa.string() if self._schema.identity.kind == "text" else pa.int64()

    def _write_clients(self, out: Path) -> None:
        """Write the clients to score, in their order."""
        identity = self._schema.identity.name
        ids = pa.concat_tables([self._read_piece(place, [identity]) for place, _ in enumerate(self._pieces)])[identity]
        pq.write_table(pa.table({CLIENT: ids, PLACE: np.arange(len(ids))}), out)

    def read(self, part: InputPart) -> Iterator[tuple[ReadRows, list[FaultyRow]]]:
        """Yield the rows of a part, and those that are set aside."""
        place, end = part.file, part.first + part.rows
        table = self._read_piece(place)
        rows = table[_ROW].to_numpy()
        begin, stop = np.searchsorted(rows, [part.first, end]).tolist()
        table = table.slice(begin, stop - begin)
        valid = np.zeros(part.rows, dtype=bool)
        valid[rows[begin:stop] - part.first] = True
        ids = table[self._schema.identity.name].combine_chunks()
        history = self._history.read(self._begins[place] + begin, ids) if self._history else {}
        before = self._pieces[place].before
        faulty = [one for one in self._find_faulty(place) if part.first < one.row - before <= end]
        beside = [*(one.name for one in self._facts), *([self._schema.target] if self._has_outcomes else [])]
        facts = table.select(beside) if beside else None
        yield ReadRows(ids, self._rows.make_rows(table, history), valid, {}, facts), faulty

    def _read_piece(self, place: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Read the rows to score of a piece."""
        table = pq.read_table(_chunk_file(self._scratch, place), columns=None if columns is None else [*columns, _ROW])
        if repeats := self._repeats.get(place):
            table = table.filter(pa.array(~np.isin(table[_ROW].to_numpy(), [*repeats])))
        return table

    @cached_property
    def _history(self) -> HistoryRows | None:
        file = self._scratch / _HISTORY
        return HistoryRows(file, self._rows.history) if self._rows.history and file.exists() else None

    def for_engine(self) -> EngineInput:
        """Return the applications, for an engine that joins their history itself."""
        files = [_chunk_file(self._scratch, place) for place, _ in enumerate(self._pieces)]
        faulty = [one for place, _ in enumerate(self._pieces) for one in self._find_faulty(place)]
        repeats = {}
        for place, found in self._repeats.items():
            rows = pq.read_table(files[place], columns=[_ROW])[_ROW].to_numpy()
            repeats[files[place].name] = dict.fromkeys(np.flatnonzero(np.isin(rows, [*found])).tolist(), "")
        history = self._scratch / _HISTORY
        joined = (history, CLIENT) if self._rows.history and history.exists() else None
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


def _chunk_file(scratch: Path, place: int) -> Path:
    return scratch / f"applications-{place:05}.parquet"


def _ids_file(scratch: Path, place: int) -> Path:
    return scratch / f"ids-{place:05}.parquet"
