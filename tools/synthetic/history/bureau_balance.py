"""Monthly status of credits at other lenders."""

import numpy as np

from tools.synthetic.copula import Floats
from tools.synthetic.history import strengths
from tools.synthetic.history.bureau import Credits
from tools.synthetic.history.clients import Clients, trait
from tools.synthetic.history.draws import MONTH, Coded, Columns, Ints, below, quantiles, rates, repeated
from tools.synthetic.history.parameters import Parameters

STATUSES = ("0", "X", "1", "2", "3", "4", "5")
FIRST_MONTH = -96
CLOSED = len(STATUSES)
UNKNOWN = STATUSES.index("X")
# Standard deviation, on the log scale, of how often clients are late; a client's own rate stays the same.
LATE_SPREAD = 1.3


def draw(
    generator: np.random.Generator, clients: Clients, loans: Credits, parameters: Parameters
) -> tuple[Columns, Ints]:
    """Draw the monthly reports of a block's credits; also returns the client of each, as a position in the block."""
    reported = below(trait(generator, clients), parameters.rates["balance.client"][""])
    chosen = np.flatnonzero(reported[loans.owner])
    picked = loans._replace(
        owner=loans.owner[chosen],
        numbers=loans.numbers[chosen],
        opened=loans.opened[chosen],
        ended=loans.ended[chosen],
        status=loans.status.take(chosen),
    )
    first = np.clip(np.floor(picked.opened / MONTH) + 1, FIRST_MONTH, 0).astype(np.int64)
    last = _last(generator, picked, first, parameters)
    owner, number = repeated(last - first + 1)
    states = _states(generator, clients, picked, last - first + 1, parameters)[owner, number]
    month = first[owner] + number
    states = _after_the_end(generator, picked, states, month, owner, parameters)
    columns: Columns = {
        "SK_ID_BUREAU": picked.numbers[owner],
        "MONTHS_BALANCE": month,
        "STATUS": Coded(states, (*STATUSES, "C")),
    }
    return columns, picked.owner[owner]


def _last(generator: np.random.Generator, loans: Credits, first: Ints, parameters: Parameters) -> Ints:
    """Draw the month of the last report: that of the application, or an earlier one."""
    size = len(first)
    current = generator.random(size) < rates(parameters.rates["balance.current"], loans.status)
    share = quantiles(parameters.spreads["balance.last"], loans.status, generator.standard_normal(size))
    early = first + np.floor(np.clip(share, 0.0, 1.0) * -first).astype(np.int64)
    return np.where(current, 0, np.minimum(early, 0))


def _states(
    generator: np.random.Generator, clients: Clients, loans: Credits, months: Ints, parameters: Parameters
) -> Ints:
    """Draw the status of each credit for every month, (loans, months), as if the credit never ended."""
    size, longest = len(months), int(months.max(initial=1))
    shares = np.array([parameters.transitions[state] for state in STATUSES])
    edges = np.cumsum(shares, axis=1)[:, :-1]
    careless = trait(generator, clients, risk=strengths.LATE_MONTHS)[loans.owner]
    often = np.exp(LATE_SPREAD * careless - LATE_SPREAD**2 / 2)
    silent = generator.random(size) < parameters.rates["balance.silent"][""]
    state = np.where(generator.random(size) < parameters.rates["balance.first"][""], UNKNOWN, 0)
    state[silent] = UNKNOWN
    states = np.empty((size, longest), dtype=np.int8)  # small: there are millions
    for month in range(longest):
        states[:, month] = state
        uniform = _more_often_late(generator.random(size), edges[state, 1], often, state)
        state = np.where(silent, UNKNOWN, (uniform[:, None] >= edges[state]).sum(axis=1))
    return states.astype(np.int64)


def _more_often_late(uniform: Floats, on_time: Floats, often: Floats, state: Ints) -> Floats:
    """Stretch the uniform numbers of credits that are on time, so that they are late ``often`` times as often."""
    chance = np.clip((1.0 - on_time) * often, 0.0, 0.5)
    late = uniform >= 1.0 - chance
    stretched = np.where(
        late,
        on_time + (uniform - (1.0 - chance)) / chance * (1.0 - on_time),
        uniform / (1.0 - chance) * on_time,
    )
    return np.where(state <= UNKNOWN, stretched, uniform)


def _after_the_end(
    generator: np.random.Generator,
    loans: Credits,
    states: Ints,
    month: Ints,
    owner: Ints,
    parameters: Parameters,
) -> Ints:
    """Mark months after the end as closed, or as unknown if the lender never reported the end."""
    said = generator.random(len(loans.numbers)) < parameters.rates["balance.closing"][""]
    end = np.floor(loans.ended / MONTH)
    after = np.where(said, CLOSED, UNKNOWN)[owner]
    return np.where(month > end[owner], after, states).astype(np.int64)
