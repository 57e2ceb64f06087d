"""A body of the wrong shape is refused with what it looks like and what to send; the right one then works."""

import json

import pytest

from fonction_api_prediction import create_app
from scoring.settings import Settings
from tests.conftest import REQUIRED

SCORING = ("/predict", "/predict_proba", "/explain")
APPLICATIONS, ROWS = '{"applications": [{...}, ...]}', '{"data": [{...}, ...]}'


@pytest.fixture(scope="module")
def bodies(app):
    content = app.test_client().get("/openapi.json").json["paths"]["/predict"]["post"]["requestBody"]["content"]
    examples = content["application/json"]["examples"]
    return {"row": examples["rows"]["value"]["data"][0], "positional": examples["positional"]["value"]["data"][0]}


SHAPES = {
    "a bare list of applications": (lambda row, _: [REQUIRED], "a list of applications", APPLICATIONS),
    "a bare list of rows": (lambda row, _: [row], "a list of model-ready rows", ROWS),
    "a bare list of lists": (lambda _, row: [row], "a list of model-ready rows by position", '{"data": [[...], ...]}'),
    "a bare list of numbers": (lambda _, row: row, "one model-ready row by position", '{"data": [[...]]}'),
    "numbers as data": (lambda _, row: {"data": row}, "one model-ready row by position", '{"data": [[...]]}'),
    "one bare row": (lambda row, _: row, "a model-ready row", '{"data": [{...}]}'),
    "one row as data": (lambda row, _: {"data": row}, "a model-ready row under the key 'data'", '{"data": [{...}]}'),
    "applications as data": (lambda *_: {"data": [REQUIRED]}, "a list of applications", APPLICATIONS),
    "rows as applications": (lambda row, _: {"applications": [row]}, "a list of model-ready rows", ROWS),
    "lists as applications": (
        lambda _, row: {"applications": [row]},
        "a list of model-ready rows by position",
        '{"data": [[...], ...]}',
    ),
    "one application as applications": (
        lambda *_: {"applications": REQUIRED},
        "an application under the key 'applications'",
        "the application itself",
    ),
    "one application under another key": (
        lambda *_: {"application": REQUIRED},
        "an application under the key 'application'",
        "the application itself",
    ),
    "unknown fields under the key of an application": (
        lambda *_: {"application": {"income": 1200}},
        "an application under the key 'application'",
        "the application itself",
    ),
    "a client number": (
        lambda *_: {"SK_ID_CURR": 500024},
        "a client number without an application",
        "a GET request to /predict/<client_id>",
    ),
    "a client number under another key": (
        lambda *_: {"client_id": 500024},
        "a client number without an application",
        "a GET request to /predict/<client_id>",
    ),
    "the records of MLflow": (
        lambda row, _: {"dataframe_records": [row]},
        "a list of model-ready rows under the key 'dataframe_records'",
        ROWS,
    ),
    "the instances of KServe": (
        lambda _, row: {"instances": [row]},
        "a list of model-ready rows by position under the key 'instances'",
        '{"data": [[...], ...]}',
    ),
    "pandas, split": (
        lambda *_: {"index": [0], "columns": [*REQUIRED], "data": [[*REQUIRED.values()]]},
        "a table with a separate list of the names of its columns",
        APPLICATIONS,
    ),
    "MLflow, split": (
        lambda row, _: {"dataframe_split": {"columns": [*row], "data": [[*row.values()]]}},
        "a table with a separate list of the names of its columns under the key 'dataframe_split'",
        ROWS,
    ),
    "pandas, list": (
        lambda *_: {name: [value, value] for name, value in REQUIRED.items()},
        "a table by columns",
        APPLICATIONS,
    ),
    "pandas, dict": (lambda row, _: {name: {"0": value} for name, value in row.items()}, "a table by columns", ROWS),
    "JSON in JSON": (lambda *_: json.dumps(REQUIRED), "JSON in a JSON text, encoded twice", "the JSON object itself"),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("path", SCORING)
def test_a_wrong_shape_is_one_error_that_says_what_it_looks_like(client, bodies, path, name):
    make, looks_like, send = SHAPES[name]
    answer = client.post(path, json=make(bodies["row"], bodies["positional"]))
    assert answer.status_code == 422
    assert answer.json["detail"].startswith(f"The body looks like {looks_like}. Send ")
    (error,) = answer.json["errors"]
    assert error["expected"].endswith(send)


@pytest.mark.parametrize(
    "body",
    [{"applications": [REQUIRED]}, {"data": ["row"]}, {"data": ["positional"]}, {**REQUIRED, "EXT_SOURCE_3": 0.5}],
    ids=["applications", "rows", "positional", "one"],
)
def test_the_right_shapes_are_scored(client, bodies, body):
    if "data" in body:
        body = {"data": [bodies[name] for name in body["data"]]}
    assert client.post("/predict", json=body).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {}, [], True, "text", {"data": []}, {"data": {}}, {"data": "x"}, {"applications": [None]}, {"a": {"b": 1}},
        {"applications": [{}]}, {"data": [{}]}, {**REQUIRED, "AMT_CREDIT": [1]}, {"EXT_SOURCE_3": 0.5}, {"a": []},
        {"columns": 1, "data": [[1]]}, {"applications": [REQUIRED], "other": 1},
    ],
)  # fmt: skip
def test_what_is_not_recognised_is_listed_as_before(client, body):
    answer = client.post("/predict", json=body)
    assert answer.status_code == 422
    assert "validation error" in answer.json["detail"]
    assert answer.json["errors"]


def test_a_bare_list_is_told_where_bodies_are_only_inspected_too(client):
    answer = client.post("/data", json=[REQUIRED])
    assert answer.status_code == 422
    assert answer.json["detail"].startswith("The body looks like a list of applications.")


def test_a_model_without_raw_applications_asks_for_rows(unverified):
    client = create_app(Settings(artefacts=unverified, threshold=0.5, open=True)).test_client()
    row = dict.fromkeys(client.get("/features").json["columns"], 0.5)
    for body in ([row], row, {"applications": [row]}, {"rows": [row]}):
        answer = client.post("/predict", json=body)
        assert answer.status_code == 422, body
        assert '{"data": [{' in answer.json["detail"]
    assert client.post("/predict", json=REQUIRED).status_code == 409
    assert client.post("/predict", json={"data": [row]}).status_code == 200


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ("AMT_CREDIT,DAYS_BIRTH\n500000,-15000\n", "CSV"),
        ("AMT_CREDIT;DAYS_BIRTH\n500000;-15000\n", "CSV"),
        ('"AMT_CREDIT","DAYS_BIRTH"\n500000,-15000\n', "CSV"),
        ("AMT_CREDIT=500000&DAYS_BIRTH=-15000", "an HTML form"),
        ("<application><credit>5</credit></application>", "XML or HTML"),
        ("{'AMT_CREDIT': 500000}", "Python's notation"),
        ('[{"AMT_CREDIT": None}]', "Python's notation"),
        ('{"AMT_CREDIT": 5}\n{"AMT_CREDIT": 6}\n', "one object on each line"),
        ("PK\x03\x04\x14\x00", "XLSX"),
        ("PK\x03\x04\x14\xff\xfe", "XLSX"),
    ],
)
def test_a_text_that_is_not_json_is_told_by_what_it_looks_like(client, text, guess):
    answer = client.post("/predict", data=text.encode("latin-1"), content_type="application/json")
    assert answer.status_code == 400
    assert f"It looks like {guess}" in answer.json["detail"] or f"looks like an {guess}" in answer.json["detail"]


@pytest.mark.parametrize("text", ['{"a": 1,}', '{"a": 01}', "{", "", "x" * 5000, "[1, 2", '{"a": "b, c" "d"}'])
def test_broken_json_is_not_taken_for_something_else(client, text):
    answer = client.post("/predict", data=text, content_type="application/json")
    assert answer.status_code == 400
    assert "looks like" not in answer.json["detail"]
