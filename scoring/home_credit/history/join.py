"""One row a client: the parts beside the clients."""

from collections.abc import Iterable

import ibis
from ibis.expr.types import Table, Value

from scoring.home_credit.history.definitions import AnyFeature
from scoring.home_credit.history.registry import HISTORIES
from scoring.home_credit.history.source_schema import CLIENT


def joined(clients: Table, parts: Iterable[tuple[str, Table]]) -> Table:
    """Put the parts beside the clients: nobody is dropped, and nothing said of clients not covered."""
    whole, names = clients, set()
    for number, (name, part) in enumerate(parts):
        names.add(name)
        keyed = part.rename({f"client_{number}": CLIENT})
        whole = whole.left_join(keyed, (whole[CLIENT] == keyed[f"client_{number}"]) & whole[name])
    features = [feature for name, history in HISTORIES.items() if name in names for feature in history.features]
    return whole.select(CLIENT, **{feature.name: _final(whole, feature) for feature in features})


def _final(whole: Table, feature: AnyFeature) -> Value:
    column = whole[feature.name]
    if not feature.counts:
        return column.cast("float64")
    return whole[feature.table].ifelse(column.fill_null(0), ibis.null("int32")).cast("int32")


def rows_and_clients(part: Table) -> Table:
    """Count the rows of a part and its clients; they have to be as many."""
    return part.aggregate(rows=part.count(), clients=part[CLIENT].nunique())
