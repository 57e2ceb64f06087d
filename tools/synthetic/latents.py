"""Correlations of the latent normals, found by simulation."""

from collections.abc import Mapping

import numpy as np

from tools.synthetic import copula, factors
from tools.synthetic.copula import Floats, Table
from tools.synthetic.parameters import Continuous, LatentModel, Levels

ROUNDS = 18
# Where not all correlations can hold at once, those over fewer clients than this are changed first.
PAIR_CLIENTS = 20_000
SIMULATED = 40_000
SEED = 20_240_501


def fit_latents(observed: Floats, marginals: Mapping[str, Continuous | Levels]) -> LatentModel:
    """Find latent correlations that reproduce the observed correlations of normal scores.

    Discrete and missing values weaken correlations, and factors that apply to some clients only are selected by other
    factors. The latent figures are therefore found in rounds: simulate, measure the same figures, add the difference.

    Parameters
    ----------
    observed : normal scores of the real factors, (clients, factors).
    """
    wanted, count = copula.pairwise_correlations(observed)
    wanted = _without_noise(wanted, count)
    np.fill_diagonal(wanted, 1.0)
    size = len(wanted)
    model = LatentModel(copula.nearest_correlations(wanted, 0.01), np.zeros(size), np.ones(size))
    for _ in range(ROUNDS):
        latents, scores = _simulate(model, marginals)
        model = _improved(model, latents, scores, wanted, np.minimum(count / PAIR_CLIENTS, 1.0) ** 2)
    return model


def _improved(model: LatentModel, latents: Floats, scores: Floats, wanted: Floats, trust: Floats) -> LatentModel:
    """Move the latent figures by the difference to the simulated ones, by less where it is measured on few clients."""
    reached, _ = copula.pairwise_correlations(scores)
    strength = _attenuation(latents, scores)
    move = trust * (wanted - reached) / np.outer(strength, strength)
    np.fill_diagonal(move, 0.0)
    moved = np.clip(model.correlations + np.clip(0.7 * move, -0.3, 0.3), -0.995, 0.995)
    applies = np.where(np.isnan(scores), np.nan, latents)
    return LatentModel(
        np.round(copula.nearest_correlations(moved), 4),
        np.round(model.centres + model.scales * np.nanmean(applies, axis=0), 4),
        np.round(model.scales * np.nanstd(applies, axis=0), 4),
    )


def _without_noise(correlations: Floats, count: Floats) -> Floats:
    """Shrink correlations to zero up to twice their standard error; larger ones hardly change."""
    noise = 4.0 / np.maximum(count, 1.0)
    square = np.maximum(correlations**2, 1e-12)
    return correlations * np.maximum(1.0 - noise / square, 0.0)


def _simulate(model: LatentModel, marginals: Mapping[str, Continuous | Levels]) -> tuple[Floats, Floats]:
    latents = copula.latent_normals(np.random.default_rng(SEED), SIMULATED, model)
    simulated = factors.decompose(factors.compose(copula.from_latents(latents, marginals)))
    return latents, copula.normal_scores(simulated, marginals)


def _attenuation(latents: Floats, scores: Floats) -> Floats:
    """Return the correlation of each factor's score with its own latent, (factors,), at least 0.3."""
    strength = np.ones(latents.shape[1])
    for column in range(latents.shape[1]):
        known = ~np.isnan(scores[:, column])
        pair = np.column_stack([latents[known, column], scores[known, column]])
        if len(pair) > 1:
            strength[column] = copula.pairwise_correlations(pair)[0][0, 1]
    return np.maximum(strength, 0.3)


def simulated_table(model: LatentModel, marginals: Mapping[str, Continuous | Levels]) -> Table:
    """Return the columns of new simulated clients, not those that the correlations were fitted with."""
    latents = copula.latent_normals(np.random.default_rng(SEED + 1), SIMULATED, model)
    return factors.compose(copula.from_latents(latents, marginals))
