"""The OpenAPI document: valid, complete, and true."""

import re

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from fonction_api_prediction import create_app
from scoring.settings import Settings

ASSETS = "/docs/static/"
FORM = "/application"  # a page only, whatever is asked for


@pytest.fixture(scope="module")
def document(app):
    return app.test_client().get("/openapi.json").json


def operations(document):
    return [(method, path, body) for path, methods in document["paths"].items() for method, body in methods.items()]


def whole(document, schema):
    """Make a schema that stands alone."""
    return {**schema, "components": document["components"]}


def test_it_is_valid_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_every_route_and_method_stands_there(document, app):
    described = {(method.upper(), path) for method, path, _ in operations(document)}
    served = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(rule)))
        for rule in app.url_map.iter_rules()
        for method in rule.methods & {"GET", "POST", "PUT", "DELETE", "PATCH"}
        if not str(rule).startswith(ASSETS) and str(rule) != FORM
    }
    assert described == served


def test_operations_have_names_of_their_own(document):
    names = [body["operationId"] for _, _, body in operations(document)]
    assert len(set(names)) == len(names)


def test_every_example_works_and_fits_its_schema_and_so_does_the_answer(document, app):
    posted = 0
    for method, path, body in operations(document):
        content = body.get("requestBody", {}).get("content", {}).get("application/json", {})
        for name, example in content.get("examples", {}).items():
            jsonschema.validate(example["value"], whole(document, content["schema"]))
            answer = app.test_client().open(path, method=method.upper(), json=example["value"])
            assert answer.status_code == 200, (path, name)
            schema = body["responses"]["200"]["content"]["application/json"]["schema"]
            jsonschema.validate(answer.json, whole(document, schema))
            posted += 1
    assert posted == 4 * 4


def test_known_clients_answers_fit_their_schemas(document, app, numbers):
    for method, path, body in operations(document):
        content = body["responses"]["200"]["content"]
        if method == "get" and "application/json" in content:
            answer = app.test_client().get(path.replace("{client_id}", str(numbers[0])))
            assert answer.status_code == 200, path
            jsonschema.validate(answer.json, whole(document, content["application/json"]["schema"]))


def test_problems_fit_their_schema(document, client):
    problem = whole(document, document["components"]["schemas"]["Problem"])
    answers = [
        client.get("/predict/1"), client.get("/nowhere"), client.put("/predict"), client.post("/predict", data="x"),
        client.post("/predict", json={"AMT_CREDIT": []}), client.post("/predict", json={"applications": [1]}),
    ]  # fmt: skip
    for answer in answers:
        jsonschema.validate(answer.json, problem)


def test_a_model_without_a_manifest_is_described_too(unverified):
    client = create_app(Settings(artefacts=unverified, threshold=0.5, open=True)).test_client()
    document = client.get("/openapi.json").json
    OpenAPIV31SpecValidator(document).validate()
    assert "Application" not in document["components"]["schemas"]
    for _, path, body in operations(document):
        content = body.get("requestBody", {}).get("content", {}).get("application/json", {})
        for example in content.get("examples", {}).values():
            assert client.post(path, json=example["value"]).status_code == 200, path


def test_the_page_shows_every_operation_and_loads_nothing_from_elsewhere(document, client):
    answer = client.get("/docs")
    page = answer.get_data(as_text=True)
    for method, path, _ in operations(document):
        assert f"<code>{method.upper()} {path}</code>" in page
    assert not re.findall(r"(?:src|href|action)=[\"'](?!/|#)", page)
    assert "<style" not in page
    assert " style=" not in page
    assert not re.search(r"\son\w+=", page)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_files_of_the_page_are_served(client):
    page = client.get("/docs").get_data(as_text=True)
    files = re.findall(r"(?:src|href)=\"(/docs/static/[^\"]+)\"", page)
    assert len(files) == 3
    for file in files:
        with client.get(file) as answer:
            assert answer.status_code == 200
