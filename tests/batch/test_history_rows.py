import threading
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scoring.batch.batch_input import open_source
from scoring.batch.history_rows import HistoryRows, computing
from scoring.errors import DataError
from scoring.home_credit.history.source_schema import CLIENT

LISTED = Path("clients.parquet")


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


@pytest.mark.parametrize("early", [True, False])
def test_the_computation_gets_the_clients_when_they_are_known(early):
    begun, found = threading.Event(), []

    def compute(listed):
        begun.set()
        found.append(listed.wait())

    with computing(compute, early=early) as finish:
        assert begun.wait(5 if early else 0) == early
        assert found == []
        finish(LISTED)
        assert found == [LISTED]


@pytest.mark.parametrize("early", [True, False])
def test_an_error_of_the_computation_is_raised_where_it_is_waited_for(early):
    def compute(listed):
        listed.wait()
        raise DataError("bureau: has no rows")

    with pytest.raises(DataError, match="bureau: has no rows"), computing(compute, early=early) as finish:
        finish(LISTED)


@pytest.mark.parametrize("error", [DataError("column age is missing"), KeyboardInterrupt()])
def test_an_error_of_the_reading_interrupts_the_computation(error):
    interrupted, begun, ended = threading.Event(), threading.Event(), threading.Event()

    def compute(listed):
        listed.on_begin(interrupted.set)
        begun.set()
        interrupted.wait(60)
        try:
            listed.wait()
        finally:
            ended.set()

    def fail():
        begun.wait(60)
        raise error

    with pytest.raises(type(error)), computing(compute):
        fail()
    assert interrupted.is_set()
    assert ended.is_set()


def test_an_error_of_the_applications_comes_first_and_one_of_a_history_table_after_it(tables, bundle, tmp_path):
    folder, scratch = tmp_path / "tables", tmp_path / "scratch"
    for made in (folder, scratch):
        made.mkdir()
    for file in tables.iterdir():
        (folder / file.name).symlink_to(file)
    table = pq.read_table(tables / "application_train.parquet")
    for name, column in (("application_train", "EXT_SOURCE_3"), ("bureau", "SK_ID_BUREAU")):
        (folder / f"{name}.parquet").unlink()
        pq.write_table(pq.read_table(tables / f"{name}.parquet").drop_columns([column]), folder / f"{name}.parquet")
    with pytest.raises(DataError, match="column EXT_SOURCE_3 is missing"):
        open_source(folder, bundle, 10**6).prepare(scratch)
    pq.write_table(table, folder / "application_train.parquet")
    with pytest.raises(DataError, match="bureau: column SK_ID_BUREAU is missing"):
        open_source(folder, bundle, 10**6).prepare(scratch)
    assert not [*scratch.glob("history*")]
