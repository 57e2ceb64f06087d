"""Recognises the caller of every request, and counts it, before its view runs."""

from collections.abc import Collection
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from flask import Flask, g, request

from scoring.errors import KeyRequired, NotAllowed
from scoring.service import Service
from scoring.web.gate.credentials import SAFE_METHODS, read_credentials, refuse_other_sites
from scoring.web.gate.current_caller import seen_by_caller
from scoring.web.gate.route_scopes import ANY_KEY, NO_KEY, Scopes, scopes_of

if TYPE_CHECKING:
    from scoring.access.key_ring import Accepted, KeyRing
    from scoring.access.meter import Meter
    from scoring.access.rate import Rate

# Of the WSGI environment: who sends a request that the service makes itself. No header can have this name.
CALLER = "scoring.caller"
_scopes_of = cache(scopes_of)


def limit_addresses(app: Flask, meter: "Meter", rate: "Rate") -> None:
    """Refuse more requests from one address than a rate allows; for a service without keys."""

    @app.before_request
    def check() -> None:
        if CALLER not in request.environ and _scopes_needed(()) is not NO_KEY:
            meter.count_address(request.remote_addr or "", rate)


def require_keys(
    app: Flask, service: Service, keys: "KeyRing", meter: "Meter", rate: "Rate | None", origins: Collection[str]
) -> None:
    """Refuse every request without a key that may use the route, and more requests with one key than a rate allows.

    Parameters
    ----------
    rate : of requests with one key; and of requests without a valid key from one address. None: not limited.
    origins : whose pages may read answers. Their browsers ask without a key whether they may send one.
    """
    from scoring.web.gate.lookups import find_lookup

    def recognise(environ: dict[str, Any]) -> "Accepted":
        try:
            given = read_credentials(environ)
            accepted = keys.recognise(given.key)
        except KeyRequired:
            meter.count_address(request.remote_addr or "", rate)
            raise
        if given.by_browser and request.method not in SAFE_METHODS:
            refuse_other_sites(environ)
        return accepted

    def count(accepted: "Accepted") -> None:
        """Count the request, and the client that its address names; refuse a client whom the caller may not see."""
        key_id, bulk = accepted.caller.key_id or "", accepted.bulk
        g.count_known = partial(meter.count_key, key_id, None, bulk=bulk)
        g.count_new = None if bulk else g.count_known
        in_path = request.view_args and request.view_args.get("client_id")
        text = in_path or (request.args.get("client_id") if request.environ.get("QUERY_STRING") else None)
        if text is None:
            meter.count_key(key_id, rate)
            return
        clients = seen_by_caller(service).clients
        lookup = find_lookup(clients, text)
        meter.count_key(key_id, rate, (lookup,) if lookup else (), bulk=bulk)
        if in_path:  # answers are cached for all callers; a client of another portfolio is refused as an unknown one is
            clients.parse_id(in_path)

    @app.before_request
    def check() -> None:
        environ = request.environ
        if CALLER in environ:
            g.caller = environ[CALLER]
            return
        scopes = _scopes_needed(origins)
        if scopes is NO_KEY:
            return
        accepted = recognise(environ)
        if scopes.isdisjoint(accepted.caller.scopes):
            raise _without_scope(scopes)
        g.caller = accepted.caller
        count(accepted)


def _scopes_needed(origins: Collection[str]) -> Scopes | None:
    """Return the scopes of which the current request needs one; None for a request that needs no key."""
    rule, method = request.url_rule, request.method
    if method == "OPTIONS":
        environ = request.environ
        is_preflight = environ.get("HTTP_ORIGIN") in origins and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
        return NO_KEY if is_preflight else ANY_KEY
    return ANY_KEY if rule is None else _scopes_of(method, rule.rule)


def _without_scope(scopes: Scopes) -> NotAllowed:
    listed = " or ".join(sorted(scopes))
    return NotAllowed(f"The API key does not have the scope {listed}, which this address needs.", sorted(scopes))
