"""What moved, in words, in both languages; never a value of few clients."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats
from scoring.model.population.client_counts import FEWEST, Counts, NumberCounts, TextCounts, hide
from scoring.model.schema import Text
from scoring.monitoring.drift.drift_report import BinShares, Effect, Movement
from scoring.monitoring.drift.drift_statistics import spread_evenly
from scoring.monitoring.drift.features import Feature
from scoring.monitoring.drift.references import OTHERS, Marginal
from scoring.monitoring.drift.wording.drift_texts import fixed, in_percent, in_points, join, list_texts, say
from scoring.monitoring.drift.wording.number_sentences import tell_number
from scoring.readable.terms import Range, Term, group_into_terms
from scoring.readable.wording import describe_value
from scoring.validation.figures import Model

RISK = Term("risk", Text(en="Risk", fr="Risque"), "share", "risk")
_SMALL = 0.0005  # an effect that is not told, as a share
_ALL = 0.995
_MOST_CATEGORIES = 8
_MOST_NAMES = 3


def tell_feature(
    feature: Feature,
    movements: Sequence[Movement],
    counts: tuple[Counts, Counts],
    marginal: Marginal,
    values: NDArray[Any],
) -> Text:
    """Tell what moved about a feature.

    Parameters
    ----------
    counts : of the reference, and of the current clients.
    marginal : the feature in the reference; ``values`` has the current clients'.
    """
    told: list[Text | None] = []
    before, now = counts
    share = hide(now.missing) / len(values)
    if "missing" in movements or share >= _ALL:
        past = hide(before.missing) / max(before.missing + before.known(), 1)
        both = {"before": in_percent(past), "now": in_percent(share)}
        told.append(say("lost" if share >= _ALL > past else "missing", label=feature.label, **both))
    if share < _ALL:
        if isinstance(before, NumberCounts) and isinstance(now, NumberCounts):
            told += tell_number(feature, movements, before, now, marginal, values)
        elif isinstance(before, TextCounts) and isinstance(now, TextCounts):
            told += _tell_text(feature, movements, before, now, values)
    return join(*told)


def _tell_text(
    feature: Feature, movements: Sequence[Movement], before: TextCounts, now: TextCounts, values: NDArray[Any]
) -> list[Text | None]:
    told: list[Text | None] = []
    past, shares = _text_shares(before), _text_shares(now)
    change = {name: shares.get(name, 0.0) - share for name, share in past.items() if name != OTHERS}
    down = min(change, key=lambda name: change[name], default=None)
    if "unseen" in movements:
        told.append(_tell_unseen(feature, past, shares, before, values))
        if down is not None and now.counts[down] / max(now.known(), 1) < 0.2 * past[down]:
            old = _name(feature.term, down)
            told.append(say("renamed", old=old, old_before=in_percent(past[down]), old_now=in_percent(shares[down])))
    elif "distribution" in movements and down is not None:
        up = max(change, key=lambda name: change[name])
        ends = {
            key: in_percent(of[name])
            for key, of, name in (
                ("up_before", past, up), ("up_now", shares, up), ("down_before", past, down), ("down_now", shares, down)
            )
        }  # fmt: skip
        names = {"up": _name(feature.term, up), "down": _name(feature.term, down)}
        told.append(say("mix", label=feature.label, **names, **ends))
    return told


def _tell_unseen(
    feature: Feature, past: Mapping[str, float], shares: Mapping[str, float], before: TextCounts, values: NDArray[Any]
) -> Text:
    new = Counter(str(one) for one in values.tolist() if one is not None and str(one) not in before.counts)
    named = [name for name, count in new.most_common(_MOST_NAMES) if count >= FEWEST]
    quoted = Text(
        en=": " + ", ".join(f"“{one}”" for one in named), fr=", ".join(f"«\u00a0{one}\u00a0»" for one in named)
    )
    names = Text(en=quoted.en, fr=f"\u00a0: {quoted.fr}") if named else Text(en="", fr="")
    rates = {"before": in_percent(past.get(OTHERS, 0.0)), "now": in_percent(shares.get(OTHERS, 0.0))}
    return say("unseen", label=feature.label, names=names, **rates)


def _text_shares(counts: TextCounts) -> dict[str, float]:
    known = max(counts.known(), 1)
    return {name: hide(count) / known for name, count in [*counts.counts.items(), (OTHERS, counts.others)]}


def _name(term: Term, category: str) -> Text:
    return term.texts.get(category) or Text(en=f"“{category}”", fr=f"«\u00a0{category}\u00a0»")


def tell_effect(feature: Feature, effect: Effect | None, labels: Mapping[str, Text]) -> Text | None:
    """Tell what a feature's drift does to decisions; None if it was not measured.

    Parameters
    ----------
    labels : readable names of the features that moved.
    """
    if not feature.reads:
        return say("effect_none")
    if effect is None:
        return None
    size = "small" if abs(effect.refusal_rate) < _SMALL else "up" if effect.refusal_rate > 0 else "down"
    others = list_texts([labels[name] for name in effect.together_with])
    with_others = "_with" if effect.together_with else ""
    told = say(f"effect_{size}{with_others}", points=in_points(abs(effect.refusal_rate)), others=others)
    if abs(effect.calibrated_probability) < _SMALL:
        return told
    return join(told, say("effect_risk", risk=in_points(effect.calibrated_probability, signed=True)))


def tell_score(before: float, now: float, *, alone: bool) -> Text:
    """Tell how the score moved, from mean calibrated probabilities, and whether nothing that the model reads did."""
    is_shape = abs(now - before) < 0.002
    told = say("score_shape" if is_shape else "score", before=in_percent(before), now=in_percent(now))
    return join(told, say("alone") if alone else None)


def tell_refusals(before: float, now: float) -> Text:
    """Tell how the refusal rate moved, 0-1."""
    return say("refusals", before=in_percent(before), now=in_percent(now))


def tell_joint(model: Model, reference: Floats, current: Floats, auc: float, *, alone: bool) -> Text:
    """Tell that relations of features have changed, and of which two most of all; rows are model-ready.

    Parameters
    ----------
    alone : no feature that the model reads has moved by itself.
    """
    manifest = model.manifest
    before, now = (_correlate(rows) for rows in (reference, current))
    change = np.abs(np.triu(now - before, 1))
    one, other = np.unravel_index(int(np.argmax(change)), change.shape)
    terms = group_into_terms(manifest.plan, manifest.input_schema, manifest.readable)
    labels = {place: term.label for term in terms for place in term.columns}
    pair = {"first": labels[int(one)], "second": labels[int(other)]}
    ends = {"before": fixed(float(before[one, other])), "now": fixed(float(now[one, other]))}
    told = say("joint_alone" if alone else "joint", auc=fixed(auc), half=fixed(0.5))
    return join(told, say("joint_pair", **pair, **ends) if change[one, other] > 0.02 else None)


def _correlate(rows: Floats) -> Floats:
    spread = spread_evenly(rows)
    spread = spread - spread.mean(axis=0)
    length = np.sqrt((spread**2).sum(axis=0))
    length[length == 0] = 1.0
    found: Floats = (spread / length).T @ (spread / length)
    return found


def list_shares(term: Term, before: Counts, now: Counts, *, weighted: bool) -> tuple[BinShares, ...]:
    """List the shares of known values by bin, for a plot; one to four clients in a bin are shown as none."""
    if isinstance(before, NumberCounts) and isinstance(now, NumberCounts):
        ends = [None, *before.edges, None]
        labels = [
            Text(en=str(place), fr=str(place)) if weighted else describe_value(term, Range(low, high))
            for place, (low, high) in enumerate(pairwise(ends), start=1)
        ]
        pairs: list[tuple[Text, int, int]] = list(zip(labels, before.counts, now.counts, strict=True))
    elif isinstance(before, TextCounts) and isinstance(now, TextCounts):
        shown = list(before.counts)[:_MOST_CATEGORIES]
        rest = [
            sum(one.counts.values()) + one.others - sum(one.counts[name] for name in shown) for one in (before, now)
        ]
        pairs = [(_name(term, name), before.counts[name], now.counts[name]) for name in shown]
        if any(rest):
            pairs.append((say("bin_other"), rest[0], rest[1]))
    m, n = (max(one.known(), 1) for one in (before, now))
    return tuple(
        BinShares(label=label, reference=hide(one) / m, current=hide(other) / n) for label, one, other in pairs
    )
