"""What a Python worker of Spark does with its batches of rows: check them, and score them or list their errors.

Spark sends this module's classes by name, so that the workers need this package.
"""

import pickle
import platform
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

import numpy as np
import pyarrow as pa

from scoring.batch.arrow_rows import BatchReader, FaultyRow, ReadRows, show_id
from scoring.batch.scored import RowScorer
from scoring.errors import ArtefactError
from scoring.model.calibration import Floats
from scoring.storage.bundle import Bundle
from scoring.storage.packages import installed, other_versions

FILE, ROW = "scoring_file", "scoring_row"  # columns that tell where a row stands: name of the file, place from 0
FAULTY = pa.schema(
    [("file", pa.string()), ("row", pa.int64()), ("client", pa.string()), ("errors", pa.list_(pa.string()))]
)
_PACKAGES = ("python", "numpy", "scipy", "scikit-learn", "pydantic")
Repeats = Mapping[str, Mapping[int, str]]


class SentModel(NamedTuple):
    """A model as it is sent to workers.

    Attributes
    ----------
    versions : of the packages that score here; a worker needs the same.
    golden : rows with known scores, shape (k, features).
    probabilities : theirs on this machine, shape (k,); a worker has to give the same to the last bit.
    pickled : the RowScorer, made from verified files.
    """

    versions: Mapping[str, str]
    golden: Floats
    probabilities: Floats
    pickled: bytes


def pack(scorer: RowScorer, bundle: Bundle) -> bytes:
    """Make what is sent to the workers."""
    made_with = bundle.manifest.versions if bundle.manifest else {}
    versions = {name: version for name in {*_PACKAGES, *made_with} if (version := installed(name))}
    golden = np.array([record.row for record in bundle.golden])
    probabilities = scorer.scorer.score(golden).probability
    return pickle.dumps(SentModel(versions, golden, probabilities, pickle.dumps(scorer)))


@lru_cache(1)  # a worker serves many tasks
def unpack(sent: bytes) -> RowScorer:
    """Make the scorer in a worker; raises ArtefactError where its scores would differ from this project's."""
    model: SentModel = pickle.loads(sent)  # noqa: S301  (made by ``pack`` on the machine that sent it)
    where = f"Spark worker on {platform.node()}"
    remedy = "Give the workers the environment of the machine that starts the run (docs/scale.md)."
    if absent := [name for name in model.versions if installed(name) is None]:
        raise ArtefactError(f"{where}: lacks packages: {', '.join(absent)}\n{remedy}")
    if others := other_versions(model.versions):
        raise ArtefactError(f"{where}: has other packages than the machine that starts the run: {others}\n{remedy}")
    scorer: RowScorer = pickle.loads(model.pickled)  # noqa: S301
    if not np.array_equal(scorer.scorer.score(model.golden).probability, model.probabilities):
        raise ArtefactError(f"{where}: gives other probabilities than the machine that starts the run\n{remedy}")
    return scorer


class RowWork:
    """Work on model-ready rows.

    Parameters
    ----------
    load : returns what ``pack`` made.
    reader : of the batches.
    repeats : as in ``EngineInput``. If there are any, the batches have the columns ``FILE`` and ``ROW``.
    """

    def __init__(self, load: Callable[[], bytes], reader: BatchReader, repeats: Repeats) -> None:
        self._load, self._reader, self._repeats = load, reader, repeats

    def score(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the results of the valid rows."""
        scorer = unpack(self._load())
        for _, found in self._read(batches):
            if len(found.rows):
                yield scorer.score_rows(found.client_ids, found.rows).cast(scorer.plain_schema)

    def list_faulty(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the faulty rows, with all their errors; the batches have the columns ``FILE`` and ``ROW``."""
        for batch, found in self._read(batches):
            ids, rows = batch[self._reader.identity.name], batch[ROW]
            files = _file_names(batch)
            faulty = [
                FaultyRow(files[i], rows[i].as_py() + 1, show_id(ids, i), tuple(found.errors[i]))
                for i in sorted(found.errors)
            ]
            if faulty:
                yield pa.RecordBatch.from_pylist([one._asdict() for one in faulty], schema=FAULTY)

    def _read(self, batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[pa.RecordBatch, ReadRows]]:
        for batch in batches:
            yield batch, self._reader.read(batch, self._known_errors(batch) if self._repeats else ())

    def _known_errors(self, batch: pa.RecordBatch) -> Iterator[tuple[int, str]]:
        places = zip(_file_names(batch), batch[ROW].to_pylist(), strict=True)
        for i, (file, row) in enumerate(places):
            if (error := self._repeats.get(file, {}).get(row)) is not None:
                yield i, error


def _file_names(batch: pa.RecordBatch) -> list[str]:
    """Names of the files that the rows stand in; Spark encodes them as parts of a URL."""
    names = batch[FILE].dictionary_encode()
    decoded = [*map(unquote, names.dictionary.to_pylist())]
    return [decoded[i] for i in names.indices.to_pylist()]
