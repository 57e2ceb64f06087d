"""Recorded decisions of a day, counted by outcome, review mark and model version, some thousands at a time.

The contents of a million decisions take seconds to read. Decisions of past days do not change, so a caller who keeps
where a count ended never reads one twice.
"""

from typing import NamedTuple

from scoring.record.stores.session import Session, Store

_KEYS = ("decision", "review", "model_version", "calibrated_probability", "probability", "threshold")
_COUNTS = """
SELECT d.decision, d.review, d.model_version, count(*), sum(d.by_model), count(d.risk), COALESCE(sum(d.risk), 0),
    COALESCE(sum(d.risk * d.risk), 0), max(d.time || d.id)
FROM (
    SELECT e.time, e.id, {decision} AS decision, {review} AS review, {model_version} AS model_version,
        CAST({calibrated_probability} AS DOUBLE PRECISION) AS risk,
        CASE WHEN {probability} IS NULL OR {threshold} IS NULL THEN CASE WHEN {decision} = 'REFUSED' THEN 1 ELSE 0 END
            WHEN CAST({probability} AS DOUBLE PRECISION) >= CAST({threshold} AS DOUBLE PRECISION) THEN 1 ELSE 0 END
            AS by_model
    FROM record_entries e {join}
    WHERE e.kind = 'decision' AND (e.time, e.id) > (?, ?) AND e.time < ? ORDER BY e.time, e.id LIMIT ?) d
GROUP BY 1, 2, 3"""
_TIME = len("2026-11-26T13:05:01.123456Z")

Place = tuple[str, str]  # time and id of an entry


class DecisionGroup(NamedTuple):
    """Decisions with the same outcome, review mark and model version.

    Attributes
    ----------
    review : None where the model has no review band.
    by_model : how many of them the model itself refuses; a policy may decide otherwise.
    calibrated : how many of them have a calibrated probability (0-1).
    total, squares : sums of the calibrated probabilities, and of their squares.
    """

    outcome: str
    review: bool | None
    model_version: str
    decisions: int
    by_model: int
    calibrated: int
    total: float
    squares: float


def count_page(
    store: Store, session: Session, after: Place, until: str, size: int
) -> tuple[list[DecisionGroup], Place | None]:
    """Count the next decisions in the order of time, and say where the count ended; None where there are no more.

    Parameters
    ----------
    after : only those after this place; ``(time, "")`` is before all entries of that time.
    until : a time that is not included.
    size : of how many decisions at most.
    """
    columns, join = store.json_texts(_KEYS)
    rows = session.rows(_COUNTS.format(join=join, **columns), *after, until, size)
    groups = [
        DecisionGroup(outcome, None if review is None else review == "true", version, *figures)
        for outcome, review, version, *figures, _ in rows
    ]
    last = max((row[-1] for row in rows), default="")
    is_full = sum(group.decisions for group in groups) >= size
    return groups, (last[:_TIME], last[_TIME:]) if is_full else None
