import re

import pytest

from scoring.record.entries import make_id
from scoring.web.parameters import taken_by

PAGE = {"Accept": "text/html"}
ADDRESSES = (
    "/", "/predict/{number}", "/explain/{number}", "/clients", "/clients/{number}", "/population", "/features",
    "/best_threshold", "/model", "/health", "/health/ready", "/health/live", "/openapi.json", "/docs", "/application",
    "/docs/static/docs.css", "/decisions", "/decisions/{decision_id}", "/decisions/{decision_id}/letter", "/reviews",
    "/monitor", "/metrics",
)  # fmt: skip
POSTS = (
    *("/predict", "/predict_proba", "/explain", "/data", "/table", "/application"),
    *("/decisions/{decision_id}/review-request", "/decisions/{decision_id}/override"),
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_unknown_parameter_is_refused_on_every_address(client, numbers, address):
    with client.get(f"{address.format(number=numbers[0], decision_id=make_id())}?limt=1") as answer:
        assert answer.status_code == 400
        assert answer.json["type"] == "urn:problem:invalid-query-parameter"
        assert [error["field"] for error in answer.json["errors"]] == ["limt"]
        assert answer.json["detail"] == "limt: unknown, repeated or wrong query parameters. See errors."


@pytest.mark.parametrize("address", POSTS)
def test_an_unknown_parameter_is_refused_before_the_body_is_read(client, address):
    assert (
        client.post(f"{address.format(decision_id=make_id())}?hystory=stored", data="x").json["errors"][0]["field"]
        == "hystory"
    )


def test_every_address_is_tried(app, numbers):
    tried = {address.format(number="<client_id>", decision_id="<decision_id>") for address in (*ADDRESSES, *POSTS)}
    assert {re.sub(r"<path:\w+>", "docs.css", str(rule)) for rule in app.url_map.iter_rules()} == tried


def test_a_similar_name_is_suggested_and_the_known_ones_are_listed(client):
    error = client.get("/clients?limt=1").json["errors"][0]
    assert error == {
        "field": "limt",
        "received": "1",
        "expected": "no other parameter of this route than after, limit, lang, format; did you mean limit?",
    }


def test_all_parameters_in_error_are_listed_at_once(client):
    answer = client.get("/clients?limit=1&limit=2&page=3&lang=fr&lang=en&after=0")
    assert answer.status_code == 400
    assert {error["field"]: error["expected"].split(";")[0] for error in answer.json["errors"]} == {
        "limit": "the parameter once",
        "page": "no other parameter of this route than after, limit, lang, format",
        "lang": "the parameter once",
    }


@pytest.mark.parametrize(
    "query", ["features=AMT_CREDIT&features=AMT_ANNUITY", "where=AMT_CREDIT:1..&where=AMT_ANNUITY:1.."]
)
def test_a_list_may_be_given_in_several_parameters(client, query):
    assert client.get(f"/population?{query}").status_code == 200


def test_language_and_format_are_known_everywhere(client, numbers):
    for address in ADDRESSES:
        path = address.format(number=numbers[0], decision_id=make_id())
        expected = 409 if path.startswith(("/decisions", "/reviews")) else 200  # nothing is recorded
        with client.get(f"{path}?lang=en&format=json", headers=PAGE) as answer:
            assert answer.status_code == expected, address


def test_a_browser_gets_a_page_that_names_the_parameter(client, numbers):
    answer = client.get(f"/predict/{numbers[0]}?lang=en&utm=1", headers=PAGE)
    assert answer.status_code == 400
    assert "utm" in answer.text
    assert "text/html" in answer.content_type


def test_very_many_unknown_parameters_are_answered_with_the_first_thousand(client):
    query = "&".join(f"a{i}" for i in range(1500)) + "&" + "&".join(f"b{i}=" for i in range(10))
    assert len(client.get(f"/clients?{query.replace('&', '=&')}").json["errors"]) == 1000


def test_the_openapi_document_has_the_parameters_that_the_views_declare(app, client):
    document = client.get("/openapi.json").json
    adapter = app.url_map.bind("localhost")
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            endpoint, _ = adapter.match(path.replace("{client_id}", "1"), method=method.upper())
            taken = taken_by(app, endpoint)
            described = {one["name"]: one["schema"] for one in operation.get("parameters", []) if one["in"] == "query"}
            if path == "/":
                described |= {"client_id": {}}  # of the search page
            assert set(described) == taken.once | taken.many, path
            assert {name for name, schema in described.items() if schema.get("type") == "array"} == taken.many


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    ("given", "expected"),
    [("lang=xx", "fr or en"), ("lang=", "fr or en"), ("lang=FR", "fr or en"), ("format=xml", "json")],
)
def test_a_language_and_a_format_that_no_page_has_are_refused(client, numbers, address, given, expected):
    name, _, value = given.partition("=")
    with client.get(f"{address.format(number=numbers[0], decision_id=make_id())}?{given}") as answer:
        assert answer.status_code == 400
        assert answer.json["errors"] == [{"field": name, "received": value, "expected": expected}]


@pytest.mark.parametrize("address", POSTS)
def test_a_language_that_no_page_has_is_refused_before_a_body_is_read(client, address):
    answer = client.post(f"{address.format(decision_id=make_id())}?lang=de&format=yaml", data="x")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json["errors"]] == ["lang", "format"]


def test_a_browser_gets_a_page_about_a_wrong_language(client):
    page = client.get("/?lang=xx", headers=PAGE)
    assert (page.status_code, page.mimetype) == (400, "text/html")
