"""Clients who are not named by six digits: numbers of several lengths, and texts."""

import json
import random
from urllib.parse import quote

import pandas as pd
import pytest

from fonction_api_prediction import create_app
from scoring.errors import ClientTableError, SettingError
from scoring.settings import Settings
from scoring.storage.checksums import sha256
from tests.conftest import copy_published

TABLES = ("df_sample.csv", "applications_sample.csv")
FEW = 40


def rename(folder, identity, name_of):
    """Give the bundled clients other ids, in a column of another name, and publish them so."""
    path = folder / "modele_retenu.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["input_schema"]["identity"] = identity
    for table in TABLES:
        frame = pd.read_csv(folder / table, keep_default_na=False, dtype=str).head(FEW)
        ids = pd.Series([name_of(i) for i in range(FEW)], name=identity["name"])
        pd.concat([ids, frame.drop(columns="SK_ID_CURR")], axis=1).to_csv(folder / table, index=False)
        manifest["files"][table] = sha256((folder / table).read_bytes())
    path.write_text(json.dumps(manifest), encoding="utf-8")
    return sorted(name_of(i) for i in range(FEW))


def serve(folder, **settings):
    return create_app(Settings(artefacts=folder, open=True, **settings)).test_client()


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    def name_of(i):
        odd = ["NA", "null", "007", "1e5", "true", "A-1042", "a.b_c", "None", "Z" * 64]
        return odd[i] if i < len(odd) else f"B-{i}"

    folder = copy_published(tmp_path_factory.mktemp("texts"))
    return rename(folder, {"name": "Dossier n°", "kind": "text", "digits": None}, name_of), serve(folder)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = copy_published(tmp_path_factory.mktemp("whole"))
    ids = rename(
        folder, {"name": "client", "digits": None}, lambda i: 999_999_999_999_999_999 if i == 39 else 7**i % 10**9
    )
    return ids, serve(folder)


def test_every_text_id_is_a_client_under_its_own_spelling(texts):
    ids, client = texts
    for name in ids:
        answer = client.get(f"/predict/{name}")
        assert answer.status_code == 200, name
        assert answer.json["client_id"] == name
        assert client.get(f"/clients/{name}").json["client_id"] == name


def test_every_number_is_a_client_whatever_its_length(whole):
    ids, client = whole
    assert len({len(str(number)) for number in ids}) > 5
    for number in ids:
        answer = client.get(f"/predict/{number}")
        assert answer.status_code == 200, number
        assert answer.json["client_id"] == number
        assert client.get(f"/clients/{number}").json["client_id"] == number


def test_other_ids_get_the_decisions_of_the_same_rows(texts, client, numbers):
    _, renamed = texts
    ours, theirs = renamed.get("/predict/A-1042").json, client.get(f"/predict/{numbers[5]}").json
    assert {**ours, "client_id": None, "model_version": None} == {**theirs, "client_id": None, "model_version": None}


@pytest.mark.parametrize("path", ["A 1042", "é", ".hidden", "-1", "A%", "a\n", "a,b", "x" * 65, "A-1042\x00", "<b>"])
def test_what_is_no_text_id_is_a_400_that_says_what_is_expected(texts, path):
    answer = texts[1].get(f"/predict/{quote(path)}")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert "is not a client id: expected 1 to 64 ASCII letters, digits, '.', '_' or '-'" in answer.json["detail"]
    assert answer.json["errors"][0]["field"] == "client_id"
    assert answer.json["errors"][0]["expected"].startswith("1 to 64 ASCII letters")


@pytest.mark.parametrize("path", ["007", "00", "1" * 19, "A-1042", "-7", "7.0", "٣", "7 "])
def test_what_is_no_number_is_a_400_that_says_what_is_expected(whole, path):
    answer = whole[1].get(f"/predict/{quote(path)}")
    assert answer.status_code == 400
    assert "is not a client number: expected 1 to 18 digits (0-9) without leading zeros" in answer.json["detail"]


def test_a_text_id_that_nobody_has_is_a_404(texts):
    for path in ("/predict/a-1042", "/clients/A-1043", "/predict/123456"):
        answer = texts[1].get(path)
        assert answer.status_code == 404
        assert answer.json["detail"] == f"No client has the id {path.rsplit('/', 1)[1]}."


@pytest.mark.parametrize("kind", ["texts", "whole"])
def test_all_ids_are_paged_once_in_order(request, kind):
    ids, client = request.getfixturevalue(kind)
    seen, query = [], "limit=7"
    while query:
        page = client.get(f"/clients?{query}").json
        seen += page["clients"]
        query = f"limit=7&after={page['next_after']}" if page["next_after"] is not None else None
    assert seen == ids
    assert page["total"] == FEW


def test_a_client_called_zero_stands_on_the_first_page(folder):
    rename(folder, {"name": "row", "digits": None}, lambda i: i)
    client = serve(folder)
    assert client.get("/clients?limit=2").json["clients"] == [0, 1]
    assert client.get("/clients?limit=2&after=0").json["clients"] == [1, 2]
    assert client.get("/").json["try"] == "/predict/0"
    assert client.get("/predict/0").json["client_id"] == 0


def test_pages_begin_after_a_text_that_is_nobodys_id(texts):
    ids, client = texts
    assert client.get("/clients?after=Azz").json["clients"] == [name for name in ids if name > "Azz"]


@pytest.mark.parametrize("after", ["a b", "", "-", "x" * 65])
def test_a_text_to_page_after_has_the_form_of_an_id(texts, after):
    answer = texts[1].get(f"/clients?after={quote(after)}")
    assert answer.status_code == 400
    (error,) = answer.json["errors"]
    assert (error["field"], error["received"]) == ("after", after[:40])
    assert error.get("truncated", False) is (len(after) > 40)
    assert error["expected"] == texts[1].get("/predict/%20").json["errors"][0]["expected"]


def test_facts_of_texts_are_texts(folder):
    path = folder / "applications_sample.csv"
    rename(folder, {"name": "id", "kind": "text", "digits": None}, lambda i: f"C{i}")
    frame = pd.read_csv(path, keep_default_na=False, dtype=str)
    frame.loc[:2, "NAME_INCOME_TYPE"] = ["001", "true", ""]
    frame.to_csv(path, index=False)
    manifest = json.loads((folder / "modele_retenu.json").read_text(encoding="utf-8"))
    manifest["files"][path.name] = sha256(path.read_bytes())
    (folder / "modele_retenu.json").write_text(json.dumps(manifest), encoding="utf-8")
    client = serve(folder)
    told = []
    for i in range(3):
        facts = {fact["name"]: fact["value"] for fact in client.get(f"/clients/C{i}").json["facts"]}
        told.append(facts["NAME_INCOME_TYPE"])
    assert told == ["001", "true", None]


def test_the_length_of_numbers_is_no_setting_for_texts(folder):
    rename(folder, {"name": "id", "kind": "text", "digits": None}, lambda i: f"C{i}")
    with pytest.raises(SettingError, match=r"SCORING_CLIENT_ID_DIGITS=6: modele_retenu\.json has text ids \(id\)"):
        serve(folder, client_id_digits=6)


def test_the_length_of_numbers_can_still_be_set(folder):
    rename(folder, {"name": "id", "digits": None}, lambda i: 10_000 + i)
    client = serve(folder, client_id_digits=5)
    assert client.get("/predict/10000").status_code == 200
    assert "exactly 5 digits" in client.get("/predict/100").json["detail"]


def test_texts_among_the_published_ids_that_are_none_stop_the_start(folder):
    rename(
        folder, {"name": "id", "kind": "text", "digits": None}, lambda i: ["a b", "", "x", "x"][i] if i < 4 else f"C{i}"
    )
    with pytest.raises(
        ClientTableError, match=r"id has values that are not 1 to 64 .*: a b \(line 2\), empty \(line 3\)"
    ):
        serve(folder)


def test_a_doubled_text_id_stops_the_start(folder):
    rename(folder, {"name": "id", "kind": "text", "digits": None}, lambda i: f"C{max(i, 1)}")
    with pytest.raises(ClientTableError, match="id has duplicate ids: C1"):
        serve(folder)


def test_hostile_paths_get_no_server_error(texts):
    draw = random.Random(3)
    alphabet = "aA0-._~%/é٣ \x00\n"
    for _ in range(300):
        path = quote("".join(draw.choice(alphabet) for _ in range(draw.choice([1, 3, 64, 65, 400]))), safe="/%")
        assert texts[1].get("/predict/" + path).status_code in {308, 400, 404}, path
