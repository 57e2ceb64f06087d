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
from scoring.record.decision_pages import RecordedDecision
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
class DecisionColumns:
    """The same while it grows; ``not_replayable`` and ``differing`` are counted by whoever adds decisions."""

    facts: dict[str, list[Any]]
    ids: list[str] = field(default_factory=list)
    days: list[str] = field(default_factory=list)
    clients: list[int] = field(default_factory=list)
    not_replayable: Counter[str] = field(default_factory=Counter)
    differing: int = 0
    _parts: list[tuple[Bools, Bools, Bools, Bools, Floats, Floats]] = field(default_factory=list)
    _versions: Counter[str] = field(default_factory=Counter)
    _numbers: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, fields: Sequence[SchemaField]) -> "DecisionColumns":
        """Begin without a decision; the values of these fields of applications are kept."""
        return cls({one.name: [] for one in fields})

    def add(
        self,
        decisions: Sequence[RecordedDecision],
        refused: Bools,
        review: Bools,
        calibrated_before: Floats,
        calibrated: Floats,
    ) -> None:
        """Add n decisions; the arrays, shape (n,), are as those of ``Replayed``."""
        contents = [one.content for one in decisions]
        self.ids += [one.id for one in decisions]
        self.days += [one.time[:10] for one in decisions]
        self._versions.update(str(content["model_version"]) for content in contents)
        for one in decisions:
            client = one.body.client_id if one.body else None
            key = f"decision {one.id}" if client is None else client
            self.clients.append(self._numbers.setdefault(key, len(self._numbers)))
        refused_before = np.array([content["decision"] == "REFUSED" for content in contents], dtype=bool)
        review_before = np.array([content["review"] is True for content in contents], dtype=bool)
        self._parts.append((refused_before, refused, review_before, review, calibrated_before, calibrated))
        applications = [one.body.content["application"] if one.body else None for one in decisions]
        for name, values in self.facts.items():
            values += [None if one is None else one.get(name) for one in applications]

    def close(self, session: Session) -> Replayed:
        """Return all that was added, with what was observed of the credits."""
        parts = self._parts or [(_NOBODY, _NOBODY, _NOBODY, _NOBODY, np.empty(0), np.empty(0))]
        refused_before, refused, review_before, review, calibrated_before, calibrated = zip(*parts, strict=True)
        return Replayed(
            self.ids,
            self.days,
            self.clients,
            np.concatenate(refused_before),
            np.concatenate(refused),
            np.concatenate(review_before),
            np.concatenate(review),
            np.concatenate(calibrated_before),
            np.concatenate(calibrated),
            _find_outcomes(session, self.ids, self.days),
            self.facts,
            +self.not_replayable,
            self.differing,
            self._versions,
        )


def read_recorded(content: Mapping[str, Any], name: str) -> float:
    """Read a number of an entry; NaN where it is null."""
    value = content.get(name)
    return np.nan if value is None else float(value)


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
    versions, columns = Versions(session), DecisionColumns.of(fields)
    for page in score_again(session, versions, period):
        if isinstance(page, NotScored):
            columns.not_replayable[page.reason] += page.decisions
            step(page.decisions)
        else:
            _add(columns, page, change)
            step(len(page.decisions))
    return columns.close(session)


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


def _add(columns: DecisionColumns, page: ScoredPage, change: Change) -> None:
    decided = change.decide(page)
    columns.not_replayable.update(decided.obstacles)
    kept = [one for one, was in zip(page.decisions, decided.kept.tolist(), strict=True) if was]
    recorded = np.array([one.content["probability"] for one in kept], dtype=np.float64)
    columns.differing += int(np.sum(np.abs(page.scores.probability[decided.kept] - recorded) > AGREEMENT))
    calibrated = page.scores.calibrated_probability
    before = np.full(len(kept), np.nan) if calibrated is None else calibrated[decided.kept]
    columns.add(kept, decided.refused, decided.review, before, decided.calibrated)
