"""A batch run on Spark: the model is sent to the workers once, and rows come to them as Arrow batches.

Spark writes its own part files; a run that was killed starts again. The folders of the input and of the result have to
be on storage that this machine and the cluster see under the same path.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from scoring.batch.arrow_rows import EngineInput, FaultyRow
from scoring.batch.out_folder import WrittenPart, part_name
from scoring.batch.run import Run
from scoring.batch.scored import RowScorer
from scoring.batch.spark_worker import FAULTY, FILE, ROW, RowWork, pack
from scoring.errors import DataError
from scoring.home_credit.spark_session import explain_failure, failures, find_session, name_to_read, name_to_write
from scoring.storage.bundle import Bundle
from scoring.storage.checksums import hash_file

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_SUCCESS = "_SUCCESS"  # Spark writes this file when all others of a folder are whole
_CASE = "spark.sql.caseSensitive"
_KEY = "scoring_client"  # the client in the file that is joined


@contextmanager
def open_spark(bundle: Bundle, remote: str | None = None) -> "Iterator[SparkEngine]":
    """Give the engine of a model, on the session that ``find_session`` finds; what is started here ends here.

    Parameters
    ----------
    remote : address of a Spark Connect server.

    Raises
    ------
    DataError
    """
    session, is_ours = find_session(remote)
    try:
        yield SparkEngine(bundle, session)
    finally:
        if is_ours:
            session.stop()


class SparkEngine:
    """Scores on a session of Spark."""

    name = "spark"
    records_decisions = False

    def __init__(self, bundle: Bundle, session: "SparkSession") -> None:
        self._bundle, self._session = bundle, session

    def score(self, run: Run) -> None:
        """Score all rows; raises DataError with one message where Spark stops."""
        case = str(self._session.conf.get(_CASE))
        try:
            self._session.conf.set(_CASE, "true")  # columns may differ in the case of letters only
            self._score(run)
        except failures() as error:
            raise DataError(f"engine spark stopped: {explain_failure(error)}") from None
        finally:
            with suppress(*failures()):  # the session may have ended
                self._session.conf.set(_CASE, case)

    def _score(self, run: Run) -> None:
        scores, faulty = run.out.unfinished / "spark-scores", run.out.unfinished / "spark-faulty"
        source = run.source.for_engine()
        rows = _SparkRows(self._session, source, run.scorer, pack(run.scorer, self._bundle))
        rows.write_scores(scores)
        files = _find_parts(scores)
        missing = run.source.rows - sum(pq.read_metadata(file).num_rows for file in files)
        found = source.faulty
        if found is None and missing:
            rows.write_faulty(faulty)
            found = _read_faulty(_find_parts(faulty), source)
        if len(found or ()) != missing:
            raise DataError(
                f"engine spark: {missing} rows have no score, but {len(found or ())} have an error\n"
                "Leave the input alone during a run, and start again."
            )
        _adopt(files, found or (), run)
        shutil.rmtree(scores)
        shutil.rmtree(faulty, ignore_errors=True)


class _SparkRows:
    """Rows as a frame of Spark.

    Parameters
    ----------
    sent : what ``spark_worker.pack`` made.
    """

    def __init__(self, session: Any, source: EngineInput, scorer: RowScorer, sent: bytes) -> None:
        from pyspark.sql import functions
        from pyspark.sql.pandas.types import from_arrow_schema

        columns = [functions.col(_quote(name)) for name in source.columns]
        places = [
            functions.col("_metadata.file_name").alias(FILE), functions.col("_metadata.row_index").alias(ROW)
        ]  # fmt: skip
        frame = session.read.parquet(*map(name_to_read, source.files))
        self._placed = frame.select(*columns, *places)
        self._rows = self._placed if source.repeats else frame.select(*columns)
        if source.joined:
            file, key = source.joined
            more = session.read.parquet(name_to_read(file)).withColumnRenamed(key, _KEY)
            same = self._rows[_quote(source.reader.identity.name)] == more[_KEY]
            self._rows = self._rows.join(more, same, "left").drop(_KEY)
        self._work = RowWork(_send(session, sent), source.reader, source.repeats)
        self._scores, self._faulty = from_arrow_schema(scorer.plain_schema), from_arrow_schema(FAULTY)

    def write_scores(self, folder: Path) -> None:
        """Score the valid rows into Parquet files of a folder."""
        scored = self._rows.mapInArrow(self._work.score, self._scores)
        scored.write.mode("overwrite").option("compression", "zstd").parquet(name_to_write(folder))

    def write_faulty(self, folder: Path) -> None:
        """List the faulty rows in Parquet files of a folder; this reads the input once more."""
        listed = self._placed.mapInArrow(self._work.list_faulty, self._faulty)
        listed.write.mode("overwrite").parquet(name_to_write(folder))


def _send(session: Any, sent: bytes) -> Callable[[], bytes]:
    """Return what a worker calls to have the model: broadcast, or a part of the plan with Spark Connect."""
    from pyspark.sql import is_remote

    if is_remote():  # Spark Connect has no broadcasts
        return partial(bytes, sent)
    return partial(getattr, session.sparkContext.broadcast(sent), "value")


def _quote(name: str) -> str:
    return "`{}`".format(name.replace("`", "``"))


def _find_parts(folder: Path) -> list[Path]:
    """List the files that Spark wrote; raises DataError where they are not all seen here."""
    if not (folder / _SUCCESS).is_file():
        raise DataError(
            f"{folder}: Spark wrote files there, but they are not seen here\n"
            "Choose a folder for the result that this machine and the cluster share."
        )
    return sorted(folder.glob("part-*.parquet"))


def _read_faulty(files: Sequence[Path], source: EngineInput) -> list[FaultyRow]:
    """Read the faulty rows, in the order of the input."""
    names = source.names
    order = {name: place for place, name in enumerate(names)}
    rows = [row for file in files for row in pq.read_table(file).to_pylist()]
    rows.sort(key=lambda row: (order[row["file"]], row["row"]))
    return [FaultyRow(names[row["file"]], row["row"], row["client"], tuple(row["errors"])) for row in rows]


def _adopt(files: Sequence[Path], faulty: Sequence[FaultyRow], run: Run) -> None:
    """Make Spark's files the parts of the run; the faulty rows count to the first one."""
    folder = run.out.unfinished / "scores"
    for former in folder.iterdir():  # of a run that was killed at this point
        former.unlink()
    run.parts.clear()
    for place, file in enumerate(files):
        own = faulty if place == 0 else ()
        with run.out.part(place) as (beside, listed):
            listed += own
            file.replace(beside)
        run.add(_describe_part(folder / part_name(place), len(own)))


def _describe_part(file: Path, faulty: int) -> WrittenPart:
    columns = pq.read_table(file, columns=["decision", "review"])
    scored, review = columns.num_rows, columns.column("review")
    refused = pc.sum(pc.equal(columns.column("decision"), "REFUSED")).as_py() or 0
    reviewed = None if review.null_count == scored and scored else pc.sum(review.cast(pa.int64())).as_py() or 0
    return WrittenPart(file.name, scored + faulty, scored, faulty, refused, reviewed, hash_file(file))
