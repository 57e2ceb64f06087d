"""A run from model-ready rows: the numbers of the API, parts, resuming, faulty rows, and messages for bad input."""

import csv
import fcntl
import os
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scoring.batch import run as run_module
from scoring.batch.batch_input import open_source
from scoring.errors import DataError
from scoring.service import Service
from tests.batch.conftest import changed, read_scores, read_summary


def test_all_clients_have_the_numbers_of_a_lookup_to_the_last_digit(run, rows_file, bundle, tmp_path):
    summary = run(rows_file, tmp_path / "out")
    service = Service(bundle)
    found = read_scores(tmp_path / "out")
    assert len(found) == 1000
    for one in found:
        alone = service.decide_client(str(one["client_id"]))
        assert {name: alone[name] for name in one} == one
    assert [part["rows"] for part in summary["parts"]] == [200] * 5
    assert summary["refused"] == sum(one["decision"] == "REFUSED" for one in found)
    assert summary["review"] == sum(one["review"] for one in found)
    assert summary["refused_share"] == summary["refused"] / 1000
    assert read_summary(tmp_path / "out") == summary


def test_a_csv_file_gives_the_same_scores_as_parquet(run, rows, rows_file, tmp_path, project):
    run(rows_file, tmp_path / "parquet")
    rows.to_pandas().to_csv(tmp_path / "rows.csv", index=False)
    run(tmp_path / "rows.csv", tmp_path / "csv")
    run(project / "df_sample.csv", tmp_path / "sample")
    assert read_scores(tmp_path / "csv") == read_scores(tmp_path / "parquet") == read_scores(tmp_path / "sample")


def test_a_folder_of_part_files_is_one_input(run, rows, tmp_path):
    folder = tmp_path / "rows"
    folder.mkdir()
    for i in range(3):
        pq.write_table(rows.slice(i * 400, 400), folder / f"{i}.parquet")
    summary = run(folder, tmp_path / "out", part_rows=1000)
    assert [part["rows"] for part in summary["parts"]] == [400, 400, 200]
    assert [one["client_id"] for one in read_scores(tmp_path / "out")] == rows.column(0).to_pylist()


def files_of(out):
    return {one.name: one.read_bytes() for one in sorted((out / "scores").iterdir())}


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("after", [0, 2, 4])
def test_a_run_that_stops_is_resumed_with_the_same_files(run, rows_file, tmp_path, monkeypatch, after):
    run(rows_file, tmp_path / "whole", reasons=True)
    score_part = run_module._score_part

    def stop(run, place, blocks):
        if place == after:
            with run.out.part(place) as (file, _):
                file.write_bytes(b"half a part")
                raise Killed
        return score_part(run, place, blocks)

    monkeypatch.setattr(run_module, "_score_part", stop)
    with pytest.raises(Killed):
        run(rows_file, tmp_path / "out", reasons=True)
    assert not (tmp_path / "out" / "summary.json").exists()
    assert not (tmp_path / "out" / "scores").exists()
    scored = []
    monkeypatch.setattr(run_module, "_score_part", lambda *given: scored.append(given[1]) or score_part(*given))
    summary = run(rows_file, tmp_path / "out", reasons=True)
    assert scored == [*range(after, 5)]
    assert files_of(tmp_path / "out") == files_of(tmp_path / "whole")
    own = {"run", "started", "seconds"}
    whole = read_summary(tmp_path / "whole")
    assert {name: summary[name] for name in summary if name not in own} == {
        name: whole[name] for name in whole if name not in own
    }
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == ["errors.csv", "scores", "summary.json"]


def test_a_part_that_was_cut_short_is_written_again(run, rows_file, tmp_path, monkeypatch):
    run(rows_file, tmp_path / "whole")
    publish = run_module.OutFolder.publish
    monkeypatch.setattr(run_module.OutFolder, "publish", lambda *_: (_ for _ in ()).throw(Killed))
    with pytest.raises(Killed):
        run(rows_file, tmp_path / "out")
    monkeypatch.setattr(run_module.OutFolder, "publish", publish)
    part = tmp_path / "out" / "unfinished" / "scores" / "part-00001.parquet"
    os.truncate(part, part.stat().st_size // 2)
    run(rows_file, tmp_path / "out")
    assert files_of(tmp_path / "out") == files_of(tmp_path / "whole")


def test_a_run_that_is_finished_is_not_repeated(run, rows_file, tmp_path):
    first = run(rows_file, tmp_path / "out")
    assert run(rows_file, tmp_path / "out") == first


def test_another_run_may_not_write_into_the_folder(run, rows_file, tmp_path, monkeypatch):
    monkeypatch.setattr(run_module.OutFolder, "publish", lambda *_: (_ for _ in ()).throw(Killed))
    with pytest.raises(Killed):
        run(rows_file, tmp_path / "out")
    with pytest.raises(DataError, match="unfinished run that differs in reasons"):
        run(rows_file, tmp_path / "out", reasons=True)
    lock = os.open(tmp_path / "out", os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with pytest.raises(DataError, match="another run is writing there"):
        run(rows_file, tmp_path / "out")
    os.close(lock)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DataError, match=r"holds letter\.txt"):
        run(rows_file, tmp_path / "other")


def test_a_finished_run_is_not_taken_for_one_of_another_input(run, rows, rows_file, tmp_path):
    run(rows_file, tmp_path / "out")
    pq.write_table(rows.slice(0, 10), tmp_path / "others.parquet")
    with pytest.raises(DataError, match="finished run"):
        run(tmp_path / "others.parquet", tmp_path / "out")


def read_errors(file):
    with file.open(encoding="utf-8", newline="") as content:
        return [*csv.DictReader(content)]


def test_faulty_rows_go_to_a_file_with_all_their_errors_and_the_run_goes_on(run, rows, tmp_path):
    first = rows.column(0)[3].as_py()
    feature, other = rows.column_names[1:3]
    faulty = changed(rows, "SK_ID_CURR", {5: 42, 7: None, 650: first})
    faulty = changed(faulty, feature, {5: float("nan"), 9: float("inf"), 650: 1e16})
    faulty = changed(faulty, other, {9: None})
    pq.write_table(faulty, tmp_path / "faulty.parquet", row_group_size=100)
    summary = run(tmp_path / "faulty.parquet", tmp_path / "out", errors=tmp_path / "wrong.csv")
    assert (summary["rows"], summary["scored"], summary["faulty"]) == (1000, 996, 4)
    found = read_errors(tmp_path / "wrong.csv")
    assert [(one["file"], one["row"]) for one in found] == [("faulty.parquet", row) for row in ("6", "8", "10", "651")]
    number = "expected a number from -1e+15 to 1e+15 (required)"
    assert (
        found[0]["errors"] == f"SK_ID_CURR: received 42, expected exactly 6 digits (0-9); {feature}: missing, {number}"
    )
    assert found[1]["errors"] == "SK_ID_CURR: missing, expected exactly 6 digits (0-9)"
    assert found[2]["errors"] == f"{feature}: received inf, {number}; {other}: missing, {number}"
    assert found[3]["client_id"] == str(first)
    assert found[3]["errors"].startswith("SK_ID_CURR: a duplicate of row 4 of faulty.parquet, expected each once; ")
    assert len(read_scores(tmp_path / "out")) == 996


def test_a_cell_of_a_csv_file_that_is_no_number_is_an_error_of_its_row(run, rows, tmp_path):
    frame = rows.to_pandas().astype(object)
    frame.iloc[4, 2] = "many"
    frame.iloc[6, 0] = "12345678901234567890123"
    frame.to_csv(tmp_path / "rows.csv", index=False)
    summary = run(tmp_path / "rows.csv", tmp_path / "out")
    found = read_errors(tmp_path / "out" / "errors.csv")
    assert summary["scored"] == 998
    assert "received 'many', expected a number" in found[0]["errors"]
    assert "expected exactly 6 digits" in found[1]["errors"]


@pytest.mark.parametrize("ids", [pa.uint64(), pa.float64(), pa.string(), pa.decimal128(38, 0)])
def test_an_id_that_overflows_is_an_error_of_its_row(run, rows, tmp_path, ids):
    numbers = rows.column(0).to_pylist()
    numbers[2] = 2**63 + 4096
    numbers[3] += 0.5 if ids == pa.float64() else 0
    texts = pa.array([repr(number) for number in numbers])
    made = pa.array(numbers, ids) if ids == pa.uint64() else texts.cast(ids)
    pq.write_table(rows.set_column(0, "SK_ID_CURR", made), tmp_path / "rows.parquet")
    summary = run(tmp_path / "rows.parquet", tmp_path / "out")
    found = read_errors(tmp_path / "out" / "errors.csv")
    assert summary["faulty"] == len(found) == (2 if ids == pa.float64() else 1)
    assert found[0]["row"] == "3"
    assert "expected exactly 6 digits" in found[0]["errors"]
    assert read_scores(tmp_path / "out")[0]["client_id"] == rows.column(0)[0].as_py()


def test_a_duplicate_in_another_file_is_named_by_both_files(run, rows, tmp_path):
    folder = tmp_path / "rows"
    folder.mkdir()
    pq.write_table(rows.slice(0, 300), folder / "a.parquet")
    pq.write_table(rows.slice(290, 310), folder / "b.parquet")
    summary = run(folder, tmp_path / "out")
    found = read_errors(tmp_path / "out" / "errors.csv")
    assert summary["faulty"] == len(found) == 10
    assert found[0]["file"] == "b.parquet"
    assert "a duplicate of row 291 of a.parquet" in found[0]["errors"]


def test_where_every_row_is_faulty_nothing_looks_like_a_result(run, rows, tmp_path):
    pq.write_table(changed(rows.slice(0, 5), "SK_ID_CURR", dict.fromkeys(range(5), 1)), tmp_path / "rows.parquet")
    with pytest.raises(DataError, match="no row can be scored"):
        run(tmp_path / "rows.parquet", tmp_path / "out")
    assert len(read_errors(tmp_path / "out" / "errors.csv")) == 5
    assert not (tmp_path / "out" / "summary.json").exists()
    assert not (tmp_path / "out" / "scores").exists()


def test_a_file_that_was_cut_short_is_named(run, rows_file, tmp_path):
    os.truncate(rows_file, rows_file.stat().st_size // 2)
    with pytest.raises(DataError, match=r"rows\.parquet: the file cannot be read: it is damaged"):
        run(rows_file, tmp_path / "out")


def test_a_file_that_is_damaged_inside_is_named_and_the_run_can_be_resumed(run, rows_file, tmp_path):
    whole = rows_file.read_bytes()
    rows_file.write_bytes(whole[:2000] + bytes(3000) + whole[5000:])
    with pytest.raises(DataError, match=r"rows\.parquet: the file cannot be read: it is damaged"):
        run(rows_file, tmp_path / "out")
    assert not (tmp_path / "out" / "summary.json").exists()


def test_columns_that_change_between_files_are_named(run, rows, tmp_path):
    folder = tmp_path / "rows"
    folder.mkdir()
    pq.write_table(rows, folder / "a.parquet")
    first, second = rows.column_names[1:3]
    other = rows.drop_columns([first]).set_column(1, second, pa.array(["x"] * len(rows)))
    pq.write_table(other, folder / "b.parquet")
    with pytest.raises(DataError) as raised:
        run(folder, tmp_path / "out")
    assert f"b.parquet: column {first} is missing, unlike in a.parquet" in str(raised.value)
    assert f"b.parquet: column {second} holds string, but double in a.parquet" in str(raised.value)


def test_a_table_with_values_that_the_model_does_not_give_is_refused_before_any_row_is_scored(
    run, rows, rows_file, tmp_path
):
    """Raw values under the names of the columns, or the rows of a model that was fitted before."""
    place = rows.column_names.index("DAYS_EMPLOYED")
    raw = pa.array(range(-2000, len(rows) - 2000), pa.int64())
    pq.write_table(rows.set_column(place, "DAYS_EMPLOYED", raw), rows_file)
    with pytest.raises(DataError) as raised:
        run(rows_file, tmp_path / "out")
    assert "rows.parquet: column DAYS_EMPLOYED: received -2000 (row 1), expected one of the model's" in str(
        raised.value
    )
    assert "add --applications for raw applications" in str(raised.value)
    assert not (tmp_path / "out" / "scores").exists()


def test_a_csv_file_with_values_that_the_model_does_not_give_is_refused(run, rows, tmp_path):
    frame = rows.to_pandas()
    frame["DAYS_EMPLOYED"] = frame["DAYS_EMPLOYED"] + 0.001
    frame.to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(DataError, match=r"rows\.csv: column DAYS_EMPLOYED: received"):
        run(tmp_path / "rows.csv", tmp_path / "out")


def test_values_in_single_precision_are_those_of_the_model(run, rows, rows_file, tmp_path):
    names = rows.column_names[1:]
    single = [rows.column(name).cast(pa.float32()) for name in names]
    pq.write_table(pa.table({rows.column_names[0]: rows.column(0), **dict(zip(names, single, strict=True))}), rows_file)
    assert run(rows_file, tmp_path / "out")["scored"] == len(rows)


def test_missing_columns_are_listed(run, rows, tmp_path):
    pq.write_table(rows.drop_columns(rows.column_names[:2]), tmp_path / "rows.parquet")
    with pytest.raises(DataError) as raised:
        run(tmp_path / "rows.parquet", tmp_path / "out")
    assert "column SK_ID_CURR is missing" in str(raised.value)
    assert f"column {rows.column_names[1]} is missing" in str(raised.value)


def test_an_input_that_changes_during_the_run_gives_no_result(run, rows, rows_file, tmp_path, monkeypatch):
    score_part = run_module._score_part

    def change(*given):
        if given[1] == 4:
            found = score_part(*given)
            pq.write_table(rows.slice(0, 999), rows_file)
            return found
        return score_part(*given)

    monkeypatch.setattr(run_module, "_score_part", change)
    with pytest.raises(DataError, match="the input has changed during the run"):
        run(rows_file, tmp_path / "out")
    assert not (tmp_path / "out" / "summary.json").exists()


def test_values_that_are_whole_numbers_or_decimals_score_the_same(run, rows, rows_file, tmp_path):
    run(rows_file, tmp_path / "out")
    name = rows.column_names[1]
    other = rows.set_column(1, name, rows.column(1).cast(pa.float32()))
    pq.write_table(other, tmp_path / "single.parquet")
    run(tmp_path / "single.parquet", tmp_path / "single")
    exact = np.array([one["probability"] for one in read_scores(tmp_path / "out")])
    single = np.array([one["probability"] for one in read_scores(tmp_path / "single")])
    np.testing.assert_allclose(exact, single, atol=1e-6)


def test_no_file_of_an_unfinished_run_is_left_over_in_a_removed_folder(run, rows_file, tmp_path):
    run(rows_file, tmp_path / "out")
    shutil.rmtree(tmp_path / "out")
    run(rows_file, tmp_path / "out")
    assert (tmp_path / "out" / "summary.json").is_file()


def test_the_errors_have_each_id_as_it_stands_in_the_input(run, rows, tmp_path):
    given = ["abc", "x" * 60, 'a,"b"', None, *map(str, rows.column(0).to_pylist()[4:])]
    pq.write_table(rows.set_column(0, "SK_ID_CURR", pa.array(given)), tmp_path / "rows.parquet")
    run(tmp_path / "rows.parquet", tmp_path / "out")
    found = read_errors(tmp_path / "out" / "errors.csv")
    assert [one["client_id"] for one in found] == ["abc", "x" * 60, 'a,"b"', ""]


def test_a_file_whose_name_is_not_utf8_is_named_in_the_errors(run, rows, tmp_path):
    file = tmp_path / os.fsdecode(b"donn\xe9es.csv")
    frame = rows.to_pandas().astype(object)
    frame.iloc[4, 2] = "many"
    frame.iloc[6, 0] = frame.iloc[5, 0]
    frame.to_csv(file, index=False)
    summary = run(file, tmp_path / "out", errors=tmp_path / os.fsdecode(b"erreurs-\xe9.csv"))
    assert summary["scored"] == 998
    found = read_errors(tmp_path / os.fsdecode(b"erreurs-\xe9.csv"))
    assert {one["file"] for one in found} == {r"donn\xe9es.csv"}


def test_a_parquet_file_whose_name_is_not_utf8_is_refused(run, rows_file, tmp_path):
    file = rows_file.rename(tmp_path / os.fsdecode(b"donn\xe9es.parquet"))
    with pytest.raises(DataError, match=r"donn\\xe9es.parquet: the name of a Parquet file is not UTF-8 .*\nRename it"):
        run(file, tmp_path / "out")


def test_the_decimal_mark_that_was_given_counts_for_rows_of_a_text_file(bundle, rows, tmp_path):
    rows.to_pandas().to_csv(tmp_path / "rows.csv", index=False)
    source = open_source(tmp_path / "rows.csv", bundle, 1000, decimal=",")
    with pytest.raises(DataError, match="is not a number with the expected decimal mark"):
        source.prepare(tmp_path)


def test_a_cell_that_is_too_long_is_named_with_its_line(run, rows, tmp_path):
    frame = rows.slice(0, 5).to_pandas().assign(note="short")
    frame.loc[2, "note"] = "x" * 140_000
    frame.to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(DataError, match="a cell in line 4 is longer than 131,072 characters"):
        run(tmp_path / "rows.csv", tmp_path / "out")
