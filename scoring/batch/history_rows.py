"""History features in the order of the rows to score, so that the rows of a part are read from a few row groups."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scoring.errors import DataError
from scoring.home_credit.history.source_schema import CLIENT
from scoring.model.calibration import Floats


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
