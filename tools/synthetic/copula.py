"""Latent normals to values and back: quantile functions, normal scores, correlations."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from tools.synthetic.parameters import Continuous, LatentModel, Levels

Floats = npt.NDArray[np.float64]
Values = npt.NDArray[Any]  # numbers as float, texts as object
Booleans = npt.NDArray[np.bool_]
Table = dict[str, Values]

# Latents are rounded before use, so that the last bits of a matrix product, which may depend on the
# machine and on the number of threads, never reach a value.
LATENT_DECIMALS = 9


def latent_normals(generator: np.random.Generator, clients: int, model: LatentModel) -> Floats:
    """Draw correlated normals, (clients, factors), standard among the clients whose factor applies."""
    factor = np.linalg.cholesky(model.correlations)
    noise = generator.standard_normal((clients, len(factor)))
    return np.round((noise @ factor.T - model.centres) / model.scales, LATENT_DECIMALS)


def quantile_knots(marginal: Continuous) -> tuple[Floats, Floats]:
    """Return cumulative probabilities and values between which the quantile function is linear.

    A point mass is a flat piece.

    >>> p, x = quantile_knots(Continuous(grid=(0.0, 2.0), atoms=((1.0, 0.5),)))
    >>> [float(v) for v in p], [float(v) for v in x]
    ([0.0, 0.25, 0.75, 1.0], [0.0, 1.0, 1.0, 2.0])
    """
    grid = np.array(marginal.grid)
    atoms = np.array(marginal.atoms).reshape(-1, 2)
    atoms = atoms[np.argsort(atoms[:, 0])]
    steps = np.linspace(0.0, 1.0, len(grid))
    spread = 1.0 - atoms[:, 1].sum()
    below = np.concatenate([[0.0], np.cumsum(atoms[:, 1])])
    grid_p = spread * steps + below[np.searchsorted(atoms[:, 0], grid)]
    atom_p = spread * np.interp(atoms[:, 0], grid, steps) + below[:-1]
    p = np.concatenate([grid_p, atom_p, atom_p + atoms[:, 1]])
    x = np.concatenate([grid, atoms[:, 0], atoms[:, 0]])
    order = np.lexsort((p, x))
    return np.maximum.accumulate(p[order]), x[order]


def from_latents(latents: Floats, marginals: Mapping[str, Continuous | Levels]) -> Table:
    """Turn latent normals, (clients, factors), into one array of values for each factor."""
    table: Table = {}
    for column, (name, marginal) in enumerate(marginals.items()):
        uniform = ndtr(latents[:, column])
        if isinstance(marginal, Continuous):
            table[name] = np.interp(uniform, *quantile_knots(marginal))
        else:
            edges = np.cumsum(marginal.shares)[:-1]
            dtype = object if isinstance(marginal.values[0], str) else float
            table[name] = np.array(marginal.values, dtype=dtype)[np.searchsorted(edges, uniform)]
    return table


def codes(values: Values, marginal: Continuous | Levels) -> Floats:
    """Return numbers in the order of the marginal: texts become positions, unknown ones are missing."""
    if isinstance(marginal, Levels) and isinstance(marginal.values[0], str):
        position = {text: float(number) for number, text in enumerate(marginal.values)}
        return np.array([position.get(text, np.nan) for text in values], dtype=float)
    return np.asarray(values, dtype=float)


def normal_scores(table: Mapping[str, Values], marginals: Mapping[str, Continuous | Levels]) -> Floats:
    """Return the normal score of each value's mid rank, (clients, factors); missing where not applicable."""
    columns = []
    for name, marginal in marginals.items():
        numbers = codes(table[name], marginal)
        known = ~np.isnan(numbers)
        score = np.full(len(numbers), np.nan)
        score[known] = ndtri((rankdata(numbers[known]) - 0.5) / max(known.sum(), 1))
        columns.append(score)
    return np.column_stack(columns)


def pairwise_correlations(scores: Floats) -> tuple[Floats, Floats]:
    """Return the correlations over the clients that have both values, and how many these are.

    Both are (factors, factors); a correlation is zero where either value is constant among them.

    >>> r, n = pairwise_correlations(np.array([[1.0, 2.0], [2.0, 4.0], [3.0, np.nan]]))
    >>> float(r[0, 1].round(6)), int(n[0, 1])
    (1.0, 2)
    """
    known = (~np.isnan(scores)).astype(float)
    filled = np.nan_to_num(scores)
    count = known.T @ known
    size = np.maximum(count, 1.0)
    mean = filled.T @ known / size
    mean_square = (filled**2).T @ known / size
    spread = np.sqrt(np.maximum(mean_square - mean**2, 0.0))
    covariance = filled.T @ filled / size - mean * mean.T
    scale = spread * spread.T
    correlation = np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 1e-12)
    return np.clip(correlation, -1.0, 1.0), count


def nearest_correlations(matrix: Floats, floor: float = 2e-3) -> Floats:
    """Return a correlation matrix near a symmetric one, with no eigenvalue much below the floor."""
    values, vectors = np.linalg.eigh(matrix)
    positive = (vectors * np.maximum(values, floor)) @ vectors.T
    scale = np.sqrt(np.diag(positive))
    nearest: Floats = positive / np.outer(scale, scale)
    return nearest
