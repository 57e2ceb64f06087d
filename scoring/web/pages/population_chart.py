"""Where a client stands among the known ones: the weightiest numbers of the application, drawn by outcome."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.explanation.answer import Explanation
from scoring.model.calibration import Floats
from scoring.model.compile import Record
from scoring.model.schema import SchemaField
from scoring.readable.terms import term_of
from scoring.readable.wording import as_shown, shown
from scoring.web.histogram import of_numbers
from scoring.web.negotiation import Language
from scoring.web.pages.words import percent, words
from scoring.web.routes.population import Population

_MOST = 3
_KEPT = 2001  # values of an outcome: shares to 0.05 %
_FEWEST = 20  # clients of an outcome; fewer say nothing


@dataclass(frozen=True, slots=True)
class Spread:
    """How a number is spread over the known clients, as it is shown.

    Attributes
    ----------
    edges : of the bins, ascending.
    accepted, refused : share of the outcome's clients in each bin, against the fullest bin of both (0-1).
    values : of the accepted and of the refused, each ascending; of very many, evenly ranked ones.
    """

    edges: tuple[float, ...]
    accepted: tuple[float, ...]
    refused: tuple[float, ...]
    values: tuple[Floats, Floats]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A number of one client beside the others': texts, and places in per cent of the drawing's width.

    Attributes
    ----------
    bars : of each bin, its place and width, and the heights (0-1) of the accepted and of the refused.
    place : of the client; at an end where the value lies beyond.
    ends : what stands at the ends of the scale, in words.
    """

    label: str
    value: str
    sentence: str
    bars: tuple[tuple[float, float, float, float], ...]
    place: float
    ends: tuple[str, str]


class Beside:
    """Compares clients with all known ones; what does not depend on the client is worked out once."""

    def __init__(self, population: Population) -> None:
        self._population = population
        self._spreads: dict[str, Spread | None] = {}

    def of(self, explanation: Explanation, record: Record, language: Language) -> list[Comparison]:
        """Compare the numbers of an application that weigh most in its risk."""
        fields: Mapping[str, SchemaField] = self._population.fields
        found: list[Comparison] = []
        for one in explanation.contributions:
            field, value = fields.get(one.name), record.get(one.name)
            if field is None or field.type == "category" or field.unit == "flag" or not isinstance(value, int | float):
                continue
            spread = self._spread(field)
            if spread is not None:
                found.append(_compare(field, float(value), spread, language))
            if len(found) == _MOST:
                break
        return found

    def _spread(self, field: SchemaField) -> Spread | None:
        if field.name not in self._spreads:
            values = term_of(field).scale * self._population.values(field.name)
            self._spreads[field.name] = spread_of(values, self._population.scores.refused)
        return self._spreads[field.name]


def spread_of(values: Floats, refused: NDArray[np.bool_]) -> Spread | None:
    """Tell how a number is spread over both outcomes; None where one of them has too few clients.

    Parameters
    ----------
    values : shape (n,), NaN where missing.
    refused : shape (n,).
    """
    known = ~np.isnan(values)
    groups = np.sort(values[known & ~refused]), np.sort(values[known & refused])
    if min(map(len, groups)) < _FEWEST:
        return None
    counted = of_numbers(values, refused, np.ones(len(values), dtype=bool))
    shares = [np.array(counted[name]) / len(group) for name, group in zip(("accepted", "refused"), groups, strict=True)]
    highest = max(float(share.max()) for share in shares)
    accepted, turned_down = (tuple((share / highest).tolist()) for share in shares)
    return Spread(tuple(counted["edges"]), accepted, turned_down, (_thinned(groups[0]), _thinned(groups[1])))


def _thinned(ascending: Floats) -> Floats:
    """Keep evenly ranked values of very many."""
    if len(ascending) <= _KEPT:
        return ascending
    kept: Floats = ascending[np.linspace(0, len(ascending) - 1, _KEPT).astype(int)]
    return kept


def _compare(field: SchemaField, value: float, spread: Spread, language: Language) -> Comparison:
    term = term_of(field)
    low, high = spread.edges[0], spread.edges[-1]
    places = [100 * (edge - low) / (high - low) for edge in spread.edges]
    seen = as_shown(term, value)
    accepted, refused = (float(np.searchsorted(group, seen)) / len(group) for group in spread.values)
    ends = (getattr(shown(term, end / term.scale), language) for end in (low, high))
    sentence = words(language)["higher_than"].format(
        accepted=percent(accepted, language, 0), refused=percent(refused, language, 0)
    )
    heights = zip(places, places[1:], spread.accepted, spread.refused, strict=False)
    return Comparison(
        label=getattr(field.label, language),
        value=getattr(shown(term, value), language),
        sentence=sentence,
        bars=tuple((round(left, 3), round(right - left, 3), up, down) for left, right, up, down in heights),
        place=round(min(max(100 * (seen - low) / (high - low), 0.0), 100.0), 3),
        ends=(next(ends), next(ends)),
    )
