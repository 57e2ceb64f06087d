"""The smallest change of the credit asked for that would turn a refusal into an acceptance.

All contracts that the lender would write within the limits are scored. So the smallest action that is surely accepted
is always found; if none is found, there is none. "Surely accepted" means: also with every larger size, also with an
instalment slightly lower or higher, and by nearly all refits of the model. For a model that is slow to score, only
sizes in steps are tried, and the answer says so.

A change is an action that a client can take: a model-ready column is never changed alone. What the client only
declares, such as an income, is not changed at all. Every action is a whole contract whose parts add up. Every number
that is derived from them is computed again, and the result is scored like any other application.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from scoring.explanation.action_sentences import write_action
from scoring.explanation.alternatives import Action, Alternative, find_unit, list_alternatives
from scoring.explanation.better_outcomes import OUTCOMES, Outcome, find_first, reach
from scoring.explanation.contract import Contract, Part, PriceList, read_contract
from scoring.model.calibration import Floats
from scoring.model.compile import RawRecord, raw_sources
from scoring.model.manifest import Refits
from scoring.model.plan import Plan, model_ready
from scoring.model.schema import Frozen, InputSchema, SchemaField, Text
from scoring.model.scorer import FusedLogistic, Scorer, Scores

if TYPE_CHECKING:
    from scoring.policy.judge import Judge

_LEAST_AMOUNT, _MOST_AMOUNT = 1.0, 1e15  # a number outside of this range is not an amount of money
_TOLERANCE = 1e-9
MOST_INSTALMENT = 0.35  # share of the income
STABLE = 0.95  # share of the refits that must not refuse an offered action either
_NEAR = np.array([1.0, 0.999, 1.001])  # an offered action is tried with these multiples of its instalment


class Change(Frozen):
    """One field before and after."""

    name: str
    label: Text
    unit: str | None
    before: float
    after: float


class Counterfactual(Frozen):
    """An action with which the same application would be accepted, or would go to review.

    Attributes
    ----------
    outcome : ``accepted`` is acceptance without review. ``review``: no action surely leads to that, but with this
        action the application is surely not refused.
    action : what the client would do.
    size : how large the action is, as a share (0-1) of the financed sum or of the duration.
    stability : share (0-1) of the refits on resampled clients that do not refuse the changed application, not even if
        its instalment is a thousandth lower or higher; null if it is not known, because the manifest has no refits.
    contract : the whole contract after the change; ``contract`` of the explanation is the one before.
    changes : every field that changes.
    probability : probability of default after the change, the model's own, 0-1; below the threshold.
    calibrated_probability : after the change, 0-1.
    text : the action in a sentence.
    """

    outcome: Outcome
    action: Action
    size: float
    stability: float | None
    contract: Contract
    changes: tuple[Change, ...]
    probability: float
    calibrated_probability: float | None
    text: Text


class Limits(Frozen):
    """What was tried: one action at a time, in every size up to these limits.

    Attributes
    ----------
    exact : every amount that is a multiple of ``step``, and every duration of the lender's tariffs, was tried: no
        smaller action surely leads to the outcome. False if the amounts were tried in steps of 1 %.
    step : of what is financed, in the lender's currency.
    least_credit : the smallest amount of credit.
    most_deposit : the largest deposit; null without a price.
    least_months, most_months : the shortest and the longest duration; null if no other duration is possible.
    most_instalment : the largest instalment that an action may lead to; null if income or instalment are not known.
    least_stability : the smallest ``stability`` of an action; null where it is not known.
    """

    exact: bool
    step: float
    least_credit: float
    most_deposit: float | None
    least_months: int | None
    most_months: int | None
    most_instalment: float | None
    least_stability: float | None


class Search(NamedTuple):
    """Result of a search; ``limits`` is None where nothing could be tried."""

    action: Counterfactual | None
    limits: Limits | None


class CounterfactualSearch:
    """Searches the smallest accepted change, for one model.

    Parameters
    ----------
    most_instalment : the largest instalment that an action may lead to, as a share of the income.
    refits : of the model; every action is tried on them too.

    Attributes
    ----------
    fields : the fields that are parts of the credit asked for. They change together, so there are none if one of them
        is not changeable.
    possible : the model reads at least one of these fields, directly or in a derived number.
    """

    def __init__(
        self,
        plan: Plan,
        schema: InputSchema,
        scorer: Scorer,
        most_instalment: float = MOST_INSTALMENT,
        refits: Refits | None = None,
    ) -> None:
        self._scorer, self._most_instalment = scorer, most_instalment
        self._refits = None if refits is None else (np.array(refits.weights).T, np.array(refits.intercepts))
        self._income = schema.find_income()
        self._every = isinstance(scorer.probability_of_default, FusedLogistic)
        self._product = schema.find_by_role("product")
        self._price_list = PriceList(schema.tariffs)
        parts: tuple[Part, ...] = get_args(Part)
        found = {part: field for part in parts if (field := schema.find_by_role(part)) is not None}
        changeable = all(field.changeable for field in found.values())
        self.fields: dict[Part, SchemaField] = found if changeable else {}
        self._currency = schema.currency
        names = {field.name for field in self.fields.values()}
        self._places = [i for i, one in enumerate(plan.columns) if raw_sources(plan, one.source) & names]
        self.possible = bool(self._places)
        # Only these columns are computed again. All others stay as they are, including those of a stored history.
        columns = tuple(plan.columns[i] for i in self._places)
        self._plan = Plan(missing_values=plan.missing_values, derived=plan.derived, columns=columns).pruned()

    def read_contract(self, record: RawRecord) -> Contract | None:
        """Read the contract that an application asks for; None without an amount of credit."""
        amounts = {
            part: float(value)
            for part, field in self.fields.items()
            if isinstance(value := record.get(field.name), int | float) and _LEAST_AMOUNT <= value <= _MOST_AMOUNT
        }
        product = self._product
        open_ended = product is not None and record.get(product.name) in product.open_ended
        return read_contract(amounts, open_ended, self._price_list)

    def find_smallest(self, row: Floats, record: RawRecord, contract: Contract, judge: "Judge | None" = None) -> Search:
        """Find the smallest action that leads to an outcome; every larger size of it must lead to this outcome too.

        The outcome must also stay the same if the instalment is a thousandth lower or higher, and at least 95 % of
        the refits must not refuse. An acceptance without review is preferred, whatever its size.

        Parameters
        ----------
        row : model-ready row of the refused application, shape (features,).
        record : the application itself.
        contract : as ``read_contract`` reads it from the record.
        judge : applies the lender's policy to the changed application; None without a policy.

        Returns
        -------
        No action if there is none within the limits; no limits either if no field can be changed, or if ``row`` was
        not computed from ``record``.
        """
        if not self.possible:
            return Search(None, None)
        found = list_alternatives(contract, self._price_list, every=self._every)
        rows = self._rows(row, record, found)
        # If the row was not computed from the record, newly computed columns would not fit the columns that stay.
        if np.any(np.abs(rows[0] - row) > _TOLERANCE * (1 + np.abs(row))):
            return Search(None, None)
        most_instalment = self._limit_instalment(record) if contract.instalment is not None else None
        limits = self._describe_limits(contract, found, most_instalment)
        possible, scores = _find_payable(found, most_instalment), self._scorer.score(rows[1:])
        stability = self._measure_stability(rows[1:])
        if stability is not None:
            possible &= stability >= STABLE
        for outcome in OUTCOMES:
            reached = reach(scores, outcome).reshape(len(_NEAR), -1)
            passes = possible & reached.all(axis=0)
            if judge is not None:
                passes = passes & self._ask(judge, outcome, scores, reached[0], passes, record, found)
            offers = list(_list_offers(found, reached[0], passes))
            if offers:
                alternative, place, number = min(offers, key=lambda offer: float(offer[0].sizes[offer[1]]))
                share = None if stability is None else float(stability[number])
                return Search(self._verify(rows[[1 + number]], contract, alternative, place, outcome, share), limits)
        return Search(None, limits)

    def _ask(
        self,
        judge: "Judge",
        outcome: Outcome,
        scores: Scores,
        reached: NDArray[np.bool_],
        passes: NDArray[np.bool_],
        record: RawRecord,
        found: Sequence[Alternative],
    ) -> NDArray[np.bool_]:
        """Whether each size leads to an outcome, or a better one, after the policy too.

        The policy is applied only to sizes whose score ``passes`` and whose larger sizes all ``reached`` the outcome.
        For each action it stops at the first size that leads to the outcome.
        """
        allowed = np.zeros(len(passes), dtype=np.bool_)
        begin = 0
        for alternative in found:
            first = find_first(reached[begin : begin + len(alternative.sizes)])
            for place in (first + np.flatnonzero(passes[begin + first : begin + alternative.offered])).tolist():
                amounts = {
                    field.name: float(alternative.amounts[part][place])
                    for part, field in self.fields.items()
                    if part in alternative.amounts
                }
                result = judge.find_outcome(scores.pick(begin + place), {**record, **amounts})
                if result == "accepted" or result == outcome:
                    allowed[begin + place] = True
                    break  # larger sizes of the same action are not offered
            begin += len(alternative.sizes)
        return allowed

    def _measure_stability(self, rows: Floats) -> Floats | None:
        """Share of the refits that refuse no row of ``_NEAR``, for each alternative; None without refits."""
        if self._refits is None:
            return None
        weights, intercepts = self._refits
        accepted = ~self._scorer.policy.refuses(expit(rows @ weights + intercepts))
        share: Floats = accepted.reshape(len(_NEAR), -1, accepted.shape[1]).all(axis=0).mean(axis=1)
        return share

    def _limit_instalment(self, record: RawRecord) -> float | None:
        """Return the largest instalment that an action may lead to; None if the income is not known."""
        income = record.get(self._income.name) if self._income else None
        is_known = isinstance(income, int | float) and income > 0
        return self._most_instalment * float(income) if is_known else None  # type: ignore[arg-type]

    def _describe_limits(
        self, contract: Contract, found: Sequence[Alternative], most_instalment: float | None
    ) -> Limits:
        last = {one.action: one.pick(one.offered - 1) for one in found}
        deposit = last.get("deposit")
        shorter, longer = (last.get(action) for action in ("shorter term", "longer term"))
        possible = shorter or longer
        return Limits(
            exact=self._every,
            step=find_unit(contract.financed),
            least_credit=last["smaller amount"].credit,
            most_deposit=deposit.deposit if deposit else None,
            least_months=(shorter or contract).months if possible else None,
            most_months=(longer or contract).months if possible else None,
            most_instalment=most_instalment,
            least_stability=None if self._refits is None else STABLE,
        )

    def _rows(self, row: Floats, record: RawRecord, found: Sequence[Alternative]) -> Floats:
        """Model-ready rows of the application itself, then of all alternatives, for each of ``_NEAR`` in turn."""
        count = sum(len(alternative.sizes) for alternative in found)
        present = {name: record.get(name) for name in self._plan.raw_numbers()}
        # None is NaN
        raw = {name: np.full(1 + len(_NEAR) * count, value, dtype=np.float64) for name, value in present.items()}
        for part, field in self.fields.items():
            if field.name in raw and part in found[0].amounts:
                amounts = np.concatenate([alternative.amounts[part] for alternative in found])
                near = _NEAR if part == "instalment" else np.ones(len(_NEAR))
                raw[field.name][1:] = np.outer(near, amounts).ravel()
        rows = np.tile(row, (1 + len(_NEAR) * count, 1))
        rows[:, self._places] = model_ready(self._plan, raw)
        return rows

    def _verify(
        self,
        rows: Floats,
        present: Contract,
        alternative: Alternative,
        place: int,
        outcome: Outcome,
        stability: float | None,
    ) -> Counterfactual | None:
        """Score the changed application again, by itself, before it is offered; ``rows`` has shape (1, features)."""
        scores = self._scorer.score(rows)
        if not reach(scores, outcome)[0]:
            return None
        score, contract = scores.pick(0), alternative.pick(place)
        return Counterfactual(
            outcome=outcome,
            action=alternative.action,
            size=float(alternative.sizes[place]),
            stability=stability,
            contract=contract,
            changes=tuple(self._list_changes(present, contract)),
            probability=score.probability,
            calibrated_probability=score.calibrated_probability,
            text=write_action(alternative.action, present, contract, outcome, self._currency),
        )

    def _list_changes(self, present: Contract, contract: Contract) -> Iterator[Change]:
        for part, field in self.fields.items():
            before, after = getattr(present, part), getattr(contract, part)
            if before is not None and before != after:
                yield Change(name=field.name, label=field.label, unit=field.unit, before=before, after=after)


def _find_payable(found: Sequence[Alternative], most_instalment: float | None) -> NDArray[np.bool_]:
    """Whether the instalment of each alternative is within the limit."""
    if most_instalment is None or "instalment" not in found[0].amounts:
        return np.ones(sum(len(alternative.sizes) for alternative in found), dtype=np.bool_)
    payable: NDArray[np.bool_] = np.concatenate([one.amounts["instalment"] for one in found]) <= most_instalment
    return payable


def _list_offers(
    found: Sequence[Alternative], reached: NDArray[np.bool_], possible: NDArray[np.bool_]
) -> Iterator[tuple[Alternative, int, int]]:
    """Yield each alternative that has a size to offer, with two places of the smallest such size.

    The first is the place among the sizes of this alternative, the second the place among those of all alternatives.

    Parameters
    ----------
    reached : for all sizes, whether the outcome is reached; every larger size has to reach it too.
    possible : for all sizes, whether this size itself may be offered.
    """
    begin = 0
    for alternative in found:
        end = begin + len(alternative.sizes)
        first = find_first(reached[begin:end])
        for place in np.flatnonzero(possible[begin + first : begin + alternative.offered])[:1].tolist():
            yield alternative, first + place, begin + first + place
        begin = end
