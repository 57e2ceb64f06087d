"""Monthly reports of loans for goods and cash."""

import numpy as np

from tools.synthetic.copula import Booleans
from tools.synthetic.history.clients import Clients
from tools.synthetic.history.draws import MONTH, Coded, Columns, Ints, records, repeated
from tools.synthetic.history.instalments import Loans
from tools.synthetic.history.parameters import Parameters

FIRST_MONTH, LAST_MONTH = -96, -1
ACTIVE, COMPLETED, SIGNED, DEMAND, RETURNED, APPROVED = range(6)
NAMES = ("Active", "Completed", "Signed", "Demand", "Returned to the store", "Approved")
DAYS_TO_DEMAND = 600
STARTS_A_MONTH_LATER = 0.45


def draw(
    generator: np.random.Generator, clients: Clients, loans: Loans, parameters: Parameters
) -> tuple[Columns, Ints]:
    """Draw the monthly reports of the loans; also returns the client of each, as a position in the block."""
    contracts = loans.contracts
    size = len(contracts.owner)
    start = np.floor(contracts.decided / MONTH).astype(np.int64)
    start = np.minimum(start + (generator.random(size) < STARTS_A_MONTH_LATER), LAST_MONTH)
    end = np.where(loans.abandoned, LAST_MONTH, np.minimum(start + loans.due, LAST_MONTH))
    loan, number = repeated(end - start + 1)
    month = start[loan] + number
    final = loans.closed[loan] & (number == (end - start)[loan])
    term = np.where(final, contracts.kept[loan], contracts.planned[loan]).astype(float)
    future = np.where(final, 0.0, np.maximum(contracts.planned[loan] - number, 0))
    overdue = _overdue(generator, loans, loan, number)
    overdue[final] = 0
    state = np.where(final, COMPLETED, ACTIVE)
    state[(overdue > DAYS_TO_DEMAND) & (generator.random(len(loan)) < 0.5)] = DEMAND
    blank = _opening(generator, state, number, loan, size, parameters)
    tolerated = generator.random(len(loan)) < 0.4
    columns: Columns = {
        "SK_ID_PREV": contracts.numbers[loan],
        "SK_ID_CURR": clients.numbers[contracts.owner[loan]],
        "MONTHS_BALANCE": month,
        "CNT_INSTALMENT": np.where(blank, np.nan, term),
        "CNT_INSTALMENT_FUTURE": np.where(blank, np.nan, future),
        "NAME_CONTRACT_STATUS": Coded(state, NAMES),
        "SK_DPD": overdue,
        "SK_DPD_DEF": np.where(tolerated, np.minimum(overdue, 30), 0),
    }
    kept = month >= FIRST_MONTH
    return records(columns, kept), contracts.owner[loan][kept]


def _overdue(generator: np.random.Generator, loans: Loans, loan: Ints, number: Ints) -> Ints:
    """Return the days overdue at the end of each month.

    An instalment paid d days late is overdue in about d of 30 reports. If a loan is no longer paid, its days overdue
    grow by one month each month.
    """
    first = np.cumsum(loans.due) - loans.due
    place = first[loan] + np.clip(number - 1, 0, np.maximum(loans.due[loan] - 1, 0))
    late = np.where((number > 0) & (number <= loans.due[loan]), loans.late[place], 0.0)
    seen = generator.random(len(loan)) < late / 30
    days = np.where(seen, np.ceil(np.maximum(late, 0.0) * generator.random(len(loan))), 0.0)
    unpaid = np.where(loans.abandoned[loan], np.maximum(number - loans.due[loan], 0) * 30, 0)
    return np.maximum(days, unpaid).astype(np.int64)


def _opening(
    generator: np.random.Generator, state: Ints, number: Ints, loan: Ints, size: int, parameters: Parameters
) -> Booleans:
    """Set the state of some first months; returns where the terms are still missing."""
    edges = np.cumsum([parameters.rates[f"loans.{name}"][""] for name in ("signed", "returned", "approved")])
    opening = np.searchsorted(edges, generator.random(size), side="right")[loan]
    blank = generator.random(size)[loan] < parameters.rates["loans.signed without term"][""]
    first = (number == 0) & (state == ACTIVE)
    for code, name in enumerate((SIGNED, RETURNED, APPROVED)):
        state[first & (opening == code)] = name
    return np.asarray(first & np.where(opening == 0, blank, opening < 3), dtype=bool)
