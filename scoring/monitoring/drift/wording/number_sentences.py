"""What moved about a number, in words: its unit, its median, the shape of its distribution."""

from collections.abc import Sequence

import numpy as np

from scoring.model.calibration import Floats
from scoring.model.population.client_counts import NumberCounts, hide
from scoring.model.schema import Text, currency_of
from scoring.monitoring.drift.drift_report import Movement
from scoring.monitoring.drift.features import Feature
from scoring.monitoring.drift.references import Marginal
from scoring.monitoring.drift.wording.drift_texts import fixed, in_percent, say
from scoring.readable.terms import Range
from scoring.readable.wording import describe_value

_FACTORS = {  # of a wrong unit, with a hint at it
    10.0: "", 12.0: "hint_12", 100.0: "hint_100", 365.25: "hint_365", 1000.0: "hint_1000"
}  # fmt: skip
_FIT = 0.12  # Kolmogorov's distance that a unit error leaves, at most
_MISFIT = 0.4  # and has before, at least
_PROBES = np.linspace(0.02, 0.98, 49)
_SAME_MEDIAN = 0.02  # of the range of the middle half: a smaller difference of medians is not told


def tell_number(
    feature: Feature,
    movements: Sequence[Movement],
    before: NumberCounts,
    now: NumberCounts,
    marginal: Marginal,
    values: Floats,
) -> list[Text | None]:
    """Tell what moved about a feature that is a number; parameters as of ``tell_feature``."""
    known = values[~np.isnan(values)]
    told: list[Text | None] = []
    if {"distribution", "unusual"} & {*movements} and (factor := find_factor(marginal, known)):
        name = next(hint for one, hint in _FACTORS.items() if factor in {one, 1 / one})
        hint = say(name) if name else ""
        return [say("unit", label=feature.label, factor=_factor_text(factor), hint=hint)]
    if "distribution" in movements:
        told.append(_tell_median(feature, before, now, marginal, known))
    if "unusual" in movements and before.usual and len(known):
        share, usual = hide(now.outside) / len(known), describe_value(feature.term, Range(*before.usual, closed=True))
        past = hide(before.outside) / max(before.known(), 1)
        more = share > 1.2 * past > 0
        times = {"times": fixed(share / past, 1)} if more else {}
        if not feature.weighted:
            told.append(
                say(
                    "unusual" if more else "fewer_unusual",
                    label=feature.label,
                    now=in_percent(share),
                    before=in_percent(past),
                    usual=usual,
                    **times,
                )
            )
        elif "distribution" not in movements:
            told.append(_tell_shape(feature, before, now))
    return told


def find_factor(marginal: Marginal, known: Floats) -> float | None:
    """Find a factor of a wrong unit by which all values look multiplied; None if none fits.

    >>> income = np.exp(np.random.default_rng(0).normal(10, 0.5, 2000))
    >>> marginal = Marginal(0.0, np.sort(income), None, {})
    >>> find_factor(marginal, income[:500] / 12), find_factor(marginal, income[:500] * 1.2)
    (0.08333333333333333, None)
    """
    if not len(known) or not len(marginal.values):
        return None
    reference = marginal.quantiles(_PROBES)
    if np.ptp(reference) == 0:
        return None
    if _misfit(reference, known) < _MISFIT:
        return None
    tried = {factor: _misfit(reference, known / factor) for one in _FACTORS for factor in (one, 1 / one)}
    best = min(tried, key=lambda factor: tried[factor])
    return best if tried[best] <= _FIT else None


def _misfit(reference: Floats, values: Floats) -> float:
    """Return the largest difference of the shares below the reference's quantiles."""
    below = np.searchsorted(np.sort(values), reference, side="right") / len(values)
    under = np.searchsorted(np.sort(values), reference, side="left") / len(values)
    return float(np.maximum(np.maximum(under - _PROBES, _PROBES - below), 0).max())


def _factor_text(factor: float) -> Text:
    whole = factor if factor >= 1 else 1 / factor
    number = f"{whole:g}" if whole != 365.25 else "365"
    return Text(en=number if factor >= 1 else f"1/{number}", fr=number if factor >= 1 else f"1/{number}")


def _tell_median(feature: Feature, before: NumberCounts, now: NumberCounts, marginal: Marginal, known: Floats) -> Text:
    if feature.weighted or len(before.counts) <= 2 or not len(known):
        return _tell_shape(feature, before, now)
    low, past, high = marginal.quantiles(np.array([0.25, 0.5, 0.75])).tolist()
    middle = float(np.median(known))
    if feature.whole:
        past, middle = round(past), round(middle)
    term = feature.term
    shown = describe_value(term, past), describe_value(term, middle)
    if abs(middle - past) <= _SAME_MEDIAN * (high - low) or shown[0] == shown[1]:
        return _tell_shape(feature, before, now)
    is_higher = (middle - past) * term.scale > 0
    if currency_of(term.unit) is not None and past * middle > 0:
        percent = f"{100 * abs(middle / past - 1):.0f}"
        change = Text(en=f"{percent}%", fr=f"{percent}\u202f%")
    else:
        change = describe_value(term, abs(middle - past) / term.scale)
    names = ("higher", "lower") if marginal.places is None else ("higher_about", "lower_about")  # of bins only
    return say(names[not is_higher], label=feature.label, change=change, before=shown[0], now=shown[1])


def _tell_shape(feature: Feature, before: NumberCounts, now: NumberCounts) -> Text:
    """Tell which bin gained most clients, and which one lost most."""
    past, shares = (np.array([*map(hide, one.counts)]) / max(one.known(), 1) for one in (before, now))
    if len(past) == 2 and feature.term.unit == "flag":
        both = {"before": in_percent(past[1]), "now": in_percent(shares[1])}
        return say("flag", label=feature.label, **both)
    places = {"up": int(np.argmax(shares - past)), "down": int(np.argmin(shares - past))}
    ends = [None, *before.edges, None]
    names = {
        key: say("bin", n=place + 1)
        if feature.weighted
        else describe_value(feature.term, Range(ends[place], ends[place + 1]))
        for key, place in places.items()
    }
    rates = {f"{key}_before": in_percent(past[place]) for key, place in places.items()}
    rates |= {f"{key}_now": in_percent(shares[place]) for key, place in places.items()}
    return say("shape", label=feature.label, **names, **rates)
