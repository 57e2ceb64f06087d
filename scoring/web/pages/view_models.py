"""A decision and its explanation in words, with the lengths of the bars that a template draws."""

from dataclasses import dataclass
from itertools import count
from typing import Literal

from scoring.explanation.answer import ConceptContribution, Contribution, Explanation
from scoring.explanation.contract import Contract
from scoring.model.calibration import Scaling
from scoring.model.decision import AppliedRule
from scoring.model.scorer import Policy, ReviewBand
from scoring.policy.telling import tell_rule
from scoring.readable.numbers import (
    Language,
    decimals_to_distinguish,
    format_amount,
    format_count,
    format_fixed,
    format_number,
    format_percent,
    with_currency,
)
from scoring.web.pages.words import load_texts
from scoring.web.routes.population import ScoredSample

_MOST_BARS = 8
_LOWEST = 0.01  # if a smaller share of the known clients has a lower risk, the risk is called one of the lowest
_ENDS = (0.2, 0.4, 0.6, 0.8, 1.0)  # right ends of a gauge to choose from; a quarter of each is a round number
_WORD_WIDTH = 25.0  # percent of the width of a gauge that a word needs


@dataclass(frozen=True, slots=True)
class Gauge:
    """A scale with a risk and the threshold; places are in percent of the width, from 0 to 100.

    Attributes
    ----------
    end : risk (0-1) at the right end.
    value, threshold : places of the risk and of the threshold.
    band : places where the review band begins and ends; None without a band.
    ticks : pairs of a place and its risk (0-1).
    """

    end: float
    value: float
    threshold: float
    band: tuple[float, float] | None
    ticks: tuple[tuple[float, float], ...]

    @property
    def fits_words(self) -> tuple[bool, bool]:
        """Whether a word fits to the left of the threshold, and whether one fits to the right."""
        return self.threshold >= _WORD_WIDTH, 100 - self.threshold >= _WORD_WIDTH


@dataclass(frozen=True, slots=True)
class Risk:
    """A decision and its risk in words, on the scale that is shown, as ``verdict.html`` draws them.

    Attributes
    ----------
    verified : the threshold follows from the costs in a manifest; else it was configured.
    pointers : places (0-100) of risks on the gauge, with their texts; the first is emphasised.
    value, threshold : percentages.
    sentence : what the value means.
    riskier : a sentence that says how many known clients have a lower risk.
    band : low and high end of the review band; None where the model has none.
    end : the right end of the gauge; ``ticks`` are its places (0-100) with their texts.
    by : what decided in the model's place: ``rule`` or ``chance``; empty if the model's decision is valid.
    by_rule : a rule asks for a review.
    """

    refused: bool
    review: bool | None
    verified: bool
    calibrated: bool
    value: str
    threshold: str
    sentence: str
    riskier: str
    gauge: Gauge
    pointers: tuple[tuple[float, str], ...]
    band: tuple[str, str] | None
    end: str
    ticks: tuple[tuple[float, str], ...]
    by: Literal["", "rule", "chance"] = ""
    by_rule: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a bar chart: texts, and the bar's length from -100 to 100; ``parts`` have a label and a value each.

    ``score`` has the score points of a scorecard, in words; empty for any other model.
    """

    label: str
    parts: tuple[tuple[str, str], ...]
    effect: str
    length: float
    score: str = ""


@dataclass(frozen=True, slots=True)
class ReasonBar:
    """A reason for a refusal: its texts, and the bar of its weight with a length from 0 to 100."""

    concept: str
    text: str
    remedy: str | None
    detail: str
    weight: str
    length: float


@dataclass(frozen=True, slots=True)
class Change:
    """What would turn a refusal into an acceptance.

    Attributes
    ----------
    rows : the parts of the contract, each with a label, its value before and its value after; empty if time alone
        changes the decision.
    risk : after the change.
    """

    sentence: str
    rows: tuple[tuple[str, str, str], ...]
    risk: str


def build_risk(
    explanation: Explanation,
    policy: Policy,
    population: ScoredSample | None,
    language: Language,
    *,
    verified: bool = True,
) -> Risk:
    """Write the risk of a decision in words, and place it on a gauge.

    Parameters
    ----------
    population : the known clients to compare with; None for a caller who may not see them.
    """
    texts = load_texts(language)
    calibrated, threshold = explanation["calibrated_probability"], display_threshold(policy)
    if calibrated is None or policy.calibration is None:
        value, band, sentence = explanation["probability"], None, texts["not_calibrated"]
    else:
        value, band = calibrated, policy.review_band
        of_100 = round(100 * value)
        said = "under_1" if value < 0.005 else "out_of_100_one" if of_100 == 1 else "out_of_100"
        sentence = texts[said].format(n=of_100)
    gauge, places = build_gauge(value, threshold, band), _count_decimals(value, policy)
    shown = format_percent(value, language, places)
    return Risk(
        refused=explanation["decision"] == "REFUSED",
        review=explanation["review"],
        verified=verified,
        calibrated=calibrated is not None,
        value=shown,
        threshold=format_percent(threshold, language, places),
        sentence=sentence,
        riskier=_rank(explanation["probability"], population, language) if population else "",
        gauge=gauge,
        pointers=((gauge.value, texts["this_client"].format(value=shown)),),
        band=None
        if band is None
        else (format_percent(band.low, language, places), format_percent(band.high, language, places)),
        end=format_percent(gauge.end, language, 0),
        ticks=tuple((place, format_percent(risk, language, 0)) for place, risk in gauge.ticks),
        by=find_decider(explanation),
        by_rule=any(one.outcome == "review" for one in _list_rules(explanation)),
    )


def _rank(probability: float, population: ScoredSample, language: Language) -> str:
    """Say how many known clients have a lower risk; empty if there are no clients."""
    others = population.scores.probability
    if not len(others):
        return ""
    lower = int((others < probability).sum())
    among_lowest = lower < _LOWEST * len(others)
    if population.total == len(others):
        ranked = "lowest_risk" if among_lowest else "riskier_than"
    else:
        ranked = "lowest_risk_sampled" if among_lowest else "riskier_than_sampled"
    counts = {"n": lower, "all": len(others), "known": population.total}
    return load_texts(language)[ranked].format(**{name: format_count(one, language) for name, one in counts.items()})


def find_decider(explanation: Explanation) -> Literal["", "rule", "chance"]:
    """Return what decided in the model's place; empty if the model's decision is valid."""
    if explanation["policy"] is not None and explanation["policy"].exploration:
        return "chance"
    return "rule" if any(one.outcome == "refused" for one in _list_rules(explanation)) else ""


def _list_rules(explanation: Explanation) -> tuple[AppliedRule, ...]:
    return explanation["policy"].rules if explanation["policy"] else ()


def build_rules(explanation: Explanation, language: Language, currency: str = "") -> list[tuple[str, str, str]]:
    """Write the rules of the policy that apply or could not be checked: what each does, its text and its code."""
    texts = load_texts(language)

    def write(one: AppliedRule) -> str:
        if one.outcome is not None:
            return texts[f"rule_{one.outcome}"]
        if one.limit is None:
            return texts["rule_nothing"]
        return texts["rule_limit"].format(limit=with_currency(format_amount(one.limit, language), currency, language))

    return [(write(one), getattr(tell_rule(one), language), one.code) for one in _list_rules(explanation)]


def build_gauge(risk: float, threshold: float, band: ReviewBand | None = None) -> Gauge:
    """Choose a scale on which risk and threshold can both be seen.

    >>> gauge = build_gauge(0.05, 0.1)
    >>> gauge.end, gauge.value, gauge.threshold
    (0.4, 12.5, 25.0)
    """
    wanted = max(2 * threshold, 1.1 * risk)
    end = next((end for end in _ENDS if end > wanted), 1.0)
    places = None if band is None else (_place(band.low, end), _place(band.high, end))
    ticks = tuple((25.0 * i, end * i / 4) for i in range(5))
    return Gauge(end, _place(risk, end), _place(threshold, end), places, ticks)


def _place(risk: float, end: float) -> float:
    return round(min(100 * risk / end, 100.0), 3)


def display_threshold(policy: Policy) -> float:
    """Threshold (0-1) on the scale that is shown."""
    return policy.calibration.apply_one(policy.threshold) if policy.calibration else policy.threshold


def _count_decimals(risk: float, policy: Policy) -> int:
    """Count the decimals with which a shown risk never reads like the threshold or an end of the review band."""
    band = policy.review_band if policy.calibration else None
    return decimals_to_distinguish(risk, display_threshold(policy), *((band.low, band.high) if band else ()))


def build_reasons(explanation: Explanation, language: Language) -> list[ReasonBar]:
    """Write the reasons for a refusal, each with its weight relative to the heaviest."""
    heaviest = max((reason.contribution for reason in explanation["reasons"]), default=1.0)
    bars = []
    for reason in explanation["reasons"]:
        weight = 100 * reason.contribution / heaviest
        bars.append(
            ReasonBar(
                concept=getattr(reason.concept, language),
                text=getattr(reason.text, language),
                remedy=getattr(reason.remedy, language) if reason.remedy else None,
                detail=getattr(reason.detail, language),
                weight=load_texts(language)["weight"].format(n=round(weight)),
                length=round(weight, 1),
            )
        )
    return bars


def build_contributions(explanation: Explanation, language: Language) -> list[Bar]:
    """Write the largest contributions to the risk by concept.

    One more bar has the sum of all other concepts. Enough concepts are shown that this bar is never the longest.
    """
    values = {one.name: _describe_part(one, language) for one in explanation["contributions"]}
    concepts = explanation["concepts"]
    effects = [_effect(one) for one in concepts]
    shown = next(n for n in count(_MOST_BARS) if abs(sum(effects[n:])) <= max(map(abs, effects), default=0.0))
    rows = [
        (getattr(one.concept, language), tuple(values[name] for name in one.names), one.points, effect)
        for one, effect in zip(concepts[:shown], effects, strict=False)
    ]
    if concepts[shown:]:
        others = load_texts(language)["others"].format(n=len(concepts) - shown)
        parts = tuple(values[name] for one in concepts[shown:] for name in one.names)
        points = None if explanation["points"] is None else sum(one.points or 0 for one in concepts[shown:])
        rows.append((others, parts, points, sum(effects[shown:])))
    widest = max((abs(effect) for *_, effect in rows), default=0.0) or 1.0
    in_points = explanation["calibrated_probability"] is not None
    return [
        Bar(
            label,
            parts,
            *_describe_effect(effect, 100 * effect / widest, in_points, language),
            _score(points, language),
        )
        for label, parts, points, effect in rows
    ]


def _describe_part(one: Contribution, language: Language) -> tuple[str, str]:
    """Return a term's label and the client's value, with its score points if there are any."""
    shown, score = getattr(one.shown, language), _score(one.points, language)
    return getattr(one.label, language), f"{shown} · {score}" if score else shown


def _score(points: int | None, language: Language) -> str:
    return "" if points is None else load_texts(language)["score_part"].format(n=format_count(points, language))


def build_score(explanation: Explanation, scaling: Scaling, language: Language) -> str:
    """Write the score of a scorecard and what its points mean; empty for any other model."""
    if explanation["points"] is None:
        return ""
    meaning = {"base": scaling.base_score, "odds": scaling.base_odds, "double": scaling.double_odds}
    numbers = {name: format_number(number, language) for name, number in meaning.items()}
    return load_texts(language)["score_is"].format(n=format_count(explanation["points"], language), **numbers)


def _effect(one: ConceptContribution) -> float:
    return one.contribution if one.percentage_points is None else one.percentage_points


def _describe_effect(effect: float, length: float, in_points: bool, language: Language) -> tuple[str, float]:
    """Return an effect in words and the length of its bar; an effect that is rounded to zero has no bar."""
    texts = load_texts(language)
    amount = format_fixed(abs(effect), language, 1 if in_points else 2)
    if not amount.strip("0.,"):
        return texts["none"], 0.0
    amount = ("+" if effect > 0 else "−") + amount
    if in_points:
        amount = texts["points"].format(n=amount)
    return f"{amount} ({texts['raises' if effect > 0 else 'lowers']})", round(length, 1)


def build_change(explanation: Explanation, policy: Policy, language: Language, currency: str = "") -> Change | None:
    """Write an action or a wait in words; ``currency`` is that of the credit."""
    offer, present = explanation["counterfactual"], explanation["contract"]
    found = offer or explanation["waiting"]
    if found is None:
        return None
    rows = () if offer is None or present is None else build_contract(present, offer.contract, language, currency)
    risk = found.probability if found.calibrated_probability is None else found.calibrated_probability
    return Change(getattr(found.text, language), rows, format_percent(risk, language, _count_decimals(risk, policy)))


def build_contract(
    before: Contract, after: Contract, language: Language, currency: str = ""
) -> tuple[tuple[str, str, str], ...]:
    """Write the known parts of a contract next to those of another one.

    >>> now = Contract(credit=12000.0, instalment=1111.61, months=12, yearly_rate=0.2)
    >>> build_contract(now, now.model_copy(update={"credit": 6000.0, "instalment": 555.8}), "en")[1:]
    (('Instalment', '1,111.61', '555.80'), ('Number of instalments', '12', '12'), ('Yearly rate', '20.0%', '20.0%'))
    """
    texts = load_texts(language)

    def write(name: str) -> tuple[str, str, str]:
        was, becomes = (_write_part(name, getattr(one, name), language, currency) for one in (before, after))
        return texts[f"contract_{name}"], was, becomes

    return tuple(write(name) for name in Contract.model_fields if getattr(before, name) is not None)


def _write_part(name: str, value: float, language: Language, currency: str) -> str:
    if name == "yearly_rate":
        return format_percent(value, language)
    if name == "months":
        return format_count(value, language)
    return with_currency(format_fixed(value, language, 2), currency, language)
