import logging

import pytest

from fonction_api_prediction import create_app
from scoring.errors import RequestError
from scoring.settings import Settings
from scoring.web.problem_kinds import KINDS


def test_every_request_error_is_a_kind_of_problem():
    assert set(KINDS) == set(RequestError.__subclasses__())


@pytest.mark.parametrize("path", ["/nowhere", "/predict/", "/predict/500000/more", "/Predict/500000"])
def test_an_address_that_is_none_is_a_problem_document(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert answer.json["detail"] == "There is nothing at this address. GET / lists the routes."


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_method_that_is_not_answered_is_a_problem_document_with_allow(client, numbers, method):
    answer = client.open(f"/predict/{numbers[0]}", method=method)
    assert answer.status_code == 405
    assert answer.content_type == "application/problem+json"
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_failure_is_a_500_without_traceback_and_the_log_has_it_under_the_same_id(caplog):
    app = create_app(Settings())

    @app.get("/broken")
    def broken():
        raise RuntimeError("a secret detail")

    with caplog.at_level(logging.ERROR, "scoring"):
        answer = app.test_client().get("/broken")
    assert answer.status_code == 500
    assert answer.content_type == "application/problem+json"
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert f"request {answer.headers['X-Request-ID']} failed" in caplog.text
    assert "a secret detail" in caplog.text


def test_every_answer_has_an_id_of_its_own(client):
    ids = {client.get(path).headers["X-Request-ID"] for path in ("/", "/health", "/nowhere", "/predict/x")}
    assert len(ids) == 4


@pytest.mark.parametrize(
    "given",
    [
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "0f8fad5b-d9cb-469f-a165-70867728950e",
        "0F8FAD5B-D9CB-469F-A165-70867728950E",
    ],
)
def test_the_callers_own_id_is_kept_where_it_has_the_form_of_a_random_one(client, given):
    assert client.get("/", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


@pytest.mark.parametrize(
    "given",
    [
        "",
        "a" * 33,
        "with space",
        "<script>",
        "é",
        "trace-1.a_b",
        "client-500024-Jean.Dupont",
        "500024",
        "500024".zfill(32),
        "00000000-0000-0000-0000-000000500024",
        "0f8fad5bd9cb469fa16570867728950e500024",
        "0f8fad5b-d9cb-469f-a165-70867728950e\n",
    ],
)
def test_an_id_that_may_say_something_is_replaced(client, given):
    assert client.get("/", environ_base={"HTTP_X_REQUEST_ID": given}).headers["X-Request-ID"] != given


def test_browsers_are_told_not_to_guess_types(client):
    assert client.get("/nowhere").headers["X-Content-Type-Options"] == "nosniff"
