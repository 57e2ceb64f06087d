"""Tests of drift that know both samples' sizes, and leave a tolerated shift in peace.

Sources: the distribution of PSI without drift, (1/n + 1/m) times chi-squared with one degree of freedom less than bins:
B. Yurdakul, J. Naranjo, "Statistical properties of the population stability index", Journal of Risk Model Validation
14 (4), 2020. Noncentral chi-squared under a shift of a given size: A. Agresti, Categorical Data Analysis, section 6.6.
Kolmogorov's distance of binned numbers is at most that of the numbers, so that its test is conservative.
"""

from collections.abc import Sequence
from itertools import combinations
from math import sqrt
from typing import NamedTuple

import numpy as np
from scipy.special import kolmogorov
from scipy.stats import chi2, fisher_exact, mannwhitneyu, ncx2, norm, rankdata

from scoring.model.calibration import Floats

_FEWEST_EXPECTED = 5.0  # clients of the smaller sample in a bin, if nothing had drifted; bins with fewer are joined
_MOST_JOINT = 6000  # clients of either sample that the joint test takes
_RIDGE = 20.0
_CLEARLY_NONE = 0.2  # a p-value from which the exact one, which takes long, would change nothing


class Tolerance(NamedTuple):
    """Shifts that count as none, of which a larger one must be significant to be an alarm.

    Attributes
    ----------
    psi : population stability index.
    distance : Kolmogorov's distance, 0-1: the largest difference of the shares below any one value.
    rate : difference of shares, 0-1, of missing values, new categories and refusals.
    unusual : difference of the shares of unusual values.
    auc : by which telling the samples apart may exceed one half.
    """

    psi: float = 0.02
    distance: float = 0.03
    rate: float = 0.01
    unusual: float = 0.0002
    auc: float = 0.01

    def times(self, factor: float) -> "Tolerance":
        """Return the tolerance for shifts ``factor`` times as large; PSI grows with the square of a shift.

        >>> Tolerance().times(2)
        Tolerance(psi=0.08, distance=0.06, rate=0.02, unusual=0.0004, auc=0.02)
        """
        return Tolerance(
            self.psi * factor**2, self.distance * factor, self.rate * factor, self.unusual * factor, self.auc * factor
        )


class Distribution(NamedTuple):
    """Two counts of the same bins compared.

    Attributes
    ----------
    psi : population stability index of the joined bins.
    noise : the PSI that two samples of these sizes exceed at the given level although nothing has drifted.
    p_value : that the shift is no larger than tolerated.
    """

    psi: float
    noise: float
    p_value: float


def compare_bins(
    reference: Sequence[int], current: Sequence[int], tolerated: float, level: float, *, ordered: bool
) -> Distribution:
    """Compare two samples by bins: Pearson's chi-squared of the two rows, which PSI approaches, and PSI itself.

    Parameters
    ----------
    reference, current : clients in each bin.
    tolerated : a PSI.
    ordered : the bins are those of a number; only neighbours are joined.

    >>> same = compare_bins([100, 100, 100], [50, 50, 50], 0.0, 0.05, ordered=True)
    >>> same.psi, round(same.noise, 4), round(same.p_value, 2)
    (0.0, 0.0599, 1.0)
    >>> moved = compare_bins([500, 500], [300, 700], 0.02, 0.05, ordered=True)
    >>> round(moved.psi, 3), moved.p_value < 0.001  # 0.2 * ln(0.7 / 0.5) + 0.2 * ln(0.5 / 0.3) = 0.169
    (0.169, True)
    """
    table = np.array([reference, current], dtype=np.float64)
    table = _join_rare(table if ordered else table[:, np.argsort(-table.sum(axis=0), kind="stable")])
    sizes = table.sum(axis=1)
    if table.shape[1] < 2 or not sizes.all():
        return Distribution(0.0, 0.0, 1.0)
    bins, scale = table.shape[1], sizes.prod() / sizes.sum()
    shares = (table + 0.5) / (sizes[:, None] + 0.5 * bins) if (table == 0).any() else table / sizes[:, None]
    psi = float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    expected = np.outer(sizes, table.sum(axis=0)) / sizes.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    p_value = exceeding(statistic, bins - 1, tolerated * scale)
    return Distribution(psi, float(chi2.isf(level, bins - 1) / scale), p_value)


def exceeding(statistic: float, freedom: int, noncentrality: float) -> float:
    """Return the probability that a noncentral chi-squared number exceeds a statistic.

    >>> round(exceeding(3.841459, 1, 0.0), 4), exceeding(1e6, 9, 20.0)
    (0.05, 0.0)
    >>> exceeding(6.3e-10, 1, 17672.0)
    1.0
    """
    if noncentrality <= 0:
        return float(chi2.sf(statistic, freedom))
    if statistic > 20 * (freedom + noncentrality) + 2000:  # far beyond what the series can compute
        return 0.0
    if statistic < freedom + noncentrality - 2 * sqrt(40 * (freedom + 2 * noncentrality)):
        return 1.0  # but for exp(-40) at most: Birgé (2001), An alternative point of view on Lepski's method, lemma 8.1
    return float(np.clip(np.nan_to_num(ncx2.sf(statistic, freedom, noncentrality)), 0, 1))


def _join_rare(table: Floats) -> Floats:
    """Join each bin with the next until both rows would have five clients in it if they did not differ."""
    sizes, total = table.sum(axis=1), table.sum()
    if total == 0:
        return table
    least = _FEWEST_EXPECTED * total / max(sizes.min(), 1.0)
    joined: list[Floats] = []
    for column in table.T:
        if joined and joined[-1].sum() < least:
            joined[-1] = joined[-1] + column
        else:
            joined.append(column)
    if len(joined) > 1 and joined[-1].sum() < least:
        joined[-2:] = [joined[-2] + joined[-1]]
    return np.array(joined).T


def compare_distances(reference: Sequence[int], current: Sequence[int], tolerated: float) -> tuple[float, float]:
    """Return Kolmogorov's distance of two binned samples, and the p-value that it is no larger than tolerated.

    >>> distance, p_value = compare_distances([500, 500], [300, 700], 0.03)
    >>> round(distance, 3), p_value < 0.001
    (0.2, True)
    """
    one, other = (np.cumsum(counts, dtype=np.float64) for counts in (reference, current))
    m, n = one[-1], other[-1]
    if not m or not n:
        return 0.0, 1.0
    distance = float(np.abs(one / m - other / n).max())
    return distance, float(kolmogorov(max(distance - tolerated, 0.0) * sqrt(m * n / (m + n))))


def compare_rates(reference: int, m: int, current: int, n: int, tolerated: float) -> float | None:
    """Return the p-value that two shares differ by no more than tolerated; None where neither sample has a case.

    The larger of Fisher's exact p-value, for no difference at all, and of the normal one beyond the tolerated one;
    above 0.2, the normal one alone.

    >>> round(compare_rates(10, 1000, 40, 1000, 0.0), 6), round(compare_rates(10, 1000, 40, 1000, 0.01), 3)
    (1.9e-05, 0.002)
    """
    both = reference + current
    if both in {0, m + n} or not m or not n:
        return None
    share = both / (m + n)
    variance = share * (1 - share) * (1 / m + 1 / n)
    difference = current / n - reference / m
    normal = exceeding(difference**2 / variance, 1, tolerated**2 / variance)
    if normal > _CLEARLY_NONE:
        return normal
    return max(normal, float(fisher_exact([[reference, m - reference], [current, n - current]]).pvalue))


class Joint(NamedTuple):
    """Whether two samples can be told apart by all features together.

    Attributes
    ----------
    auc : of telling them apart, on clients that were held out; 0.5 if they cannot be.
    p_value : that they cannot be.
    """

    auc: float
    p_value: float


def compare_jointly(reference: Floats, current: Floats, tolerated: float = 0.0, seed: int = 0) -> Joint:
    """Learn to tell two samples apart on one half of the clients, and test it on the other half.

    The learner is a ridge regression on the features' ranks and all products of two of them, so that it sees features
    that go together in another way. Without drift, the held-out clients of both samples are exchangeable whatever was
    learned: the Mann-Whitney test of their scores has exactly its level (D. Lopez-Paz, M. Oquab, "Revisiting
    classifier two-sample tests", ICLR 2017).

    Parameters
    ----------
    reference, current : shapes (m, features) and (n, features), NaN where missing.
    tolerated : by how much the AUC may exceed one half.
    """
    draws = np.random.default_rng(seed)
    size = min(len(reference), len(current), _MOST_JOINT)
    chosen = [one[draws.permutation(len(one))[:size]] for one in (reference, current)]
    rows = spread_evenly(np.vstack(chosen))
    rows = rows[:, rows.std(axis=0) > 0]
    side = np.repeat([-1.0, 1.0], size)
    pairs = list(combinations(range(rows.shape[1]), 2))
    rows = np.column_stack([rows, *(rows[:, i] * rows[:, j] for i, j in pairs)])
    spread = rows.std(axis=0)
    rows = (rows - rows.mean(axis=0))[:, spread > 1e-9] / spread[spread > 1e-9]
    learning = np.tile(draws.permutation(size) < size // 2, 2)
    learned = rows[learning]
    # the ridge is so strong that the many products, most of them noise, do not drown the few that differ
    penalty = _RIDGE * sqrt(len(learned)) + rows.shape[1]
    weights = np.linalg.solve(learned.T @ learned + penalty * np.eye(rows.shape[1]), learned.T @ side[learning])
    scores = rows[~learning] @ weights
    known = side[~learning] > 0
    tested = mannwhitneyu(scores[known], scores[~known], alternative="greater", method="asymptotic")
    each = int(known.sum())
    auc = float(tested.statistic) / each**2
    error = sqrt((2 * each + 1) / (12 * each**2))
    return Joint(auc, max(float(tested.pvalue), float(norm.sf((auc - 0.5 - tolerated) / error))))


def spread_evenly(rows: Floats) -> Floats:
    """Replace each column by its ranks, from -1 to 1; missing values become 0.

    >>> spread_evenly(np.array([[10.0], [1e9], [np.nan], [20.0]]))[:, 0].tolist()
    [-0.6666666666666667, 0.6666666666666667, 0.0, 0.0]
    """
    spread = np.zeros_like(rows)
    for place, column in enumerate(rows.T):
        known = ~np.isnan(column)
        if known.any():
            spread[known, place] = 2 * (rankdata(column[known]) - 0.5) / known.sum() - 1
    return spread
