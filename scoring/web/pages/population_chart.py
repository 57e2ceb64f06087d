"""Compares a client with the known clients: histograms of the numbers that matter most for the risk.

The clients are grouped by outcome if the outcome of enough of them is known, otherwise by decision.
"""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from scoring.explanation.answer import Explanation
from scoring.model.calibration import Floats
from scoring.model.compile import RawRecord
from scoring.model.schema import SchemaField
from scoring.readable.numbers import Language, format_percent
from scoring.readable.terms import make_field_term
from scoring.readable.wording import describe_value
from scoring.web.histogram import count_numbers
from scoring.web.pages.words import load_texts
from scoring.web.routes.population import ScoredSample

_MOST_CHARTS = 3
_MOST_VALUES = 2001  # values kept for each group; shares computed from them are exact to 0.05 %
_FEWEST_CLIENTS = 20  # in each group; a histogram of fewer clients is not reliable


@dataclass(frozen=True, slots=True)
class Distribution:
    """Distribution of one number over the known clients, on the scale that is shown.

    Attributes
    ----------
    edges : of the bins, ascending.
    better, worse : height of each bin's bar, 0-1: the bin's share of the clients of this group, divided by the largest
        such share. The better group are the clients who repaid, or who are accepted.
    values : values of the better and of the worse group, ascending; if there are very many, a sample at evenly
        spaced ranks.
    """

    edges: tuple[float, ...]
    better: tuple[float, ...]
    worse: tuple[float, ...]
    values: tuple[Floats, Floats]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A number of one client compared with that of all others: texts, and places in percent of the drawing's width.

    Attributes
    ----------
    bars : for each bin its place, its width, and the heights (0-1) of its bars of the better and of the worse group.
    place : place of the client; at an end of the scale if the value is outside of it.
    ends : the ends of the scale, in words.
    by_outcome : clients are grouped by outcome, otherwise by decision.
    """

    label: str
    value: str
    sentence: str
    bars: tuple[tuple[float, float, float, float], ...]
    place: float
    ends: tuple[str, str]
    by_outcome: bool


class PopulationChart:
    """Compares a client with all known ones; distributions are cached."""

    def __init__(self) -> None:
        # They go with the sample that they describe.
        self._distributions: WeakKeyDictionary[ScoredSample, dict[str, Distribution | None]] = WeakKeyDictionary()

    def compare_client(
        self, explanation: Explanation, record: RawRecord, population: ScoredSample, language: Language
    ) -> list[Comparison]:
        """Compare the numbers of an application that weigh most in its risk."""
        comparisons: list[Comparison] = []
        by_outcome = _knows_outcomes(population)
        for contribution in explanation["contributions"]:
            field, value = population.features.fields.get(contribution.name), record.get(contribution.name)
            if field is None or field.type == "category" or field.unit == "flag" or not isinstance(value, int | float):
                continue
            if distribution := self._distribution(population, field.name):
                comparisons.append(_compare(field, float(value), distribution, language, by_outcome))
            if len(comparisons) == _MOST_CHARTS:
                break
        return comparisons

    def _distribution(self, sample: ScoredSample, name: str) -> Distribution | None:
        known = self._distributions.setdefault(sample, {})
        if name not in known:
            known[name] = _compute_distribution(sample, name)
        return known[name]


def _compute_distribution(population: ScoredSample, name: str) -> Distribution | None:
    values = make_field_term(population.features.fields[name]).scale * population.values(name)
    if _knows_outcomes(population):
        return compute_distribution(np.where(population.known, values, np.nan), population.defaulted)
    return compute_distribution(values, population.scores.refused)


def _knows_outcomes(population: ScoredSample) -> bool:
    repaid = np.count_nonzero(population.known & ~population.defaulted)
    return bool(min(repaid, np.count_nonzero(population.defaulted)) >= _FEWEST_CLIENTS)


def compute_distribution(values: Floats, worse: NDArray[np.bool_]) -> Distribution | None:
    """Compute a number's distribution by group; None where a group has too few clients.

    Parameters
    ----------
    values : shape (n,), NaN where missing.
    worse : shape (n,), true for the clients of the worse group: those who defaulted, or who are refused.
    """
    known = ~np.isnan(values)
    groups = np.sort(values[known & ~worse]), np.sort(values[known & worse])
    if min(map(len, groups)) < _FEWEST_CLIENTS:
        return None
    counts = count_numbers(values, worse, np.ones(len(values), dtype=bool))
    shares = [np.array(counts[name]) / len(group) for name, group in zip(("accepted", "refused"), groups, strict=True)]
    highest = max(float(share.max()) for share in shares)
    better_bars, worse_bars = (tuple((share / highest).tolist()) for share in shares)
    return Distribution(tuple(counts["edges"]), better_bars, worse_bars, (_thin(groups[0]), _thin(groups[1])))


def _thin(ascending: Floats) -> Floats:
    """Keep only values at evenly spaced ranks if there are very many."""
    if len(ascending) <= _MOST_VALUES:
        return ascending
    return np.take(ascending, np.linspace(0, len(ascending) - 1, _MOST_VALUES).astype(int))


def _compare(
    field: SchemaField, value: float, distribution: Distribution, language: Language, by_outcome: bool
) -> Comparison:
    term = make_field_term(field)
    sentence = load_texts(language)["higher_than_outcomes" if by_outcome else "higher_than"]
    low, high = distribution.edges[0], distribution.edges[-1]
    places = [100 * (edge - low) / (high - low) for edge in distribution.edges]
    client = term.scale * value
    lower = (float(np.searchsorted(group, client)) / len(group) for group in distribution.values)
    better, worse = (format_percent(share, language, 0) for share in lower)
    half = 0.5 if distribution.edges[1] - low == 1.0 and low % 1 else 0.0  # bins are around whole numbers
    ends = low + half, high - half
    left_end, right_end = (getattr(describe_value(term, end / term.scale), language) for end in ends)
    heights = zip(places, places[1:], distribution.better, distribution.worse, strict=False)
    return Comparison(
        label=getattr(field.label, language),
        value=getattr(describe_value(term, value), language),
        sentence=sentence.format(better=better, worse=worse),
        bars=tuple((round(left, 3), round(right - left, 3), up, down) for left, right, up, down in heights),
        place=round(min(max(100 * (client - low) / (high - low), 0.0), 100.0), 3),
        ends=(left_end, right_end),
        by_outcome=by_outcome,
    )
