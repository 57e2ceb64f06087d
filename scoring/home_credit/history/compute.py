"""From seven tables to one row a client: the whole run, on either engine."""

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scoring.errors import DataError
from scoring.home_credit.engine import Engine, open_engine
from scoring.home_credit.history.join import rows_and_clients
from scoring.home_credit.history.plans import plan
from scoring.home_credit.history.registry import HISTORIES
from scoring.home_credit.history.source_tables import Tables, read_tables


@dataclass(frozen=True)
class Summary:
    """What a run did.

    Parameters
    ----------
    out : the file written.
    clients : its rows.
    features : number of features by table, of those that are there.
    absent : tables that are not there, and so neither are their features.
    covered : by table, for how many clients it was collected.
    seconds : wall time.
    """

    out: Path
    clients: int
    features: Mapping[str, int]
    absent: tuple[str, ...]
    covered: Mapping[str, int]
    seconds: float

    def __str__(self) -> str:
        """Say it in a few lines."""
        lines = [f"{self.clients} clients, {sum(self.features.values())} features in {self.seconds:.0f} s: {self.out}"]
        lines += [
            f"  {table}: {count} features, {self.covered[table]} clients covered"
            for table, count in self.features.items()
        ]
        lines += [f"  {table}: absent, its {len(HISTORIES[table].features)} features are too" for table in self.absent]
        return "\n".join(lines)


def compute(
    data: Path,
    out: Path,
    engine: str = "duckdb",
    coverage: Path | None = None,
    spark_remote: str | None = None,
    progress: Callable[[str], None] = lambda _line: None,
) -> Summary:
    """Compute every history feature of every client and write them as one Parquet file.

    Parameters
    ----------
    data : folder with application_train or application_test (or both) and the history tables there are.
    out : the file to write: SK_ID_CURR and one column a feature, its rows in no order.
    engine : ``duckdb`` or ``spark``; the definitions are the same.
    coverage : Parquet or CSV file with SK_ID_CURR and true or false by table (``bureau``, ...) or by
        the real data's groups: ``has_bureau_bb_cc`` speaks for bureau, bureau_balance and
        credit_card_balance, ``has_prev_pos`` for previous_application, POS_CASH_balance and
        installments_payments. A client it does not name is covered by nothing. Without a coverage file
        every client is covered by every table that is there.
    spark_remote : address of a Spark Connect server; it has to see `data` and the folder of `out`.
    progress : is told each step.

    Returns
    -------
    What was done. A covered client without records has counts of zero and nothing else; a client not
    covered has nothing, counts included.

    Raises
    ------
    DataError
        The tables cannot be used, or a join would lose or double a client.
    """
    started = time.monotonic()
    out.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as scratch,
        open_engine(engine, Path(scratch), spark_remote) as connected,
    ):
        progress("reading")
        tables = read_tables(connected, data, Path(scratch), coverage)
        try:
            clients, covered = _run(connected, tables, Path(scratch) / "features.parquet", progress)
        except connected.failures as error:
            raise DataError(
                f"{data}: {connected.name} stopped: {str(error).strip()[:1000]}\nExpected whole tables."
            ) from None
        (Path(scratch) / "features.parquet").replace(out)
    features = {table: len(HISTORIES[table].features) for table in tables.histories}
    return Summary(out, clients, features, tables.absent, covered, time.monotonic() - started)


def _run(engine: Engine, tables: Tables, out: Path, progress: Callable[[str], None]) -> tuple[int, Mapping[str, int]]:
    clients = engine.keep(tables.clients, "clients")
    names = list(tables.histories)
    counted = engine.row(clients.aggregate(rows=clients.count(), **{name: clients[name].sum() for name in names}))
    way = plan(engine, clients, tables.histories)
    for name in names:
        progress(f"{name}: {len(HISTORIES[name].features)} features")
        for seen in way.parts(name):
            _check_one_row_a_client(name, seen)
    progress("joining")
    way.write(out)
    written = engine.row(rows_and_clients(engine.read_parquet([out])))
    if (written["rows"], written["clients"]) != (counted["rows"], counted["rows"]):
        raise DataError(
            f"result: {written['rows']} rows for {written['clients']} clients, "
            f"expected one for each of {counted['rows']}\n"
            "This is a fault of the program, not of the tables: please report it."
        )
    return counted["rows"], {name: int(counted[name]) for name in names}


def _check_one_row_a_client(name: str, seen: Mapping[str, int]) -> None:
    if seen["rows"] != seen["clients"]:
        raise DataError(
            f"{name}: {seen['rows']} rows for {seen['clients']} clients, expected one row a client\n"
            "Look for rows without SK_ID_CURR."
        )
