"""The application calls all its functions without asking whether they are coroutines, so that none may be one."""

from inspect import iscoroutinefunction

from fonction_api_prediction import create_app
from scoring.settings import Settings


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
