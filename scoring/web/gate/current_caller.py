"""The caller of the current request."""

from flask import g

from scoring.access.caller import ANYONE, Caller, Scope
from scoring.decisions.recorder import DecisionRecorder
from scoring.errors import NotAllowed
from scoring.service import Service


def current_caller() -> Caller:
    """Return who sends the current request; where the service needs no key, this is ``ANYONE``."""
    caller: Caller = g.get("caller", ANYONE)
    return caller


def seen_by_caller(service: Service) -> Service:
    """Return the service as the caller may see it: with the clients of the caller's portfolio, if there is one."""
    return seen_with(current_caller(), service)


def seen_with(caller: Caller, service: Service) -> Service:
    """Return the service as a caller may see it."""
    portfolio = caller.portfolio
    return service if portfolio is None else service.within(portfolio.column, portfolio.value)


def recorder_of_caller(recorder: DecisionRecorder) -> DecisionRecorder:
    """Return the recorder of decisions on the clients that the caller may see."""
    service = seen_by_caller(recorder.service)
    return recorder if service is recorder.service else recorder.of(service)


def require_scope(scope: Scope, purpose: str) -> None:
    """Raise NotAllowed if the caller does not have a scope that a part of the request needs."""
    if scope not in current_caller().scopes:
        raise NotAllowed(f"The API key does not have the scope {scope}, which {purpose} needs.", [scope])


def refuse_portfolio() -> None:
    """Refuse a key with a portfolio where all clients are counted; raises NotAllowed."""
    if current_caller().portfolio is not None:
        raise NotAllowed(
            "This address counts the decisions on all clients, and the API key sees those of its portfolio only. "
            "Use a key without a portfolio."
        )
