"""Compute history features: from seven tables to one row per client, on either engine."""

import os
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis
from ibis.expr.types import Table, Value
from pyarrow import parquet

from scoring.errors import DataError
from scoring.home_credit.engine import Engine, open_engine
from scoring.home_credit.engine_errors import find_file
from scoring.home_credit.history.grammar import AnyFeature
from scoring.home_credit.history.listed_clients import PLACE, ListedClients
from scoring.home_credit.history.registry import FEATURE_SETS, choose_features
from scoring.home_credit.history.source_schema import CLIENT
from scoring.home_credit.history.source_tables import OpenedTables, open_tables

Chosen = Mapping[str, Sequence[AnyFeature]]


@dataclass(frozen=True)
class Summary:
    """Summary of a run.

    Parameters
    ----------
    out : the file written.
    clients : its rows.
    features : number of features computed, by table.
    absent : for each absent table, the number of features that are therefore absent too.
    covered : by table, the number of clients for whom it was collected.
    seconds : wall time.
    """

    out: Path
    clients: int
    features: Mapping[str, int]
    absent: Mapping[str, int]
    covered: Mapping[str, int]
    seconds: float

    def __str__(self) -> str:
        """Report it in a few lines."""
        lines = [f"{self.clients} clients, {sum(self.features.values())} features in {self.seconds:.0f} s: {self.out}"]
        lines += [
            f"  {table}: {count} features, {self.covered[table]} clients covered"
            for table, count in self.features.items()
        ]
        lines += [f"  {table}: absent, so its {count} features are absent too" for table, count in self.absent.items()]
        return "\n".join(lines)


def compute(
    data: Path,
    out: Path,
    engine: str = "duckdb",
    coverage: Path | None = None,
    spark_remote: str | None = None,
    progress: Callable[[str], None] = lambda _line: None,
    names: Collection[str] | None = None,
    listed: ListedClients | None = None,
    *,
    in_parts: bool = False,
) -> Summary:
    """Compute history features of every client and write them as one Parquet file.

    Parameters
    ----------
    data : folder with application_train or application_test (or both) and any of the history tables.
    out : the file to write: SK_ID_CURR and one column per feature, its rows in no order.
    engine : ``duckdb`` or ``spark``; the definitions are the same.
    coverage : Parquet or CSV file with SK_ID_CURR and true or false by table (``bureau``, ...) or by
        the real data's groups: ``has_bureau_bb_cc`` covers bureau, bureau_balance and
        credit_card_balance, ``has_prev_pos`` covers previous_application, POS_CASH_balance and
        installments_payments. A client who is not in the file is not covered by any table. Without a coverage
        file every client is covered by every table in the folder.
    spark_remote : address of a Spark Connect server; it has to see `data` and the folder of `out`.
    progress : called with the name of each step.
    names : compute only the features with these names (other names are ignored); all of them by default.
        Tables that these features do not need are not opened.
    listed : the clients to compute for, and the order of the rows of `out`; by default those of the application tables.
    in_parts : let Spark write a folder of part files, which all of a cluster write at once, in no order.

    Returns
    -------
    A summary. In the file, a covered client without records has counts of zero and null elsewhere; a client
    who is not covered has null everywhere, counts included.

    Raises
    ------
    DataError
        The tables cannot be used, a join would lose or double a client, or no name is a feature's.
    """
    started = time.monotonic()
    chosen = choose_features(names)
    out.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as scratch,
        open_engine(engine, Path(scratch), spark_remote) as connected,
    ):
        progress("reading")
        if listed:
            listed.on_begin(connected.interrupt)
        tables = open_tables(connected, data, Path(scratch), coverage, tuple(chosen), listed=listed is not None)
        result = Path(scratch) / "features.parquet"
        try:
            clients, covered = _run(connected, tables, chosen, result, progress, listed, in_parts=in_parts)
        except connected.failures as error:
            place = ": ".join(filter(None, (str(data), find_file(tables.names, str(error)))))
            raise DataError(f"{place}: {connected.explain(error)}") from None
        result.replace(os.path.realpath(out))  # where a link leads, not the link
    features = {table: len(chosen[table]) for table in tables.present}
    absent = {table: len(chosen[table]) for table in chosen if table not in tables.present}
    return Summary(out, clients, features, absent, covered, time.monotonic() - started)


def has_features(path: Path) -> bool:
    """Whether a file was written by ``compute``, or is empty."""
    if not path.is_file():
        return False
    if not path.stat().st_size:
        return True
    try:
        names = parquet.read_schema(path).names
    except (OSError, ValueError):  # Arrow's errors of files that are no Parquet
        return False
    known = {feature.name for features in choose_features(None).values() for feature in features}
    return names[0:1] == [CLIENT] and known.issuperset(names[1:])


def _run(
    engine: Engine,
    tables: OpenedTables,
    chosen: Chosen,
    out: Path,
    progress: Callable[[str], None],
    listed: ListedClients | None,
    *,
    in_parts: bool,
) -> tuple[int, Mapping[str, int]]:
    open_clients = _open_clients(engine, tables, listed)
    parts: list[tuple[str, Table]] = []
    for name in tables.present:
        progress(f"{name}: {len(chosen[name])} features")
        parts += ((name, part) for part in _compute_parts(engine, tables.rows, name, chosen[name]))
    clients = open_clients()
    progress("joining")
    counted = engine.fetch_row(clients.aggregate(rows=clients.count(), **{n: clients[n].sum() for n in tables.present}))
    wanted = [feature for name, features in chosen.items() if name in tables.present for feature in features]
    joined = _join(clients, parts)
    ordered = joined.order_by(PLACE) if PLACE in clients.columns and not in_parts else joined
    result = ordered.select(CLIENT, **{feature.name: _finish_column(ordered, feature) for feature in wanted})
    engine.write(result, out, in_parts=in_parts)
    written = engine.fetch_row(_count_rows_and_clients(engine.read_parquet([out])))
    if (written["rows"], written["clients"]) != (counted["rows"], counted["rows"]):
        raise DataError(
            f"result: {written['rows']} rows for {written['clients']} clients, "
            f"expected one for each of {counted['rows']}\n"
            "This is an error of the program, not of the tables: please report it."
        )
    return counted["rows"], {name: int(counted[name] or 0) for name in tables.present}


def _open_clients(engine: Engine, tables: OpenedTables, listed: ListedClients | None) -> Callable[[], Table]:
    """Store the clients, with the tables that cover each of them: at once, or when they are known."""

    def store(clients: Table) -> Table:
        return engine.store(tables.with_coverage(clients), "clients")

    if listed is not None:
        wait = listed.wait
        return lambda: store(engine.read_parquet([wait()]).select(CLIENT, PLACE))
    stored = store(tables.clients)
    return lambda: stored


def _compute_parts(
    engine: Engine, tables: Mapping[str, Table], name: str, features: Sequence[AnyFeature]
) -> list[Table]:
    """Compute the features of one table; intermediate rows are dropped afterwards, since they take most memory."""
    intermediate = f"{name}_periods"
    parts: list[Table] = []
    for part in FEATURE_SETS[name].compute(tables, features, lambda rows: engine.store_for_now(rows, intermediate)):
        stored = engine.store(part, f"{name}_{len(parts)}")
        seen = engine.fetch_row(_count_rows_and_clients(stored))
        if seen["rows"] != seen["clients"]:
            raise DataError(
                f"{name}: {seen['rows']} rows for {seen['clients']} clients, expected one row per client\n"
                "Look for rows without SK_ID_CURR."
            )
        parts.append(stored)
    engine.drop(intermediate)
    return parts


def _join(clients: Table, parts: Iterable[tuple[str, Table]]) -> Table:
    """Join the parts to the clients: every client stays, and has null where a table does not cover the client."""
    whole = clients
    for number, (name, part) in enumerate(parts):
        keyed = part.rename({f"client_{number}": CLIENT})
        whole = whole.left_join(keyed, (whole[CLIENT] == keyed[f"client_{number}"]) & whole[name])
    return whole


def _finish_column(whole: Table, feature: AnyFeature) -> Value:
    column = whole[feature.name]
    if not feature.counts:
        return column.cast("float64")
    return whole[feature.table].ifelse(column.fill_null(0), ibis.null("int32")).cast("int32")


def _count_rows_and_clients(part: Table) -> Table:
    return part.aggregate(rows=part.count(), clients=part[CLIENT].nunique())
