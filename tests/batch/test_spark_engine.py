"""The batch on Spark: the same results as on one machine, and one message where a worker fails."""

import csv
import pickle
import re

import pandas as pd
import pyarrow.parquet as pq
import pytest

from scoring.batch import spark_engine, spark_worker
from scoring.batch.batch_entry import BatchRecorder
from scoring.batch.batch_input import open_source
from scoring.batch.out_folder import OutFolder
from scoring.batch.run import Options, run_batch
from scoring.batch.scored import make_row_scorer
from scoring.batch.spark_engine import SparkEngine
from scoring.errors import DataError
from scoring.service import Service
from scoring.tables.text import text_pieces
from tests.batch.conftest import changed, read_scores, read_summary
from tests.spark import leaves_sockets, needs_java, running_spark

pytestmark = [needs_java, leaves_sockets]


@pytest.fixture(scope="module")
def spark(request):
    """Start Spark once for all tests here."""
    with running_spark(request) as session:
        yield session


@pytest.fixture
def spark_run(bundle, spark):
    """Score an input on Spark; returns the summary."""

    def run(data, out, *, reasons=False, what="off"):
        scorer = make_row_scorer(bundle, reasons=reasons)
        options = Options(engine=SparkEngine(bundle, spark))
        source = open_source(data, bundle, options.part_rows, engine="spark")
        return run_batch(source, scorer, OutFolder(out), BatchRecorder(None, what, bundle), options)

    return run


def by_client(scores):
    return sorted(scores, key=lambda one: one["client_id"])


def read_errors(out):
    with (out / "errors.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_all_clients_have_the_numbers_of_a_lookup_to_the_last_digit(spark_run, rows_file, bundle, tmp_path):
    summary = spark_run(rows_file, tmp_path / "out")
    service = Service(bundle)
    found = read_scores(tmp_path / "out")
    assert len(found) == 1000
    for one in found:
        alone = service.decide_client(str(one["client_id"]))
        assert {name: alone[name] for name in one} == one
    assert summary["engine"] == "spark"
    assert summary["refused"] == sum(one["decision"] == "REFUSED" for one in found)
    assert summary["review"] == sum(one["review"] for one in found)
    assert read_summary(tmp_path / "out") == summary
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == ["errors.csv", "scores", "summary.json"]


def test_part_files_with_faulty_rows_give_what_one_machine_gives(run, spark_run, rows, bundle, tmp_path):
    """Names of files that Spark would read as patterns or as parts of a URL; reasons; every kind of faulty row."""
    first, second = bundle.scorer.features[:2]
    faulty = changed(rows, first, {3: None, 4: float("inf"), 700: 1e16})
    faulty = changed(faulty, second, {3: None})
    faulty = changed(faulty, bundle.identity.name, {7: rows[bundle.identity.name][5].as_py(), 999: 12, 600: None})
    folder = tmp_path / "rows [1] of {2} 100%"
    folder.mkdir()
    for i, name in enumerate(["part 1é.parquet", "part%202.parquet", "part[3].parquet"]):
        pq.write_table(faulty.slice(i * 400, 400), folder / name, row_group_size=90)
    one = run(folder, tmp_path / "one", reasons=True)
    other = spark_run(folder, tmp_path / "other", reasons=True)
    assert by_client(read_scores(tmp_path / "other")) == by_client(read_scores(tmp_path / "one"))
    assert read_errors(tmp_path / "other") == read_errors(tmp_path / "one")
    assert len(read_errors(tmp_path / "one")) == 1 + 6
    same = ["rows", "scored", "faulty", "refused", "review", "input_sha256", "model_version", "reasons"]
    assert {name: other[name] for name in same} == {name: one[name] for name in same}


@pytest.mark.drill
def test_the_seven_tables_give_what_one_machine_gives(run, spark_run, tables, tmp_path, monkeypatch):
    """With an application that cannot be scored, and clients who stand in two rows, also this one, of two pieces."""
    monkeypatch.setattr(text_pieces, "ROWS", 300)
    folder = tmp_path / "tables"
    folder.mkdir()
    for file in tables.iterdir():
        (folder / file.name).symlink_to(file)
    (folder / "application_train.parquet").unlink()
    frame = pd.read_parquet(tables / "application_train.parquet")
    frame.loc[3, "AMT_CREDIT"] = -1.0
    frame.loc[[700, 900], "SK_ID_CURR"] = frame.loc[[5, 3], "SK_ID_CURR"].tolist()
    frame.to_parquet(folder / "application_train.parquet")
    one = run(folder, tmp_path / "one")
    other = spark_run(folder, tmp_path / "other")
    assert by_client(read_scores(tmp_path / "other")) == by_client(read_scores(tmp_path / "one"))
    assert read_errors(tmp_path / "other") == read_errors(tmp_path / "one")
    assert (other["kind"], other["scored"], other["faulty"]) == (one["kind"], one["scored"], 3)


def test_a_csv_file_with_text_among_its_numbers_gives_what_one_machine_gives(run, spark_run, rows, bundle, tmp_path):
    frame = rows.to_pandas()
    frame[bundle.scorer.features[0]] = frame[bundle.scorer.features[0]].astype(object)
    frame.loc[2, bundle.scorer.features[0]] = "unknown"
    frame.to_csv(tmp_path / "rows.csv", index=False)
    run(tmp_path / "rows.csv", tmp_path / "one")
    spark_run(tmp_path / "rows.csv", tmp_path / "other")
    assert by_client(read_scores(tmp_path / "other")) == by_client(read_scores(tmp_path / "one"))
    assert read_errors(tmp_path / "other") == read_errors(tmp_path / "one")
    assert len(read_errors(tmp_path / "one")) == 2


def test_what_a_worker_says_is_the_message(spark_run, rows_file, tmp_path, monkeypatch):
    def pack(scorer, bundle):
        return pickle.dumps(pickle.loads(spark_worker.pack(scorer, bundle))._replace(versions={"numpy": "1.0"}))

    monkeypatch.setattr(spark_engine, "pack", pack)
    with pytest.raises(DataError) as found:
        spark_run(rows_file, tmp_path / "out")
    told = (
        r"engine spark stopped: Spark worker on \S+: has other packages than .*: numpy 1.0, installed is \S+\nGive .*"
    )
    assert re.fullmatch(told, str(found.value))
    assert not (tmp_path / "out" / "summary.json").exists()


def test_a_file_that_was_cut_short_is_named(spark_run, rows, tmp_path):
    """Its end is whole, so that nobody sees before the run that rows are lost."""
    file = tmp_path / "rows.parquet"
    pq.write_table(rows, file)
    content = bytearray(file.read_bytes())
    content[2000:60000] = bytes(58000)
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"rows\.parquet: the file cannot be read: it is damaged"):
        spark_run(file, tmp_path / "out")
    assert not (tmp_path / "out" / "summary.json").exists()


@pytest.mark.drill
def test_a_run_that_was_killed_starts_again_and_gives_the_same(spark_run, rows, tmp_path, monkeypatch):
    folder = tmp_path / "rows"
    folder.mkdir()
    for i in range(2):
        pq.write_table(rows.slice(i * 500, 500), folder / f"{i}.parquet")
    spark_run(folder, tmp_path / "whole")
    describe = spark_engine._describe_part

    def killed(file, faulty):
        if file.name == "part-00001.parquet":
            raise KeyboardInterrupt
        return describe(file, faulty)

    with monkeypatch.context() as patch:
        patch.setattr(spark_engine, "_describe_part", killed)
        with pytest.raises(KeyboardInterrupt):
            spark_run(folder, tmp_path / "out")
    assert not (tmp_path / "out" / "summary.json").exists()
    assert not (tmp_path / "out" / "scores").exists()
    (tmp_path / "out" / "unfinished" / "scores" / "part-00009.parquet").write_bytes(b"of a former try")
    spark_run(folder, tmp_path / "out")
    assert read_scores(tmp_path / "out") == read_scores(tmp_path / "whole")


def test_single_decisions_are_not_recorded_on_spark(bundle, rows_file, tmp_path):
    options = Options(engine=SparkEngine(bundle, None))
    recorder = BatchRecorder(object(), "decisions", bundle)
    out = OutFolder(tmp_path / "out")
    with pytest.raises(DataError, match="--record decisions: the engine spark records no decisions"):
        run_batch(open_source(rows_file, bundle, 1000), make_row_scorer(bundle), out, recorder, options)
    assert not (tmp_path / "out").exists()
