"""When a refusal would end by itself, because an event in the past weighs less as time passes.

With each month, times since an event grow by a month, and times until an event fall by a month. All of them are moved
together, everything else stays, and the application is scored again for each of the coming months.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from scoring.explanation.better_outcomes import MEANINGS, OUTCOMES, Outcome, find_first, reach
from scoring.explanation.sentences import write_sentence
from scoring.model.calibration import Floats
from scoring.model.compile import RawRecord, raw_sources
from scoring.model.plan import Plan, model_ready
from scoring.model.schema import Frozen, InputSchema, Readable, Text
from scoring.model.scorer import Score, Scorer
from scoring.readable.terms import Range, Term, TermValue, make_field_term
from scoring.readable.wording import Describe

if TYPE_CHECKING:
    from scoring.policy.judge import Judge

LONGEST_WAIT = 36  # months
_MONTH = 365.25 / 12  # days
# Length of a month in each unit of time. Years are absent: whole years do not show when a month has passed.
_LENGTHS = {"days": _MONTH, "months": 1.0}
_TOLERANCE = 1e-9


class Waiting(Frozen):
    """After how many months the same application would be accepted, or would go to review, if nothing else changed.

    Attributes
    ----------
    outcome : ``accepted`` is acceptance without review; ``review`` if waiting leads to a review only.
    months : number of months; for all longer times that were tried, the outcome stays the same.
    name : the length of time, a field or a history feature, whose change lowers the risk most.
    label : readable name.
    value : present value, in the field's own unit; null if only a range is known.
    unit : of the value.
    shown : the value in words.
    probability : probability of default after that time, the model's own, 0-1; below the threshold.
    calibrated_probability : after that time, 0-1.
    text : the wait in two sentences.
    """

    outcome: Outcome
    months: int
    name: str
    label: Text
    value: float | None
    unit: str | None
    shown: Text
    probability: float
    calibrated_probability: float | None
    text: Text


class WaitingSearch:
    """Searches the shortest wait, for one model.

    Attributes
    ----------
    steps : by how much each length of time that the model reads changes in a month. Lengths of time are fields that
        count days back from the application, and numbers for which the manifest's ``readable`` has ``passing``.
    """

    def __init__(
        self, plan: Plan, schema: InputSchema, readable: Mapping[str, Readable], terms: Sequence[Term], scorer: Scorer
    ) -> None:
        self._scorer = scorer
        sources = frozenset().union(*(raw_sources(plan, column.source) for column in plan.columns))
        self.steps = {name: step for name, step in _list_steps(schema, readable) if name in sources}
        self._places = [i for i, one in enumerate(plan.columns) if raw_sources(plan, one.source) & self.steps.keys()]
        columns = tuple(plan.columns[i] for i in self._places)
        self._plan = Plan(missing_values=plan.missing_values, derived=plan.derived, columns=columns).pruned()
        self._terms = [term for term in terms if term.name in self.steps and not term.never_a_reason]

    def find_shortest(
        self, row: Floats, record: RawRecord, values: Mapping[str, TermValue], describe: Describe
    ) -> Waiting | None:
        """Find the shortest wait from which on an outcome stays, up to ``LONGEST_WAIT``.

        Parameters
        ----------
        row : model-ready row of the refused application, shape (features,).
        record : the application itself.
        values : the value of each term; where only its range is known, both ends have to reach the outcome.
        describe : writes a value in words.
        """
        if not self._terms:
            return None
        rows = self._rows(row, record, values)  # shape (2, months, features), without any wait first
        if np.any(np.abs(rows[:, 0] - row) > _TOLERANCE * (1 + np.abs(row))):
            return None
        scores = self._scorer.score(rows[:, 1:].reshape(-1, len(row)))
        for outcome in OUTCOMES:
            reached = np.logical_and(*reach(scores, outcome).reshape(2, -1))
            if (place := find_first(reached)) < LONGEST_WAIT:
                later = rows[0, place + 1]
                term = self._find_heaviest(row, later)
                return None if term is None else self._describe(later, place + 1, outcome, term, values, describe)
        return None

    def is_accepted(self, waiting: Waiting, record: RawRecord, judge: "Judge") -> bool:
        """Whether a wait leads to its outcome, or a better one, after the policy of the day on which it ends too."""
        later = dict(record)
        for name, step in self.steps.items():
            value = record.get(name)
            if isinstance(value, int | float):
                later[name] = value + round(step * waiting.months)
        score = Score(waiting.probability, False, waiting.calibrated_probability, waiting.outcome == "review")
        found = judge.find_outcome(score, later, round(_MONTH * waiting.months))
        return found == "accepted" or found == waiting.outcome

    def _rows(self, row: Floats, record: RawRecord, values: Mapping[str, TermValue]) -> Floats:
        """Compute the rows of the coming months twice, as only the range of a time may be known.

        The first rows have the end of the range at which the least time has passed, the second rows the other end.
        """
        months = np.arange(LONGEST_WAIT + 1)
        raw = {}
        for name in self._plan.raw_numbers():
            step = self.steps.get(name, 0.0)
            least, most = _ends(values.get(name, record.get(name)), step)
            raw[name] = np.concatenate([end + np.round(step * months) for end in (least, most)])
        rows = np.tile(row, (2 * len(months), 1))
        rows[:, self._places] = model_ready(self._plan, raw)
        return rows.reshape(2, len(months), -1)

    def _find_heaviest(self, row: Floats, later: Floats) -> Term | None:
        """Find the term whose change alone lowers the risk most."""
        rows = np.tile(row, (len(self._terms), 1))
        for i, term in enumerate(self._terms):
            rows[i, list(term.columns)] = later[list(term.columns)]
        risks = self._scorer.probability_of_default(np.vstack([row, rows]))
        lowest = int(risks[1:].argmin())
        return self._terms[lowest] if risks[1 + lowest] < risks[0] else None

    def _describe(
        self,
        later: Floats,
        months: int,
        outcome: Outcome,
        term: Term,
        values: Mapping[str, TermValue],
        describe: Describe,
    ) -> Waiting:
        value, score = values[term.name], self._scorer.score(later[None, :]).pick(0)
        shown = describe(term, value)
        own = write_sentence(term, value, None, "present", describe, accepted=False) or Text(
            en=f"{term.label.en}: {shown.en}.", fr=f"{term.label.fr}\u00a0: {shown.fr}."
        )
        return Waiting(
            outcome=outcome,
            months=months,
            name=term.name,
            label=term.label,
            value=value if isinstance(value, int | float) else None,
            unit=term.unit,
            shown=shown,
            probability=score.probability,
            calibrated_probability=score.calibrated_probability,
            text=_write_text(own, months, outcome),
        )


def _write_text(own: Text, months: int, outcome: Outcome) -> Text:
    noun, meaning = "month" if months == 1 else "months", MEANINGS[outcome]
    return Text(
        en=f"{own.en} As time passes, this and other lengths of time become more favourable. Within {months} {noun}, "
        f"if nothing else changes, {meaning.en}",
        fr=f"{own.fr} Avec le temps, cette durée et d'autres deviennent plus favorables. D'ici {months} mois, si rien "
        f"d'autre ne change, {meaning.fr}",
    )


def _list_steps(schema: InputSchema, readable: Mapping[str, Readable]) -> Iterator[tuple[str, float]]:
    for field in schema.fields:
        if make_field_term(field).scale < 0:
            yield field.name, -_MONTH
    for name, one in readable.items():
        if one.passing is not None and one.unit in _LENGTHS:
            yield name, _LENGTHS[one.unit] * (1 if one.passing == "grows" else -1)


def _ends(value: TermValue, step: float) -> tuple[float, float]:
    """Return the two ends of the range of a term's value: with the least time passed, and with the most."""
    if not isinstance(value, Range):
        number = np.nan if value is None or isinstance(value, str) else float(value)
        return number, number
    nothing = 0.0 if step > 0 else -np.inf  # a time since an event is not below 0
    low = nothing if value.low is None else value.low
    high = np.inf if value.high is None else float(np.nextafter(value.high, -np.inf))
    return (high, low) if step < 0 else (low, high)
