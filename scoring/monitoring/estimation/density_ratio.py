"""Weights that make the reference clients resemble the current ones.

The density ratio is log-linear in features of the clients, and chosen so that the weighted reference has the current
clients' means of all features. It is the exponential tilt of Tsuboi et al. (2009), Direct Density Ratio Estimation for
Large-scale Covariate Shift Adaptation, known in other fields as entropy balancing (Hainmueller, 2012). A weighted mean
of outcomes is right if either the log density ratio or the probability of default is linear in the features (Zhao and
Percival, 2017, Entropy Balancing is Doubly Robust).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.model.calibration import Floats
from scoring.monitoring.estimation.shared_cells import FEWEST_REFERENCE, Cells

_MOST_FEATURES = 100
_DIFFERS = 3.0  # standardised chi-squared; a column below it is balanced already
_MOST_STEPS = 60
_SMALLEST_STEP = 1e-8
_STEPS_OF_A_RESAMPLE = 3  # of Newton's method, from the parameters of the whole reference


@dataclass(frozen=True)
class DensityRatio:
    """A fitted density ratio.

    Attributes
    ----------
    features : shape (n, d), of the reference, minus the current clients' means.
    parameters : shape (d,).
    inverse : shape (d, d), inverse curvature at ``parameters``.
    ridge : penalty of the squared parameters.
    balanced : names of the columns whose difference the weights remove.
    """

    features: Floats
    parameters: Floats
    inverse: Floats
    ridge: float
    balanced: tuple[str, ...]

    def weights(self) -> Floats:
        """Weights of the reference clients, shape (n,), with the mean 1."""
        weights: Floats = _tilt(self.features, self.parameters[None], np.ones((1, len(self.features))))[0]
        return weights

    def of_resamples(self, counts: Floats) -> Floats:
        """Fit the ratio again on resamples of the reference; return their weights times the counts.

        Parameters
        ----------
        counts : shape (b, n), how often each client was drawn.

        Returns
        -------
        Shape (b, n); each row's sum is n.
        """
        parameters = np.tile(self.parameters, (len(counts), 1))
        for _ in range(_STEPS_OF_A_RESAMPLE):
            means = _tilt(self.features, parameters, counts) @ self.features / len(self.features)
            parameters -= (means + self.ridge * parameters) @ self.inverse
        return _tilt(self.features, parameters, counts)


def fit_density_ratio(score: Cells, columns: Sequence[Cells]) -> DensityRatio:
    """Fit the density ratio on the score, and on those columns in which the two populations differ most.

    Parameters
    ----------
    score : cells of the log-odds.
    columns : what else is known about both populations.
    """
    here, there = _features(score)
    features, current, balanced = [here], [there], []
    width = here.shape[1]
    for cells in sorted(columns, key=Cells.difference, reverse=True):
        if cells.difference() < _DIFFERS:
            break
        here, there = _features(cells)
        if here.shape[1] and width + here.shape[1] <= _MOST_FEATURES:
            features.append(here)
            current.append(there)
            balanced.append(cells.column)
            width += here.shape[1]
    means = np.concatenate([part.mean(axis=0) for part in current])
    ridge = 1 / len(score.reference) + 1 / len(score.current)
    return _fit(np.hstack(features) - means, ridge, tuple(balanced))


def _features(cells: Cells) -> tuple[Floats, Floats]:
    """Features of the reference and of the current clients, shapes (n, f) and (m, f).

    A 0/1 column for each cell with enough reference clients, but the largest cell; and the position of a number.
    """
    counts = cells.counts()[0]
    kept = [one for one in np.flatnonzero(counts >= FEWEST_REFERENCE) if one != counts.argmax()]
    marked = [
        (codes[:, None] == np.array(kept, dtype=np.intp)[None, :]).astype(float)
        for codes in (cells.reference, cells.current)
    ]
    if cells.position is not None:
        marked = [np.column_stack([part, place]) for part, place in zip(marked, cells.position, strict=True)]
    return marked[0], marked[1]


def _tilt(features: Floats, parameters: Floats, counts: Floats) -> Floats:
    """Weights, shape (b, n), of parameters of shape (b, d); each row's sum is n."""
    logs = parameters @ features.T
    logs -= logs.max(axis=1, keepdims=True)
    weights: Floats = counts * np.exp(logs)
    weights *= len(features) / weights.sum(axis=1, keepdims=True)
    return weights


def _fit(features: Floats, ridge: float, balanced: tuple[str, ...]) -> DensityRatio:
    """Minimise ``log mean exp(features @ parameters) + ridge / 2 * |parameters|^2`` by Newton's method."""
    parameters = np.zeros(features.shape[1])
    loss = _loss(features, parameters, ridge)
    once = np.ones((1, len(features)))
    for _ in range(_MOST_STEPS):
        shares = _tilt(features, parameters[None], once)[0] / len(features)
        means = shares @ features
        curvature = (features * shares[:, None]).T @ features - np.outer(means, means)
        inverse = np.linalg.inv(curvature + ridge * np.eye(len(parameters)))
        step = inverse @ (means + ridge * parameters)
        while (tried := _loss(features, parameters - step, ridge)) > loss + 1e-10 * max(abs(loss), 1.0):
            step /= 2
        parameters, loss = parameters - step, tried
        if np.abs(step).max() <= _SMALLEST_STEP:
            break
    return DensityRatio(features, parameters, inverse, ridge, balanced)


def _loss(features: Floats, parameters: Floats, ridge: float) -> float:
    logs = features @ parameters
    top = logs.max()
    return float(top + np.log(np.exp(logs - top).mean()) + ridge / 2 * parameters @ parameters)
