"""Which scope each route needs, where the service needs keys."""

from collections.abc import Mapping

from scoring.access.caller import SCOPES, Scope

Scopes = frozenset[Scope]
ANY_KEY: Scopes = frozenset(SCOPES)
NO_KEY = None
_READ: Scopes = frozenset({"read"})
_SCORE: Scopes = frozenset({"score"})
_DECIDE: Scopes = frozenset({"decide"})
_AUDIT: Scopes = frozenset({"audit"})
_DECIDE_OR_AUDIT: Scopes = frozenset({"decide", "audit"})

# For each method and route, the scopes of which a key needs one. HEAD needs what GET needs.
ROUTE_SCOPES: Mapping[str, Scopes | None] = {
    "GET /": ANY_KEY,
    "GET /predict/<client_id>": _READ,
    "GET /explain/<client_id>": _READ,
    "GET /clients": _READ,
    "GET /clients/<client_id>": _READ,
    "GET /population": _READ,
    "POST /predict": _SCORE,
    "POST /predict_proba": _SCORE,
    "POST /explain": _SCORE,
    "POST /data": _SCORE,
    "POST /table": _SCORE,
    "GET /application": _SCORE,
    "POST /application": _SCORE,
    "GET /decisions": _AUDIT,
    "GET /decisions/<decision_id>": _DECIDE_OR_AUDIT,
    "POST /decisions/<decision_id>/review-request": _DECIDE,
    "POST /decisions/<decision_id>/override": _DECIDE,
    "GET /reviews": _DECIDE,
    "GET /decisions/<decision_id>/letter": _DECIDE_OR_AUDIT,
    "GET /monitor": _AUDIT,
    "GET /features": ANY_KEY,
    "GET /best_threshold": ANY_KEY,
    "GET /model": ANY_KEY,
    "GET /health": ANY_KEY,
    "GET /health/ready": ANY_KEY,
    "GET /health/live": NO_KEY,
    "GET /metrics": frozenset({"metrics"}),
    "GET /openapi.json": NO_KEY,
    "GET /docs": NO_KEY,
    "GET /docs/static/<path:filename>": NO_KEY,
}
# Addresses whose answers are about people; those about the service and its model are for any key, or need none.
_IMPERSONAL = (ANY_KEY, NO_KEY, frozenset({"metrics"}))
PERSONAL_ROUTES = frozenset(route.split()[1] for route, scopes in ROUTE_SCOPES.items() if scopes not in _IMPERSONAL)


def scopes_of(method: str, rule: str) -> Scopes | None:
    """Return the scopes of which a key needs at least one; None for a route that needs no key.

    No key may use a route that the table does not have.

    >>> sorted(scopes_of("HEAD", "/clients")), scopes_of("GET", "/health/live"), scopes_of("GET", "/forgotten")
    (['read'], None, frozenset())
    """
    return ROUTE_SCOPES.get(f"{'GET' if method == 'HEAD' else method} {rule}", frozenset())
