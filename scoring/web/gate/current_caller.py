"""The caller of the current request."""

from flask import g

from scoring.access.caller import ANYONE, Caller, Scope
from scoring.errors import NotAllowed


def current_caller() -> Caller:
    """Return who sends the current request; where the service needs no key, this is ``ANYONE``."""
    caller: Caller = g.get("caller", ANYONE)
    return caller


def require_scope(scope: Scope, purpose: str) -> None:
    """Raise NotAllowed if the caller does not have a scope that a part of the request needs."""
    if scope not in current_caller().scopes:
        raise NotAllowed(f"The API key does not have the scope {scope}, which {purpose} needs.", [scope])
