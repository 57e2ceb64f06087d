"""All decisions of a period, as they were recorded and as they are with a change, in columns."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from scoring.model.calibration import Bools, Floats
from scoring.model.schema import SchemaField
from scoring.monitoring.outcomes.observed import defaulted_within, put_together, still_count
from scoring.record.repayments import Repayment, all_repayments
from scoring.record.review_steps import Period
from scoring.record.stores.session import Session
from scoring.replay.change import Change
from scoring.replay.recorded_scores import NotScored, ScoredPage, Versions, score_again

_NOBODY = np.empty(0, dtype=bool)
AGREEMENT = 1e-9  # probability: scoring one row and many may differ in the last digits


@dataclass(frozen=True)
class Replayed:
    """n decisions that could be made again, and how many could not; each array has shape (n,).

    Attributes
    ----------
    ids : of the decisions.
    days : such as ``2026-11-27`` (UTC).
    clients : a number for each client; applicants without a number have one each.
    refused_before, refused : as recorded, and with the change.
    review_before, review : marked for review.
    calibrated_before, calibrated : probability of default by the recorded version and by the model that decides; NaN
        where it has no calibration.
    defaulted : 1 where the client is known to have defaulted, 0 where no default is known although the credit was
        observed, NaN without an observation (``outcomes load``).
    facts : values of fields of the applications, by name; None where a value is not known.
    not_replayable : counts by reason.
    differing : how many decisions the recorded version makes otherwise now than recorded, apart from any policy.
    versions : counts of the n decisions by version of the model.
    """

    ids: Sequence[str]
    days: Sequence[str]
    clients: Sequence[int]
    refused_before: Bools
    refused: Bools
    review_before: Bools
    review: Bools
    calibrated_before: Floats
    calibrated: Floats
    defaulted: Floats
    facts: Mapping[str, Sequence[Any]]
    not_replayable: Mapping[str, int]
    differing: int
    versions: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass
class _Columns:
    """The same while it grows."""

    ids: list[str] = field(default_factory=list)
    days: list[str] = field(default_factory=list)
    clients: list[int] = field(default_factory=list)
    parts: list[tuple[Bools, Bools, Bools, Bools, Floats, Floats]] = field(default_factory=list)
    facts: dict[str, list[Any]] = field(default_factory=dict)
    not_replayable: Counter[str] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)
    differing: int = 0
    _numbers: dict[str, int] = field(default_factory=dict)

    def number_client(self, client_id: str | None, decision_id: str) -> int:
        """Return the same number for the same client."""
        key = f"decision {decision_id}" if client_id is None else client_id
        return self._numbers.setdefault(key, len(self._numbers))


def replay(
    session: Session,
    change: Change,
    period: Period,
    fields: Sequence[SchemaField] = (),
    step: Callable[[int], object] = lambda _: None,
) -> Replayed:
    """Make the decisions of a period again; nothing is written.

    Parameters
    ----------
    fields : of applications, whose values are kept for groups.
    step : function that is told of so many more decisions.
    """
    versions, columns = Versions(session), _Columns()
    columns.facts.update({one.name: [] for one in fields})
    for page in score_again(session, versions, period):
        if isinstance(page, NotScored):
            columns.not_replayable[page.reason] += page.decisions
            step(page.decisions)
        else:
            _add(columns, page, change)
            step(len(page.decisions))
    parts = columns.parts or [(_NOBODY, _NOBODY, _NOBODY, _NOBODY, np.empty(0), np.empty(0))]
    refused_before, refused, review_before, review, calibrated_before, calibrated = zip(*parts, strict=True)
    return Replayed(
        columns.ids,
        columns.days,
        columns.clients,
        np.concatenate(refused_before),
        np.concatenate(refused),
        np.concatenate(review_before),
        np.concatenate(review),
        np.concatenate(calibrated_before),
        np.concatenate(calibrated),
        _find_outcomes(session, columns.ids, columns.days),
        columns.facts,
        columns.not_replayable,
        columns.differing,
        columns.versions,
    )


def _find_outcomes(session: Session, ids: Sequence[str], days: Sequence[str]) -> Floats:
    """Find what was observed of the credits, shape (n,), as ``Replayed.defaulted``."""
    observed: dict[str, list[Repayment]] = {}
    for one in all_repayments(session):
        observed.setdefault(one.about, []).append(one)
    if not observed:
        return np.full(len(ids), np.nan)
    found = []
    for decision_id, day in zip(ids, days, strict=True):
        together = put_together(still_count(observed.get(decision_id, ())), date.fromisoformat(day))
        outcome = defaulted_within(together, None)
        found.append(np.nan if outcome is None else float(outcome))
    return np.array(found)


def _add(columns: _Columns, page: ScoredPage, change: Change) -> None:
    decided = change.decide(page)
    columns.not_replayable.update(decided.obstacles)
    kept = [one for one, was in zip(page.decisions, decided.kept.tolist(), strict=True) if was]
    contents = [one.content for one in kept]
    columns.ids += [one.id for one in kept]
    columns.days += [one.time[:10] for one in kept]
    for one in kept:
        columns.clients.append(columns.number_client(one.body.client_id if one.body else None, one.id))
        columns.versions[str(one.content["model_version"])] += 1
    recorded = np.array([content["probability"] for content in contents], dtype=np.float64)
    columns.differing += int(np.sum(np.abs(page.scores.probability[decided.kept] - recorded) > AGREEMENT))
    calibrated = page.scores.calibrated_probability
    columns.parts.append(
        (
            np.array([content["decision"] == "REFUSED" for content in contents], dtype=bool),
            decided.refused,
            np.array([content["review"] is True for content in contents], dtype=bool),
            decided.review,
            np.full(len(kept), np.nan) if calibrated is None else calibrated[decided.kept],
            decided.calibrated,
        )
    )
    for name, values in columns.facts.items():
        applications = (one.body.content["application"] if one.body else None for one in kept)
        values += [None if one is None else one.get(name) for one in applications]
