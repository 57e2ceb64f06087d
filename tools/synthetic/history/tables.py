"""A block of clients -> its six history tables, with the real names, order and types of columns."""

from collections.abc import Mapping

import numpy as np

from scoring.errors import DataError
from tools.synthetic.generate import Block
from tools.synthetic.history import bureau, bureau_balance, credit_card, instalments, pos_cash, previous_application
from tools.synthetic.history.clients import describe_block
from tools.synthetic.history.draws import Columns, Ints, records
from tools.synthetic.history.parameters import Parameters
from tools.synthetic.history.schema import SCHEMAS


def draw(block: Block, number: int, seed: int, parameters: Parameters) -> dict[str, tuple[Columns, Ints]]:
    """Draw the histories of a whole block of clients, each table from its own child of the block's seed.

    Parameters
    ----------
    block : all clients of the block, because histories depend on a client's rank in it.
    number : the block's number.
    seed : the seed that the block was drawn with.
    parameters : figures to draw from.

    Returns
    -------
    For each table its columns in the published order, and for each record the position of its client.

    Raises
    ------
    DataError
        A block has more credits or applications than there is room for numbers.
    """
    sources = {name: np.random.default_rng(child) for name, child in _children(number, seed).items()}
    clients = describe_block(sources["clients"], block, number)
    credits_table, loans_elsewhere = bureau.draw(sources["bureau"], clients, parameters)
    months = bureau_balance.draw(sources["bureau_balance"], clients, loans_elsewhere, parameters)
    previous, applicant, contracts = previous_application.draw(sources["previous_application"], clients, parameters)
    loans = instalments.schedule(sources["installments_payments"], clients, contracts, parameters)
    cards = credit_card.open_cards(sources["credit_card_balance"], clients, contracts, parameters)
    books = credit_card.ledger(sources["credit_card_balance"], cards, parameters)
    card, bills = credit_card.bills_of(sources["credit_card_balance"], cards, books)
    paid = instalments.draw(sources["installments_payments"], clients, loans, parameters)
    paid_with_cards = instalments.draw_cards(
        sources["installments_payments"], clients, parameters, cards.owner[card], cards.numbers[card], bills
    )
    drawn = {
        "bureau": (credits_table, loans_elsewhere.owner),
        "bureau_balance": months,
        "previous_application": (previous, applicant),
        "POS_CASH_balance": pos_cash.draw(sources["POS_CASH_balance"], clients, loans, parameters),
        "installments_payments": _both(paid, paid_with_cards),
        "credit_card_balance": credit_card.draw(sources["credit_card_balance"], clients, cards, books, parameters),
    }
    _check_room(len(loans_elsewhere.owner), bureau.CREDITS_A_BLOCK, "bureau")
    _check_room(len(applicant), previous_application.APPLICATIONS_A_BLOCK, "previous_application")
    return {
        name: ({column: table[column] for column in SCHEMAS[name]}, owner) for name, (table, owner) in drawn.items()
    }


def take_first_clients(drawn: Mapping[str, tuple[Columns, Ints]], clients: int) -> dict[str, Columns]:
    """Return the histories of the first clients of a block."""
    return {name: records(table, owner < clients) for name, (table, owner) in drawn.items()}


def _children(number: int, seed: int) -> dict[str, np.random.SeedSequence]:
    """Return one source of randomness for each table, a child of the block's; draws of applications do not change."""
    names = ("clients", *SCHEMAS)
    return {name: np.random.SeedSequence(seed, spawn_key=(number, place)) for place, name in enumerate(names)}


def _both(one: tuple[Columns, Ints], other: tuple[Columns, Ints]) -> tuple[Columns, Ints]:
    """Append one table of numbers to another."""
    columns: Columns = {
        name: np.concatenate([np.asarray(values), np.asarray(other[0][name])]) for name, values in one[0].items()
    }
    return columns, np.concatenate([one[1], other[1]])


def _check_room(rows: int, room: int, name: str) -> None:
    if rows > room:
        raise DataError(
            f"{name}: a block of clients has {rows} records, but numbers for {room}\n"
            "Measure tables with fewer records per client, or widen the room for numbers in the generator."
        )
