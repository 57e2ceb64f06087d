"""A batch run on one machine: parts one after the other, in bounded memory; a killed run is resumed by part."""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scoring.batch.arrow_rows import EngineInput, FaultyRow, ReadRows
from scoring.batch.batch_entry import BatchRecorder
from scoring.batch.out_folder import OutFolder, WrittenPart, part_name
from scoring.batch.parquet_source import InputPart
from scoring.batch.scored import RowScorer
from scoring.errors import DataError
from scoring.record.entries import make_id
from scoring.storage.checksums import hash_file

PART_ROWS = 1_000_000
_GROUP_ROWS = 262_144  # of a row group in the result
_SMALL_PART = 65_536  # rows that are kept in memory while others are scored
_READERS = 2
Blocks = Iterable[tuple[ReadRows, list[FaultyRow]]]


class Source(Protocol):
    """Rows to score, in parts.

    Attributes
    ----------
    kind : ``rows`` or ``applications``.
    files : what is read.
    parts : what becomes one part of the result each; known after ``prepare``.
    rows : in all parts.
    """

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def files(self) -> Sequence[Path]: ...  # noqa: D102
    @property
    def parts(self) -> Sequence[InputPart]: ...  # noqa: D102
    @property
    def rows(self) -> int: ...  # noqa: D102

    def prepare(self, scratch: Path) -> None:
        """Do what has to be done before the first part; the folder keeps what is written there until the end."""

    def read(self, part: InputPart) -> Iterator[tuple[ReadRows, list[FaultyRow]]]:
        """Yield the rows of a part, block by block, and those that are set aside."""

    def for_engine(self) -> EngineInput:
        """Return the rows as files, for an engine that reads them itself; after ``prepare``."""


class Run(NamedTuple):
    """A run that has begun.

    Attributes
    ----------
    id : of the run.
    parts : those that are whole.
    progress : called with the number of rows that are done, and of all rows.
    """

    id: str
    source: Source
    scorer: RowScorer
    out: OutFolder
    recorder: BatchRecorder
    parts: list[WrittenPart]
    progress: Callable[[int, int], None]

    def add(self, part: WrittenPart) -> None:
        """Add a part that is whole."""
        self.parts.append(part)
        self.out.note(self.parts)
        self.show()

    def show(self) -> None:
        """Show how far the run is."""
        self.progress(sum(part.rows for part in self.parts), self.source.rows)


class Engine(Protocol):
    """What scores all rows of a run.

    Attributes
    ----------
    records_decisions : whether each decision can be recorded.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def records_decisions(self) -> bool: ...  # noqa: D102

    def score(self, run: Run) -> None:
        """Score what is not in the run's parts yet, and add its parts."""


class ThisMachine:
    """Scores on this machine, part by part."""

    name = "duckdb"
    records_decisions = True

    def score(self, run: Run) -> None:
        """Score the parts that are not whole yet; small parts are read while those before them are scored."""
        parts = run.source.parts[len(run.parts) :]
        with ThreadPoolExecutor(_READERS) as threads:
            reading = deque(threads.submit(_read_part, run.source, part) for part in parts[:_READERS])
            for i in range(len(parts)):
                blocks = reading.popleft().result()
                reading.extend(threads.submit(_read_part, run.source, part) for part in parts[i + _READERS :][:1])
                run.add(_score_part(run, len(run.parts), blocks))


class Options(NamedTuple):
    """Options of a run.

    Attributes
    ----------
    part_rows : most rows of a part.
    progress : called with the number of rows that are done, and of all rows.
    engine : scores the rows.
    """

    part_rows: int = PART_ROWS
    progress: Callable[[int, int], None] = lambda _done, _all: None
    engine: Engine = ThisMachine()


def run_batch(
    source: Source, scorer: RowScorer, out: OutFolder, recorder: BatchRecorder, options: Options | None = None
) -> dict[str, Any]:
    """Score all rows of a source; returns the summary, which is written last.

    A run that was killed continues after its last complete part, and writes the same files as one that was not.

    Raises
    ------
    DataError
        If the input cannot be read, or changes while it is read; if no row can be scored; if the folder holds another
        run, or cannot be written; if the file of faulty rows would replace another file.
    RecordUnavailable
        If the run cannot be recorded; it is then not finished.
    """
    options = options or Options()
    if recorder.what == "decisions" and not options.engine.records_decisions:
        name = options.engine.name
        raise DataError(
            f"--record decisions: the engine {name} records no decisions\nRecord the summary, or use duckdb."
        )
    begun = time.monotonic()
    out.refuse_errors_file(source.files)
    recorder.refuse_unusable()
    with out.locked(), ThreadPoolExecutor(1) as hashing:
        if summary := _find_finished(source, scorer, out, recorder):
            return summary
        identified = _identify(source)
        plan, parts = out.begin(
            {
                "run": make_id(),
                "started": datetime.now(UTC).isoformat(timespec="seconds"),
                "input": identified,
                "engine": options.engine.name,
                "kind": source.kind,
                "model_version": scorer.version,
                "reasons": scorer.reasons,
                "record": recorder.what,
                "part_rows": options.part_rows,
                "errors": out.named_errors,
                **_name_policy(scorer),
            }
        )
        fingerprint = hashing.submit(_fingerprint, source.files)
        if not out.scores.is_dir():
            source.prepare(out.unfinished)
            run = Run(plan["run"], source, scorer, out, recorder, parts, options.progress)
            run.show()
            options.engine.score(run)
        if _identify(source) != identified:
            raise DataError("the input has changed during the run\nLeave it alone, and start again in an empty folder.")
        summary = _summarise(plan, source, scorer, parts, fingerprint.result())
        if not summary["scored"]:
            out.publish_errors(len(parts))
            raise DataError(f"no row can be scored\n{out.errors} has the errors of all {summary['rows']} rows.")
        recorder.record_run(plan["run"], summary)
        out.publish(len(parts))
        summary["seconds"] = round(time.monotonic() - begun, 3)
        out.end(summary)
    return summary


def _find_finished(source: Source, scorer: RowScorer, out: OutFolder, recorder: BatchRecorder) -> dict[str, Any] | None:
    """Return the summary of the same run, if it is finished."""
    summary = out.finished()
    own = {"model_version": scorer.version, "reasons": scorer.reasons, "record": recorder.what, "kind": source.kind}
    own |= {"policy_version": None, "policy_day": None, **_name_policy(scorer)}
    if summary is None or any(summary.get(name) != value for name, value in own.items()):
        return None
    return summary if summary.get("input_sha256") == _fingerprint(source.files) else None


def _name_policy(scorer: RowScorer) -> dict[str, str]:
    """Name the policy of a run; empty without one."""
    return {} if scorer.policy is None else {"policy_version": scorer.policy.version, "policy_day": str(scorer.day)}


def _identify(source: Source) -> list[list[Any]]:
    """Say which files are read, as far as can be told without reading them."""
    return [[str(file), file.stat().st_size, file.stat().st_mtime_ns] for file in source.files]


def _fingerprint(files: Sequence[Path]) -> str:
    """SHA-256 over the SHA-256 of each file, in their order; their names and places do not matter."""
    return hashlib.sha256("\n".join(map(hash_file, files)).encode()).hexdigest()


def _read_part(source: Source, part: InputPart) -> Blocks:
    """Read a small part; of a larger one, give what reads it block by block."""
    blocks = source.read(part)
    return [*blocks] if part.rows <= _SMALL_PART else blocks


def _score_part(run: Run, place: int, blocks: Blocks) -> WrittenPart:
    source, scorer, out = run.source, run.scorer, run.out
    before = sum(part.rows for part in source.parts[:place])
    rows = refused = scored = 0
    review = 0 if scorer.scorer.policy.calibration and scorer.scorer.policy.review_band else None
    with out.part(place) as (file, faulty), _writing(file, scorer.schema) as write:
        waiting: list[pa.RecordBatch] = []
        for found, set_aside in blocks:
            faulty += set_aside
            if len(found.rows):
                batch = scorer.score_rows(found.client_ids, found.rows, found.facts)
                run.recorder.record_decisions(run.id, before + rows + np.flatnonzero(found.valid), batch, found.rows)
                scored += batch.num_rows
                refused += count_refused(batch)
                review = None if review is None else review + batch.column("review").true_count
                waiting.append(batch)
            rows += len(found.valid)
            if sum(one.num_rows for one in waiting) >= _GROUP_ROWS:
                write(waiting)
                waiting = []
        if waiting:
            write(waiting)
    written = out.unfinished / "scores" / part_name(place)
    return WrittenPart(part_name(place), rows, scored, len(faulty), refused, review, hash_file(written))


@contextmanager
def _writing(file: Path, schema: pa.Schema) -> Iterator[Callable[[list[pa.RecordBatch]], None]]:
    """Give a function that writes a row group while the next one is scored; all are written when the block ends."""
    with pq.ParquetWriter(file, schema, compression="zstd") as writer, ThreadPoolExecutor(1) as thread:
        last: list[Future[None]] = []

        def write(batches: list[pa.RecordBatch]) -> None:
            while last:
                last.pop().result()
            last.append(thread.submit(writer.write_table, pa.Table.from_batches(batches), _GROUP_ROWS))

        yield write
        while last:
            last.pop().result()


def count_refused(batch: pa.RecordBatch) -> int:
    """Count the refused clients among results."""
    return int(batch.column("decision").indices.to_numpy().sum())


def _summarise(
    plan: dict[str, Any], source: Source, scorer: RowScorer, parts: Sequence[WrittenPart], fingerprint: str
) -> dict[str, Any]:
    scored = sum(part.scored for part in parts)
    refused = sum(part.refused for part in parts)
    reviews = [part.review for part in parts if part.review is not None]
    review = sum(reviews) if reviews else None
    return {
        "run": plan["run"],
        "started": plan["started"],
        "engine": plan["engine"],
        "kind": source.kind,
        "model_version": scorer.version,
        "threshold": scorer.scorer.policy.threshold,
        "input_sha256": fingerprint,
        "input_files": len(source.files),
        "rows": sum(part.rows for part in parts),
        "scored": scored,
        "faulty": sum(part.faulty for part in parts),
        "refused": refused,
        "refused_share": refused / scored if scored else None,
        "review": review,
        "review_share": review / scored if scored and review is not None else None,
        "reasons": scorer.reasons,
        "record": plan["record"],
        **_name_policy(scorer),
        "parts": [part._asdict() for part in parts],
    }
