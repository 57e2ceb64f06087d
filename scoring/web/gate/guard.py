"""Recognises the caller of every request, and counts it, before its view runs."""

from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING

from flask import Flask, Request, g, request

from scoring.errors import InvalidClientNumber, KeyRequired, NotAllowed, RequestError, UnknownClient
from scoring.service import Service
from scoring.web.gate.credentials import read_credentials, refuse_other_sites
from scoring.web.gate.current_caller import seen_with
from scoring.web.gate.route_scopes import ANY_KEY, NO_KEY, Scopes, scopes_of

if TYPE_CHECKING:
    from scoring.access.key_ring import Accepted, KeyRing
    from scoring.access.meter import Meter
    from scoring.access.rate import Rate
    from scoring.access.walk_alarm import Lookup

# Of the WSGI environment: who sends a request that the service makes itself. No header can have this name.
CALLER = "scoring.caller"
_scopes_of = cache(scopes_of)


def limit_addresses(app: Flask, meter: "Meter", rate: "Rate") -> None:
    """Refuse more requests from one address than a rate allows; for a service without keys."""

    @app.before_request
    def check() -> None:
        if CALLER not in request.environ and _scopes_needed(request, ()) is not NO_KEY:
            meter.count_address(request.remote_addr or "", rate)


def require_keys(
    app: Flask, service: Service, keys: "KeyRing", meter: "Meter", rate: "Rate | None", origins: Collection[str]
) -> None:
    """Refuse each request that has no key for the route; also limit the rate of requests with one key.

    Parameters
    ----------
    rate : of requests with one key; and of requests without a valid key from one address. None: not limited.
    origins : sites whose pages may read answers. Browsers send preflight requests for these pages without a key.
    """
    from scoring.web.gate.lookups import find_lookups, make_lookup

    def recognise(current: Request) -> "Accepted":
        environ = current.environ
        try:
            text, by_browser = read_credentials(environ)
            accepted = keys.recognise(text)
        except KeyRequired:
            meter.count_address(current.remote_addr or "", rate)
            raise
        if by_browser:
            refuse_other_sites(environ)
        return accepted

    def count(current: Request, accepted: "Accepted") -> None:
        """Count the request, and the client that its address names; refuse a client whom the caller may not see.

        Answers are cached for all callers. A client of another portfolio is therefore refused here, in the same way as
        an unknown client.
        """
        caller = accepted.caller
        lookups: list[Lookup] = []
        refused: RequestError | None = None
        in_path = current.view_args.get("client_id") if current.view_args else None
        if in_path is not None:
            clients = seen_with(caller, service).clients
            try:
                lookups = [make_lookup(clients.find_id(in_path), known=True)]
            except UnknownClient as error:
                lookups, refused = [make_lookup(clients.parse_id(in_path), known=False)], error
            except InvalidClientNumber as error:
                refused = error
        elif current.environ.get("QUERY_STRING") and (text := current.args.get("client_id")):
            lookups = find_lookups(seen_with(caller, service).clients, [text])
        meter.count_key(caller.key_id or "", rate, lookups, bulk=accepted.bulk)
        if refused is not None:
            raise refused

    @app.before_request
    def check() -> None:
        # Each use of Flask's proxies costs about as much as the hash of a key.
        current, kept = request._get_current_object(), g._get_current_object()  # type: ignore[attr-defined]
        if CALLER in current.environ:
            kept.caller = current.environ[CALLER]
            return
        scopes = _scopes_needed(current, origins)
        if scopes is NO_KEY:
            return
        accepted = recognise(current)
        if scopes.isdisjoint(accepted.caller.scopes):
            raise _without_scope(scopes)
        kept.caller = accepted.caller
        kept.counting = meter, accepted
        count(current, accepted)


def _scopes_needed(current: Request, origins: Collection[str]) -> Scopes | None:
    """Return the scopes of which a request needs one; None for a request that needs no key."""
    rule, method = current.url_rule, current.method
    if method == "OPTIONS":
        environ = current.environ
        is_preflight = environ.get("HTTP_ORIGIN") in origins and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
        return NO_KEY if is_preflight else ANY_KEY
    return ANY_KEY if rule is None else _scopes_of(method, rule.rule)


def _without_scope(scopes: Scopes) -> NotAllowed:
    listed = " or ".join(sorted(scopes))
    return NotAllowed(f"The API key does not have the scope {listed}, which this address needs.", sorted(scopes))
