"""Limits as a caller meets them; tests/access/test_meter.py has the rules."""

import pytest

from fonction_api_prediction import create_app
from scoring.settings import Settings
from tests.conftest import REQUIRED


@pytest.fixture
def limited(keys, every):
    return create_app(Settings(api_keys=keys.path, rate_limit="5/hour")).test_client()


def test_more_requests_than_the_limit_are_429_with_a_time_and_only_for_this_key(limited, keys, numbers):
    mine, other = keys.add("read"), keys.add("read")
    client = create_app(Settings(api_keys=keys.path, rate_limit="5/hour")).test_client()
    for _ in range(5):
        assert client.get(f"/predict/{numbers[0]}", headers=mine).status_code == 200
    for path in (f"/predict/{numbers[0]}", "/features", "/predict/999999", "/nowhere"):
        answer = client.get(path, headers=mine)
        assert (answer.status_code, answer.json["type"]) == (429, "urn:problem:too-many-requests")
        assert 700 <= int(answer.headers["Retry-After"]) <= 720
    page = client.get(f"/predict/{numbers[0]}?lang=fr", headers={**mine, "Accept": "text/html"})
    assert "Trop de demandes" in page.get_data(as_text=True)
    assert page.headers["Retry-After"]
    assert client.get("/health/live", headers=mine).status_code == 200
    assert client.get(f"/predict/{numbers[0]}", headers=other).status_code == 200


def test_requests_without_a_valid_key_are_limited_by_address_and_do_not_count_for_keys(limited, keys, every, numbers):
    def ask(address, **headers):
        return limited.get(
            f"/predict/{numbers[0]}", headers=headers, environ_overrides={"REMOTE_ADDR": address}
        ).status_code

    guess = {"Authorization": f"Bearer {keys.make('read').make().reveal()}"}
    assert [ask("198.51.100.7", **guess) for _ in range(7)] == [401] * 5 + [429] * 2
    assert ask("198.51.100.8") == 401
    assert ask("198.51.100.7", **every) == 200


def test_a_service_without_keys_is_limited_by_address(numbers):
    client = create_app(Settings(rate_limit="3/hour")).test_client()

    def ask(path, address):
        return client.get(path, environ_overrides={"REMOTE_ADDR": address}).status_code

    assert [ask(f"/predict/{numbers[0]}", "203.0.113.5") for _ in range(5)] == [200] * 3 + [429] * 2
    assert ask("/health/live", "203.0.113.5") == 200
    assert ask(f"/predict/{numbers[0]}", "203.0.113.6") == 200


def test_without_a_limit_and_keys_nothing_is_counted_and_nothing_runs_before_a_view(app):
    assert [function.__module__ for function in app.before_request_funcs[None]] == ["scoring.web.parameters"]


@pytest.mark.parametrize("path", ["/predict/{}", "/explain/{}", "/clients/{}", "/?client_id={}"])
def test_walking_through_numbers_is_limited_at_every_address_that_looks_clients_up(keys, path):
    walker, other = keys.add("read", "score"), keys.add("read", "score")
    client = create_app(Settings(api_keys=keys.path)).test_client()
    page = {"Accept": "text/html"} if "?" in path else {}
    statuses = [
        client.get(path.format(number), headers={**walker, **page}).status_code for number in range(520000, 520060)
    ]
    assert 429 in statuses[20:]
    assert 429 not in statuses[:20]
    assert client.get("/features", headers=walker).status_code == 200  # only lookups are limited
    assert client.post("/predict", json=REQUIRED, headers=walker).status_code == 200
    assert client.get(path.format(520000), headers={**other, **page}).status_code != 429


@pytest.mark.parametrize("history", ["stored", "known"])
def test_walking_through_numbers_in_bodies_is_limited_too(keys, history):
    walker = keys.add("read", "score")
    client = create_app(Settings(api_keys=keys.path)).test_client()

    def post(*numbers):
        applications = [{**REQUIRED, "SK_ID_CURR": number} for number in numbers]
        body = {"applications": applications} if len(numbers) > 1 else applications[0]
        return client.post(f"/predict?history={history}", json=body, headers=walker).status_code

    assert post(520001) in {200, 404}
    assert post(*range(520002, 520200)) == 429
    assert post(*range(520002, 520200)) == 429


def test_a_program_for_many_new_applications_may_use_the_history_of_those_that_are_known(keys):
    bulk = keys.add("read", "score", bulk=True)
    client = create_app(Settings(api_keys=keys.path)).test_client()
    applications = [{**REQUIRED, "SK_ID_CURR": number} for number in range(520000, 520500)]
    answer = client.post("/predict?history=known", json={"applications": applications}, headers=bulk)
    assert answer.status_code == 200


def test_the_form_counts_the_client_whose_history_it_uses(keys):
    from tests.web.pages.test_application_page import GIVEN

    walker = keys.add("read", "score")
    client = create_app(Settings(api_keys=keys.path)).test_client()

    def post(number):
        form = {**GIVEN, "SK_ID_CURR": str(number), ":stored": "1"}
        return client.post("/application", data=form, headers=walker).status_code

    statuses = [post(number) for number in range(521000, 521035)]
    assert set(statuses[:19]) <= {200, 404}
    assert statuses[-1] == 429
