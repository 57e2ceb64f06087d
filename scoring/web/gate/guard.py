"""Recognises the caller of every request, before its view runs."""

from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING

from flask import Flask, g, request

from scoring.errors import NotAllowed
from scoring.service import Service
from scoring.web.gate.credentials import SAFE_METHODS, read_credentials, refuse_other_sites
from scoring.web.gate.current_caller import seen_by_caller
from scoring.web.gate.route_scopes import ANY_KEY, Scopes, scopes_of

if TYPE_CHECKING:
    from scoring.access.key_ring import KeyRing

# Of the WSGI environment: who sends a request that the service makes itself. No header can have this name.
CALLER = "scoring.caller"


def protect(app: Flask, service: Service, keys: "KeyRing", origins: Collection[str]) -> None:
    """Refuse every request without a key that may use the route.

    Parameters
    ----------
    origins : whose pages may read answers. Their browsers ask without a key whether they may send one.
    """
    scopes_needed = cache(scopes_of)

    @app.before_request
    def check() -> None:
        environ, rule, method = request.environ, request.url_rule, request.method
        if CALLER in environ:
            g.caller = environ[CALLER]
            return
        scopes = ANY_KEY if rule is None or method == "OPTIONS" else scopes_needed(method, rule.rule)
        if scopes is None or (method == "OPTIONS" and _is_preflight(origins)):
            return
        given = read_credentials(environ)
        accepted = keys.recognise(given.key)
        if given.by_browser and method not in SAFE_METHODS:
            refuse_other_sites(environ)
        if scopes.isdisjoint(accepted.caller.scopes):
            raise _without_scope(scopes)
        g.caller = accepted.caller
        if request.view_args and "client_id" in request.view_args:
            # Answers are cached for all callers. Here a client of another portfolio is refused as an unknown one is.
            seen_by_caller(service).clients.parse_id(request.view_args["client_id"])


def _is_preflight(origins: Collection[str]) -> bool:
    environ = request.environ
    return environ.get("HTTP_ORIGIN") in origins and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ


def _without_scope(scopes: Scopes) -> NotAllowed:
    listed = " or ".join(sorted(scopes))
    return NotAllowed(f"The API key does not have the scope {listed}, which this address needs.", sorted(scopes))
