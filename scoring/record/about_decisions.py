"""Adding an entry about a decision, such as what an officer decides.

Whether it is allowed, and what it means, depends on the entries before it. Times do not tell which those are: several
processes write, and their clocks differ. So entries about decisions are written one after the other, under a lock, and
numbered.
"""

from scoring.errors import UnknownDecision, shorten
from scoring.record import reading
from scoring.record.canonical import extend_content, prepare
from scoring.record.entries import MakeEntry, StoredEntry
from scoring.record.stores.session import Store
from scoring.record.transaction import Transaction
from scoring.record.writer import Writing


def add(store: Store, decision_id: str, make: MakeEntry) -> Writing[tuple[StoredEntry, list[StoredEntry]]]:
    """Return what adds an entry in a transaction; see ``Record.append_about``."""

    def write(transaction: Transaction) -> tuple[StoredEntry, list[StoredEntry]]:
        store.lock(transaction.session)
        transaction.flush()  # what others added in this transaction is read too
        decision = reading.find(transaction.session, decision_id)
        if decision is None:
            raise UnknownDecision(f"No decision has the id {shorten(decision_id)}.")
        later = reading.about(transaction.session, decision_id)
        made = make(decision, later)
        number = 1 + max((reading.number(one) for one in later), default=0)
        transaction.add(
            [prepare(made._replace(content=extend_content(made.content, {"number": number}), about=decision_id))]
        )
        transaction.flush()
        return decision, reading.about(transaction.session, decision_id)

    return write
