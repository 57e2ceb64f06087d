"""A decision and its explanation as an officer reads them: words, and lengths of bars."""

from dataclasses import dataclass

from scoring.explanation.answer import Contribution, Explanation
from scoring.explanation.counterfactual import Counterfactual
from scoring.model.scorer import Policy, Scores
from scoring.readable.wording import grouped
from scoring.web.negotiation import Language
from scoring.web.pages.gauge import Gauge, gauge
from scoring.web.pages.words import counted, fixed, percent, places_to_tell, words

_MOST_BARS = 8


@dataclass(frozen=True, slots=True)
class Risk:
    """The risk in words, on the scale that is shown.

    Attributes
    ----------
    value, threshold : in per cent.
    sentence : what the value means.
    riskier : how it compares with the known clients.
    band : where cases are to be looked at, in per cent; none where nothing is known.
    end : the right end of the gauge, in per cent; ``ticks`` are its places with their texts.
    """

    calibrated: bool
    value: str
    threshold: str
    sentence: str
    riskier: str
    gauge: Gauge
    band: tuple[str, str] | None
    end: str
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a picture of bars: texts, and the bar's length from -100 to 100."""

    label: str
    value: str
    effect: str
    length: float


def risk_of(explanation: Explanation, policy: Policy, known: Scores, language: Language) -> Risk:
    """Put the risk into words and onto a scale."""
    said = words(language)
    calibrated, threshold = explanation.calibrated_probability, shown_threshold(policy)
    if calibrated is None or policy.calibration is None:
        value, band = explanation.probability, None
        sentence = said["not_calibrated"]
    else:
        value, band = calibrated, policy.review_band
        sentence = said["under_1"] if value < 0.005 else said["out_of_100"].format(n=round(100 * value))
    below = int((known.probability < explanation.probability).sum())
    drawn, places = gauge(value, threshold, band), places_to_tell(value, threshold)
    return Risk(
        calibrated=calibrated is not None,
        value=percent(value, language, places),
        threshold=percent(threshold, language, places),
        sentence=sentence,
        riskier=said["riskier_than"].format(n=counted(below, language), all=counted(len(known.probability), language)),
        gauge=drawn,
        band=None if band is None else (percent(band.low, language), percent(band.high, language)),
        end=percent(drawn.end, language, 0),
        ticks=tuple((place, percent(risk, language, 0)) for place, risk in drawn.ticks),
    )


def shown_threshold(policy: Policy) -> float:
    """Threshold (0-1) on the scale that is shown."""
    return policy.calibration.apply_one(policy.threshold) if policy.calibration else policy.threshold


def reasons_of(explanation: Explanation, language: Language) -> list[Bar]:
    """Reasons for a refusal, each with its weight against the first."""
    heaviest = max((reason.contribution for reason in explanation.reasons), default=1.0)
    return [
        Bar(
            label=getattr(reason.concept, language),
            value=getattr(reason.text, language),
            effect=words(language)["weight"].format(n=round(100 * reason.contribution / heaviest)),
            length=round(100 * reason.contribution / heaviest, 1),
        )
        for reason in explanation.reasons
    ]


def moves_of(explanation: Explanation, language: Language) -> list[Bar]:
    """Tell what moves the risk most, either way, and the rest together."""
    first, rest = explanation.contributions[:_MOST_BARS], explanation.contributions[_MOST_BARS:]
    together = sum(_effect(one) for one in rest)
    widest = max([*(abs(_effect(one)) for one in first), abs(together)], default=0.0) or 1.0
    points = explanation.calibrated_probability is not None
    bars = [
        _bar(getattr(one.label, language), getattr(one.shown, language), _effect(one), widest, points, language)
        for one in first
    ]
    if rest:
        label = words(language)["others"].format(n=len(rest))
        bars.append(_bar(label, "", together, widest, points, language))
    return bars


def _effect(one: Contribution) -> float:
    return one.contribution if one.percentage_points is None else one.percentage_points


def _bar(label: str, value: str, effect: float, widest: float, points: bool, language: Language) -> Bar:
    said = words(language)
    amount = fixed(abs(effect), language, 1 if points else 2)
    if not amount.strip("0.,"):
        return Bar(label, value, said["none"], 0.0)
    sign, verb = ("+", said["raises"]) if effect > 0 else ("−", said["lowers"])
    told = said["points"].format(n=sign + amount) if points else sign + amount
    return Bar(label, value, f"{told} ({verb})", round(100 * effect / widest, 1))


@dataclass(frozen=True, slots=True)
class Change:
    """What would turn a refusal into an acceptance: a sentence, rows of label, before and after, and the risk then."""

    sentence: str
    rows: tuple[tuple[str, str, str], ...]
    risk: str


def change_of(found: Counterfactual | None, policy: Policy, language: Language) -> Change | None:
    """Put a counterfactual into words."""
    if found is None:
        return None
    french = language == "fr"
    rows = tuple(
        (getattr(one.label, language), *(grouped(float(round(value)), french) for value in (one.before, one.after)))
        for one in found.changes
    )
    risk = found.probability if found.calibrated_probability is None else found.calibrated_probability
    places = places_to_tell(risk, shown_threshold(policy))
    return Change(getattr(found.text, language), rows, percent(risk, language, places))
