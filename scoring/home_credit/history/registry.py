"""Which features each table has, and how they are computed."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ibis.expr.operations import Field
from ibis.expr.types import Table

from scoring.errors import DataError
from scoring.home_credit.history.definitions import AnyFeature
from scoring.home_credit.history.rollup import aggregate_by_client
from scoring.home_credit.history.source_schema import (
    BUREAU,
    BUREAU_BALANCE,
    CREDIT_CARD,
    INSTALMENTS,
    POS_CASH,
    PREVIOUS,
)
from scoring.home_credit.history.sources import (
    bureau,
    bureau_balance,
    credit_card,
    instalments,
    pos_cash,
    previous_applications,
)

Tables = Mapping[str, Table]
Features = Sequence[AnyFeature]
Store = Callable[[Table], Table]
Step = Callable[[Table, Features], Table]


@dataclass(frozen=True)
class FeatureSet:
    """How one table becomes features.

    Parameters
    ----------
    features : all its features, in the order of the result's columns.
    reads : the tables that it reads, its own first.
    compute : yields tables with one row a client (who has records), which together have the features asked for.
        It stores an intermediate table that more than one of them reads.
    """

    features: tuple[AnyFeature, ...]
    reads: tuple[str, ...]
    compute: Callable[[Tables, Features, Store], Iterator[Table]]


def choose_features(names: Collection[str] | None = None) -> dict[str, tuple[AnyFeature, ...]]:
    """Choose features by name, or all of them: by table, only tables of which at least one is chosen.

    >>> {table: len(features) for table, features in choose_features(["bureau_count", "AMT_CREDIT"]).items()}
    {'bureau': 1}

    Raises
    ------
    DataError
        None of the names is a history feature.
    """
    chosen = {
        table: tuple(one for one in found.features if names is None or one.name in names)
        for table, found in FEATURE_SETS.items()
    }
    if not any(chosen.values()):
        raise DataError(
            f"history features: none of the {len(names or ())} names is one of them\n"
            "Expected at least one name of docs/features.md; a model that reads none needs no such file."
        )
    return {table: features for table, features in chosen.items() if features}


def _bureau(tables: Tables, features: Features, _store: Store) -> Iterator[Table]:
    yield bureau.aggregate_loans(tables[BUREAU.name], features)


def _bureau_balance(tables: Tables, features: Features, store: Store) -> Iterator[Table]:
    reports = tables[BUREAU_BALANCE.name]

    def aggregate_credits(periods: Table, chosen: Features) -> Table:
        return bureau_balance.aggregate_credits(periods, reports, chosen)

    periods = bureau_balance.sum_by_period(reports, tables[BUREAU.name])
    steps = ((bureau_balance.MONTHLY, aggregate_by_client), (bureau_balance.PER_CREDIT, aggregate_credits))
    return _aggregate_periods(periods, steps, features, store)


def _previous(tables: Tables, features: Features, _store: Store) -> Iterator[Table]:
    yield previous_applications.aggregate_applications(tables[PREVIOUS.name], features)


def _pos_cash(tables: Tables, features: Features, store: Store) -> Iterator[Table]:
    snapshots = tables[POS_CASH.name]

    def aggregate_loans(periods: Table, chosen: Features) -> Table:
        return pos_cash.aggregate_loans(periods, snapshots, chosen)

    steps = ((pos_cash.MONTHLY, aggregate_by_client), (pos_cash.PER_CREDIT, aggregate_loans))
    return _aggregate_periods(pos_cash.sum_by_period(snapshots), steps, features, store)


def _instalments(tables: Tables, features: Features, store: Store) -> Iterator[Table]:
    periods = instalments.sum_by_period(tables[INSTALMENTS.name])
    steps = (
        (instalments.PER_INSTALMENT, aggregate_by_client),
        (instalments.PER_CREDIT, instalments.aggregate_credits),
    )
    return _aggregate_periods(periods, steps, features, store)


def _credit_card(tables: Tables, features: Features, store: Store) -> Iterator[Table]:
    statements = tables[CREDIT_CARD.name]

    def aggregate_cards(periods: Table, chosen: Features) -> Table:
        return credit_card.aggregate_cards(periods, statements, chosen)

    steps = ((credit_card.MONTHLY, aggregate_by_client), (credit_card.PER_CREDIT, aggregate_cards))
    return _aggregate_periods(credit_card.sum_by_period(statements), steps, features, store)


def _aggregate_periods(
    periods: Table, steps: Iterable[tuple[Features, Step]], features: Features, store: Store
) -> Iterator[Table]:
    """Carry out the steps whose features are asked for; what two of them read is stored, its used columns only.

    A single step is one query with its periods, of which the engine drops the unused columns by itself.
    """
    names = {feature.name for feature in features}
    chosen = [(step, [one for one in defined if one.name in names]) for defined, step in steps]
    chosen = [(step, mine) for step, mine in chosen if mine]
    if len(chosen) > 1:
        periods = store(periods.select(*_list_used_columns(periods, (step(periods, mine) for step, mine in chosen))))
    for step, mine in chosen:
        yield step(periods, mine)


def _list_used_columns(table: Table, results: Iterable[Table]) -> list[str]:
    fields = (field for result in results for field in result.op().find(Field))
    used = {field.name for field in fields if field.rel == table.op()}
    return [name for name in table.columns if name in used]


FEATURE_SETS: Mapping[str, FeatureSet] = {
    BUREAU.name: FeatureSet(bureau.FEATURES, (BUREAU.name,), _bureau),
    BUREAU_BALANCE.name: FeatureSet(bureau_balance.FEATURES, (BUREAU_BALANCE.name, BUREAU.name), _bureau_balance),
    PREVIOUS.name: FeatureSet(previous_applications.FEATURES, (PREVIOUS.name,), _previous),
    POS_CASH.name: FeatureSet(pos_cash.FEATURES, (POS_CASH.name,), _pos_cash),
    INSTALMENTS.name: FeatureSet(instalments.FEATURES, (INSTALMENTS.name,), _instalments),
    CREDIT_CARD.name: FeatureSet(credit_card.FEATURES, (CREDIT_CARD.name,), _credit_card),
}
