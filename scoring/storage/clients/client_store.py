"""What every store of known clients does: find some, list them, draw a sample, restrict itself to a portfolio."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats
from scoring.model.compile import RawRecord
from scoring.model.schema import ClientId, Identity
from scoring.tables.columns import text_of

MOST_SAMPLED = 20_000  # clients in a store's sample
MOST_OF_PORTFOLIO = 5_000  # clients in the sample of a portfolio: a worker keeps many of them
_SEED = 20
CLIENT_FILE_BEGINNING = b"SCORING CLIENTS\n"  # the first bytes of a client file


class StoredClient(NamedTuple):
    """One known client.

    Attributes
    ----------
    row : model-ready, shape (features,); NaN for a missing value of a feature that may be missing.
    record : the raw application, every field of the schema with None where its value is missing; None where only the
        model-ready row is known.
    """

    row: Floats
    record: RawRecord | None


class ClientPage(NamedTuple):
    """Some clients' ids, ascending; ``total`` is the number of all clients of the same table."""

    client_ids: list[ClientId]
    total: int


@dataclass(frozen=True, eq=False)
class ClientSample:
    """Some clients of a store, ascending by id, to describe all of them; the same ones until the table changes.

    Attributes
    ----------
    rows : model-ready, shape (n, features).
    outcomes : shape (n,), 1 if the client defaulted, 0 if not, NaN if it is not known; None for a table without them.
    field : function of the name of a field of raw applications that returns its n values, None where one is missing;
        raises KeyError.
    total : number of all clients of the store; n where the sample is everybody.
    """

    rows: Floats
    outcomes: Floats | None
    field: Callable[[str], Sequence[Any]]
    total: int


class ClientStore(Protocol):
    """The known clients of a model.

    The table behind a store may be replaced while it is read. Each call is answered from one table, the former or the
    new one, never from both. Where the table cannot be read now, every method that reads it raises ClientsUnavailable.
    """

    @property
    def identity(self) -> Identity:
        """The column that names a client, and the form of its values."""
        ...

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the columns of a model-ready row, in order."""
        ...

    @property
    def has_facts(self) -> bool:
        """Whether raw applications are kept too."""
        ...

    @property
    def is_constant(self) -> bool:
        """Whether the table never changes while the service runs, so that answers may be kept."""
        ...

    def find(self, client_id: ClientId) -> StoredClient | None:
        """Find one client with its raw application; None if no client has this id, of whatever type or size it is."""
        ...

    def find_rows(self, client_ids: Sequence[ClientId]) -> list[Floats | None]:
        """Find the model-ready rows of several clients, in their order, all in one table; None for an unknown one."""
        ...

    def count(self) -> int:
        """Count all clients."""
        ...

    def page(self, after: ClientId | None, limit: int) -> ClientPage:
        """Return at most ``limit`` ids above ``after`` (none: from the first), ascending; texts by code point."""
        ...

    def sample(self) -> ClientSample:
        """Return at most ``MOST_SAMPLED`` clients, drawn at random; everybody where there are no more than that.

        The same object is returned until the table changes, so that what was computed from it can be kept.
        """
        ...

    def has_column(self, column: str) -> bool:
        """Whether clients can be selected by this column."""
        ...

    def within(self, column: str, value: str) -> "ClientStore":
        """Return the clients whose column has the value, as ``portfolio_text`` writes it; all others are unknown there.

        Parameters
        ----------
        column : of the table of clients, or a field of their raw applications.

        Raises
        ------
        ClientTableError
            If there is no such column.
        """
        ...

    def close(self) -> None:
        """Close connections, before a process forks; they are opened again where they are needed."""
        ...


def draw_sample(total: int, most: int = MOST_SAMPLED) -> NDArray[np.intp]:
    """Draw the places of a sample from ``total`` clients, ascending: always the same ones; all where there are few.

    >>> draw_sample(3).tolist(), len(draw_sample(100, most=10))
    ([0, 1, 2], 10)
    """
    if total <= most:
        return np.arange(total)
    drawn: NDArray[np.intp] = np.sort(np.random.default_rng(_SEED).choice(total, most, replace=False))
    return drawn


def portfolio_text(value: object) -> str | None:
    """Write a value as portfolios name it: whole numbers without decimals; None where it is missing.

    >>> portfolio_text(75.0), portfolio_text("0075"), portfolio_text(float("nan")), portfolio_text(None)
    ('75', '0075', None, None)
    """
    return None if value is None or value != value else text_of(value)
