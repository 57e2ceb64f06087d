"""The OpenAPI document: valid, complete, and true."""

import re

import jsonschema
import pandas as pd
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from fonction_api_prediction import create_app
from scoring.application.model_rows import ModelRowReader
from scoring.errors import KeyRequired, NotAllowed, RowsOnly, TooManyRequests
from scoring.model.plan import PossibleValues
from scoring.service import Service
from scoring.settings import Settings
from scoring.web.openapi.decision_operations import describe_decisions
from scoring.web.openapi.examples import example_bodies
from scoring.web.problem_kinds import ALL_KINDS, KINDS
from tests.web.pages.conftest import seen, spaced

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


def test_the_example_rows_are_valid_where_only_the_values_tell_rows_from_applications(app):
    service = Service(app.extensions["scoring"])
    possible = PossibleValues.of(service.preparer.plan)
    service.row_reader = ModelRowReader(service.bundle.scorer.features, service.clients.identity, "", possible=possible)
    bodies = example_bodies(service, names_client=False)
    for name in ("rows", "positional"):
        service.prepare_rows(bodies[name]["data"])
    assert describe_decisions(service)


def test_every_route_and_method_stands_there(document, app):
    described = {(method.upper(), path) for method, path, _ in operations(document)}
    served = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(rule)))
        for rule in app.url_map.iter_rules()
        for method in rule.methods & {"GET", "POST", "PUT", "DELETE", "PATCH"}
        if not str(rule).startswith(ASSETS) and str(rule) != FORM
    }
    assert described == served


def test_operations_have_names_of_their_own_and_one_of_the_tags(document):
    names = [body["operationId"] for _, _, body in operations(document)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)
    assert {tag for _, _, body in operations(document) for tag in body["tags"]} == {
        tag["name"] for tag in document["tags"] if tag["description"]
    }
    assert all(len(body["tags"]) == 1 for _, _, body in operations(document))


def test_the_title_is_ascii_and_the_versions_of_api_and_model_are_told_apart(document, client, app):
    assert document["info"]["title"].isascii()
    index = client.get("/").json
    assert document["info"]["version"] == index["api_version"]
    assert document["info"]["x-model-version"] == index["model_version"] == app.extensions["scoring"].version


def titles(schema):
    """List the titles of a schema and its parts; a property may be called title, too."""
    if isinstance(schema, list):
        return [title for one in schema for title in titles(one)]
    if not isinstance(schema, dict):
        return []
    named = [one for value in schema.get("properties", {}).values() for one in titles(value)]
    parts = [value for key, value in schema.items() if key not in {"properties", "examples", "example"}]
    own = [schema["title"]] if isinstance(schema.get("title"), str) else []
    return own + named + titles(parts)


def test_no_two_schemas_have_the_same_title(document):
    found = titles([document["paths"], document["components"]["schemas"]])
    assert sorted(found) == sorted(set(found))
    assert set(document["components"]["schemas"]) <= set(found)


def test_every_json_answer_has_an_example_that_fits_its_schema(document):
    count = 0
    for _, path, body in operations(document):
        content = body["responses"]["200"]["content"].get("application/json")
        if content and path != "/openapi.json":
            assert content["examples"], path
            for example in content["examples"].values():
                jsonschema.validate(example["value"], whole(document, content["schema"]))
                count += 1
    assert count == 36


def test_every_problem_that_an_operation_lists_has_an_example_of_its_status(document):
    listed = set()
    for _, path, body in operations(document):
        for status, answer in body["responses"].items():
            for name in answer["content"].get("application/problem+json", {}).get("examples", {}):
                example = document["components"]["examples"][name]["value"]
                jsonschema.validate(example, whole(document, document["components"]["schemas"]["Problem"]))
                assert example["status"] == int(status), path
                assert example["type"] in answer["description"]
                listed.add(example["type"])
    # This model reads raw applications, and the sample needs no key.
    others = {KINDS[one].urn for one in (RowsOnly, KeyRequired, NotAllowed, TooManyRequests)}
    assert listed == {kind.urn for kind in ALL_KINDS} - others


def test_nothing_about_a_real_client_is_an_example(folder):
    table = pd.read_csv(folder / "df_sample.csv").head(50)
    table.to_csv(folder / "others.csv", index=False)
    settings = Settings(artefacts=folder, clients=folder / "others.csv", open=True)
    document = create_app(settings).test_client().get("/openapi.json").json
    for _, path, body in operations(document):
        content = body["responses"]["200"]["content"].get("application/json")
        if content and path != "/openapi.json":
            assert ("examples" in content) == (body["tags"] != ["clients"]), path


def test_known_clients_answers_fit_their_schemas(document, app, numbers):
    for method, path, body in operations(document):
        content = body["responses"]["200"]["content"]
        if method == "get" and "application/json" in content and body["tags"] != ["decisions"]:  # none is recorded
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
        if body["tags"] == ["decisions"]:  # none is recorded
            continue
        content = body.get("requestBody", {}).get("content", {}).get("application/json", {})
        for example in content.get("examples", {}).values():
            assert client.post(path, json=example["value"]).status_code == 200, path


def test_the_page_shows_every_operation_and_loads_nothing_from_elsewhere(document, client):
    answer = client.get("/docs")
    page = answer.get_data(as_text=True)
    for method, path, _ in operations(document):
        assert f'<code><span class="method">{method.upper()}</span> {path}</code>' in page
    assert not re.findall(r"(?:src|href|action)=[\"'](?!/|#)", page)
    assert "<style" not in page
    assert " style=" not in page
    assert not re.search(r"\son\w+=", page)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_page_says_what_each_problem_means_and_what_helps(client):
    page = seen(client.get("/docs"))
    for kind in ALL_KINDS:
        assert f"{kind.status.value} {kind.urn}" in page
        assert spaced(f"{kind.meaning} {kind.remedy}".replace("`", " ")) in page


def test_the_files_of_the_page_are_served(client):
    page = client.get("/docs").get_data(as_text=True)
    files = re.findall(r"(?:src|href)=\"(/docs/static/[^\"]+)\"", page)
    assert len(files) == 5
    for file in files:
        with client.get(file) as answer:
            assert answer.status_code == 200
