import base64
import json
from datetime import timedelta

import pandas as pd
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from fonction_api_prediction import create_app
from scoring.access.key_file import now
from scoring.settings import Settings
from tests.conftest import REQUIRED
from tests.web.test_openapi import operations

PAGE = {"Accept": "text/html"}


def basic(key, user="officer"):
    text = f"{user}:{key.reveal()}" if user is not None else f"{key.reveal()}:"
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def test_a_browser_may_send_the_key_as_password_or_as_user_name(guarded, keys, numbers):
    key = keys.make("read")
    client = create_app(Settings(api_keys=keys.path)).test_client()
    for headers in (basic(key), basic(key, user=None), {"Authorization": f"bearer  {key.reveal()} "}):
        assert client.get(f"/predict/{numbers[0]}", headers=headers).status_code == 200
        page = client.get(f"/predict/{numbers[0]}", headers={**headers, **PAGE})
        assert (page.status_code, page.mimetype) == (200, "text/html")


def test_a_browser_without_a_key_gets_a_page_and_is_asked_for_the_key(guarded, numbers):
    answer = guarded.test_client().get(f"/predict/{numbers[0]}?lang=fr", headers=PAGE)
    assert (answer.status_code, answer.mimetype) == (401, "text/html")
    assert "Saisissez-la comme mot de passe" in answer.get_data(as_text=True)
    assert len(answer.headers.getlist("WWW-Authenticate")) == 2
    assert str(numbers[0]) not in answer.get_data(as_text=True).replace(f"/predict/{numbers[0]}", "")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),  # a program
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://localhost"}, 200),  # a browser that does not say more
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_pages_of_other_sites_cannot_use_a_key_that_a_browser_remembers(keys, headers, status):
    key = keys.make("score")
    client = create_app(Settings(api_keys=keys.path)).test_client()
    assert client.post("/predict", json=REQUIRED, headers={**basic(key), **headers}).status_code == status
    bearer = {"Authorization": f"Bearer {key.reveal()}"}
    assert client.post("/predict", json=REQUIRED, headers={**bearer, **headers}).status_code == 200


CLICKED = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"}
IMAGE = {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}


@pytest.mark.parametrize("path", ["/predict/{}", "/?client_id={}", "/clients", "/application", "/model", "/nowhere"])
@pytest.mark.parametrize(
    ("method", "headers", "refused"),
    [
        ("GET", {}, False),  # a program
        ("GET", {"Sec-Fetch-Site": "none", **CLICKED}, False),
        ("GET", {"Sec-Fetch-Site": "same-origin", **IMAGE}, False),
        ("GET", {"Sec-Fetch-Site": "cross-site", **CLICKED}, False),
        ("GET", {"Sec-Fetch-Site": "same-site", **CLICKED}, False),
        ("GET", {"Sec-Fetch-Site": "cross-site", **IMAGE}, True),
        ("GET", {"Sec-Fetch-Site": "same-site", **IMAGE}, True),
        ("GET", {"Sec-Fetch-Site": "cross-site", **CLICKED, "Sec-Fetch-User": ""}, True),  # by a script
        ("GET", {"Sec-Fetch-Site": "cross-site", **CLICKED, "Sec-Fetch-Dest": "iframe"}, True),
        ("HEAD", {"Sec-Fetch-Site": "cross-site", **CLICKED}, True),
        ("OPTIONS", {"Sec-Fetch-Site": "cross-site"}, True),
        ("GET", {"Origin": "https://evil.example"}, True),
    ],
)
def test_of_other_sites_only_a_clicked_link_may_use_a_key_that_a_browser_remembers(
    guarded, keys, every, numbers, path, method, headers, refused
):
    key, client = every["Authorization"].removeprefix("Bearer "), guarded.test_client()
    remembered = {"Authorization": f"Basic {base64.b64encode(f':{key}'.encode()).decode()}"}
    status = client.open(path.format(numbers[0]), method=method, headers={**remembered, **headers}).status_code
    assert (status == 403) == refused
    assert client.open(path.format(numbers[0]), method=method, headers={**every, **headers}).status_code != 403


def test_images_on_a_page_of_another_site_raise_no_alarm_and_do_not_use_up_a_limit(keys, numbers):
    key = keys.make("read")
    client = create_app(Settings(api_keys=keys.path, rate_limit="30/day")).test_client()
    evil = {**basic(key), "Sec-Fetch-Site": "cross-site", **IMAGE}
    for number in range(590000, 590040):
        for path in (f"/predict/{number}", f"/?client_id={number}"):
            assert client.get(path, headers=evil).status_code == 403
    assert client.get(f"/predict/{numbers[0]}", headers=basic(key)).status_code == 200


def test_stored_history_needs_the_scope_of_a_lookup(guarded, scoped, every, numbers):
    client = guarded.test_client()
    body = {**REQUIRED, "SK_ID_CURR": numbers[0]}
    for history in ("stored", "known"):
        refused = client.post(f"/predict?history={history}", json=body, headers=scoped["score"])
        assert (refused.status_code, refused.json["type"]) == (403, "urn:problem:not-allowed")
        assert client.post(f"/predict?history={history}", json=body, headers=every).status_code == 200
    assert client.post("/predict?history=imputed", json=body, headers=scoped["score"]).status_code == 200


def test_an_invalid_parameter_or_body_is_only_looked_at_with_a_key(guarded, scoped):
    client = guarded.test_client()
    assert client.get("/clients?unknown=1").status_code == 401
    assert client.post("/predict", data=b"{", content_type="application/json").status_code == 401
    assert (
        client.post("/predict", data=b"{", content_type="application/json", headers=scoped["read"]).status_code == 403
    )


def test_expired_keys_and_keys_of_a_changed_file_are_refused(keys, numbers):
    gone = keys.add("read", expires=now() - timedelta(days=1))
    client = create_app(Settings(api_keys=keys.path)).test_client()
    answer = client.get(f"/predict/{numbers[0]}", headers=gone)
    assert (answer.status_code, answer.json["detail"]) == (401, "The API key has expired; ask for a new one.")


def test_a_browser_may_ask_in_advance_only_for_a_site_that_the_operator_named(keys):
    settings = Settings(api_keys=keys.path, cors_origins=("https://app.example.org",))
    client = create_app(settings).test_client()

    def ask(origin, **more):
        return client.options("/predict", headers={"Origin": origin, **more})

    asking = {"Access-Control-Request-Method": "POST"}
    assert ask("https://app.example.org", **asking).status_code == 200
    assert ask("https://app.example.org").status_code == 401
    assert ask("https://evil.example", **asking).status_code == 401
    answer = client.get("/predict/500000", headers={"Origin": "https://app.example.org"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example.org"


def test_the_document_names_scheme_scope_and_refusals_of_every_operation(guarded, client):
    document = guarded.test_client().get("/openapi.json").json
    assert set(document["components"]["securitySchemes"]) == {"bearer", "basic"}
    for path, methods in document["paths"].items():
        for operation in methods.values():
            is_open = path in {"/health/live", "/openapi.json", "/docs"}
            assert ("security" in operation) != is_open
            assert {"401", "403"} <= set(operation["responses"]) or is_open
    assert document["paths"]["/predict"]["post"]["security"] == [{"bearer": ["score"]}, {"basic": ["score"]}]
    page = guarded.test_client().get("/docs").get_data(as_text=True)
    assert page.count("Needs an API key with the scope") == sum("security" in one for _, _, one in operations(document))
    # Examples are the same as those of a service without keys: the service asks itself.
    without = client.get("/openapi.json").json
    for path, methods in without["paths"].items():
        for method, operation in methods.items():
            assert "security" not in operation
            same = document["paths"][path][method]["responses"]["200"]["content"]
            assert json.dumps(operation["responses"]["200"]["content"]) == json.dumps(same)


def test_what_needs_no_key_tells_nothing_about_real_clients(keys, folder, every):
    table = pd.read_csv(folder / "df_sample.csv").head(50)
    table.to_csv(folder / "others.csv", index=False)
    client = create_app(Settings(artefacts=folder, clients=folder / "others.csv", api_keys=keys.path)).test_client()
    for path in ("/openapi.json", "/docs", "/health/live"):
        text = client.get(path).get_data(as_text=True)
        assert not [number for number in table["SK_ID_CURR"] if str(number) in text]
    document = client.get("/openapi.json").json
    OpenAPIV31SpecValidator(document).validate()
    for _, path, operation in operations(document):
        content = operation["responses"]["200"]["content"].get("application/json", {})
        by_hand = path.startswith(("/decisions", "/reviews", "/monitor"))
        assert "examples" not in content or by_hand, path
    assert client.get("/", headers=every).json["try"] == f"/predict/{table['SK_ID_CURR'].min()}"


def test_the_address_to_try_is_one_that_the_caller_may_use(keys, numbers, scoped):
    client = create_app(Settings(api_keys=keys.path)).test_client()
    assert client.get("/", headers=scoped["score"]).json["try"] == "/features"
    portfolio = keys.add("read", portfolio="NAME_INCOME_TYPE=State servant")
    client = create_app(Settings(api_keys=keys.path)).test_client()
    offered = client.get("/", headers=portfolio).json["try"]
    assert offered != f"/predict/{min(numbers)}"
    assert client.get(offered, headers=portfolio).status_code == 200


def test_a_clients_page_offers_a_try_only_to_a_key_that_may_score(keys, guarded, numbers, scoped):
    for headers, is_offered in ((scoped["read"], False), (keys.add("read", "score"), True)):
        page = guarded.test_client().get(f"/predict/{numbers[0]}?lang=en", headers={**headers, **PAGE})
        assert page.status_code == 200
        assert ("What if" in page.get_data(as_text=True)) is is_offered


def test_a_header_cannot_say_who_calls(guarded, numbers):
    for name in ("scoring.caller", "Scoring-Caller", "X-Scoring-Caller"):
        answer = guarded.test_client().get(f"/predict/{numbers[0]}", headers={name: "anyone"})
        assert answer.status_code == 401
