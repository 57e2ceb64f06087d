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


def test_the_callers_own_id_is_kept_where_it_is_a_plain_token(client):
    assert client.get("/", headers={"X-Request-ID": "trace-1.a_b"}).headers["X-Request-ID"] == "trace-1.a_b"


@pytest.mark.parametrize("given", ["", "a" * 65, "with space", "<script>", "é"])
def test_an_id_that_is_no_plain_token_is_replaced(client, given):
    assert client.get("/", environ_base={"HTTP_X_REQUEST_ID": given}).headers["X-Request-ID"] != given


def test_browsers_are_told_not_to_guess_types(client):
    assert client.get("/nowhere").headers["X-Content-Type-Options"] == "nosniff"
