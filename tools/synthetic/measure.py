"""Real application table -> parameters: only frequencies, smoothed quantiles, correlations and effects."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from scoring.errors import DataError
from tools.synthetic import columns, copula, factors, risk
from tools.synthetic.copula import Values
from tools.synthetic.effects import fit_effects
from tools.synthetic.latents import fit_latents, simulated_table
from tools.synthetic.marginals import common, marginal_of
from tools.synthetic.parameters import Dtype, Parameters, significant

CLIENTS_AT_LEAST = 2_000


def measure(applications: pd.DataFrame) -> Parameters:
    """Measure the generator's parameters on a real application table.

    Parameters
    ----------
    applications : the table with all 122 columns, some thousand clients or more.

    Raises
    ------
    DataError
        Columns are missing, TARGET is not 0/1, or there are too few clients.
    """
    _check(applications)
    table = columns.columns_of(applications[list(columns.COLUMNS)])
    target = np.asarray(table["TARGET"], dtype=float)
    observed = factors.decompose(table)
    marginals = {name: marginal_of(name, values, target) for name, values in observed.items()}
    shared = {name: common(values, marginals[name]) for name, values in observed.items()}
    latents = fit_latents(copula.normal_scores(shared, marginals), marginals)
    simulated = simulated_table(latents, marginals)
    effects = fit_effects(risk.risk_inputs(table), target, risk.risk_inputs(simulated))
    parameters = Parameters(
        clients=len(applications),
        default_rate=significant(float(target.mean()), 4),
        columns={name: _dtype(applications[name]) for name in columns.COLUMNS},
        factors=marginals,
        centres=tuple(latents.centres.tolist()),
        scales=tuple(latents.scales.tolist()),
        correlations=tuple(tuple(row[:i].tolist()) for i, row in enumerate(latents.correlations)),
        intercept=0.0,
        effects=effects,
    )
    return parameters.model_copy(update={"intercept": _intercept(parameters, simulated)})


def _intercept(parameters: Parameters, simulated: Mapping[str, Values]) -> float:
    """Return the intercept at which simulated clients default at the measured rate, by bisection."""
    log_odds = risk.log_odds(simulated, parameters)
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        rate = float((1.0 / (1.0 + np.exp(-(log_odds + middle)))).mean())
        low, high = (middle, high) if rate < parameters.default_rate else (low, middle)
    return significant(low, 5)


def _dtype(column: "pd.Series[float]") -> Dtype:
    if not pd.api.types.is_numeric_dtype(column):
        return "str"
    return "int64" if pd.api.types.is_integer_dtype(column) else "float64"


def _check(applications: pd.DataFrame) -> None:
    """Refuse a table that is not the schema's, with all errors in one message."""
    errors = [f"column {name} is missing" for name in columns.COLUMNS if name not in applications]
    if len(applications) < CLIENTS_AT_LEAST:
        errors.append(f"{len(applications)} rows; expected {CLIENTS_AT_LEAST:,} or more")
    if "TARGET" in applications and not applications["TARGET"].isin([0, 1]).all():
        errors.append("TARGET has values other than 0 and 1")
    if errors:
        raise DataError.listing("applications to measure", errors, "Give the whole application_train table.")
