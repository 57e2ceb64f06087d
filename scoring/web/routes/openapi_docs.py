"""``GET /openapi.json`` and ``GET /docs``: the description of the API, for programs and for people."""

from collections.abc import Callable
from functools import cache, lru_cache
from threading import Lock

from flask import Blueprint, Response, current_app, render_template, request
from pydantic_core import to_json

from scoring.errors import ClientsUnavailable
from scoring.service import Service
from scoring.web.large_answers import LargeAnswer
from scoring.web.openapi.document import describe_api
from scoring.web.openapi.examples import add_answers, list_requests
from scoring.web.openapi.schemas import Json
from scoring.web.openapi.security import describe_access
from scoring.web.pages.render import page_content
from scoring.web.problem_kinds import ALL_KINDS

# Nothing from other servers, no inline script or style.
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'"
)
_PAGE_HEADERS = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"}

_PREFIXES = 16  # the document is cached for this many path prefixes, if proxies serve it under several


def blueprint(service: Service, *, protected: bool = False, limited: bool = False) -> Blueprint:
    """Serve the OpenAPI document and the page; both are made at the first request.

    Parameters
    ----------
    protected : the service needs keys.
    limited : the number of requests is limited.
    """
    routes = Blueprint(
        "docs", __name__, template_folder="../templates", static_folder="../static", static_url_path="/docs/static"
    )

    making = Lock()

    @cache
    def document(*, with_clients: bool) -> Json:
        with making:  # if several threads make Pydantic types at once, Python 3.11 crashes
            names_people = not service.bundle.synthetic_clients
            # Everyone may read the document, and the clients of a service with keys have to stay secret.
            is_secret = protected and names_people
            described = describe_api(service, names_client=with_clients and not is_secret)
            describe_access(described, protected=protected, limited=limited)
            if not is_secret:
                add_answers(current_app, described, names_people=names_people or not with_clients)
            return described

    @lru_cache(_PREFIXES)
    def encoded(root: str, *, with_clients: bool) -> LargeAnswer:
        return LargeAnswer(to_json({**document(with_clients=with_clients), "servers": [{"url": root or "/"}]}))

    @lru_cache(_PREFIXES)
    def page(root: str, *, with_clients: bool) -> LargeAnswer:
        api = document(with_clients=with_clients)
        shared = page_content(service.bundle, "en", root, link=lambda path: f"{root}{path}", path="/docs")
        text = render_template("docs.html", api=api, operations=_operations(api), problems=ALL_KINDS, **shared)
        return LargeAnswer(text.encode(), "text/html; charset=utf-8", **_PAGE_HEADERS)

    def answer(make: Callable[..., LargeAnswer]) -> Response:
        try:
            return make(request.script_root, with_clients=True)()
        except ClientsUnavailable:  # not cached: later, when clients can be read, the examples name them
            return make(request.script_root, with_clients=False)()

    routes.add_url_rule("/openapi.json", "described", lambda: answer(encoded))
    routes.add_url_rule("/docs", "docs", lambda: answer(page))
    return routes


def _operations(document: Json) -> list[Json]:
    """List the operations, each with its method, path, address to try and example bodies."""
    return [
        {
            "method": method.upper(),
            "path": path,
            "address": requests[0].address,
            "examples": {one.name: one.body for one in requests if one.body},
            **operation,
        }
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if (requests := list(list_requests(path, method, operation)))
    ]
