"""A run in the decision record: its summary always, each decision when asked for, nothing twice after a kill."""

import pyarrow.parquet as pq
import pytest

from scoring.batch import run as run_module
from scoring.batch.batch_entry import make_decision_id
from scoring.errors import DataError, RecordUnavailable
from scoring.record.entries import Search
from scoring.record.kept_record import open_record
from scoring.service import Service
from scoring.settings import Settings
from tests.batch.conftest import read_scores, read_summary
from tests.decisions.conftest import serving
from tests.record.test_writer import problems


@pytest.fixture
def path(tmp_path):
    return tmp_path / "decisions.db"


@pytest.fixture
def record(path):
    opened = open_record(str(path))
    yield opened
    opened.close()


def list_kinds(record):
    return record.read(lambda session: [row[0] for row in session.rows("SELECT kind FROM record_entries ORDER BY id")])


def test_the_summary_is_one_entry_without_personal_data(run, rows_file, record, tmp_path, bundle):
    summary = run(rows_file, tmp_path / "out", record=record)
    entry = record.find(summary["run"])
    assert entry.kind == "batch"
    assert entry.body is None
    content = entry.content
    assert (content["scored"], content["refused"], content["review"]) == (1000, summary["refused"], summary["review"])
    assert content["model_version"] == bundle.version
    assert content["input_sha256"] == summary["input_sha256"]
    assert "parts" not in content
    assert record.model_files(bundle.version) is not None
    assert record.search(Search(), 10) == []


def test_each_decision_is_recorded_as_the_service_records_it_and_can_be_scored_again(
    run, rows_file, record, path, tmp_path, bundle
):
    summary = run(rows_file, tmp_path / "out", record=record, what="decisions")
    entries = record.search(Search(), 2000)
    scores = read_scores(tmp_path / "out")
    assert len(entries) == len(scores) == 1000
    service = Service(bundle)
    for entry, one in zip(entries, scores, strict=True):
        assert entry.body.client_id == str(one["client_id"])
        assert entry.content["probability"] == one["probability"]
        assert entry.content["decision"] == one["decision"]
        assert entry.content["request_id"] == summary["run"]
        assert entry.content["key_id"] is None
    refused = next(entry for entry in entries if entry.content["decision"] == "REFUSED")
    (weights,) = service.weigh_concepts([[*refused.body.content["row"]]])
    assert [one["concept"] for one in refused.content["reasons"]] == [one.concept for one in weights]
    assert entries[5].id == make_decision_id(summary["run"], 5)
    record.close()
    app = serving(Settings(decisions=str(path)))
    answer = app.test_client().get(f"/decisions/{refused.id}").get_json()
    assert answer["replay"]["same"] is True
    app.extensions["decisions"].close()


class Killed(BaseException):
    """Stands for the end of the process."""


def test_a_run_that_was_killed_records_nothing_twice(run, rows, record, path, tmp_path, monkeypatch):
    file = tmp_path / "rows.parquet"
    pq.write_table(rows, file, row_group_size=100)
    replace = run_module.OutFolder.note

    def stop(folder, parts):
        if len(parts) == 3:  # its decisions are recorded, and nobody notes that the part is whole
            raise Killed
        replace(folder, parts)

    monkeypatch.setattr(run_module.OutFolder, "note", stop)
    with pytest.raises(Killed):
        run(file, tmp_path / "out", record=record, what="decisions")
    assert len(record.search(Search(), 2000)) == 600
    monkeypatch.setattr(run_module.OutFolder, "note", replace)
    publish = run_module.OutFolder.publish
    monkeypatch.setattr(run_module.OutFolder, "publish", lambda *_: (_ for _ in ()).throw(Killed))
    with pytest.raises(Killed):  # the run is recorded, and not finished
        run(file, tmp_path / "out", record=record, what="decisions")
    monkeypatch.setattr(run_module.OutFolder, "publish", publish)
    run(file, tmp_path / "out", record=record, what="decisions")
    assert len({entry.body.client_id for entry in record.search(Search(), 2000)}) == 1000
    assert len(record.search(Search(), 2000)) == 1000
    assert list_kinds(record).count("batch") == 1
    record.close()
    assert problems(str(path)) == []


def test_a_run_that_cannot_be_recorded_is_not_finished(run, rows_file, record, tmp_path, monkeypatch):
    append = type(record).append

    def refuse(*_):
        raise RecordUnavailable("the disk is full")

    monkeypatch.setattr(type(record), "append", refuse)
    with pytest.raises(RecordUnavailable):
        run(rows_file, tmp_path / "out", record=record)
    assert not (tmp_path / "out" / "summary.json").exists()
    assert not (tmp_path / "out" / "scores").exists()
    monkeypatch.setattr(type(record), "append", append)
    summary = run(rows_file, tmp_path / "out", record=record)
    assert record.find(summary["run"]) is not None


def test_nothing_is_recorded_where_the_record_is_off(run, rows_file, record, tmp_path):
    run(rows_file, tmp_path / "out", record=record, what="off")
    assert read_summary(tmp_path / "out")["record"] == "off"
    assert list_kinds(record) == []


def test_a_run_resumed_with_another_record_is_refused(run, rows_file, record, tmp_path, monkeypatch):
    monkeypatch.setattr(run_module.OutFolder, "publish", lambda *_: (_ for _ in ()).throw(Killed))
    with pytest.raises(Killed):
        run(rows_file, tmp_path / "out", record=record)
    with pytest.raises(DataError, match="differs in record"):
        run(rows_file, tmp_path / "out", record=record, what="decisions")
