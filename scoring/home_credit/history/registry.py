"""Which computations belong to which table."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ibis.expr.types import Table

from scoring.home_credit.history.definitions import AnyFeature
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

Keep = Callable[[Table, str], Table]
Histories = Mapping[str, Table]


@dataclass(frozen=True)
class History:
    """How one table becomes features.

    Parameters
    ----------
    features : what comes out, in the order of the result's columns.
    parts : the computation, one table with one row a client (that has records) each.
    """

    features: tuple[AnyFeature, ...]
    parts: Callable[[Histories, Keep], Iterator[Table]]


def _bureau(tables: Histories, _keep: Keep) -> Iterator[Table]:
    yield bureau.bureau(tables[BUREAU.name])


def _bureau_balance(tables: Histories, keep: Keep) -> Iterator[Table]:
    reports = tables[BUREAU_BALANCE.name]
    periods = keep(bureau_balance.by_period(reports, tables[BUREAU.name]), "bureau_balance_periods")
    yield bureau_balance.monthly(periods)
    yield bureau_balance.per_credit(periods, reports)


def _previous(tables: Histories, _keep: Keep) -> Iterator[Table]:
    yield previous_applications.previous(tables[PREVIOUS.name])


def _pos_cash(tables: Histories, keep: Keep) -> Iterator[Table]:
    snapshots = tables[POS_CASH.name]
    periods = keep(pos_cash.by_period(snapshots), "pos_periods")
    yield pos_cash.monthly(periods)
    yield pos_cash.per_credit(periods, snapshots)


def _instalments(tables: Histories, keep: Keep) -> Iterator[Table]:
    periods = keep(instalments.by_period(tables[INSTALMENTS.name]), "instalments_periods")
    yield instalments.instalments(periods)
    yield instalments.per_credit(periods)


def _credit_card(tables: Histories, keep: Keep) -> Iterator[Table]:
    statements = tables[CREDIT_CARD.name]
    periods = keep(credit_card.by_period(statements), "card_periods")
    yield credit_card.monthly(periods)
    yield credit_card.per_credit(periods, statements)


HISTORIES: Mapping[str, History] = {
    BUREAU.name: History(bureau.FEATURES, _bureau),
    BUREAU_BALANCE.name: History(bureau_balance.FEATURES, _bureau_balance),
    PREVIOUS.name: History(previous_applications.FEATURES, _previous),
    POS_CASH.name: History(pos_cash.FEATURES, _pos_cash),
    INSTALMENTS.name: History(instalments.FEATURES, _instalments),
    CREDIT_CARD.name: History(credit_card.FEATURES, _credit_card),
}
