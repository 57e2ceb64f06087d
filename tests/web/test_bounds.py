"""The work of a request is bounded by its size."""

import json

import pytest

from scoring.errors import MOST_ERRORS
from scoring.service import MOST_EXPLAINED
from tests.conftest import REQUIRED

MISSPELLED = {"AMT_CREDI": 1, "AMT_INCOME_TOTALL": 1, "AMT_ANUITY": 1, "DAYS_BIRT": 1, "EXT_SOURCE_22": 1}


def hints(errors):
    return sum("did you mean" in error["expected"] for error in errors)


@pytest.mark.parametrize("path", ["/predict", "/predict_proba", "/explain"])
def test_similar_names_are_searched_for_the_first_invalid_record_only(client, path):
    errors = client.post(path, json={"applications": [REQUIRED] + [MISSPELLED] * 50}).json["errors"]
    assert hints(errors) == hints(error for error in errors if error["record"] == 1) == 5


def test_similar_names_are_searched_for_the_first_invalid_report_only(client):
    reports = client.post("/data", json={"applications": [REQUIRED] + [MISSPELLED] * 50}).json["records"]
    assert [hints(report["errors"]) for report in reports] == [0, 5, *[0] * 49]
    assert hints(client.post("/data", json=MISSPELLED).json["errors"]) == 5


def test_reading_stops_after_a_thousand_errors_and_says_so(client):
    answer = client.post("/predict", json={"applications": [{}] * 1000}).json
    assert len(answer["errors"]) == MOST_ERRORS
    assert answer["detail"] == "1000 or more validation errors, nothing was scored. See errors."
    assert answer["errors"][-1]["record"] == 199
    answer = client.post("/predict", json={"data": [[]] * 999}).json
    assert answer["detail"] == "999 validation errors, nothing was scored. See errors."


@pytest.mark.parametrize(
    "body",
    [
        b'{"data":[[' + b"1," * 300_000 + b"1]]}",
        b'{"data":[' + b"[]," * 150_000 + b"1]}",
        b'{"data":[' + b'{"a":1},' * 150_000 + b"1]}",
        b"{" + b",".join(b'"%x":1' % i for i in range(300_000)) + b"}",
        b"[" * 300_000,
    ],
)
@pytest.mark.parametrize("path", ["/predict", "/predict_proba", "/explain", "/data"])
def test_more_values_than_a_thousand_records_can_have_are_a_413(client, path, body):
    answer = client.post(path, data=body, content_type="application/json")
    assert answer.status_code == 413
    assert "values: expected at most 1000 records" in answer.json["detail"]


def test_a_thousand_records_with_every_field_and_every_column_are_read(client, app):
    service = app.extensions["scoring"]
    fields = {field.name: None for field in service.manifest.input_schema.fields}
    full = {**fields, **REQUIRED}
    assert len(client.post("/predict", json={"applications": [full] * 1000}).json["predictions"]) == 1000
    row = [0.5] * len(service.scorer.features)
    assert len(client.post("/predict", json={"data": [row] * 1000}).json) == 1000


def test_texts_may_have_commas_and_brackets(client):
    body = {"applications": [{**REQUIRED, "OCCUPATION_TYPE": "a,b,[c],{d}" * 5}] * 1000}
    assert client.post("/predict", json=body).status_code == 200


def test_a_request_explains_a_hundred_records_at_most(client):
    assert len(client.post("/explain", json={"applications": [REQUIRED] * MOST_EXPLAINED}).json["explanations"]) == 100
    for body in {"applications": [REQUIRED] * 101}, {"applications": [{}] * 101}, {"data": [[]] * 101}:
        answer = client.post("/explain", json=body)
        assert answer.status_code == 413
        assert answer.json["detail"] == "101 records: expected at most 100 in a request; send several requests."


def test_a_file_of_far_too_many_lines_is_refused_before_it_is_read(client):
    for content in b"a\n" * 100_000, b"a\r" * 100_000, "a\n".encode("utf-16") * 100_000:
        answer = client.post("/table", data=content, content_type="text/csv")
        assert answer.status_code == 422
        assert "99999 rows" in json.dumps(answer.json)


@pytest.mark.parametrize("query", ["features=" + "," * 8000, "features=" + "a," * 4000, "&".join(["features="] * 20)])
def test_more_than_ten_features_are_a_400(client, query):
    answer = client.get(f"/population?{query}")
    assert answer.status_code == 400
    assert answer.json["errors"][0]["expected"] == "at most 10 names"


def test_similar_names_are_searched_for_the_first_unknown_features_only(client):
    names = ",".join(f"AMT_CREDI{i}" for i in range(10))
    assert hints(client.get(f"/population?features={names}").json["errors"]) == 5
