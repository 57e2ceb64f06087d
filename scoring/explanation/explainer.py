"""Explains decisions. Everything that does not depend on the client is made once, when the model is loaded."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import expit

from scoring.explanation import answer
from scoring.explanation.answer import ConceptContribution, Contribution, Explanation, Level
from scoring.explanation.bulk_reasons import BulkReasons, LabelledReasons, tabulate_reasons
from scoring.explanation.contract import Contract
from scoring.explanation.contributions import Contributions, choose_method, find_mean_client
from scoring.explanation.counterfactual import MOST_INSTALMENT, CounterfactualSearch, Search
from scoring.explanation.heaviest import HeaviestConcepts, Weight
from scoring.explanation.reasons import Reason, Typical, find_reasons, make_typical_client
from scoring.explanation.waiting import WaitingSearch
from scoring.model.calibration import Floats
from scoring.model.compile import RawRecord
from scoring.model.decision import Decision
from scoring.model.manifest import Manifest
from scoring.model.schema import Text
from scoring.model.scorer import Scorer
from scoring.readable.points import Points, make_points
from scoring.readable.terms import Range, Term, TermValue, collect_values, group_into_terms, recover_value
from scoring.readable.wording import cache_descriptions, name_concept

if TYPE_CHECKING:
    from scoring.policy.judge import Judge

_NO_MOVE = 1e-9  # log-odds
_HEAVIEST = 2  # number of concepts that are named if nothing helps


class Explainer:
    """Explains decisions of one model.

    Parameters
    ----------
    most_instalment : the largest instalment to which a counterfactual may lead, as a share of the income.

    Attributes
    ----------
    method : how contributions are computed.
    typical : the typical client, with whom refused clients are compared; None for a model without a manifest.
    """

    def __init__(self, scorer: Scorer, manifest: Manifest | None, most_instalment: float = MOST_INSTALMENT) -> None:
        self._scorer = scorer
        self._calibration = scorer.policy.calibration
        self._manifest = manifest
        self._terms = _list_terms(scorer, manifest)
        self._describe = cache_descriptions()
        reference, who = _mean_client(scorer, manifest), "the mean training client"
        self.typical: Typical | None = None
        self._points: Points | None = None  # of a scorecard
        self._history: tuple[Term, ...] = ()
        if manifest is not None:
            plan, schema = manifest.plan, manifest.input_schema
            fields = {field.name for field in schema.fields}
            self._history = tuple(term for term in self._terms if term.fields.isdisjoint(fields))
            self._points = make_points(plan, scorer.probability_of_default, manifest.calibration, manifest.scaling)
            self._search = CounterfactualSearch(plan, schema, scorer, most_instalment, manifest.refits)
            self._waiting = WaitingSearch(plan, schema, manifest.readable, self._terms, scorer)
            medians = np.array([manifest.reference[name].deciles[5] for name in manifest.features])
            self.typical = make_typical_client(plan, self._terms, schema, manifest.typical, medians)
            reference = self.typical.row
            who = "the typical accepted client" if self.typical.accepted else "the typical client"
        places = [term.columns for term in self._terms]
        self.method = choose_method(scorer.probability_of_default, places, reference, who)
        self._heaviest = HeaviestConcepts(self._terms)

    def explain(
        self,
        rows: Floats,
        records: Sequence[RawRecord | None],
        decisions: Sequence[Decision],
        judge: "Judge | None" = None,
    ) -> list[Explanation]:
        """Explain n decisions.

        Parameters
        ----------
        rows : model-ready, shape (n, features).
        records : the raw applications; None where only the row is known. If a record does not have a field, its value
            is recovered from the row; a field that is None is missing.
        decisions : the decisions to explain, one for each row.
        judge : applies the lender's policy to changed applications; None without a policy.

        Returns
        -------
        The explanations, in the order of the rows.
        """
        found = self.method.compute(rows)
        return [
            self._explain_one(found, i, rows[i], records[i], decision, judge) for i, decision in enumerate(decisions)
        ]

    def weigh_concepts(self, rows: Floats) -> list[tuple[Weight, ...]] | None:
        """Find the concepts that weigh most against n clients, as numbers; None if contributions take too long.

        Reasons in words may leave out some of these concepts, if a client's value and the typical value are the same in
        words.

        Parameters
        ----------
        rows : model-ready, shape (n, features).
        """
        if self.typical is None or not self.method.exact:
            return None
        return self._heaviest.find(self._contribute(rows))

    def make_bulk_reasons(self) -> BulkReasons | None:
        """Make the object that finds reasons of many refused clients; None if contributions take too long."""
        if self._manifest is None or self.typical is None or not self.method.exact:
            return None

        def find_one(row: Floats) -> tuple[Reason, ...]:
            return self._reasons(self.method.compute(row[None, :]).terms[0], row, self._values(row, None), ())

        tabulated = None
        if self.method.additive:
            plan = self._manifest.plan
            tabulated = tabulate_reasons(plan, self._terms, self.typical, self._contribute, self._describe, find_one)
        return tabulated or LabelledReasons(self._terms, self._contribute)

    def _contribute(self, rows: Floats) -> Floats:
        """Each term's contribution, compared with the typical client; shape (n, terms), in log-odds."""
        return self.method.compute(rows).terms

    def _explain_one(
        self,
        found: Contributions,
        place: int,
        row: Floats,
        record: RawRecord | None,
        decision: Decision,
        judge: "Judge | None",
    ) -> Explanation:
        contributions, base = found.terms[place], self._level(float(found.base[place]))
        values = self._values(row, record)
        refused = decision["decision"] == "REFUSED"
        by_model = refused and decision["prediction"] == 1  # a rule of the policy has its own text instead
        reasons = self._reasons(contributions, row, values, self._find_recorded(record)) if by_model else ()
        slope = self._calibration.slope if self._calibration else None
        points = self._points_per_unit(float(contributions.sum()), base)
        listed = self._list_contributions(contributions, slope, points, values, row)
        contract = self._search.read_contract(record) if self._manifest and record is not None else None
        action = limits = waiting = None
        notes: tuple[Text, ...] = ()
        if refused:
            (action, limits), notes = self._find_action(row, record, contract, decision, judge)
        if by_model and not action and record is not None and self._manifest:
            waiting = self._waiting.find_shortest(row, record, values, self._describe)
            if waiting and judge and not self._waiting.is_accepted(waiting, record, judge):
                waiting = None
            notes = (*notes, *_tell_weight(reasons)) if waiting is None else notes
        compared: Literal["accepted clients", "all clients"] | None = None
        if self.typical:
            compared = "accepted clients" if self.typical.accepted else "all clients"
        return Explanation(
            **decision,
            method=self.method.description,
            exact=self.method.exact,
            error=found.error,
            base_value=base,
            contributions=listed,
            concepts=_group_by_concept(listed, slope, points),
            points=_add_points(listed),
            compared_with=compared,
            reasons=reasons,
            contract=contract,
            counterfactual=action,
            limits=limits,
            waiting=waiting,
            notes=notes,
        )

    def _find_action(
        self,
        row: Floats,
        record: RawRecord | None,
        contract: Contract | None,
        decision: Decision,
        judge: "Judge | None",
    ) -> tuple[Search, tuple[Text, ...]]:
        nothing = Search(None, None)
        changeable = [field.name for field in self._search.fields.values()] if self._manifest else []
        if judge and (rule := judge.find_fixed(decision["policy"], changeable)):
            return nothing, (answer.tell_fixed(rule),)
        if self._manifest is None:
            return nothing, (answer.NO_APPLICATION, answer.NO_SCHEMA)  # a letter gives the first, under "change"
        if not self._search.possible:
            return nothing, (answer.NOTHING_CHANGEABLE,)
        if record is None:
            return nothing, (answer.NO_APPLICATION,)
        found = nothing if contract is None else self._search.find_smallest(row, record, contract, judge)
        if found.limits is None:
            return found, (answer.NOT_TRIED,)
        currency = self._manifest.input_schema.currency
        return found, () if found.action else (answer.tell_limits(found.limits, currency),)

    def _values(self, row: Floats, record: RawRecord | None) -> dict[str, TermValue]:
        numbers = row.tolist()
        if self._manifest is None:
            found = ((term.name, numbers[term.columns[0]]) for term in self._terms)
            return {name: None if math.isnan(number) else number for name, number in found}
        plan = self._manifest.plan
        given = collect_values(plan, record) if record is not None else {}
        return {
            term.name: given[term.name] if term.name in given else recover_value(plan, term, numbers)
            for term in self._terms
        }

    def _find_recorded(self, record: RawRecord | None) -> frozenset[str]:
        """Find the history features that come from the client's stored history: those that the record does not have."""
        if record is None:
            return frozenset()
        return frozenset(term.name for term in self._history if term.fields.isdisjoint(record))

    def _reasons(
        self, contributions: Floats, row: Floats, values: Mapping[str, TermValue], recorded: Collection[str]
    ) -> tuple[Reason, ...]:
        if self.typical is None:
            return ()
        typical = self.typical.row

        def is_riskier(term: Term) -> bool:
            """Whether the client's value gives a higher risk than the typical value.

            This must be so in the client's row (with its own and with the typical value), and also in the typical
            client's row.
            """
            if self.method.additive:  # a positive excess is then enough
                return True
            places = list(term.columns)
            rows = np.vstack([row, row, typical, typical])
            rows[1, places], rows[3, places] = typical[places], row[places]
            own, without, usual, alone = self._scorer.probability_of_default(rows)
            return bool(own > without and alone > usual)

        excess = contributions.tolist()
        return find_reasons(self._terms, excess, values, self.typical, is_riskier, self._describe, recorded=recorded)

    def _list_contributions(
        self,
        contributions: Floats,
        slope: float | None,
        points: float | None,
        values: Mapping[str, TermValue],
        row: Floats,
    ) -> tuple[Contribution, ...]:
        scored = self._points.of_terms(self._terms, row) if self._points else None
        order = np.argsort(-np.abs(contributions), kind="stable")
        listed = []
        for i in order.tolist():
            term, amount = self._terms[i], float(contributions[i])
            value = values[term.name]
            listed.append(
                Contribution(
                    name=term.name,
                    label=term.label,
                    concept=name_concept(term),
                    value=None if isinstance(value, Range) else value,
                    unit=term.unit,
                    shown=self._describe(term, value),
                    contribution=amount,
                    calibrated_log_odds=None if slope is None else slope * amount,
                    percentage_points=None if points is None else points * amount,
                    points=None if scored is None else scored[i],
                )
            )
        return tuple(listed)

    def _level(self, odds: float) -> Level:
        if self._calibration is None:
            return Level(log_odds=odds, calibrated_log_odds=None, calibrated_probability=None)
        calibrated = self._calibration.intercept + self._calibration.slope * odds
        return Level(log_odds=odds, calibrated_log_odds=calibrated, calibrated_probability=float(expit(calibrated)))

    def _points_per_unit(self, total: float, base: Level) -> float | None:
        """Percentage points of the displayed risk for each unit of log-odds, between the base value and the client."""
        if self._calibration is None or base.calibrated_probability is None:
            return None
        end = self._level(base.log_odds + total).calibrated_probability or 0.0
        if abs(total) > _NO_MOVE:
            return 100 * (end - base.calibrated_probability) / total
        return 100 * self._calibration.slope * end * (1 - end)


def _group_by_concept(
    contributions: Sequence[Contribution], slope: float | None, points: float | None
) -> tuple[ConceptContribution, ...]:
    """Add up the contributions of each concept; the largest sum comes first.

    Parameters
    ----------
    slope, points : calibrated log-odds and percentage points for each unit of a contribution; None without calibration.
    """
    concepts: dict[str, Text] = {}
    sums: dict[str, float] = {}
    members: dict[str, list[Contribution]] = {}
    for one in contributions:
        key = one.concept.en
        concepts[key] = one.concept
        sums[key] = sums.get(key, 0.0) + one.contribution
        members.setdefault(key, []).append(one)
    return tuple(
        ConceptContribution(
            concept=concepts[key],
            names=tuple(one.name for one in members[key]),
            contribution=amount,
            calibrated_log_odds=None if slope is None else slope * amount,
            percentage_points=None if points is None else points * amount,
            points=_add_points(members[key]),
        )
        for key, amount in sorted(sums.items(), key=lambda pair: -abs(pair[1]))
    )


def _add_points(contributions: Sequence[Contribution]) -> int | None:
    """Add up score points; None where there are none."""
    points = [one.points for one in contributions if one.points is not None]
    return sum(points) if points else None


def _tell_weight(reasons: Sequence[Reason]) -> tuple[Text, ...]:
    """Name what weighs most, if neither an action of the client nor waiting would help."""
    if not reasons:
        return ()
    heaviest = [reason.concept for reason in reasons[:_HEAVIEST]]
    english, french = (", ".join(_lower(getattr(one, language)) for one in heaviest) for language in ("en", "fr"))
    return (Text(en=answer.MOST_WEIGHT.en.format(concepts=english), fr=answer.MOST_WEIGHT.fr.format(concepts=french)),)


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _list_terms(scorer: Scorer, manifest: Manifest | None) -> tuple[Term, ...]:
    if manifest is not None:
        return group_into_terms(manifest.plan, manifest.input_schema, manifest.readable)
    return tuple(
        Term(name, Text(en=name, fr=name), None, name, (i,), frozenset({name}))
        for i, name in enumerate(scorer.features)
    )


def _mean_client(scorer: Scorer, manifest: Manifest | None) -> Floats:
    means = find_mean_client(scorer.probability_of_default)
    if means is None and manifest is not None:
        means = np.array([manifest.reference[name].mean for name in manifest.features])
    return np.zeros(len(scorer.features)) if means is None else means
