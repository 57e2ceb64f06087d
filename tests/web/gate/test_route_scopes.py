"""Every route of the service against the table of scopes."""

import pytest

from scoring.access.caller import SCOPES
from scoring.web.gate.route_scopes import NO_KEY, ROUTE_SCOPES

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OPEN = {"/health/live", "/docs", "/docs/static/<path:filename>", "/openapi.json"}


def address(rule, number):
    return str(rule).replace("<client_id>", str(number)).replace("<path:filename>", "pages.css")


def routes(app):
    return {f"{verb} {rule}" for rule in app.url_map.iter_rules() for verb in rule.methods & {"GET", "POST"}}


def test_every_route_has_its_scope_and_the_table_has_no_other_route(app):
    assert set(ROUTE_SCOPES) == routes(app)


def test_only_liveness_and_the_description_of_the_api_need_no_key():
    assert {route.split()[1] for route, scopes in ROUTE_SCOPES.items() if scopes is NO_KEY} == OPEN


def test_every_client_number_in_an_address_has_the_name_that_the_gate_knows(app):
    assert {name for rule in app.url_map.iter_rules() for name in rule.arguments} <= {
        "client_id",
        "decision_id",
        "filename",
    }


def test_every_route_and_verb_without_a_valid_key_is_401(guarded, app, numbers, keys):
    client, refused = guarded.test_client(), 0
    unknown = {"Authorization": f"Bearer {keys.make('read').make().reveal()}"}
    for rule in app.url_map.iter_rules():
        for verb in VERBS:
            if rule.rule in OPEN and verb in rule.methods:
                continue
            for headers in ({}, unknown, {"Authorization": "Bearer x"}, {"Authorization": "Basic !"}):
                answer = client.open(address(rule, numbers[0]), method=verb, headers=headers)
                assert answer.status_code == 401, (verb, rule.rule)
                assert [one.split()[0] for one in answer.headers.getlist("WWW-Authenticate")] == ["Basic", "Bearer"]
                assert str(numbers[0]) not in answer.get_data(as_text=True)
                refused += 1
    assert refused > 400


def test_an_address_that_does_not_exist_is_401_too(guarded, every):
    assert guarded.test_client().get("/nowhere").status_code == 401
    assert guarded.test_client().get("/nowhere", headers=every).status_code == 404


def test_every_route_is_403_with_any_scope_but_its_own_and_is_answered_with_it(guarded, app, numbers, scoped):
    client, refused = guarded.test_client(), 0
    for route, wanted in ROUTE_SCOPES.items():
        verb, rule = route.split()
        for scope in SCOPES:
            for method in [verb, *(["HEAD"] if verb == "GET" else [])]:
                answer = client.open(address(rule, numbers[0]), method=method, headers=scoped[scope])
                if wanted is NO_KEY or scope in wanted:
                    assert answer.status_code not in {401, 403}, (route, scope)
                else:
                    assert answer.status_code == 403, (route, scope)
                    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
                    refused += 1
                answer.close()
    assert refused > 60


def test_a_route_that_somebody_forgot_to_list_is_closed_to_every_key(keys, every):
    from fonction_api_prediction import create_app
    from scoring.settings import Settings

    app = create_app(Settings(api_keys=keys.path))
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    assert app.test_client().get("/forgotten", headers=every).status_code == 403


@pytest.mark.parametrize("path", sorted(OPEN))
def test_what_needs_no_key_is_answered_without_one(guarded, path):
    with guarded.test_client().get(address(path, 0)) as answer:
        assert answer.status_code == 200
