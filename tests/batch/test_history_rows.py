import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scoring.batch.history_rows import HistoryRows
from scoring.errors import DataError
from scoring.home_credit.history.source_schema import CLIENT


@pytest.fixture
def file(tmp_path):
    """Features of 100 clients, in row groups of 8."""
    ids = np.arange(100)[::-1] + 500
    table = pa.table({CLIENT: ids, "late": pa.array(ids * 2.0, mask=ids == 510), "count": ids.astype(np.int32)})
    pq.write_table(table, tmp_path / "history.parquet", row_group_size=8)
    return tmp_path / "history.parquet"


@pytest.mark.parametrize(("begin", "end"), [(0, 100), (0, 8), (7, 9), (16, 17), (83, 100), (5, 5)])
def test_any_rows_are_read_whatever_row_groups_they_are_in(file, begin, end):
    ids = pa.array(range(599 - begin, 599 - end, -1), pa.int64())
    found = HistoryRows(file, ["late", "count", "absent"]).read(begin, ids)
    expected = ids.to_numpy().astype(float)
    assert [*found] == (["late", "count"] if len(ids) else [])
    for name, values in found.items():
        known = np.where(expected == 510, np.nan, 2 * expected) if name == "late" else expected
        assert np.array_equal(values, known, equal_nan=True)


def test_rows_of_other_clients_are_refused(file):
    with pytest.raises(DataError, match="has other clients than the run"):
        HistoryRows(file, ["late"]).read(0, pa.array([599, 597]))
