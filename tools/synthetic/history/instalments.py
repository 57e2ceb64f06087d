"""Payments of loans and cards: amounts due, and amounts and days of payment."""

from typing import NamedTuple

import numpy as np

from tools.synthetic.copula import Booleans, Floats
from tools.synthetic.history import strengths
from tools.synthetic.history.clients import Clients, trait
from tools.synthetic.history.draws import Coded, Columns, Ints, mixed, money, quantiles, repeated
from tools.synthetic.history.parameters import Parameters
from tools.synthetic.history.previous_application import INSTALMENT_DAYS, Contracts

HABIT = 0.25  # share of the variance of lateness that a client's payments have in common
LOAN = 0.15  # share that a loan's payments have in common, in addition
SPLIT = 0.06  # share of instalments that are paid in two parts
UNDERPAID = 0.005  # share of instalments that are never paid in full
UNPAID = 0.00016  # share of instalments that are not paid at all yet
REST = 0.85  # share of the remaining instalments that is paid when a loan is closed early


class Loans(NamedTuple):
    """The loans of a block and each instalment that has fallen due.

    Attributes
    ----------
    contracts : the loans.
    due : number of instalments due before the application, for each loan.
    closed : whether the loan was closed before it.
    abandoned : whether the client stopped paying.
    loan, number : for each instalment its loan and its number from 0.
    late : days by which it was paid late; negative where early.
    """

    contracts: Contracts
    due: Ints
    closed: Booleans
    abandoned: Booleans
    loan: Ints
    number: Ints
    late: Floats


def schedule(generator: np.random.Generator, clients: Clients, contracts: Contracts, parameters: Parameters) -> Loans:
    """Lay out the instalments of the loans up to the application, and when each was paid."""
    loans = contracts.take(~contracts.card & (contracts.planned > 0) & (contracts.first_due < 0))
    elapsed = np.floor((-1 - loans.first_due) / INSTALMENT_DAYS).astype(np.int64) + 1
    closed = loans.kept <= elapsed
    careless = trait(generator, clients, risk=strengths.LATE_PAYMENT)[loans.owner]
    careless = mixed(generator, careless, HABIT / (HABIT + LOAN))
    rate = parameters.rates["loans.abandoned"][""]
    abandoned = (careless + 0.5 * generator.standard_normal(len(closed)) > 2.2) & (generator.random(len(closed)) < 0.5)
    abandoned &= generator.random(len(closed)) < rate / 0.0123  # half of the 2.5 % that are so careless
    stop = 1 + np.floor(generator.random(len(closed)) * loans.kept).astype(np.int64)
    due = np.minimum(np.where(abandoned, stop, loans.kept), elapsed)
    loan, number = repeated(due)
    source = Coded(np.zeros(len(loan), dtype=np.int64), ("loan",))
    late = quantiles(parameters.spreads["instalments.late"], source, mixed(generator, careless[loan], HABIT + LOAN))
    return Loans(loans, due, closed & ~abandoned, abandoned, loan, number, np.round(late))


def draw(
    generator: np.random.Generator, clients: Clients, loans: Loans, parameters: Parameters
) -> tuple[Columns, Ints]:
    """Draw the payments of the loans; also returns the client of each, as a position in the block."""
    contracts, loan, number = loans.contracts, loans.loan, loans.number
    day = contracts.first_due[loan] + INSTALMENT_DAYS * number.astype(float)
    early = loans.closed & (contracts.kept < contracts.planned)
    closing = early[loan] & (number == loans.due[loan] - 1)
    rest = REST * (contracts.planned - contracts.kept)[loan]
    amount = money(contracts.annuity[loan] * np.where(closing, 1.0 + rest, 1.0))
    version = 1.0 + closing.astype(float) + (generator.random(len(contracts.owner)) < 0.08)[loan]
    return _paid(
        generator, clients, parameters, contracts.owner[loan], contracts.numbers[loan],
        (version, number.astype(float) + 1.0, day, day + loans.late, amount, amount), "loan",
    )  # fmt: skip


def draw_cards(
    generator: np.random.Generator,
    clients: Clients,
    parameters: Parameters,
    owner: Ints,
    numbers: Ints,
    bills: tuple[Ints, Floats, Floats, Floats],
) -> tuple[Columns, Ints]:
    """Draw the payments of cards: for each bill its number, day, amount due and amount paid."""
    number, day, due, paid = bills
    source = Coded(np.zeros(len(day), dtype=np.int64), ("card",))
    late = np.round(quantiles(parameters.spreads["instalments.late"], source, generator.standard_normal(len(day))))
    version = np.zeros(len(day))
    return _paid(
        generator, clients, parameters, owner, numbers,
        (version, number.astype(float), day, day + late, due, paid), "card",
    )  # fmt: skip


def _paid(
    generator: np.random.Generator,
    clients: Clients,
    parameters: Parameters,
    owner: Ints,
    numbers: Ints,
    bill: tuple[Floats, ...],
    source: str,
) -> tuple[Columns, Ints]:
    """Record the payments: a few in two parts, a few in part or not yet, none after the application."""
    version, number, day, entry, due, paid = bill
    uniform = generator.random(len(day))
    keys = Coded(np.zeros(len(day), dtype=np.int64), (source,))
    part = quantiles(parameters.spreads["instalments.part"], keys, generator.standard_normal(len(day)))
    split, under = uniform < SPLIT, (uniform >= SPLIT) & (uniform < SPLIT + UNDERPAID)
    unpaid = uniform >= 1.0 - UNPAID
    first = np.where(split | under, paid * part, paid)
    again = np.flatnonzero(split)
    entry = np.minimum(entry, -1.0)
    later = np.minimum(entry[again] + np.ceil(20 * generator.random(len(again))), -1.0)
    rows = np.concatenate([np.arange(len(day)), again])
    columns: Columns = {
        "SK_ID_PREV": numbers[rows],
        "SK_ID_CURR": clients.numbers[owner[rows]],
        "NUM_INSTALMENT_VERSION": version[rows],
        "NUM_INSTALMENT_NUMBER": number[rows],
        "DAYS_INSTALMENT": day[rows],
        "DAYS_ENTRY_PAYMENT": np.concatenate([np.where(unpaid, np.nan, entry), later]),
        "AMT_INSTALMENT": due[rows],
        "AMT_PAYMENT": np.concatenate([np.where(unpaid, np.nan, money(first)), money((paid * (1.0 - part))[again])]),
    }
    return columns, owner[rows]
