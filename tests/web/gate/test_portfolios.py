"""To a key with a portfolio, a client of another portfolio is a client who does not exist."""

import re

import pandas as pd
import pytest

from fonction_api_prediction import create_app
from scoring.settings import Settings
from tests.conftest import REQUIRED
from tests.web.pages.test_application_page import GIVEN

PORTFOLIO = "NAME_INCOME_TYPE=Pensioner"
UNKNOWN = 599999


@pytest.fixture(scope="module")
def applications(project):
    return pd.read_csv(project / "applications_sample.csv").set_index("SK_ID_CURR")


@pytest.fixture(scope="module")
def own(applications):
    return sorted(applications.index[applications["NAME_INCOME_TYPE"] == "Pensioner"].tolist())


@pytest.fixture(scope="module")
def foreign(applications):
    return sorted(applications.index[applications["NAME_INCOME_TYPE"] != "Pensioner"].tolist())


@pytest.fixture(scope="module")
def headers(keys):
    return keys.add("read", "score", portfolio=PORTFOLIO)


@pytest.fixture(scope="module")
def asked(keys, headers, every):
    """Ask a service with the key of the portfolio, or with one that sees all."""
    client = create_app(Settings(api_keys=keys.path)).test_client()

    def asking(path, seeing=headers, **options):
        more = options.pop("headers", {})
        return client.open(path, headers={**seeing, "X-Request-ID": "a" * 32, **more}, **options)

    asking.every = every
    return asking


def alike(answer, number):
    """What an answer says, with the number that was asked for left out."""
    text = answer.get_data(as_text=True).replace(str(number), "NUMBER")
    return answer.status_code, text, sorted(answer.headers.items())


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/predict/{}", {}),
        ("/explain/{}", {}),
        ("/clients/{}", {}),
        ("/predict/{}", {"headers": {"Accept": "text/html"}}),
        ("/?client_id={}", {"headers": {"Accept": "text/html"}}),
        ("/predict/{}", {"method": "HEAD"}),
        ("/predict/{}?unknown=1", {}),
        ("/predict?history=stored", {"method": "POST"}),
        ("/predict?history=known", {"method": "POST"}),
        ("/predict_proba?history=stored", {"method": "POST"}),
        ("/explain?history=stored", {"method": "POST"}),
        ("/explain?history=known", {"method": "POST"}),
    ],
)
def test_a_client_of_another_portfolio_looks_like_one_who_does_not_exist(asked, foreign, own, path, options):
    def ask(number, **more):
        body = {"json": {**REQUIRED, "SK_ID_CURR": number}} if options.get("method") == "POST" else {}
        return asked(path.format(number), **options, **body, **more)

    for number in foreign[:5]:
        assert ask(number, seeing=asked.every).status_code < 500  # fills the caches of answers
        assert alike(ask(number), number) == alike(ask(UNKNOWN), UNKNOWN)
    known = ask(own[0])
    assert "unknown=1" in path or known.status_code in {200, 303}
    assert "history=known" in path or alike(known, own[0]) != alike(ask(UNKNOWN), UNKNOWN)


def test_in_a_body_of_several_a_foreign_client_is_listed_as_an_unknown_one(asked, own, foreign):
    def ask(number):
        applications = [{**REQUIRED, "SK_ID_CURR": one} for one in (own[0], number)]
        return asked("/predict?history=stored", method="POST", json={"applications": applications})

    answer = ask(foreign[0])
    assert (answer.status_code, answer.json["type"]) == (404, "urn:problem:unknown-client")
    assert alike(answer, foreign[0]) == alike(ask(UNKNOWN), UNKNOWN)


def test_the_form_treats_a_foreign_client_as_an_unknown_one(asked, own, foreign):
    def ask(number):
        form = {**GIVEN, "SK_ID_CURR": str(number), ":stored": "1"}
        return asked("/application", method="POST", data=form)

    def text(number):
        page = re.sub(r'value="[0-9a-f]{16}"', "a random mark", ask(number).get_data(as_text=True))
        return page.replace(str(number), "NUMBER").replace(f"{str(number)[:3]}\u202f{str(number)[3:]}", "NUMBER")

    assert ask(foreign[0]).status_code == ask(UNKNOWN).status_code == 404
    assert ask(own[0]).status_code == 200
    assert text(foreign[0]) == text(UNKNOWN)


def test_only_own_clients_are_listed_and_counted(asked, own, foreign):
    listed = asked("/clients?limit=1000").json
    assert listed == {"clients": own, "total": len(own), "next_after": None}
    after = asked(f"/clients?limit=2&after={foreign[-1]}").json
    assert after["clients"] == [number for number in own if number > foreign[-1]][:2]
    page = asked("/", headers={"Accept": "text/html", "Accept-Language": "en"}).get_data(as_text=True)
    assert f"{len(own)}" in page
    assert str(foreign[0]) not in page


def test_the_comparison_has_own_clients_only(asked, own, applications):
    summary = asked("/population?features=AMT_CREDIT,NAME_INCOME_TYPE").json
    assert summary["total"] == summary["clients"] == summary["accepted"] + summary["refused"] == len(own)
    assert summary["features"][1]["categories"] == ["Pensioner"]
    assert set(summary["sample"]["features"]["NAME_INCOME_TYPE"]) == {"Pensioner"}
    assert len(summary["sample"]["probability"]) == len(own)
    everybody = asked("/population?features=AMT_CREDIT", seeing=asked.every).json
    assert everybody["total"] == len(applications)


def test_an_own_client_gets_the_same_answers_as_with_a_key_that_sees_all(asked, own):
    for path in ("/predict/{}", "/explain/{}", "/clients/{}"):
        assert asked(path.format(own[3])).json == asked(path.format(own[3]), seeing=asked.every).json


def test_a_portfolio_without_clients_is_empty_and_every_route_still_answers(keys):
    nobody = keys.add("read", "score", portfolio="NAME_INCOME_TYPE=Nobody")
    client = create_app(Settings(api_keys=keys.path)).test_client()
    assert client.get("/clients", headers=nobody).json == {"clients": [], "total": 0, "next_after": None}
    assert client.get("/population?features=AMT_CREDIT,NAME_INCOME_TYPE", headers=nobody).json["clients"] == 0
    for path in ("/", "/application", "/model"):
        assert client.get(path, headers={**nobody, "Accept": "text/html"}).status_code == 200
    assert client.post("/application", data=GIVEN, headers=nobody).status_code == 200


def test_a_key_whose_portfolio_names_a_column_that_nobody_has_is_refused_alone(tmp_path, caplog, own):
    from tests.web.gate.conftest import Keys

    keys = Keys(tmp_path / "keys.json")
    bad, good = keys.make("read", portfolio="BRANCH=12"), keys.add("read")
    client = create_app(Settings(api_keys=keys.path)).test_client()
    assert f"key {bad.key_id}: the clients do not have the column BRANCH" in caplog.text
    assert client.get(f"/predict/{own[0]}", headers=good).status_code == 200
    refused = client.get(f"/predict/{own[0]}", headers={"Authorization": f"Bearer {bad.reveal()}"})
    assert refused.status_code == 401


def test_a_page_compares_with_the_known_clients_only_for_a_key_that_may_see_some(keys):
    typed = {**REQUIRED, "DAYS_BIRTH": 15_000, ":unit:DAYS_BIRTH": "days"}
    portfolio = {"portfolio": "NAME_CONTRACT_TYPE=Nothing"}
    sent = keys.add("read", "score"), keys.add("score"), keys.add("read", "score", **portfolio)
    client = create_app(Settings(api_keys=keys.path)).test_client()
    pages = [client.post("/application?lang=en", data=typed, headers={**one, "Accept": "text/html"}) for one in sent]
    assert [page.status_code for page in pages] == [200, 200, 200]
    assert ["known clients" in page.get_data(as_text=True) for page in pages] == [True, False, False]
