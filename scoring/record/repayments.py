"""Entries of kind ``repayment``: whether a credit was repaid, as the lender observed it later, about its decision.

An entry names nobody: whether the client defaulted, when this was observed, and the file that said so. An amount of
money stands in the body, which is erased with the decision's.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from scoring.errors import DataError
from scoring.record.canonical import escape, prepare, unescape
from scoring.record.entries import Body, NewEntry, make_id
from scoring.record.kept_record import KeptRecord
from scoring.record.stores.session import Rows, Session, pages
from scoring.record.transaction import Transaction

_TOGETHER = 500  # that one statement asks for, and that one transaction adds
_SECONDS = 30.0  # that a transaction may take
_DECISIONS = """
SELECT e.id, e.time, e.content, b.client_id, e.body IS NOT NULL AND b.id IS NULL
FROM record_entries e LEFT JOIN record_bodies b ON b.id = e.id WHERE e.id IN ({}) AND e.kind = 'decision'"""
_OF_CLIENTS = """
SELECT e.id, e.time, e.content, b.client_id, 1 = 0
FROM record_bodies b JOIN record_entries e ON e.id = b.id WHERE b.client_id IN ({}) AND e.kind = 'decision'"""
_LATER = """
SELECT e.about, e.kind, e.time, e.content, b.content FROM record_entries e LEFT JOIN record_bodies b ON b.id = e.id
WHERE e.about IN ({}) AND e.kind <> 'erasure'"""
_ALL = """
SELECT e.kind, e.id, e.about, e.time, e.content, b.content
FROM record_entries e LEFT JOIN record_bodies b ON b.id = e.id
WHERE e.kind <> 'decision' AND e.kind = 'repayment' AND (e.kind, e.id) > (?, ?) ORDER BY e.kind, e.id LIMIT ?"""
_CLIENTS = "SELECT id, client_id FROM record_bodies WHERE id IN ({})"


class Observation(NamedTuple):
    """What the lender saw of a credit at one moment.

    Attributes
    ----------
    defaulted : the client had defaulted by then.
    observed_at : the day, as in ``2026-11-27``; None if it is not known.
    months_observed : whole months from the decision until then; None if they are not known.
    amount_lost : money; None if it is not known, and where it was erased.
    """

    defaulted: bool
    observed_at: str | None = None
    months_observed: int | None = None
    amount_lost: float | None = None


class Repayment(NamedTuple):
    """A recorded observation.

    Attributes
    ----------
    loaded : the day on which it was written (UTC), as in ``2026-11-27``; the observation is not later.
    number : its place among the entries about the decision.
    corrects : observations with a lower number no longer count.
    """

    about: str
    loaded: str
    number: int
    corrects: bool
    observation: Observation


class KnownDecision(NamedTuple):
    """A decision to which an outcome may belong.

    Attributes
    ----------
    content : of its entry.
    client_id : None if the applicant has no number, and where the body was erased.
    """

    id: str
    time: str
    content: Mapping[str, Any]
    client_id: str | None
    erased: bool


class Later(NamedTuple):
    """What was written about a decision.

    Attributes
    ----------
    entries, highest : of all entries about it, without erasures: how many, and the highest number.
    accepted : what officers decided last, if it holds; None if they did not decide.
    repayments : in the order in which they were written.
    """

    entries: int
    highest: int
    accepted: bool | None
    repayments: Sequence[Repayment]


NOTHING = Later(0, 0, None, ())


class NewRepayment(NamedTuple):
    """An observation to add; ``source`` is the sha256 of the file that has it."""

    about: str
    observation: Observation
    corrects: bool
    source: str


def find_decisions(session: Session, ids: Iterable[str]) -> dict[str, KnownDecision]:
    """Find decisions by their ids; those that do not exist are left out."""
    return {row[0]: _decision(row) for row in _rows(session, _DECISIONS, ids)}


def decisions_of(session: Session, client_ids: Iterable[str]) -> dict[str, list[KnownDecision]]:
    """Find the decisions on clients whose bodies are there, the oldest first."""
    escaped = {str(escape(one)): one for one in client_ids}
    found: dict[str, list[KnownDecision]] = {}
    for row in _rows(session, _OF_CLIENTS, escaped):
        found.setdefault(escaped[row[3]], []).append(_decision(row))
    return {client: sorted(decisions, key=lambda one: (one.time, one.id)) for client, decisions in found.items()}


def find_later(session: Session, ids: Iterable[str]) -> dict[str, Later]:
    """Read what was written about decisions; those without an entry are left out."""
    groups: dict[str, list[tuple[str, str, dict[str, Any], str | None]]] = {}
    for about, kind, time, content, body in _rows(session, _LATER, ids):
        groups.setdefault(about, []).append((kind, time, json.loads(content), body))
    return {about: _read_later(about, group) for about, group in groups.items()}


def _read_later(about: str, group: Sequence[tuple[str, str, dict[str, Any], str | None]]) -> Later:
    ordered = sorted(group, key=lambda one: int(one[2].get("number", 0)))
    accepted = None
    for kind, _, content, _ in ordered:
        if kind in {"override", "outcome"} and content.get("final"):
            accepted = content["decision"] == "ACCEPTED"
    repayments = [
        _repayment(about, time, content, body) for kind, time, content, body in ordered if kind == "repayment"
    ]
    highest = int(ordered[-1][2].get("number", 0))
    return Later(len(group), highest, accepted, repayments)


def all_repayments(session: Session) -> Iterator[Repayment]:
    """Read all observations, in no order of the decisions."""
    for page in pages(session, _ALL, ("", ""), slice(0, 2)):
        for _, _, about, time, content, body in page:
            yield _repayment(about, time, json.loads(content), body)


def add_repayments(
    record: KeptRecord, new: Sequence[NewRepayment], counts: Mapping[str, int], step: Callable[[int], object]
) -> None:
    """Add observations about decisions, some hundreds in each transaction; what was committed stays.

    Nobody else writes an entry about a decision, or erases a body, within a transaction.

    Parameters
    ----------
    new : at most one for each decision.
    counts : of the entries about each decision when it was checked; 0 by default.
    step : is told how many were written.

    Raises
    ------
    DataError
        Somebody wrote about one of the decisions since.
    """
    for first in range(0, len(new), _TOGETHER):
        part = new[first : first + _TOGETHER]
        record.write(_writing(record, part, counts), _SECONDS)
        step(len(part))


def _writing(
    record: KeptRecord, part: Sequence[NewRepayment], counts: Mapping[str, int]
) -> Callable[[Transaction], None]:
    def write(transaction: Transaction) -> None:
        record.store.lock(transaction.session)
        transaction.flush()
        ids = [one.about for one in part]
        later = find_later(transaction.session, ids)
        changed = [one for one in ids if later.get(one, NOTHING).entries != counts.get(one, 0)]
        if changed:
            raise DataError(
                f"decision {changed[0]}: somebody wrote an entry about it while the outcomes were checked\n"
                "Run the same command again; what was written already is found there."
            )
        clients = {found: unescape(client) for found, client in _rows(transaction.session, _CLIENTS, ids)}
        made = [_entry(one, 1 + later.get(one.about, NOTHING).highest, clients) for one in part]
        transaction.add([prepare(entry) for entry in made])

    return write


def _entry(one: NewRepayment, number: int, clients: Mapping[str, str | None]) -> NewEntry:
    seen = one.observation
    content = {
        "defaulted": seen.defaulted,
        "observed_at": seen.observed_at,
        "months_observed": seen.months_observed,
        "corrects": one.corrects,
        "source": one.source,
        "number": number,
    }
    there = seen.amount_lost is not None and one.about in clients  # no body where the decision's was erased
    body = Body(clients[one.about], {"amount_lost": seen.amount_lost}) if there else None
    return NewEntry(make_id(), "repayment", content, body, one.about)


def _repayment(about: str, time: str, content: Mapping[str, Any], body: str | None) -> Repayment:
    amount = None if body is None else json.loads(body)["amount_lost"]
    seen = Observation(content["defaulted"], content["observed_at"], content["months_observed"], amount)
    return Repayment(about, time[:10], int(content.get("number", 0)), bool(content["corrects"]), seen)


def _decision(row: Sequence[Any]) -> KnownDecision:
    entry_id, time, content, client_id, erased = row
    return KnownDecision(entry_id, time, json.loads(content), unescape(client_id), bool(erased))


def _rows(session: Session, statement: str, ids: Iterable[str]) -> Rows:
    """Ask for some hundreds at once."""
    wanted, found = list(dict.fromkeys(ids)), []
    for first in range(0, len(wanted), _TOGETHER):
        part = wanted[first : first + _TOGETHER]
        found += session.rows(statement.format(", ".join("?" * len(part))), *part)
    return found
