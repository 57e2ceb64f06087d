"""Find the decision that each row of a table of outcomes is about."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from scoring.monitoring.outcomes.given.outcome_table import Faults, GivenOutcome
from scoring.record.repayments import NOTHING, KnownDecision, Later, decisions_of, find_decisions, find_later
from scoring.record.stores.session import Session


class Matched(NamedTuple):
    """What the rows are about.

    Attributes
    ----------
    decisions : by row; None for a row with a fault.
    later : by the ID of a decision, what was written about it.
    """

    decisions: Sequence[KnownDecision | None]
    later: Mapping[str, Later]


def match(session: Session, rows: Sequence[GivenOutcome | None], faults: Faults) -> Matched:
    """Find the decision of each row; notes rows without one, with several, or with one that was refused."""
    named = find_decisions(session, [row.decision_id for row in rows if row and row.decision_id])
    clients = decisions_of(session, [row.client for row in rows if row and row.client])
    of_clients = [one.id for decisions in clients.values() for one in decisions]
    later = find_later(session, [*named, *of_clients])
    found: list[KnownDecision | None] = []
    for i, row in enumerate(rows):
        decision, fault = None, None
        if row is not None and row.decision_id is not None:
            decision, fault = _by_id(row.decision_id, named, later)
        elif row is not None:
            candidates = clients.get(str(row.client), ())
            decision, fault = _by_date(str(row.date), [one for one in candidates if is_accepted(one, later)])
        if fault is not None:
            faults.append((i, fault))
        found.append(decision)
    return Matched(found, later)


def is_accepted(decision: KnownDecision, later: Mapping[str, Later]) -> bool:
    """Tell whether the credit was accepted: by officers, if their decision holds, else by the automated decision."""
    by_officers = later.get(decision.id, NOTHING).accepted
    return decision.content["decision"] == "ACCEPTED" if by_officers is None else by_officers


def _by_id(
    decision_id: str, named: Mapping[str, KnownDecision], later: Mapping[str, Later]
) -> tuple[KnownDecision | None, str | None]:
    decision = named.get(decision_id)
    if decision is None:
        return None, "decision_id is that of no decision in this record; correct it, or name the other record"
    if not is_accepted(decision, later):
        return None, (
            "the decision is a refusal, and no officer accepted the credit; correct the decision_id, or record first "
            "what the officer decided"
        )
    return decision, None


def _by_date(day: str, accepted: Sequence[KnownDecision]) -> tuple[KnownDecision | None, str | None]:
    """Take the last accepted decision on or before a day (UTC); several on that last day can't be told apart."""
    before = [one for one in accepted if one.time[:10] <= day]
    if not before:
        return None, (
            f"this client has no accepted decision on or before {date.fromisoformat(day)} (UTC) in this record; "
            "name the decision_id (needed where the client's data was erased), or correct client and date"
        )
    last = [one for one in before if one.time[:10] == before[-1].time[:10]]
    if len(last) > 1:
        return None, f"this client has {len(last)} accepted decisions on {last[0].time[:10]}; name the decision_id"
    return before[-1], None
