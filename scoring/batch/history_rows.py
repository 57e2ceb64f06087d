"""History features of a batch: computed while the applications are read, in the order of the rows to score.

The features of a part are therefore read from a few row groups.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scoring.errors import DataError
from scoring.home_credit.history.listed_clients import ListedClients
from scoring.home_credit.history.source_schema import CLIENT
from scoring.model.calibration import Floats

_OFTEN = 0.1  # seconds


@contextmanager
def computing(compute: Callable[[ListedClients], object], *, early: bool = True) -> Iterator[Callable[[Path], None]]:
    """Begin to compute, up to the point where the clients have to be known.

    Parameters
    ----------
    compute : computes the features of the clients who are listed.
    early : begin at once; otherwise when the clients are known.

    Returns
    -------
    Takes the file with the clients, and returns when their features are computed; raises what ``compute`` raises. If
    the block ends with an error, the computation is interrupted.
    """
    if not early:

        def compute_now(clients: Path) -> None:
            compute(ListedClients(lambda: clients))

        yield compute_now
        return
    known: Future[Path] = Future()
    interrupts: list[Callable[[], None]] = []
    with ThreadPoolExecutor(1) as thread:
        computed = thread.submit(compute, ListedClients(known.result, interrupts.append))

        def finish(clients: Path) -> None:
            known.set_result(clients)
            computed.result()

        try:
            yield finish
        finally:  # after ``finish`` there is nothing left to end
            known.cancel()
            while not computed.done():
                for interrupt in interrupts:
                    interrupt()
                wait([computed], _OFTEN)


class HistoryRows:
    """Reads the features of clients who follow one another.

    Parameters
    ----------
    file : Parquet, with one row for each row to score, in their order.
    names : features to read; one that is not there is left out.
    """

    def __init__(self, file: Path, names: Sequence[str]) -> None:
        self._file, self._metadata = file, pq.read_metadata(file)
        self._columns = [name for name in self._metadata.schema.names if name in {*names}]
        groups = range(self._metadata.num_row_groups)
        self._begins = np.cumsum([0, *(self._metadata.row_group(group).num_rows for group in groups)])

    def read(self, begin: int, ids: pa.Array) -> Mapping[str, Floats]:
        """Read the features of some clients, each of shape (n,), NaN where missing.

        Parameters
        ----------
        begin : which row the first client has, from 0.
        ids : n clients.

        Raises
        ------
        DataError
            If the rows are those of other clients.
        """
        if not len(ids):
            return {}
        first, last = np.searchsorted(self._begins, [begin, begin + len(ids) - 1], side="right") - 1
        with pq.ParquetFile(self._file, metadata=self._metadata) as opened:
            groups = opened.read_row_groups([*range(first, last + 1)], [CLIENT, *self._columns])
        found = groups.slice(begin - self._begins[first], len(ids))
        if not found[CLIENT].combine_chunks().equals(ids.cast(found[CLIENT].type)):
            raise DataError(f"{self._file}: has other clients than the run\nStart the run again in an empty folder.")
        return {name: as_floats(found[name]) for name in self._columns}


def as_floats(column: pa.ChunkedArray) -> Floats:
    """Turn numbers into floats, shape (n,), NaN where missing."""
    numbers: Floats = column.cast(pa.float64()).to_numpy()
    return numbers
