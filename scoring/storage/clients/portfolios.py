"""A bundle with some of its clients only: those of a portfolio."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ClientTableError
from scoring.storage.bundle import Bundle
from scoring.tables.columns import text_of


def select_clients(bundle: Bundle, column: str, value: str) -> NDArray[np.bool_]:
    """Select the clients whose column has the value, shape (n,).

    Parameters
    ----------
    column : of the table of clients, or a field of their raw applications.
    value : as text; whole numbers without decimals. A missing value is in no portfolio.

    Raises
    ------
    ClientTableError
        If there is no such column.
    """
    texts = [None if one is None or one != one else text_of(one) for one in _column(bundle, column)]
    return np.array([text == value for text in texts], dtype=bool)


def has_column(bundle: Bundle, column: str) -> bool:
    """Whether clients can be selected by this column."""
    table, facts = bundle.clients, bundle.facts
    is_field = facts is not None and any(field.name == column for field in facts.fields)
    return column in table.others or is_field or column in table.features


def _column(bundle: Bundle, column: str) -> Sequence[object]:
    table, facts = bundle.clients, bundle.facts
    if column in table.others:
        return table.others[column]
    if facts is not None and any(field.name == column for field in facts.fields):
        return facts.column(column, table.client_ids)
    if column in table.features:
        values: list[float] = table.rows[:, table.features.index(column)].tolist()
        return values
    raise ClientTableError(f"portfolio: neither the table of clients nor their applications have a column {column}.")


def restrict(bundle: Bundle, chosen: NDArray[np.bool_]) -> Bundle:
    """Return the bundle with the chosen clients only, shape (n,)."""
    table = bundle.clients
    part = replace(
        table,
        client_ids=table.client_ids[chosen],
        rows=table.rows[chosen],
        outcomes=None if table.outcomes is None else table.outcomes[chosen],
        others={name: [texts[i] for i in np.flatnonzero(chosen).tolist()] for name, texts in table.others.items()},
    )
    return replace(bundle, clients=part)
