"""Recorded decisions are found, listed, and scored again with the version of the model that made them."""

import json
import shutil
import sqlite3
from contextlib import closing

import joblib
import jsonschema
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import StandardScaler

from scoring.record.entries import make_id
from scoring.settings import Settings
from tests.conftest import OLDER_UNVERIFIED, REQUIRED
from tests.decisions.conftest import serving
from tests.web.test_other_ids import rename

UNKNOWN = ["019adf63-1a2b-7c3d-8e4f-0123456789ab", "x", "%00", "a" * 300, "019ADF63-1A2B-7C3D-8E4F-0123456789AB"]


def with_other_threshold(folder, value):
    """Change a published model's threshold, which makes it another version."""
    manifest = json.loads((folder / "modele_retenu.json").read_text(encoding="utf-8"))
    manifest["threshold"]["value"] = value
    (folder / "modele_retenu.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_a_decision_is_shown_with_its_body_and_scored_again_alike(recorded, numbers):
    answer = recorded.get(f"/predict/{numbers[0]}").json
    shown = recorded.get(f"/decisions/{answer['decision_id']}").json
    assert shown["decision"]["id"] == answer["decision_id"]
    assert shown["decision"]["content"]["probability"] == answer["probability"]
    assert shown["decision"]["body"]["client_id"] == numbers[0]
    assert shown["later"] == []
    assert shown["replay"] == {
        "same": True,
        "difference": pytest.approx(0, abs=1e-12),
        "probability": pytest.approx(answer["probability"], abs=1e-12),
        "calibrated_probability": pytest.approx(answer["calibrated_probability"], abs=1e-12),
        "decision": answer["decision"],
        "review": answer["review"],
        "reason": None,
    }


def test_decisions_of_every_form_are_scored_again_alike(recorded, entries, numbers, app):
    row = app.extensions["scoring"].clients.table.rows[3].tolist()
    for number in numbers[:30]:
        recorded.get(f"/predict/{number}")
    for body in (REQUIRED, {"applications": [REQUIRED, {**REQUIRED, "AMT_CREDIT": 3_000_000}]}, {"data": [row]}):
        recorded.post("/predict", json=body)
    found = entries()
    assert len(found) == 34
    assert all(recorded.get(f"/decisions/{one.id}").json["replay"]["same"] for one in found)


def test_a_decision_of_a_former_version_is_scored_again_with_that_version(recorded, path, folder, unverified, numbers):
    verified = [recorded.get(f"/predict/{number}").json for number in numbers[:5]]
    first = serving(Settings(artefacts=OLDER_UNVERIFIED, threshold=0.5, open=True, decisions=str(path)))
    client_id = first.extensions["scoring"].clients.table.client_ids.tolist()[0]
    older = first.test_client().get(f"/predict/{client_id}").json
    refused = recorded.post("/predict", json={**REQUIRED, "AMT_GOODS_PRICE": 450_000, "EXT_SOURCE_2": 0.01}).json
    shutil.rmtree(unverified)  # replay needs no file
    folder = with_other_threshold(folder, 0.01)
    now = serving(Settings(artefacts=folder, open=True, decisions=str(path), currency="EUR"))
    client = now.test_client()
    current = client.get(f"/predict/{numbers[0]}").json
    assert len({one["model_version"] for one in (verified[0], older, current)}) == 3
    assert current["decision"] == "REFUSED"
    letter = client.get(f"/decisions/{refused['decision_id']}/letter").json
    assert "€" in letter["change"]["en"]  # also in the words of a version that knows no currency
    for answer in (*verified, older, current):
        replay = client.get(f"/decisions/{answer['decision_id']}").json["replay"]
        assert replay["same"] is True
        assert replay["decision"] == answer["decision"]
        assert replay["probability"] == pytest.approx(answer["probability"], abs=1e-12)
    first.extensions["decisions"].close()
    now.extensions["decisions"].close()


def change(path, statement):
    """Change the file past the record, as somebody with the file could."""
    with closing(sqlite3.connect(path)) as file:
        for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            file.execute(f"DROP TRIGGER {name}")
        file.execute(statement)
        file.commit()


def test_a_changed_body_is_scored_with_another_result(recorded, path, numbers):
    decision_id = recorded.get(f"/predict/{numbers[0]}").json["decision_id"]
    change(path, "UPDATE record_bodies SET content = json_set(content, '$.row[0]', 99)")
    replay = recorded.get(f"/decisions/{decision_id}").json["replay"]
    assert replay["same"] is False
    assert replay["difference"] > 1e-9


def test_an_erased_body_cannot_be_scored_again(recorded, path, numbers):
    decision_id = recorded.get(f"/predict/{numbers[0]}").json["decision_id"]
    change(path, "DELETE FROM record_bodies")
    shown = recorded.get(f"/decisions/{decision_id}").json
    assert shown["decision"]["erased"] is True
    assert shown["decision"]["body"] is None
    assert shown["replay"]["same"] is None
    assert shown["replay"]["reason"] == "The body was erased: what was scored is no longer known."


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("DELETE FROM record_files", "has lost or changed this file"),
        ("UPDATE record_files SET content = (SELECT content FROM record_files LIMIT 1)", "has lost or changed"),
        ("UPDATE record_files SET content = x'00'", "has lost or changed this file"),
    ],
)
def test_a_version_whose_files_are_lost_or_changed_is_not_loaded_and_the_reason_is_given(
    recorded, path, folder, numbers, statement, reason
):
    decision_id = recorded.get(f"/predict/{numbers[0]}").json["decision_id"]
    change(path, statement)
    now = serving(Settings(artefacts=with_other_threshold(folder, 0.01), open=True, decisions=str(path)))
    answer = now.test_client().get(f"/decisions/{decision_id}")
    now.extensions["decisions"].close()
    assert answer.status_code == 200
    assert answer.json["replay"]["same"] is None
    assert reason in answer.json["replay"]["reason"]


def test_decisions_are_listed_by_condition_and_paged(recorded, numbers):
    answers = [recorded.get(f"/predict/{number}").json for number in (*numbers[:6], numbers[0])]
    ids = [answer["decision_id"] for answer in answers]

    def listed(query=""):
        page = recorded.get(f"/decisions{query}").json
        return [one["id"] for one in page["decisions"]], page["next_after"]

    assert listed() == (ids, None)
    assert listed("?limit=3") == (ids[:3], ids[2])
    assert listed(f"?limit=4&after={ids[2]}") == (ids[3:], None)
    assert listed("?order=newest&limit=3") == (ids[:3:-1], ids[4])
    assert listed(f"?order=newest&limit=4&after={ids[4]}") == (ids[3::-1], None)
    assert listed("?order=oldest")[0] == ids
    assert listed(f"?client_id={numbers[0]}&order=newest")[0] == [ids[6], ids[0]]
    assert listed(f"?client_id={numbers[0]}") == ([ids[0], ids[6]], None)
    for outcome in ("ACCEPTED", "REFUSED"):
        assert listed(f"?outcome={outcome}")[0] == [one["decision_id"] for one in answers if one["decision"] == outcome]
    for review in (True, False):
        expected = [one["decision_id"] for one in answers if one["review"] is review]
        assert listed(f"?review={str(review).lower()}")[0] == expected
    assert listed("?to=2020-01-01")[0] == []
    assert listed("?from=2020-01-01T00:00:00%2B02:00&to=2999-01-01")[0] == ids
    line = recorded.get("/decisions?limit=1").json["decisions"][0]
    assert line["client_id"] == numbers[0] == answers[0]["client_id"]
    assert "body" not in line


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=1001", "limit=x", "from=yesterday", "to=2026-13-01", "outcome=accepted", "review=1",
        "order=up",
        "client_id=", "client_id=abc", "client_id=50002", "client_id=500024%20", "client_id=50002%D9%A4",
        "after=%00", "after=abc", "after=019adf63-1a2b-7c3d-8e4f-0123456789ab", "before=x",
        "from=0001-01-01T00:00:00%2B14:00",
    ],
)  # fmt: skip
def test_a_bad_parameter_is_named(recorded, query):
    answer = recorded.get(f"/decisions?{query}")
    assert answer.status_code == 400
    assert answer.json["type"] == "urn:problem:invalid-query-parameter"
    assert answer.json["errors"][0]["field"] == query.partition("=")[0]


@pytest.mark.parametrize(
    ("identity", "name_of", "address", "malformed"),
    [
        ({"name": "id", "digits": 6}, lambda i: 500_000 + i, "500007", "7"),
        ({"name": "id", "digits": None}, lambda i: i, "7", "007"),
        ({"name": "id", "kind": "text", "digits": None}, lambda i: f"00{i}", "007", "a b"),
    ],
)
def test_a_client_has_the_same_id_in_every_answer_and_is_found_by_the_one_of_the_address(
    path, folder, identity, name_of, address, malformed
):
    rename(folder, identity, name_of)
    app = serving(Settings(artefacts=folder, open=True, decisions=str(path)))
    client = app.test_client()
    answer = client.get(f"/predict/{address}").json
    client.post(f"/decisions/{answer['decision_id']}/review-request", json={"statement": "Non."})
    (line,) = client.get(f"/decisions?client_id={address}").json["decisions"]
    (review,) = client.get("/reviews").json["reviews"]
    body = client.get(f"/decisions/{line['id']}").json["decision"]["body"]
    refused = client.get(f"/decisions?client_id={malformed}")
    app.extensions["decisions"].close()
    assert answer["client_id"] == name_of(7)
    assert [line["client_id"], review["decision"]["client_id"], body["client_id"]] == [answer["client_id"]] * 3
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (400, "client_id")


@pytest.mark.parametrize("unknown", UNKNOWN)
def test_an_unknown_decision_is_404(recorded, unknown):
    answer = recorded.get(f"/decisions/{unknown}")
    assert answer.status_code == 404
    assert answer.json["type"] == "urn:problem:unknown-decision"


def test_an_entry_that_is_no_decision_is_not_shown_as_one(recorded, record):
    ((model_id,), *_) = record.read(lambda session: session.rows("SELECT id FROM record_entries WHERE kind = 'model'"))
    assert recorded.get(f"/decisions/{model_id}").status_code == 404


def test_without_a_record_there_is_nothing_to_show(client):
    for path in ("/decisions", f"/decisions/{make_id()}"):
        answer = client.get(path)
        assert answer.status_code == 409
        assert answer.json["type"] == "urn:problem:no-decision-record"


def test_the_answers_fit_their_schemas(recorded, numbers):
    decision_id = recorded.get(f"/predict/{numbers[0]}").json["decision_id"]
    document = recorded.get("/openapi.json").json
    for path, address in (("/decisions", "/decisions"), ("/decisions/{decision_id}", f"/decisions/{decision_id}")):
        content = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        schema = {**content["schema"], "components": document["components"]}
        jsonschema.validate(recorded.get(address).json, schema)
        assert content["examples"]


def test_a_decision_of_another_family_of_models_is_scored_again(tmp_path, path, folder, numbers):
    table = pd.read_csv(folder / "df_sample.csv")
    features = [name for name in table if name not in {"SK_ID_CURR", "TARGET"}]
    draw = np.random.default_rng(0)
    forest = RandomForestClassifier(n_estimators=5, max_depth=3, random_state=0)
    scaler = StandardScaler().fit(table[features])
    forest.fit(pd.DataFrame(scaler.transform(table[features]), columns=features), draw.random(len(table)) < 0.4)
    other = tmp_path / "forest"
    other.mkdir()
    table.to_csv(other / "df_sample.csv", index=False)
    joblib.dump(scaler, other / "scaler.pkl")
    joblib.dump(forest, other / "modele_retenu.pkl")
    former = serving(Settings(artefacts=other, threshold=0.4, open=True, decisions=str(path)))
    answers = [former.test_client().get(f"/predict/{number}").json for number in numbers[:20]]
    assert {answer["decision"] for answer in answers} == {"ACCEPTED", "REFUSED"}
    former.extensions["decisions"].close()
    shutil.rmtree(other)
    now = serving(Settings(artefacts=folder, decisions=str(path)))
    for answer in answers:
        replay = now.test_client().get(f"/decisions/{answer['decision_id']}").json["replay"]
        assert replay["same"] is True, replay
        assert replay["decision"] == answer["decision"]
    now.extensions["decisions"].close()
