"""The smallest change to the credit asked for that would turn a refusal into an acceptance.

A change is an action that a client can take, never a moved column. What depends on it (credit, instalment, price, and
every number made of them) is worked out again together, and the result is scored as any application is.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from scoring.explanation.alternatives import Action, Course, Part, courses
from scoring.model.calibration import Floats
from scoring.model.compile import Record, raw_sources
from scoring.model.plan import Plan, model_ready
from scoring.model.schema import InputSchema, SchemaField, Text
from scoring.model.scorer import Scorer
from scoring.readable.numbers import format_count

_LEAST_AMOUNT, _MOST_AMOUNT = 1.0, 1e15  # what is beyond is no amount of money
_SAME = 1e-9


class Change(BaseModel):
    """One field before and after."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    label: Text
    unit: str | None
    before: float
    after: float


class Counterfactual(BaseModel):
    """An action with which the same application would be accepted.

    Attributes
    ----------
    action : what the client would do.
    size : how far, as a share (0-1) of the credit, or of the term.
    changes : every field that changes with it.
    probability : of default after it, the model's own, 0-1; below the threshold.
    calibrated_probability : after it, 0-1.
    text : in a sentence.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    action: Action
    size: float
    changes: tuple[Change, ...]
    probability: float
    calibrated_probability: float | None
    text: Text


class Levers:
    """What of an application a client could ask for differently.

    Attributes
    ----------
    fields : parts of the credit asked for; none where one of them cannot change, since they change together.
    """

    def __init__(self, plan: Plan, schema: InputSchema, scorer: Scorer) -> None:
        self._scorer = scorer
        self._product = schema.of_role("product")
        parts: tuple[Part, ...] = get_args(Part)
        found = {part: field for part in parts if (field := schema.of_role(part)) is not None}
        changeable = all(field.changeable for field in found.values())
        self.fields: dict[Part, SchemaField] = found if changeable else {}
        names = {field.name for field in self.fields.values()}
        self._places = [i for i, one in enumerate(plan.columns) if raw_sources(plan, one.source) & names]
        # Only these columns are worked out again: the others, a stored history's too, stay as they are.
        columns = tuple(plan.columns[i] for i in self._places)
        self._part = Plan(missing_values=plan.missing_values, derived=plan.derived, columns=columns).pruned()

    @property
    def moves(self) -> bool:
        """Whether the model looks at anything that could be asked for differently."""
        return bool(self._places)

    def smallest(self, row: Floats, record: Record) -> Counterfactual | None:
        """Find the smallest action that is accepted, and stays accepted where more of it is done.

        Parameters
        ----------
        row : model-ready row of the refused application, shape (features,).
        record : the application itself.
        """
        if not self.moves or not self._describes(row, record):
            return None
        found = courses(self._amounts(record), self._is_open_ended(record))
        if not found:
            return None
        risk = self._scorer.score(self._rows(row, record, found)).probability
        parts = np.split(risk, np.cumsum([len(course.sizes) for course in found])[:-1])
        offers = [
            (float(course.sizes[first]), course, first)
            for course, risks in zip(found, parts, strict=True)
            if (first := self._first(risks)) < len(risks)
        ]
        if not offers:
            return None
        _, course, place = min(offers, key=lambda offer: offer[0])
        return self._verified(row, record, course, place)

    def _first(self, risks: Floats) -> int:
        """Place from which on every size is accepted: less credit must never look riskier."""
        refused = np.flatnonzero(risks >= self._scorer.policy.threshold)
        return int(refused[-1]) + 1 if len(refused) else 0

    def _describes(self, row: Floats, record: Record) -> bool:
        """Whether the application gives this row, so that what is worked out from it fits the rest of the row."""
        again = model_ready(self._part, self._raw(record, [Course("deposit", np.zeros(1), {})]))[0]
        return bool(np.allclose(again, row[self._places], rtol=_SAME, atol=_SAME))

    def _amounts(self, record: Record) -> dict[Part, float]:
        return {
            part: float(value)
            for part, field in self.fields.items()
            if isinstance(value := record.get(field.name), int | float) and _LEAST_AMOUNT <= value <= _MOST_AMOUNT
        }

    def _is_open_ended(self, record: Record) -> bool:
        return self._product is not None and record.get(self._product.name) in self._product.open_ended

    def _rows(self, row: Floats, record: Record, found: Sequence[Course]) -> Floats:
        """Model-ready rows of all courses, one after the other."""
        rows = np.tile(row, (sum(len(course.sizes) for course in found), 1))
        rows[:, self._places] = model_ready(self._part, self._raw(record, found))
        return rows

    def _raw(self, record: Record, found: Sequence[Course]) -> dict[str, NDArray[Any]]:
        """Columns of the applications of all courses."""
        parts = {field.name: part for part, field in self.fields.items()}
        raw: dict[str, NDArray[Any]] = {}
        for name in self._part.raw_numbers():
            value = record.get(name)
            known = np.nan if value is None else float(value)
            changed = [course.amounts.get(parts[name]) if name in parts else None for course in found]
            raw[name] = np.concatenate(
                [
                    np.full(len(course.sizes), known) if amounts is None else amounts
                    for course, amounts in zip(found, changed, strict=True)
                ]
            )
        return raw

    def _verified(self, row: Floats, record: Record, course: Course, place: int) -> Counterfactual | None:
        """Score the one application that is offered, by itself, as any application is."""
        amounts = {part: values[[place]] for part, values in course.amounts.items()}
        one = replace(course, sizes=course.sizes[[place]], amounts=amounts)
        scores = self._scorer.score(self._rows(row, record, [one]))
        if scores.refused[0]:
            return None
        changes = tuple(
            Change(
                name=field.name,
                label=field.label,
                unit=field.unit,
                before=self._amounts(record)[part],
                after=float(amounts[part][0]),
            )
            for part, field in self.fields.items()
            if part in amounts
        )
        calibrated = scores.calibrated_probability
        return Counterfactual(
            action=course.action,
            size=float(course.sizes[place]),
            changes=changes,
            probability=float(scores.probability[0]),
            calibrated_probability=None if calibrated is None else float(calibrated[0]),
            text=_sentence(course, place, changes[0]),
        )


def _sentence(course: Course, place: int, first: Change) -> Text:
    before, avant = _amount(first.before)
    after, apres = _amount(first.after)
    more, encore = _amount(first.before - first.after)
    if course.months is not None:
        now, terms = course.months
        return Text(
            en=f"Repay in about {terms[place]} months instead of {now}, with an instalment of {after} instead of "
            f"{before}: this application would be accepted.",
            fr=f"Rembourser en {terms[place]} mois environ au lieu de {now}, avec une échéance de {apres} au lieu de "
            f"{avant} : la demande serait acceptée.",
        )
    if course.action == "deposit":
        how, comment = f"pay {more} of the same purchase as a deposit", f"payer {encore} du même achat comme apport"
    else:
        how, comment = "spend as much less", "réduire la dépense d'autant"
    return Text(
        en=f"Borrow {after} instead of {before} and {how}, over the same term: this application would be accepted.",
        fr=f"Emprunter {apres} au lieu de {avant} et {comment}, sur la même durée : la demande serait acceptée.",
    )


def _amount(value: float) -> tuple[str, str]:
    return format_count(value, "en"), format_count(value, "fr")
