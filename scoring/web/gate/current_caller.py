"""The caller of the current request."""

from flask import g

from scoring.access.caller import ANYONE, Caller


def current_caller() -> Caller:
    """Return who sends the current request; where the service needs no key, this is ``ANYONE``."""
    caller: Caller = g.get("caller", ANYONE)
    return caller
