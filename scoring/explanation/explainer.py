"""Explains decisions: everything that does not depend on the client is made once, none of it at a request."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy.special import expit

from scoring.explanation.answer import NO_APPLICATION, NO_CHANGE, NO_LEVERS, NO_SCHEMA, Contribution, Explanation, Level
from scoring.explanation.contributions import Contributions, Explainer, explainer, mean_client
from scoring.explanation.counterfactual import Counterfactual, Levers
from scoring.explanation.reasons import Reason, find_reasons
from scoring.explanation.typical import Typical, typical_client
from scoring.model.calibration import Floats
from scoring.model.compile import Record
from scoring.model.decision import Decision
from scoring.model.manifest import Manifest
from scoring.model.schema import Text
from scoring.model.scorer import Scorer
from scoring.readable.concepts import in_words
from scoring.readable.terms import Known, Range, Term, read_back, read_values, terms_of
from scoring.readable.wording import remembering


class Explanations:
    """Explains decisions of one model; everything that does not depend on the client is made once."""

    def __init__(self, scorer: Scorer, manifest: Manifest | None) -> None:
        self._scorer = scorer
        self._manifest = manifest
        self._terms = _terms(scorer, manifest)
        self._say = remembering()
        places = [term.columns for term in self._terms]
        self.explainer: Explainer = explainer(scorer.probability_of_default, places, _means(scorer, manifest))
        self._typical: Typical | None = None
        if manifest is not None:
            self._levers = Levers(manifest.plan, manifest.input_schema, scorer)
            medians = np.array([manifest.reference[name].deciles[5] for name in manifest.features])
            self._typical = typical_client(manifest.plan, self._terms, manifest.input_schema, manifest.typical, medians)
            self._usual = self.explainer.of(self._typical.row[None, :]).terms[0]

    def of(self, rows: Floats, records: Sequence[Record | None], decisions: Sequence[Decision]) -> list[Explanation]:
        """Explain n decisions.

        Parameters
        ----------
        rows : model-ready, shape (n, features).
        records : the raw applications; None where only the row is known. A field that a record lacks is read off
            the row, one that is None is missing.
        decisions : about the rows.
        """
        found = self.explainer.of(rows)
        return [self._one(found, i, rows[i], records[i], decision) for i, decision in enumerate(decisions)]

    def beside(self, name: str) -> tuple[tuple[int, ...], Floats]:
        """Columns of a term, and the typical client's values there; raises KeyError where reasons are not given."""
        term = next((one for one in self._terms if one.name == name), None)
        if term is None or self._typical is None:
            raise KeyError(name)
        return term.columns, self._typical.row[list(term.columns)]

    def _one(
        self, found: Contributions, place: int, row: Floats, record: Record | None, decision: Decision
    ) -> Explanation:
        terms, base = found.terms[place], self._level(float(found.base[place]))
        values = self._values(row, record)
        refused = decision.decision == "REFUSED"
        reasons: tuple[Reason, ...] = ()
        if refused and self._typical is not None:
            holds = self._holds(row, self._typical)
            reasons = find_reasons(self._terms, (terms - self._usual).tolist(), values, self._typical, holds, self._say)
        action, notes = self._action(row, record) if refused else (None, ())
        compared = self._typical.accepted if reasons and self._typical else None
        return Explanation(
            **dict(decision),
            method=self.explainer.method,
            exact=self.explainer.exact,
            error=found.error,
            base_value=base,
            contributions=self._contributions(terms, base, values),
            compared_with=None if compared is None else "accepted clients" if compared else "all clients",
            reasons=reasons,
            counterfactual=action,
            notes=notes,
        )

    def _action(self, row: Floats, record: Record | None) -> tuple[Counterfactual | None, tuple[Text, ...]]:
        if self._manifest is None:
            return None, (NO_SCHEMA, NO_APPLICATION)
        if not self._levers.moves:
            return None, (NO_LEVERS,)
        if record is None:
            return None, (NO_APPLICATION,)
        action = self._levers.smallest(row, record)
        return action, () if action else (NO_CHANGE,)

    def _values(self, row: Floats, record: Record | None) -> dict[str, Known]:
        numbers = row.tolist()
        if self._manifest is None:
            return {term.name: numbers[term.columns[0]] for term in self._terms}
        plan = self._manifest.plan
        told = read_values(plan, record) if record is not None else {}
        return {
            term.name: told[term.name] if term.name in told else read_back(plan, term, numbers) for term in self._terms
        }

    def _holds(self, row: Floats, typical: Typical) -> Callable[[Term], bool]:
        """Whether a term's value is riskier than the typical one, in the client's own row and in the typical one."""

        def holds(term: Term) -> bool:
            if self.explainer.additive:  # then its contribution says so
                return True
            places = list(term.columns)
            rows = np.vstack([row, row, typical.row, typical.row])
            rows[1, places], rows[3, places] = typical.row[places], row[places]
            own, without, usual, alone = self._scorer.probability_of_default(rows)
            return bool(own > without and alone > usual)

        return holds

    def _contributions(self, terms: Floats, base: Level, values: Mapping[str, Known]) -> tuple[Contribution, ...]:
        slope = self._scorer.policy.calibration.slope if self._scorer.policy.calibration else None
        points = self._points(float(terms.sum()), base)
        order = np.argsort(-np.abs(terms), kind="stable")
        told = []
        for i in order.tolist():
            term, amount = self._terms[i], float(terms[i])
            value = values[term.name]
            told.append(
                Contribution(
                    name=term.name,
                    label=term.label,
                    concept=in_words(term.concept, term.label),
                    value=None if isinstance(value, Range) else value,
                    unit=term.unit,
                    shown=self._say(term, value),
                    contribution=amount,
                    calibrated_log_odds=None if slope is None else slope * amount,
                    percentage_points=None if points is None else points * amount,
                )
            )
        return tuple(told)

    def _level(self, odds: float) -> Level:
        calibration = self._scorer.policy.calibration
        if calibration is None:
            return Level(log_odds=odds, calibrated_log_odds=None, calibrated_probability=None)
        calibrated = calibration.intercept + calibration.slope * odds
        return Level(log_odds=odds, calibrated_log_odds=calibrated, calibrated_probability=float(expit(calibrated)))

    def _points(self, total: float, base: Level) -> float | None:
        """Percentage points of the displayed risk for each unit of log-odds, between the base value and the client."""
        if base.calibrated_probability is None:
            return None
        end = self._level(base.log_odds + total).calibrated_probability or 0.0
        if abs(total) > 1e-9:
            return 100 * (end - base.calibrated_probability) / total
        slope = self._scorer.policy.calibration.slope if self._scorer.policy.calibration else 0.0
        return 100 * slope * end * (1 - end)


def _terms(scorer: Scorer, manifest: Manifest | None) -> tuple[Term, ...]:
    if manifest is not None:
        return terms_of(manifest.plan, manifest.input_schema, manifest.readable)
    return tuple(
        Term(name, Text(en=name, fr=name), None, name, (i,), frozenset({name}))
        for i, name in enumerate(scorer.features)
    )


def _means(scorer: Scorer, manifest: Manifest | None) -> Floats:
    means = mean_client(scorer.probability_of_default)
    if means is None and manifest is not None:
        means = np.array([manifest.reference[name].mean for name in manifest.features])
    return np.zeros(len(scorer.features)) if means is None else means
