"""Monotone bins of one field and the weight of evidence of each.

Weight of evidence is ``ln(share of all defaults in the bin / share of all goods in the bin)``: above 0 where
clients default more often than all clients on average, so that a higher value is always riskier.

Source: Siddiqi (2006), Credit Risk Scorecards, chapter 6, with the opposite sign; Navas-Palencia (2020), Optimal
binning: mathematical programming formulation, arXiv 2001.08025, implemented by optbinning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats
from scoring.model.plan import BinnedColumn, GroupedColumn
from scoring.model.preprocessor import Binning, Direction, Thin

USUAL = Binning()
_MISSING, _UNSEEN, _FIRST_GROUP = 0, 1, 2
_PREBINS = 20  # bins of a first tree; the optimisation joins some of them
_MOST = 8  # bins of a field, not counting missing values
_FEWEST = 10  # clients of either outcome in a bin of a number, however small the table
SMALLEST = 0.01  # least share of all clients in a bin of a number
_DEFAULTS = 0.03  # the same of all defaults, so that bins of safe clients, who have few defaults, are wide enough too
_RARE = 100  # a category with fewer clients counts as unseen
# Clients of average risk that are added to missing values and to each group of categories. They pull the weight of a
# group with few clients towards 0, which is neutral; without any client the weight is 0.
_PRIOR = 50.0


@dataclass(frozen=True)
class BinnedField:
    """A field or a derived number in bins.

    Attributes
    ----------
    column : how the weight of evidence is computed from the value.
    information : information value: sum over bins of (share of defaults - share of goods) * weight of evidence.
    """

    column: BinnedColumn | GroupedColumn
    information: float


def weight_of_evidence(defaults: Floats, goods: Floats, prior: Floats | float = 0.0) -> Floats:
    """Weight of evidence of all bins of a field, shape (bins,).

    Parameters
    ----------
    defaults, goods : shape (bins,), clients of each outcome.
    prior : clients with the default rate of all bins together that are added to each bin.

    >>> weight_of_evidence(np.array([30.0, 10]), np.array([30.0, 90])).round(4).tolist()  # ln 3, ln(1/3)
    [1.0986, -1.0986]
    >>> weight_of_evidence(np.array([40.0, 0]), np.array([120.0, 0]), prior=50).tolist()
    [0.0, 0.0]
    """
    all_defaults, all_goods = float(defaults.sum()), float(goods.sum())
    whole = all_defaults + all_goods
    weights: Floats = np.log((defaults / all_defaults + prior / whole) / (goods / all_goods + prior / whole))
    return weights


def bin_number(
    name: str, values: Floats, target: NDArray[Any], weights: Floats | None = None, binning: Binning = USUAL
) -> BinnedField:
    """Bin a number so that the default rate only rises, or only falls, from bin to bin.

    A number that does not separate defaults gets a single bin of weight 0.

    Parameters
    ----------
    values : shape (n,), NaN is missing.
    target : shape (n,), 0 or 1, both present.
    weights : shape (n,), how often each client counts; once by default.
    binning : how bins are found.
    """
    counted = np.ones(len(values)) if weights is None else weights
    absent = np.isnan(values)
    levels, rank = np.unique(values[~absent], return_inverse=True)
    fewest = max(_FEWEST, int(_DEFAULTS * counted[target == 1].sum()))
    smallest, known = SMALLEST * float(counted.sum()), ~absent
    cuts = _cuts(rank, target[known], counted[known], smallest, fewest, binning.max_pvalue)
    edges = [shortest_between(float(levels[cut]), float(levels[cut + 1])) for cut in cuts]
    return weigh_bins(name, values, target, counted, edges, thin=binning.thin)


def weigh_bins(
    name: str,
    values: Floats,
    target: NDArray[Any],
    counted: Floats,
    edges: Sequence[float],
    direction: Direction = "any",
    missing_weight: float | None = None,
    thin: Thin = "own",
) -> BinnedField:
    """Compute the weight of evidence of given bins of a number.

    Neighbouring bins that contradict the direction get the weight of both together. A bin with few clients of one
    outcome is pulled towards 0.

    Parameters
    ----------
    values : shape (n,), NaN is missing.
    target : shape (n,), 0 or 1, both present.
    counted : shape (n,), how often each client counts.
    edges : ascending, as in ``BinnedColumn``.
    missing_weight : of missing values; by default computed.
    thin : the weight of few missing values, as in ``Binning``.

    Source: Barlow et al. (1972), Statistical Inference under Order Restrictions: pool adjacent violators.
    """
    place = np.searchsorted(edges, values, side="right")
    place[np.isnan(values)] = len(edges) + 1
    defaults, goods = _counts(place, target, counted, len(edges) + 2)
    prior = np.where(np.minimum(defaults, goods) < _FEWEST, _PRIOR, 0.0)
    prior[-1] = _PRIOR
    evidence = weight_of_evidence(defaults, goods, prior if edges else prior + 1)
    evidence[0] = evidence[0] if edges else 0.0
    if direction != "any":
        evidence[:-1] = _pool(evidence[:-1], defaults, goods, prior, rises=direction == "increasing")
    evidence[-1] = _weigh_missing(-1, evidence, defaults, goods, missing_weight, thin)
    *values_of_bins, missing = evidence.tolist()
    column = BinnedColumn(name=name, source=name, edges=tuple(edges), values=tuple(values_of_bins), missing=missing)
    return BinnedField(column, _information(evidence, defaults, goods))


def bin_category(
    name: str, texts: NDArray[Any], target: NDArray[Any], weights: Floats | None = None, binning: Binning = USUAL
) -> BinnedField:
    """Group categories of similar default rate.

    Parameters
    ----------
    texts : shape (n,), objects, None is missing.
    target : shape (n,), 0 or 1, both present.
    weights : shape (n,), how often each client counts; once by default.
    binning : how groups are found.
    """
    counted = np.ones(len(texts)) if weights is None else weights
    known = np.array([text is not None for text in texts], dtype=bool)
    levels, code = np.unique(texts[known].astype(str), return_inverse=True)
    sizes = np.bincount(code, counted[known], minlength=len(levels))
    group = np.full(len(levels), _UNSEEN)
    frequent = sizes >= _RARE
    if frequent.any():
        shown = frequent[code]
        texts_shown, of = levels[code[shown]], (target[known][shown], counted[known][shown])
        groups = _groups(texts_shown, *of, levels[frequent], binning.max_pvalue)
        group[frequent] = groups + _FIRST_GROUP
    places = {str(level): int(g) for level, g in zip(levels, group, strict=True) if g != _UNSEEN}
    return _weigh_groups(name, texts, target, counted, places, thin=binning.thin)


def weigh_groups(
    name: str,
    texts: NDArray[Any],
    target: NDArray[Any],
    counted: Floats,
    groups: Sequence[Sequence[str]],
    missing_weight: float | None = None,
    thin: Thin = "own",
) -> BinnedField:
    """Compute the weight of evidence of given groups of categories; parameters as for ``weigh_bins``."""
    places = {text: number + _FIRST_GROUP for number, group in enumerate(groups) for text in group}
    return _weigh_groups(name, texts, target, counted, places, missing_weight, thin)


def _weigh_groups(
    name: str,
    texts: NDArray[Any],
    target: NDArray[Any],
    counted: Floats,
    places: Mapping[str, int],
    missing_weight: float | None = None,
    thin: Thin = "own",
) -> BinnedField:
    place = np.array([_MISSING if text is None else places.get(str(text), _UNSEEN) for text in texts], dtype=np.intp)
    defaults, goods = _counts(place, target, counted, max(places.values(), default=_UNSEEN) + 1)
    evidence = weight_of_evidence(defaults, goods, _PRIOR)
    evidence[_UNSEEN] = 0.0
    evidence[_MISSING] = _weigh_missing(_MISSING, evidence, defaults, goods, missing_weight, thin)
    column = GroupedColumn(
        name=name,
        source=name,
        values={text: float(evidence[group]) for text, group in places.items()},
        missing=float(evidence[_MISSING]),
        unseen=0.0,
    )
    return BinnedField(column, _information(evidence, defaults, goods))


def _weigh_missing(
    place: int, evidence: Floats, defaults: Floats, goods: Floats, given: float | None, thin: Thin
) -> float:
    """Weigh the bin of missing values at a place; it is thin if it has fewer clients than a bin of a number has."""
    own, whole = float(evidence[place]), float(defaults.sum() + goods.sum())
    if given is not None or thin == "own":
        return own if given is None else given
    fewest = max(_FEWEST, int(_DEFAULTS * defaults.sum()))
    enough = defaults[place] >= fewest and goods[place] >= _FEWEST
    if enough and defaults[place] + goods[place] >= SMALLEST * whole:
        return own
    return max(own, 0.0) if thin == "riskier" else 0.0


def _cuts(
    rank: NDArray[Any],
    target: NDArray[Any],
    counted: Floats,
    smallest: float,
    defaults: int,
    max_pvalue: float,
) -> list[int]:
    """Find the ranks after which a bin ends; a bin has at least ``smallest`` clients and ``defaults`` defaults."""
    enough = min(counted[target == 1].sum() / defaults, counted[target == 0].sum() / _FEWEST) >= 2
    if counted.sum() < 2 * max(smallest, 1) or not enough:
        return []
    split = partial(_split, rank, target, counted, smallest, defaults, max_pvalue)
    found = split("auto_asc_desc")
    if not len(found):
        # A few noisy first bins make optbinning guess the wrong direction; then everything is one bin.
        rises = np.cov(rank, target, aweights=counted)[0, 1] >= 0
        found = split("ascending" if rises else "descending")
    return [int(np.floor(split)) for split in found]


def _split(
    rank: NDArray[Any],
    target: NDArray[Any],
    counted: Floats,
    smallest: float,
    defaults: int,
    max_pvalue: float,
    trend: str,
) -> NDArray[Any]:
    from optbinning import OptimalBinning

    # On ranks, because the first tree rounds its input to single precision.
    found = OptimalBinning(
        max_n_prebins=_PREBINS,
        min_prebin_size=smallest / float(counted.sum()),
        max_n_bins=_MOST,
        min_bin_n_event=defaults,
        min_bin_n_nonevent=_FEWEST,
        monotonic_trend=trend,
        max_pvalue=max_pvalue,
        random_state=0,
    )
    return np.asarray(found.fit(rank.astype(float), target, counted).splits)


def _groups(
    texts: NDArray[Any], target: NDArray[Any], counted: Floats, levels: NDArray[Any], max_pvalue: float
) -> NDArray[np.intp]:
    """Find the group that each of the levels belongs to, from 0."""
    if len(levels) < 2 or len(np.unique(target)) < 2:
        return np.zeros(len(levels), dtype=np.intp)
    from optbinning import OptimalBinning

    found = OptimalBinning(
        dtype="categorical",
        max_n_prebins=_PREBINS,
        min_prebin_size=min(0.5, _RARE / float(counted.sum())),
        max_n_bins=_MOST,
        max_pvalue=max_pvalue,
        random_state=0,
    ).fit(texts, target, counted)
    return np.asarray(found.transform(levels, metric="indices"), dtype=np.intp)


def _pool(evidence: Floats, defaults: Floats, goods: Floats, prior: Floats, rises: bool) -> Floats:
    """Pool neighbouring bins until the weights only rise, or only fall; the last bin is that of missing values."""
    from sklearn.isotonic import isotonic_regression

    all_defaults, all_goods = defaults.sum(), goods.sum()
    share = prior[:-1] / (all_defaults + all_goods)
    bad, good = defaults[:-1] + share * all_defaults, goods[:-1] + share * all_goods
    rates = isotonic_regression(bad / (bad + good), sample_weight=bad + good, increasing=rises)
    pooled: Floats = np.log(rates / (1 - rates)) - np.log(all_defaults / all_goods)
    return evidence if np.allclose(pooled, evidence) else pooled


def _counts(place: NDArray[Any], target: NDArray[Any], counted: Floats, bins: int) -> tuple[Floats, Floats]:
    defaults = np.bincount(place[target == 1], counted[target == 1], minlength=bins).astype(float)
    goods = np.bincount(place[target == 0], counted[target == 0], minlength=bins).astype(float)
    return defaults, goods


def _information(weights: Floats, defaults: Floats, goods: Floats) -> float:
    return float(np.sum((defaults / defaults.sum() - goods / goods.sum()) * weights))


def shortest_between(low: float, high: float) -> float:
    """Find the decimal with the fewest digits above ``low`` and not above ``high``, near the middle.

    >>> shortest_between(0.5214, 0.5377), shortest_between(-1213.0, -1212.0)
    (0.53, -1212.0)
    """
    middle = low + (high - low) / 2
    for digits in range(1, 17):
        short = float(f"{middle:.{digits}g}")
        if low < short <= high:
            return short
    return high
