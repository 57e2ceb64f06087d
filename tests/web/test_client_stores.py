"""A store of clients whose table changes, or cannot be read, behind the routes."""

from dataclasses import replace

import numpy as np
import pytest

import fonction_api_prediction
from scoring.decisions.served_model import begin_serving
from scoring.errors import ClientsUnavailable, SettingError
from scoring.model.scorer import Scorer
from scoring.settings import Settings
from scoring.storage import artefacts
from scoring.storage.clients import in_memory_clients
from scoring.storage.clients.client_store import CLIENT_FILE_BEGINNING
from tests.conftest import REQUIRED
from tests.web.gate.conftest import Keys

HISTORY = "?history=stored"
ABOUT_CLIENTS = (*("/predict/{}", "/explain/{}", "/clients", "/clients/{}", "/population", "/health", "/health/ready"),)
WITHOUT_CLIENTS = ("/", "/openapi.json", "/docs", "/features", "/best_threshold", "/model", "/health/live", "/nowhere")


class ChangingClients:
    """A store whose table can be replaced, or be out of reach."""

    is_constant = False

    def __init__(self, table):
        self.table, self.is_gone, self.asked = table, False, []

    def __getattr__(self, name):
        if self.is_gone and name not in {"identity", "features", "has_facts", "has_column", "close"}:
            raise ClientsUnavailable("The clients cannot be read now.")
        self.asked.append(name)
        return getattr(self.table, name)


@pytest.fixture
def changing(project, monkeypatch):
    """Make the application on a store whose table can be replaced."""
    load = artefacts.load_bundle
    stores = []

    def load_changing(*given):
        bundle = load(*given)
        stores.append(ChangingClients(bundle.clients))
        return replace(bundle, clients=stores[0], synthetic_clients=False)

    monkeypatch.setattr(artefacts, "load_bundle", load_changing)
    app = fonction_api_prediction.create_app(Settings(open=True))
    return app.test_client(), stores[0]


def exchanged(store):
    """Return the table with the rows and records of the first two clients exchanged."""
    table = store.table.table
    places = np.r_[1, 0, np.arange(2, len(table.rows))]
    return replace(store.table, table=replace(table, rows=table.rows[places]))


def test_at_the_start_some_clients_are_scored_as_a_trial_and_all_others_when_somebody_asks(monkeypatch):
    monkeypatch.setenv("SCORING_DECISIONS", "off")
    scored, score = [], Scorer.score

    def count(self, rows):
        scored.append(len(rows))
        return score(self, rows)

    monkeypatch.setattr(Scorer, "score", count)
    client = fonction_api_prediction.load_app().test_client()
    assert max(scored) == 200 < 1000
    for _ in range(2):
        assert client.get("/population").json["total"] == 1000
    assert scored.count(1000) == 1


def test_every_answer_is_about_the_table_of_the_moment(changing):
    client, store = changing
    first, second = store.table.table.client_ids.tolist()[:2]
    before = {one: client.get(f"/predict/{one}").json["probability"] for one in (first, second)}
    explained = client.get(f"/explain/{first}").json
    store.table = exchanged(store)
    assert client.get(f"/predict/{first}").json["probability"] == before[second] != before[first]
    assert client.get(f"/explain/{first}").json["probability"] == before[second] != explained["probability"]


def test_an_answer_about_a_client_asks_the_store_once(changing):
    client, store = changing
    number = store.table.table.client_ids[0]
    for address in (
        f"/predict/{number}",
        f"/explain/{number}",
        f"/clients/{number}",
        "/clients?limit=5",
        "/population",
    ):
        store.asked.clear()
        assert client.get(address).status_code == 200
        reading = [name for name in store.asked if name not in {"identity", "features", "has_facts"}]
        assert len(reading) == 1, (address, reading)


@pytest.mark.parametrize("address", ABOUT_CLIENTS)
def test_a_store_that_cannot_be_read_is_a_503_until_it_can(changing, address):
    client, store = changing
    address = address.format(store.table.table.client_ids[0])
    store.is_gone = True
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.json["type"] == "urn:problem:clients-unavailable"
    store.is_gone = False
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("accepted", ["application/json", "text/html"])
@pytest.mark.parametrize("address", [*WITHOUT_CLIENTS, "/application"])
def test_routes_that_need_no_client_are_answered_without_the_store(changing, address, accepted):
    client, store = changing
    store.is_gone = True
    status = 404 if address == "/nowhere" else 200
    assert client.get(address, headers={"Accept": accepted}).status_code == status


def test_what_was_answered_without_the_store_is_not_kept(changing):
    client, store = changing
    number = str(store.table.table.client_ids[0])
    addresses = ("/", "/openapi.json", "/docs")
    store.is_gone = True
    assert client.get("/").json["try"] == "/features"
    assert not any(number in client.get(address).text for address in addresses)
    page = client.get("/", headers={"Accept": "text/html", "Accept-Language": "en"}).text
    assert "Clients cannot be looked up now" in page
    assert "Known clients" not in page
    store.is_gone = False
    assert all(number in client.get(address).text for address in addresses)
    assert "Known clients: " in client.get("/", headers={"Accept": "text/html", "Accept-Language": "en"}).text


def test_recorded_decisions_on_a_client_are_listed_without_the_store(changing, tmp_path):
    keys = Keys(tmp_path / "keys.json")
    audit = keys.add("audit")
    app = fonction_api_prediction.create_app(Settings(api_keys=keys.path, decisions=str(tmp_path / "decisions.db")))
    store = app.extensions["scoring"].clients
    number = store.table.table.client_ids[0]
    begin_serving(app.extensions["decisions"], app.extensions["scoring"], "start", "")
    store.is_gone = True
    answer = app.test_client().get(f"/decisions?client_id={number}", headers=audit)
    app.extensions["decisions"].close()
    assert (answer.status_code, answer.json["decisions"]) == (200, [])


def test_new_applications_are_scored_without_the_store_unless_they_need_its_history(changing):
    client, store = changing
    application = {**REQUIRED, "SK_ID_CURR": int(store.table.table.client_ids[0])}
    store.is_gone = True
    assert client.post("/predict", json=application).status_code == 200
    assert client.post("/predict?history=stored", json=application).status_code == 503
    assert client.post("/predict?history=known", json={"applications": [application]}).status_code == 503
    assert client.get("/health/live").status_code == 200


def test_a_new_table_without_applications_has_no_values_of_their_fields(changing):
    client, store = changing
    number = store.table.table.client_ids[0]
    assert client.get(f"/clients/{number}").status_code == 200
    store.table = replace(store.table, facts=None)
    features = client.get("/population?features=AMT_CREDIT,NAME_INCOME_TYPE").json["features"]
    assert [sum(one["missing"].values()) for one in features] == [1000, 1000]
    assert client.get(f"/clients/{number}").status_code == 404
    for address in (f"/predict/{number}", f"/explain/{number}"):
        assert client.get(address, headers={"Accept": "text/html"}).status_code == 200


def test_a_browser_gets_a_page_that_says_so(changing):
    client, store = changing
    store.is_gone = True
    page = client.get(f"/predict/{store.table.table.client_ids[0]}", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["Retry-After"]) == (503, "2")
    assert "Les clients ne peuvent pas être consultés" in page.get_data(as_text=True)


def test_a_sample_describes_a_large_table_and_the_answer_and_the_page_say_so(folder, monkeypatch):
    monkeypatch.setattr(in_memory_clients, "MOST_SAMPLED", 400)
    client = fonction_api_prediction.create_app(Settings(artefacts=folder)).test_client()
    answer = client.get("/population?features=AMT_CREDIT,NAME_INCOME_TYPE").json
    assert answer["coverage"] == {"described": 400, "known": 1000}
    assert answer["total"] == answer["clients"] == answer["accepted"] + answer["refused"] == 400
    assert client.get("/population?features=AMT_CREDIT,NAME_INCOME_TYPE").json == answer
    number = client.get("/clients?limit=1").json["clients"][0]
    for language, said in (
        ("en", "400 clients drawn at random from the 1,000 known clients"),
        ("fr", "400 clients tirés au hasard parmi les 1 000 clients connus"),
    ):
        page = client.get(f"/predict/{number}", headers={"Accept": "text/html", "Accept-Language": language})
        assert said in page.get_data(as_text=True).replace("\u202f", " ").replace("\xa0", " ")


def test_a_model_without_a_manifest_needs_a_table(unverified, tmp_path):
    path = tmp_path / "clients.bin"
    path.write_bytes(CLIENT_FILE_BEGINNING)
    for place in (path, "postgresql://me:secret@127.0.0.1:1/clients"):
        with pytest.raises(SettingError, match="need a model with a manifest") as caught:
            artefacts.load_bundle(unverified, place, 0.5)
        assert "secret" not in str(caught.value)
