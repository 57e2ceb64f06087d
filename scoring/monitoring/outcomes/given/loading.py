"""Load outcomes into the decision record: the whole table is checked first, and nothing is written if it has a fault.

What is written goes into the record some hundreds at a time, so that the service can record meanwhile. A load that was
interrupted is completed by the same command: outcomes that the record has are not written again.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from hashlib import file_digest
from pathlib import Path
from typing import NamedTuple

from scoring.errors import MOST_ERRORS, DataError
from scoring.monitoring.outcomes.given.matching import match
from scoring.monitoring.outcomes.given.outcome_table import Faults, OutcomeTable, read_outcome_table
from scoring.monitoring.outcomes.observed import adds_nothing, contradicts, count_months, still_count
from scoring.record.kept_record import KeptRecord
from scoring.record.repayments import NOTHING, KnownDecision, NewRepayment, Observation, add_repayments
from scoring.record.stores.session import Session


class Checked(NamedTuple):
    """A table of outcomes without a fault.

    Attributes
    ----------
    new : what is to be written.
    counts : entries about each decision when it was checked.
    known : rows that the record has already.
    corrections : rows of ``new`` that contradict what the record has.
    erased : rows of ``new`` about decisions whose personal data was erased; their amounts are not kept.
    by_date : rows that were matched by client and date.
    notes : how the table was read.
    """

    new: Sequence[NewRepayment]
    counts: Mapping[str, int]
    known: int
    corrections: int
    erased: int
    by_date: int
    notes: Sequence[str]


def check_outcomes(
    session: Session, path: Path, named: Mapping[str, str], today: date, *, correct: bool = False
) -> Checked:
    """Check a table of outcomes against the record; nothing is written.

    Parameters
    ----------
    named : columns by role, as ``read_outcome_table`` takes them.
    today : nothing is observed later (UTC).
    correct : an outcome that contradicts what the record has replaces it.

    Raises
    ------
    DataError
        The table cannot be read, or some of its rows are wrong; the message lists them.
    """
    table = read_outcome_table(path, named)
    faults = [*table.faults]
    matched = match(session, table.rows, faults)
    _note_repeated(table, matched.decisions, faults)
    source = _hash(path)
    new: list[NewRepayment] = []
    known = corrections = erased = 0
    for i, (row, decision) in enumerate(zip(table.rows, matched.decisions, strict=True)):
        if row is None or decision is None:
            continue
        seen, decided = _complete(row.observation, decision), date.fromisoformat(decision.time[:10])
        if fault := _find_wrong_time(seen, decided, today):
            faults.append((i, fault))
            continue
        others = still_count(matched.later.get(decision.id, NOTHING).repayments)
        what = contradicts(seen, others, decided)
        if what is not None and not correct:
            faults.append((i, f"says {what}, and contradicts what the record has; if this is right, add --correct"))
        elif what is None and others and adds_nothing(seen, others, decided):
            known += 1
        else:
            corrections += what is not None
            erased += decision.erased
            new.append(NewRepayment(decision.id, seen, what is not None, source))
    _refuse(path, table, faults)
    counts = {one.about: matched.later.get(one.about, NOTHING).entries for one in new}
    by_date = sum(row is not None and row.decision_id is None for row in table.rows)
    return Checked(new, counts, known, corrections, erased, by_date, table.notes)


def write_outcomes(record: KeptRecord, checked: Checked, step: Callable[[int], object]) -> None:
    """Write what was checked; ``step`` is told how many were written. Raises DataError as ``add_repayments``."""
    add_repayments(record, checked.new, checked.counts, step)


def _complete(seen: Observation, decision: KnownDecision) -> Observation:
    """Count the months where only the day of the observation is known."""
    if seen.observed_at is None or seen.months_observed is not None:
        return seen
    months = count_months(date.fromisoformat(decision.time[:10]), date.fromisoformat(seen.observed_at))
    return seen._replace(months_observed=max(0, months))


def _find_wrong_time(seen: Observation, decided: date, today: date) -> str | None:
    observed = None if seen.observed_at is None else date.fromisoformat(seen.observed_at)
    if observed is not None and observed < decided:
        return f"observed_at is {observed}, before the decision of {decided}; correct it, or name the right decision"
    if observed is not None and observed > today:
        return f"observed_at is {observed}, after today ({today}, UTC); correct it"
    months, until = seen.months_observed, observed or today
    rounded_up = observed is not None
    if months is not None and months > count_months(decided, until) + rounded_up:
        return f"months_observed is {months}, and the decision of {decided} was not so old on {until}; correct it"
    return None


def _note_repeated(table: OutcomeTable, decisions: Sequence[KnownDecision | None], faults: Faults) -> None:
    first: dict[str, int] = {}
    for i, decision in enumerate(decisions):
        if decision is not None and first.setdefault(decision.id, i) != i:
            place = table.place(first[decision.id])
            faults.append((i, f"is about the same decision as {place}; keep one, or load them from two files"))


def _refuse(path: Path, table: OutcomeTable, faults: Faults) -> None:
    if not faults:
        return
    listed = [f"{table.place(row)}: {what}" for row, what in sorted(faults, key=lambda one: one[0])]
    shown = listed[:MOST_ERRORS]
    if len(listed) > len(shown):
        shown.append(f"and {len(listed) - len(shown)} more")
    raise DataError.listing(str(path), shown, "Nothing was written. Correct the file, and load it again.")


def _hash(path: Path) -> str:
    """Hash the file; of a folder of part files, the list of their hashes."""
    if path.is_file():
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    from hashlib import sha256

    parts = [_hash(part) for part in sorted(path.iterdir()) if part.is_file()]
    return sha256("\n".join(parts).encode()).hexdigest()
