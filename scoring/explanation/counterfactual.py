"""The smallest change of the credit asked for that would turn a refusal into an acceptance.

A change is an action that a client can take: a model-ready column is never changed alone. Credit, instalment and price
are changed together, and every number that is derived from them is computed again. The result is scored like any other
application.
"""

from collections.abc import Sequence
from typing import get_args

import numpy as np

from scoring.explanation.alternatives import Action, Alternative, Part, list_alternatives
from scoring.model.calibration import Floats
from scoring.model.compile import RawRecord, raw_sources
from scoring.model.plan import Plan, model_ready
from scoring.model.schema import Frozen, InputSchema, SchemaField, Text
from scoring.model.scorer import Scorer
from scoring.readable.numbers import Language, format_count

_LEAST_AMOUNT, _MOST_AMOUNT = 1.0, 1e15  # a number outside of this range is no amount of money
_TOLERANCE = 1e-9
_UNCHANGED = Alternative("deposit", np.zeros(1), {})


class Change(Frozen):
    """One field before and after."""

    name: str
    label: Text
    unit: str | None
    before: float
    after: float


class Counterfactual(Frozen):
    """An action with which the same application would be accepted.

    Attributes
    ----------
    action : what the client would do.
    size : how much of it, as a share (0-1) of the credit or of the duration.
    changes : every field that changes.
    probability : probability of default after the change, the model's own, 0-1; below the threshold.
    calibrated_probability : after the change, 0-1.
    text : the same in a sentence.
    """

    action: Action
    size: float
    changes: tuple[Change, ...]
    probability: float
    calibrated_probability: float | None
    text: Text


class CounterfactualSearch:
    """Searches the smallest accepted change, for one model.

    Attributes
    ----------
    fields : the fields that are parts of the credit asked for. They change together, so there are none if one of them
        is not changeable.
    possible : the model reads at least one of these fields, directly or in a derived number.
    """

    def __init__(self, plan: Plan, schema: InputSchema, scorer: Scorer) -> None:
        self._scorer = scorer
        self._product = schema.find_by_role("product")
        parts: tuple[Part, ...] = get_args(Part)
        found = {part: field for part in parts if (field := schema.find_by_role(part)) is not None}
        changeable = all(field.changeable for field in found.values())
        self.fields: dict[Part, SchemaField] = found if changeable else {}
        names = {field.name for field in self.fields.values()}
        self._places = [i for i, one in enumerate(plan.columns) if raw_sources(plan, one.source) & names]
        self.possible = bool(self._places)
        # Only these columns are computed again. All others stay as they are, those of a stored history too.
        columns = tuple(plan.columns[i] for i in self._places)
        self._plan = Plan(missing_values=plan.missing_values, derived=plan.derived, columns=columns).pruned()

    def find_smallest(self, row: Floats, record: RawRecord) -> Counterfactual | None:
        """Find the smallest action that leads to acceptance with its own size and with every larger one.

        Parameters
        ----------
        row : model-ready row of the refused application, shape (features,).
        record : the application itself.

        Returns
        -------
        The action; None if there is none, if no field can be changed, or if ``record`` does not give ``row``.
        """
        amounts = self._amounts(record)
        product = self._product
        found = list_alternatives(amounts, product is not None and record.get(product.name) in product.open_ended)
        if not self.possible or not found:
            return None
        # If the record does not give this row, newly computed columns would not fit the columns that stay.
        if not np.allclose(self._rows(row, record, [_UNCHANGED])[0], row, rtol=_TOLERANCE, atol=_TOLERANCE):
            return None
        rows = self._rows(row, record, found)
        ends = np.cumsum([len(alternative.sizes) for alternative in found])[:-1]
        firsts = map(self._first_accepted, np.split(self._scorer.score(rows).probability, ends))
        blocks = zip(found, np.split(rows, ends), firsts, strict=True)
        offers = [(one, block[[first]], first) for one, block, first in blocks if first < len(block)]
        if not offers:
            return None
        alternative, accepted, place = min(offers, key=lambda offer: float(offer[0].sizes[offer[2]]))
        return self._verify(accepted, amounts, alternative, place)

    def _first_accepted(self, risks: Floats) -> int:
        """Return the position of the first size such that it and all larger sizes are accepted."""
        refused = np.flatnonzero(risks >= self._scorer.policy.threshold)
        return int(refused[-1]) + 1 if len(refused) else 0

    def _amounts(self, record: RawRecord) -> dict[Part, float]:
        return {
            part: float(value)
            for part, field in self.fields.items()
            if isinstance(value := record.get(field.name), int | float) and _LEAST_AMOUNT <= value <= _MOST_AMOUNT
        }

    def _rows(self, row: Floats, record: RawRecord, found: Sequence[Alternative]) -> Floats:
        """Model-ready rows of all alternatives, one after the other."""
        sizes = [len(alternative.sizes) for alternative in found]
        present = {name: record.get(name) for name in self._plan.raw_numbers()}
        raw = {name: np.full(sum(sizes), value, dtype=np.float64) for name, value in present.items()}  # None is NaN
        for alternative, end in zip(found, np.cumsum(sizes), strict=True):
            for part, amounts in alternative.amounts.items():
                if self.fields[part].name in raw:
                    raw[self.fields[part].name][end - len(amounts) : end] = amounts
        rows = np.tile(row, (sum(sizes), 1))
        rows[:, self._places] = model_ready(self._plan, raw)
        return rows

    def _verify(
        self, rows: Floats, amounts: dict[Part, float], alternative: Alternative, place: int
    ) -> Counterfactual | None:
        """Score the changed application again, by itself, before it is offered; ``rows`` has shape (1, features)."""
        score = self._scorer.score(rows).pick(0)
        if score.refused:
            return None
        changes = tuple(
            Change(
                name=field.name,
                label=field.label,
                unit=field.unit,
                before=amounts[part],
                after=float(alternative.amounts[part][place]),
            )
            for part, field in self.fields.items()
            if part in alternative.amounts
        )
        return Counterfactual(
            action=alternative.action,
            size=float(alternative.sizes[place]),
            changes=changes,
            probability=score.probability,
            calibrated_probability=score.calibrated_probability,
            text=Text(
                en=_write_sentence(alternative, place, changes[0], "en"),
                fr=_write_sentence(alternative, place, changes[0], "fr"),
            ),
        )


def _write_sentence(alternative: Alternative, place: int, credit: Change, language: Language) -> str:
    amounts = {"before": credit.before, "after": credit.after, "less": credit.before - credit.after}
    texts = {name: format_count(amount, language) for name, amount in amounts.items()}
    if alternative.months is not None:
        now, others = alternative.months
        return str(getattr(_DURATION, language).format(**texts, now=now, then=others[place]))
    how = getattr(_DEPOSIT if alternative.action == "deposit" else _SPEND_LESS, language).format(**texts)
    return str(getattr(_CREDIT, language).format(**texts, how=how))


_DURATION = Text(
    en="Repay in about {then} months instead of {now}, with an instalment of {after} instead of {before}: this "
    "application would be accepted.",
    fr="Rembourser en {then} mois environ au lieu de {now}, avec une échéance de {after} au lieu de {before}\u00a0: la "
    "demande serait acceptée.",
)
_CREDIT = Text(
    en="Borrow {after} instead of {before} and {how}, over the same term: this application would be accepted.",
    fr="Emprunter {after} au lieu de {before} et {how}, sur la même durée\u00a0: la demande serait acceptée.",
)
_DEPOSIT = Text(en="pay {less} of the same purchase as a deposit", fr="payer {less} du même achat comme apport")
_SPEND_LESS = Text(en="spend as much less", fr="réduire la dépense d'autant")
