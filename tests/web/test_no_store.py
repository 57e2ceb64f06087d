"""No cache keeps an answer about a person; caches may keep what is the same for everybody."""

import pytest

from tests.conftest import HEADER, REQUIRED, ROW
from tests.web.gate.test_route_scopes import address, routes

IMPERSONAL = {
    "GET /", "GET /features", "GET /best_threshold", "GET /model", "GET /health", "GET /health/ready",
    "GET /health/live", "GET /metrics", "GET /openapi.json", "GET /docs", "GET /docs/static/<path:filename>",
}  # fmt: skip


def test_every_route_about_people_and_no_other_forbids_caches_to_keep_its_answers(app, client, numbers):
    for route in routes(app):
        verb, rule = route.split()
        with client.open(address(rule, numbers[0]), method=verb) as answer:
            found = answer.headers.getlist("Cache-Control")
        assert found == ["no-store"] if route not in IMPERSONAL else "no-store" not in found, route


@pytest.mark.parametrize("path", ["/predict", "/predict_proba", "/explain", "/data"])
def test_answers_to_applications_are_not_kept(client, path):
    for body in (REQUIRED, {"applications": [REQUIRED]}, {"AMT_CREDIT": -1}):
        assert client.post(path, json=body).headers.getlist("Cache-Control") == ["no-store"]


def test_errors_about_a_person_and_files_are_not_kept(client):
    file = client.post("/table", data=HEADER + ROW, headers={"Content-Type": "text/csv"})
    for answer in (client.get("/predict/999999"), client.get("/clients/1"), file, client.get("/predict/1?a=b")):
        assert answer.headers.getlist("Cache-Control") == ["no-store"]


def test_pages_about_a_person_are_not_kept(client, numbers):
    for path in (f"/predict/{numbers[0]}", "/predict/999999", "/?client_id=999999", "/application"):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert answer.headers.getlist("Cache-Control") == ["no-store"]


def test_what_is_the_same_for_everybody_keeps_its_etag(client):
    for path in ("/model", "/openapi.json", "/docs"):
        answer = client.get(path)
        assert answer.headers["Cache-Control"] == "no-cache"
        assert client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
