"""The application leaves out what it does not use: coroutines, most hooks, sessions, headers to work out."""

from inspect import iscoroutinefunction

from flask import Response

from fonction_api_prediction import create_app
from scoring.settings import Settings
from scoring.web.flask_application import JsonResponse, SyncFlask


def functions(app):
    """All functions that Flask would ask about: views, hooks and handlers of errors."""
    yield from app.view_functions.values()
    for hooks in (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs):
        for listed in hooks.values():
            yield from listed
    yield from app.teardown_appcontext_funcs
    for by_code in app.error_handler_spec.values():
        for handlers in by_code.values():
            yield from handlers.values()


def test_no_view_hook_or_handler_of_errors_is_a_coroutine(tmp_path):
    (tmp_path / "keys.json").write_text('{"keys": []}')
    for settings in (Settings(), Settings(api_keys=tmp_path / "keys.json", rate_limit="10/minute")):
        found = list(functions(create_app(settings)))
        assert len(found) > 20
        assert [function for function in found if iscoroutinefunction(function)] == []


def test_a_function_is_called_as_it_is(app):
    for function in functions(app):
        assert app.ensure_sync(function) is function


def test_the_only_hooks_check_every_request_before_its_view(tmp_path):
    (tmp_path / "keys.json").write_text('{"keys": []}')
    app = create_app(Settings(api_keys=tmp_path / "keys.json", rate_limit="10/minute"))
    assert [*app.before_request_funcs] == [None]
    for hooks in (app.after_request_funcs, app.teardown_request_funcs, app.url_value_preprocessors):
        assert not any(hooks.values())
    assert app.teardown_appcontext_funcs == []


def answer_of(response, method="GET"):
    """What a WSGI server gets: status, headers and body."""
    with SyncFlask("answers").test_request_context(method=method) as context:
        body, status, headers = response.get_wsgi_response(context.request.environ)
        return status, headers, b"".join(body)


def test_json_has_the_headers_and_the_body_of_a_usual_answer():
    for method in ("GET", "POST", "HEAD"):
        usual = Response(b'{"a":1}', content_type="application/json")
        assert answer_of(JsonResponse(b'{"a":1}'), method) == answer_of(usual, method)


def test_json_that_was_changed_goes_out_as_changed():
    response = JsonResponse(b'{"a":1}')
    response.headers["Vary"] = "Cookie"
    response.set_data(b"{}")
    response.status_code = 201
    status, headers, body = answer_of(response)
    assert (status, body) == ("201 CREATED", b"{}")
    assert dict(headers) == {"Content-Type": "application/json", "Content-Length": "2", "Vary": "Cookie"}


def test_json_that_is_encoded_again_has_the_new_length():
    response = JsonResponse(b'{"a":1}')
    response.data = b"[1, 2, 3, 4]"
    assert dict(answer_of(response)[1])["Content-Length"] == "12"


def test_a_page_of_another_host_or_an_odd_one_gets_the_same_answer(client):
    usual = client.get("/features")
    for host in ("example.org:8443", "a..b", "x" * 80):
        assert client.get("/features", headers={"Host": host}).data == usual.data


def test_a_redirect_is_a_path_whatever_the_host(client):
    for host in ("example.org:8443", "a..b", "x" * 80, ""):
        answer = client.get("/predict//1?lang=en", headers={"Host": host})
        assert (answer.status_code, answer.headers["Location"]) == (308, "/predict/1?lang=en")
        assert client.get("//features", headers={"Host": host}).status_code == 200
