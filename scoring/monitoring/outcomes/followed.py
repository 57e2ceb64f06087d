"""Decisions with what became of them, as arrays."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.decisions.override_report import last_of_each
from scoring.errors import ArtefactError
from scoring.model.calibration import Bools, Floats
from scoring.monitoring.outcomes.observed import (
    count_months,
    defaulted_within,
    put_together,
    seen_until_loaded,
    still_count,
)
from scoring.record import model_files
from scoring.record.decision_pages import decision_contents
from scoring.record.repayments import Repayment, all_repayments
from scoring.record.review_steps import Period, review_steps
from scoring.record.stores.session import Session
from scoring.storage.bundle import MANIFEST


@dataclass(frozen=True)
class Followed:
    """Decisions of a period; all arrays have the shape (n,).

    Attributes
    ----------
    days : of the decisions (UTC), as ``2026-11-27``.
    accepted : what held at last: the officers' decision, else the automated one.
    automated : accepted by the automated decision, also at random.
    at_random : the model refused, and the client was accepted at random.
    propensity : probability with which a client whom the model refused is accepted at random; NaN where never.
    risk : calibrated probability; NaN where the model has none.
    reviewed : officers decided.
    due : the window has passed.
    outcome : 0, 1, or NaN while it is not known within the window.
    amount_lost : NaN where it is not known.
    false_negative, false_positive : costs as the model version states them; NaN where they are not known.
    threshold : calibrated; NaN where it is not known.
    """

    days: NDArray[np.str_]
    accepted: Bools
    automated: Bools
    at_random: Bools
    propensity: Floats
    risk: Floats
    reviewed: Bools
    due: Bools
    outcome: Floats
    amount_lost: Floats
    false_negative: Floats
    false_positive: Floats
    threshold: Floats

    def __len__(self) -> int:
        return len(self.days)

    def pick(self, rows: Any) -> "Followed":
        """Return some of the decisions, by a mask or positions."""
        return Followed(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})

    @property
    def known(self) -> Bools:
        """Accepted, due, and the outcome is known."""
        return self.accepted & self.due & ~np.isnan(self.outcome)


def follow(session: Session, period: Period, as_of: date, window: int | None) -> Followed:
    """Read the decisions of a period, and all that was written about them.

    Parameters
    ----------
    as_of : the day to which an outcome is due.
    window : months; None where each outcome that is known is final.
    """
    officers = {step.about: step.content["decision"] for step in last_of_each(review_steps(session, Period()))}
    repayments: dict[str, list[Repayment]] = {}
    for one in all_repayments(session):
        repayments.setdefault(one.about, []).append(one)
    costs = _Costs(session)
    rows = [
        _row(time[:10], content, officers.get(entry_id), repayments.get(entry_id, []), as_of, window)
        + costs.of(str(content["model_version"]))
        for page in decision_contents(session, period)
        for entry_id, time, content in page
    ]
    return collect(rows)


def collect(rows: list[tuple[Any, ...]]) -> Followed:
    """Make arrays of decisions; each row has the values in the order of the attributes."""
    names = [*Followed.__dataclass_fields__]
    texts, flags = {"days"}, {"accepted", "automated", "at_random", "reviewed", "due"}
    columns = [*zip(*rows, strict=True)] if rows else [()] * len(names)
    kinds: list[Any] = ["U10" if name in texts else bool if name in flags else np.float64 for name in names]
    arrays = {name: np.array(column, dtype=kind) for name, column, kind in zip(names, columns, kinds, strict=True)}
    return Followed(**arrays)


def _row(
    day: str,
    content: Mapping[str, Any],
    by_officers: str | None,
    repayments: list[Repayment],
    as_of: date,
    window: int | None,
) -> tuple[Any, ...]:
    decided, propensity, risk = (
        date.fromisoformat(day),
        content.get("propensity"),
        content.get("calibrated_probability"),
    )
    automated = content["decision"] == "ACCEPTED"
    seen = still_count([seen_until_loaded(one, decided) for one in repayments])
    together = put_together(seen, decided) if seen else None
    outcome = defaulted_within(together, window) if together else None
    amount = together.amount_lost if together else None
    return (
        day,
        automated if by_officers is None else by_officers == "ACCEPTED",
        automated,
        automated and propensity is not None,
        _number(propensity),
        _number(risk),
        by_officers is not None,
        window is None or count_months(decided, as_of) >= window,
        _number(outcome),
        _number(amount),
    )


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)


class _Costs:
    """Costs and threshold of each model version, from the manifest in the record."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, tuple[float, float, float]] = {}

    def of(self, version: str) -> tuple[float, float, float]:
        if version not in self._known:
            self._known[version] = self._read(version)
        return self._known[version]

    def _read(self, version: str) -> tuple[float, float, float]:
        try:
            files = model_files.read(self._session, version) or {}
            manifest = json.loads(files[MANIFEST])
            costs = manifest["costs"]
            return costs["false_negative"], costs["false_positive"], manifest["threshold"]["calibrated"]
        except (ArtefactError, KeyError, ValueError, TypeError):  # a model without a manifest, or lost files
            return np.nan, np.nan, np.nan
