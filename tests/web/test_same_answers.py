"""The same clients in memory, in a client file and in PostgreSQL get the same answers, to the last digit."""

from functools import cache
from urllib.parse import urlencode

import pytest

from fonction_api_prediction import create_app
from scoring.access.key_file import change_key_file, new_key
from scoring.errors import SettingError
from scoring.settings import Settings
from scoring.storage.artefacts import read_manifest
from scoring.storage.clients.file.client_file_builder import write_client_file
from scoring.storage.clients.loading.client_source import ClientSource
from scoring.storage.clients.loading.stored_schema import StoredSchema
from scoring.storage.clients.postgres.postgres_loading import load_into_postgres

STORES = ("file", "postgres")
COLUMN = "NAME_INCOME_TYPE"


@pytest.fixture(scope="module")
def source(project):
    schema = StoredSchema.from_manifest(read_manifest(project / "modele_retenu.json"))
    return ClientSource(schema, project / "df_sample.csv", project / "applications_sample.csv")


@pytest.fixture(scope="module")
def in_memory():
    return create_app(Settings(open=True)).test_client()


@pytest.fixture(scope="module", params=STORES)
def place(request, source, tmp_path_factory):
    """Load the bundled sample into a client file, or into PostgreSQL."""
    if request.param == "file":
        file = tmp_path_factory.mktemp("clients") / "clients.bin"
        write_client_file(file, source, lambda _: None)
        yield file
        return
    url = request.getfixturevalue("postgres").new_schema()
    load_into_postgres(url, source, [COLUMN])
    yield url


@pytest.fixture(scope="module")
def stored(place):
    app = create_app(Settings(open=True, clients=place))
    yield app.test_client()
    app.extensions["scoring"].clients.close()


@pytest.fixture(scope="module")
def key_file(tmp_path_factory):
    """Write a key that sees the pensioners only."""
    file = tmp_path_factory.mktemp("keys") / "keys.json"
    secret, key = new_key("officer", ["read", "decide"], portfolio=f"{COLUMN}=Pensioner")
    change_key_file(file, lambda keys: keys.replacing(None, key))
    return file, {"Authorization": f"Bearer {secret.reveal()}"}


@pytest.fixture(scope="module")
def ids(in_memory):
    return in_memory.get("/clients?limit=1000").json["clients"]


@pytest.fixture(scope="module")
def expected(in_memory, ids):
    """Lend the answers about every so many clients; about their facts, which take longest, fewer."""

    @cache
    def answers(step):
        addresses = [f"/{route}/{one}" for route in ("predict", "explain") for one in ids[::step]]
        addresses += [f"/clients/{one}" for one in ids[:: 10 * step]]
        return {address: in_memory.get(address).data for address in addresses}

    return answers


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.drill)])
def test_each_client_has_the_same_answers(expected, stored, ids, step):
    assert len(ids) == 1000
    for address, answer in expected(step).items():
        assert stored.get(address).data == answer


def test_clients_are_listed_alike(in_memory, stored, ids):
    for query in (
        "limit=1000",
        "limit=7",
        f"after={ids[500]}&limit=3",
        f"after={ids[-1]}",
        "after=0",
        f"after={10**18}",
    ):
        assert stored.get(f"/clients?{query}").data == in_memory.get(f"/clients?{query}").data


@pytest.mark.parametrize("number", ["000001", "12", "999999"])
def test_unknown_clients_are_unknown_alike(in_memory, stored, number):
    expected, found = in_memory.get(f"/predict/{number}"), stored.get(f"/predict/{number}")
    assert (found.status_code, found.data) == (expected.status_code, expected.data)


def test_the_population_is_described_alike(in_memory, stored):
    for features, where in (
        ("AMT_CREDIT,NAME_INCOME_TYPE,EXT_SOURCE_2", []),
        ("OWN_CAR_AGE", ["NAME_INCOME_TYPE:Working", "OWN_CAR_AGE:"]),
    ):
        address = "/population?" + urlencode([("features", features), *(("where", one) for one in where)])
        assert stored.get(address).data == in_memory.get(address).data


def test_applications_take_the_same_stored_history(in_memory, stored, ids):
    facts = in_memory.get(f"/clients/{ids[3]}").json["facts"]
    application = {"SK_ID_CURR": ids[3], **{one["name"]: one["value"] for one in facts}}
    for history in ("stored", "known", "imputed"):
        bodies = (
            application,
            {"applications": [application, {**application, "SK_ID_CURR": 999999}][: 1 + (history != "stored")]},
        )
        for body in bodies:
            expected, found = (one.post(f"/predict?history={history}", json=body) for one in (in_memory, stored))
            assert (found.status_code, found.data) == (expected.status_code, expected.data)


def test_a_key_sees_its_portfolio_alike(place, key_file, ids):
    file, headers = key_file
    apps = [create_app(Settings(api_keys=file, clients=one)) for one in (None, place)]
    in_memory, stored = (app.test_client() for app in apps)
    seen = in_memory.get("/clients?limit=1000", headers=headers).json
    assert 0 < seen["total"] < len(ids)
    assert stored.get("/clients?limit=1000", headers=headers).json == seen
    others = sorted({*ids} - {*seen["clients"]})[:3]
    about = [f"/{route}/{one}" for route in ("predict", "explain", "clients") for one in (seen["clients"][0], *others)]
    for address in (*about, f"/clients?after={seen['clients'][5]}&limit=3", f"/population?features={COLUMN}"):
        expected, found = (one.get(address, headers=headers) for one in (in_memory, stored))
        assert (found.status_code, found.data) == (expected.status_code, expected.data)
    apps[1].extensions["scoring"].clients.close()


def test_clients_of_a_store_are_nobodys_to_see_without_keys_or_consent(place):
    with pytest.raises(SettingError, match="the table of clients is not the published synthetic"):
        create_app(Settings(clients=place))
