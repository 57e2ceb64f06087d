"""``GET /monitor``: who may open it, what it says in each language, and what becomes of it without a record."""

import json
from pathlib import Path

import pytest

from fonction_api_prediction import create_app
from scoring.settings import Settings
from tests.commands import run_command
from tests.decisions.conftest import locked, serving
from tests.web.gate.conftest import Keys
from tests.web.pages.conftest import BROWSER, ENGLISH, seen


@pytest.fixture
def keys(tmp_path):
    return Keys(tmp_path / "keys.json")


def verify(path, *options):
    return run_command("decisions", "verify", str(path), *map(str, options), cwd=Path.cwd())


def test_a_program_gets_json_and_a_browser_a_page_in_its_language(recorded, numbers):
    for number in numbers[:3]:
        recorded.get(f"/predict/{number}")
    look = recorded.get("/monitor").json
    assert (look["decisions"]["periods"][0]["accepted"] + look["decisions"]["periods"][0]["refused"]) == 3
    page = recorded.get("/monitor", headers=ENGLISH)
    assert (page.status_code, page.headers["Content-Language"]) == (200, "en")
    assert page.headers["Cache-Control"] == "no-store"
    for text in ("Monitoring", "Needs attention", "within what chance explains", "Served since"):
        assert text in seen(page)
    french = seen(recorded.get("/monitor", headers=BROWSER))
    for text in ("Surveillance", "dans ce que le hasard explique", "n'a pas été vérifié", "aujourd'hui"):
        assert text in french


def test_what_verify_finds_is_on_the_page(recording, path):
    client = recording.test_client()
    client.get("/predict/500145")
    recording.extensions["decisions"].close()  # makes a checkpoint
    assert verify(path).returncode == 0
    record = client.get("/monitor").json["record"]
    assert (record["verification"]["deviations"], record["verification_is_of_this_record"]) == (0, True)
    assert "Last verification intact" in seen(client.get("/monitor", headers=ENGLISH))
    other = path.with_name("elsewhere.json")
    verify(path, "--result", other)
    assert json.loads(other.read_text(encoding="utf-8"))["last_checkpoint"]["number"] == 2
    assert other.stat().st_mode & 0o777 == 0o644


def test_a_result_that_cannot_be_written_is_a_warning_at_its_usual_place_and_refused_where_it_is_named(
    recorded, path, tmp_path
):
    recorded.get("/predict/500145")
    ended = verify(path, "--result", tmp_path / "nowhere" / "result.json")
    assert (ended.returncode, "result.json: cannot be written" in ended.stderr) == (1, True)
    before = {*tmp_path.rglob("*")}
    assert verify(path).returncode == 0
    (usual,) = {one for one in {*tmp_path.rglob("*")} - before if "verif" in one.name}
    usual.unlink()
    usual.mkdir()
    ended = verify(path)
    assert (ended.returncode, "the result is not in" in ended.stderr) == (0, True)


def test_without_a_record_there_is_a_page(client):
    assert client.get("/monitor").json["decisions"] is None
    assert "This service does not record decisions." in seen(client.get("/monitor", headers=ENGLISH))


def test_a_model_without_a_manifest_has_no_expected_figures(unverified, path):
    app = serving(Settings(artefacts=unverified, threshold=0.5, open=True, decisions=str(path)))
    client = app.test_client()
    first = client.get("/clients").json["clients"][0]
    assert client.get(f"/predict/{first}").status_code == 200
    page = seen(client.get("/monitor", headers=ENGLISH))
    assert "not compared: the expected figure is not known" in page
    app.extensions["decisions"].close()


def test_a_locked_record_is_told_and_one_that_is_gone_is_a_problem(recording, path):
    client = recording.test_client()
    with locked(path):
        look = client.get("/monitor").json
        assert look["record"]["unwritable_seconds"] >= 0
        assert look["attention"][0]["code"] == "record_not_writable"
    assert client.get("/monitor").json["record"]["unwritable_seconds"] is None
    path.rename(path.with_name("moved.db"))
    answer = client.get("/monitor")
    assert (answer.status_code, answer.json["title"]) == (503, "Record unavailable")
    assert "does not answer now" in seen(client.get("/monitor", headers=ENGLISH))


def test_the_scope_audit_is_needed_and_a_portfolio_is_refused_with_the_reason(keys):
    audit, read = keys.add("audit"), keys.add("read", "decide")
    branch = keys.add("audit", portfolio="NAME_INCOME_TYPE=Working")
    client = create_app(Settings(api_keys=keys.path)).test_client()
    assert client.get("/monitor", headers=audit).status_code == 200
    assert client.get("/monitor", headers=read).status_code == 403
    refused = client.get("/monitor", headers=branch)
    assert refused.status_code == 403
    assert "Use a key without a portfolio" in refused.json["detail"]


def test_the_metrics_of_all_clients_are_refused_to_a_portfolio_too(keys):
    everything, branch = keys.add("metrics"), keys.add("metrics", portfolio="NAME_INCOME_TYPE=Working")
    client = create_app(Settings(api_keys=keys.path)).test_client()
    assert client.get("/metrics", headers=everything).status_code == 200
    refused = client.get("/metrics", headers=branch)
    assert refused.status_code == 403
    assert "Use a key without a portfolio" in refused.json["detail"]


def test_only_those_who_may_open_it_have_a_link_to_it(keys):
    audit, read = keys.add("audit"), keys.add("read")
    branch = keys.add("audit", portfolio="NAME_INCOME_TYPE=Working")
    client = create_app(Settings(api_keys=keys.path)).test_client()
    pages = [client.get("/model", headers={**BROWSER, **one}).text for one in (audit, read, branch)]
    assert [page.count('href="/monitor"') for page in pages] == [1, 0, 0]
