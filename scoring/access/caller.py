"""Who sends a request, and what this caller may do."""

from dataclasses import dataclass
from typing import Literal, get_args

Scope = Literal["read", "score", "decide", "audit", "metrics"]
SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The clients whose column of the client table has this value.

    >>> str(Portfolio("REGION", "North"))
    'REGION=North'
    """

    column: str
    value: str

    def __str__(self) -> str:
        return f"{self.column}={self.value}"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request.

    Attributes
    ----------
    key_id : identifies the API key, and is no secret; None where the service needs no key.
    scopes : what the caller may do.
    portfolio : the only clients that the caller can see; None for all clients.
    """

    key_id: str | None
    scopes: frozenset[Scope]
    portfolio: Portfolio | None = None


ANYONE = Caller(None, frozenset(SCOPES))
