"""Where the faulty rows are written: no file is replaced that is not the run's own."""

import pyarrow.parquet as pq
import pytest

from scoring.errors import DataError


@pytest.mark.parametrize(
    "name", ["rows.parquet", "link.csv", "other.csv", "modele_retenu.json", "out/summary.json", "out/scores/a.csv"]
)
def test_a_file_that_is_not_the_runs_own_is_not_replaced(run, rows_file, tmp_path, name):
    (tmp_path / "link.csv").symlink_to(rows_file)
    (tmp_path / "other.csv").write_text("a,b\n", encoding="utf-8")
    (tmp_path / "modele_retenu.json").write_text("{}", encoding="utf-8")
    before = {one: one.read_bytes() for one in tmp_path.iterdir()}
    with pytest.raises(DataError, match=r"--errors .*\n.*leave this option out"):
        run(rows_file, tmp_path / "out", errors=tmp_path / name)
    assert {one: one.read_bytes() for one in tmp_path.iterdir()} == before


def test_a_file_that_appears_during_the_run_is_not_replaced(run, rows_file, tmp_path, monkeypatch):
    place = tmp_path / "wrong.csv"
    monkeypatch.setattr("scoring.batch.run._summarise", lambda *_: (place.write_text("mine"), {"scored": 0})[1])
    with pytest.raises(DataError, match="is not a file of faulty rows"):
        run(rows_file, tmp_path / "out", errors=place)
    assert place.read_text(encoding="utf-8") == "mine"


def test_the_file_of_another_run_is_kept_and_the_runs_own_is_written_again(run, rows, tmp_path):
    pq.write_table(rows.set_column(0, "SK_ID_CURR", [[1] * len(rows)]), tmp_path / "rows.parquet")
    for _ in range(2):  # the run is not finished, and may be repeated
        with pytest.raises(DataError, match="no row can be scored"):
            run(tmp_path / "rows.parquet", tmp_path / "out", errors=tmp_path / "wrong.csv")
    with pytest.raises(DataError, match=r"wrong\.csv: exists already"):
        run(tmp_path / "rows.parquet", tmp_path / "other", errors=tmp_path / "wrong.csv")


def test_a_finished_run_is_reported_again(run, rows_file, tmp_path):
    first = run(rows_file, tmp_path / "out", errors=tmp_path / "wrong.csv")
    assert run(rows_file, tmp_path / "out", errors=tmp_path / "wrong.csv") == first


def test_a_place_where_no_file_can_be_is_named(run, rows_file, tmp_path):
    with pytest.raises(DataError, match=r"--errors .*absent/wrong\.csv: is in a folder that does not exist"):
        run(rows_file, tmp_path / "out", errors=tmp_path / "absent" / "wrong.csv")
    long = tmp_path / ("x" * 253)
    with pytest.raises(DataError, match=f"--errors {long}: cannot be written .File name too long"):
        run(rows_file, tmp_path / "out", errors=long)
