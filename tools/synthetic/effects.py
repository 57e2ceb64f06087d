"""Effects on the log-odds of default, fitted so that simulated clients default as real ones do."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from tools.synthetic.copula import Floats, Values
from tools.synthetic.parameters import Curve, Steps, significant

# Inverse penalties: a light penalty for the few strong inputs, so that their effect is not shrunk. For the many weak
# inputs, one with which the plain model is about as good on synthetic clients as on real ones.
STRONG_C, WEAK_C = 0.2, 0.012
STRONG = ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3")
EFFECT_CLIENTS = 20
NEWTON_STEPS = 8


def fit_effects(
    inputs: Mapping[str, Values], target: Floats, simulated: Mapping[str, Values]
) -> dict[str, Curve | Steps]:
    """Fit the additive effects on the log-odds of default.

    A ridge logistic regression on the *simulated* clients. Its expected default rate, around each knot and in each
    category, is the one observed in the real table. This corrects for what the copula simplifies.

    Parameters
    ----------
    inputs, simulated : arrays by name as :func:`risk.risk_inputs` gives them, of real and simulated clients.
    target : TARGET of the real clients, 0/1.
    """
    blank = {name: _blank_effect(values) for name, values in inputs.items()}
    rates, widths, penalties = [], [], []
    for name, effect in blank.items():
        columns = _design(inputs[name], effect)
        held = columns.sum(axis=0)
        # A few clients have no reliable default rate: they count as average.
        rates.append(np.where(held >= EFFECT_CLIENTS, columns.T @ target / np.maximum(held, 1e-9), target.mean()))
        widths.append(columns.shape[1])
        penalty = 1.0 / (STRONG_C if name in STRONG else WEAK_C) / len(target)
        penalties.append(np.full(columns.shape[1], penalty))
    design = np.hstack([_design(simulated[name], effect) for name, effect in blank.items()])
    wanted = np.concatenate(rates) * design.mean(axis=0)
    fitted = _moment_logistic(design, wanted, float(target.mean()), np.concatenate(penalties))
    pieces = np.split(fitted, np.cumsum(widths)[:-1])
    return {name: _filled(effect, piece) for (name, effect), piece in zip(blank.items(), pieces, strict=True)}


def _moment_logistic(design: Floats, wanted: Floats, rate: float, penalties: Floats) -> Floats:
    """Solve mean(design * p) + penalties * coefficients = wanted by Newton's method, (columns,).

    ``p`` is the logistic function of intercept + design @ coefficients, and its mean is the rate.
    """
    full = np.column_stack([np.ones(len(design)), design])
    goal = np.concatenate([[rate], wanted])
    ridge = np.concatenate([[1e-9], penalties])
    solution = np.zeros(len(goal))
    solution[0] = np.log(rate / (1.0 - rate))
    for _ in range(NEWTON_STEPS):
        p = 1.0 / (1.0 + np.exp(-(full @ solution)))
        gradient = full.T @ p / len(full) + ridge * solution - goal
        weighted = full * (p * (1.0 - p))[:, None]
        solution = solution - np.linalg.solve(full.T @ weighted / len(full) + np.diag(ridge), gradient)
    return solution[1:]


def _filled(effect: Curve | Steps, figures: Floats) -> Curve | Steps:
    rounded = [significant(value, 4) for value in figures]
    if isinstance(effect, Curve):
        return Curve(knots=effect.knots, effects=tuple(rounded[:-1]), missing=rounded[-1])
    return Steps(effects=dict(zip(effect.effects, rounded, strict=False)), missing=rounded[-1])


def _blank_effect(values: Values) -> Curve | Steps:
    if values.dtype == object:
        counts = pd.Series(values).value_counts()
        return Steps(effects={str(level): 0.0 for level in counts.index[counts >= EFFECT_CLIENTS]})
    numbers = np.asarray(values, dtype=float)
    shares = [0.005, 0.02, *np.linspace(0.1, 0.9, 9), 0.98, 0.995]
    knots = sorted({significant(float(value), 4) for value in np.nanquantile(numbers, shares)})
    distinct = np.unique(numbers[~np.isnan(numbers)])
    if len(distinct) <= 3:
        knots = [float(value) for value in distinct]
    return Curve(knots=tuple(knots), effects=(0.0,) * len(knots))


def _design(values: Values, effect: Curve | Steps) -> Floats:
    """Return one column for each knot or category, and one for missing values, (clients, columns)."""
    missing = pd.isna(values).astype(float)[:, None]
    if isinstance(effect, Steps):
        return np.hstack([*((values == level).astype(float)[:, None] for level in effect.effects), missing])
    unit = np.eye(len(effect.knots))
    numbers = np.nan_to_num(np.asarray(values, dtype=float))
    hats = np.column_stack([np.interp(numbers, effect.knots, row) for row in unit])
    return np.hstack([hats * (1.0 - missing), missing])
