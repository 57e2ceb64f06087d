"""Clients to compute features for who are not taken from the application tables."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

PLACE = "place"  # the column with their order


class ListedClients(NamedTuple):
    """Clients to compute for who need not be known when the computation begins.

    Attributes
    ----------
    wait : returns, when they are known, a Parquet file with each of them once (SK_ID_CURR) and their order (PLACE).
    on_begin : is given what ends the query that is running, to be called by another thread.
    """

    wait: Callable[[], Path]
    on_begin: Callable[[Callable[[], None]], None] = lambda _interrupt: None
