"""The terms of a linear model and their bins, with what was observed in each bin."""

from collections.abc import Mapping, Sequence
from math import log
from typing import NamedTuple

from scoring.model.calibration import Scaling
from scoring.model.manifest import Manifest
from scoring.model.report import BinCounts
from scoring.model.scorer import FusedLogistic, ProbabilityOfDefault
from scoring.readable.points import make_points
from scoring.readable.term_bins import Bin, list_bins
from scoring.readable.terms import Term, group_into_terms

_HALF = 0.5  # client in a bin that has none of one outcome, so that its weight of evidence is finite


class BinRow(NamedTuple):
    """A bin, and what was observed in it; None where that is not known.

    Attributes
    ----------
    share : of all clients, 0-1.
    observed : weight of evidence, ``ln(share of all defaults / share of all repaid credits)``; higher is riskier.
    information : the bin's part of the information value.
    points, exact : rounded and exact points.
    """

    bin: Bin
    clients: int | None
    share: float | None
    defaults: int | None
    default_rate: float | None
    observed: float | None
    information: float | None
    points: int | None
    exact: float | None


class ColumnRow(NamedTuple):
    """A column of a linear model.

    Attributes
    ----------
    coefficient : log-odds of default for each unit of the column.
    bins : empty for a column without bins.
    information : information value; None where counts are not known.
    aucs : of the column alone in each fold; empty where they are not known.
    codes : number of frequent values that have weights of their own; 0 for a quantity and for categories.
    """

    term: Term
    name: str
    coefficient: float
    bins: tuple[BinRow, ...]
    information: float | None
    aucs: tuple[float | None, ...]
    codes: int = 0


def list_columns(
    manifest: Manifest, probability: ProbabilityOfDefault, counts: Mapping[str, BinCounts], scaling: Scaling
) -> tuple[ColumnRow, ...]:
    """List the columns of a linear model, by term; empty for any other model."""
    if not isinstance(probability, FusedLogistic):
        return ()
    plan = manifest.plan
    points = make_points(plan, probability, manifest.calibration, scaling)
    rows = []
    for term in group_into_terms(plan, manifest.input_schema, manifest.readable):
        for place in term.columns:
            column = plan.columns[place]
            bins = list_bins(term, column)
            exact = [points.base + float(points.slopes[place]) * one.weight for one in bins] if points else None
            known = counts.get(column.name)
            if known is not None and len(known.clients) != len(bins):
                known = None
            found = _fill(bins, known, exact)
            information = sum(one.information or 0.0 for one in found) if known else None
            aucs = known.aucs if known else ()
            weight, codes = float(probability.weights[place]), len(getattr(column, "codes", ()))
            rows.append(ColumnRow(term, column.name, weight, found, information, aucs, codes))
    return tuple(rows)


def _fill(bins: Sequence[Bin], known: BinCounts | None, exact: Sequence[float] | None) -> tuple[BinRow, ...]:
    rows = []
    weighed = weigh(known) if known else [(None, None)] * len(bins)
    for i, one in enumerate(bins):
        clients, defaults = (known.clients[i], known.defaults[i]) if known else (None, None)
        rows.append(
            BinRow(
                bin=one,
                clients=clients,
                share=None if clients is None or known is None else clients / max(sum(known.clients), 1),
                defaults=defaults,
                default_rate=defaults / clients if clients and defaults is not None else None,
                observed=weighed[i][0],
                information=weighed[i][1],
                points=None if exact is None else round(exact[i]),
                exact=None if exact is None else exact[i],
            )
        )
    return tuple(rows)


def weigh(counts: BinCounts) -> list[tuple[float | None, float | None]]:
    """Weight of evidence of each bin, and its part of the information value; None for a bin without clients.

    A bin that has none of one outcome counts half a client of it.

    Source: Siddiqi (2006), Credit Risk Scorecards, chapter 6, "Information Value"; the sign is that of risk.

    >>> [(round(weight, 4), round(part, 4)) for weight, part in weigh(BinCounts(clients=(10, 10), defaults=(2, 1)))]
    [(0.3483, 0.0683), (-0.4626, 0.0907)]
    """
    defaults, repaid = sum(counts.defaults), sum(counts.clients) - sum(counts.defaults)
    weighed: list[tuple[float | None, float | None]] = []
    for clients, bad in zip(counts.clients, counts.defaults, strict=True):
        if not clients or not defaults or not repaid:
            weighed.append((None, None))
            continue
        risky, good = max(bad, _HALF) / defaults, max(clients - bad, _HALF) / repaid
        weighed.append((log(risky / good), (risky - good) * log(risky / good)))
    return weighed
