"""The record has the files of every served model once, and an entry whenever a model begins to serve."""

import json
import stat
import tomllib
from pathlib import Path

import pytest

from fonction_api_prediction import create_app
from scoring.decisions.content import SERVICE_VERSION
from scoring.decisions.served_model import begin_serving, record_refusal
from scoring.errors import ArtefactError, SettingError
from scoring.settings import Settings
from scoring.storage.bundle import MANIFEST, MODEL, SCALER
from tests.decisions.conftest import serving


def events(record):
    rows = record.read(
        lambda session: session.rows("SELECT content FROM record_entries WHERE kind = 'model' ORDER BY id")
    )
    return [json.loads(content) for (content,) in rows]


def test_a_start_keeps_the_files_that_score_and_no_clients(recording, record, project):
    version = recording.extensions["scoring"].version
    files = record.model_files(version)
    assert files == {name: (project / name).read_bytes() for name in (MANIFEST, MODEL, SCALER)}
    kept, begun = events(record)
    assert kept["model_version"] == begun["model_version"] == version
    assert begun["event"] == "start"


def test_a_second_start_keeps_nothing_again_also_where_the_manifest_describes_the_model_in_other_words(
    recording, record, path, folder
):
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest["created_at"] = "2020-01-01T00:00:00Z"  # the version does not depend on it
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    again = serving(Settings(artefacts=folder, decisions=str(path)), event="reload")
    assert again.extensions["scoring"].version == recording.extensions["scoring"].version
    assert [one.get("event") for one in events(record)] == [None, "start", "reload"]
    assert record.model_files(again.extensions["scoring"].version)[MANIFEST] != (folder / MANIFEST).read_bytes()


def test_a_refused_model_is_an_entry_without_the_text_of_the_error(recording, record):
    record_refusal(record, recording.extensions["scoring"], ArtefactError("table.csv: client 100001 is a duplicate"))
    assert events(record)[-1]["event"] == "refused"
    assert events(record)[-1]["error"] == "ArtefactError"
    assert "100001" not in json.dumps(events(record)[-1])
    record_refusal(None, recording.extensions["scoring"], ArtefactError("nothing happens"))


@pytest.mark.parametrize("place", ["missing/folder/decisions.db", "."])
def test_a_place_that_cannot_be_written_is_refused_with_its_name_and_the_remedy(tmp_path, monkeypatch, caplog, place):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingError) as caught:
        serving(Settings(decisions=place))
    message = str(caught.value)
    assert message.startswith("SCORING_DECISIONS")
    assert "secret" not in message
    assert len(message.splitlines()) == 2
    assert caplog.messages == [], "the cause is told once"


@pytest.mark.parametrize(
    ("setting", "name", "value"),
    [
        ("decisions", "SCORING_DECISIONS", "host=db user=me password=secret"),
        ("decisions", "SCORING_DECISIONS", "postgresql://me:se/cret@db/credit"),
        ("decisions_key", "SCORING_DECISIONS_KEY", Path("missing.pem")),
        ("decisions_checkpoints", "SCORING_DECISIONS_CHECKPOINTS", Path("missing/file")),
    ],
)
def test_each_setting_of_the_record_is_checked_at_the_start_and_named(tmp_path, monkeypatch, setting, name, value):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingError, match=rf"^{name}[:=]") as caught:
        create_app(Settings(**{"decisions": "decisions.db", setting: value}))
    assert "cret" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_record_is_refused(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    app = create_app(Settings(decisions=str(path)))
    with pytest.raises(SettingError, match="SCORING_DECISIONS=off serves without a record"):
        begin_serving(app.extensions["decisions"], app.extensions["scoring"], "start", str(path))
    assert path.read_text(encoding="utf-8") == "a,b\n1,2\n"


def test_the_record_is_for_the_services_user_alone(recording, path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_version_of_the_service_is_that_of_the_package(project):
    package = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert package["version"] == SERVICE_VERSION
