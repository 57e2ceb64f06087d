"""Log-odds of default of a client: the sum of one effect for each input, measured on real applications."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from tools.synthetic.copula import Floats, Table, Values
from tools.synthetic.parameters import Curve, Parameters, Steps

EXTERNAL_SCORES = ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3")
RATIOS = {
    "credit to goods": ("AMT_CREDIT", "AMT_GOODS_PRICE"),
    "annuity to credit": ("AMT_ANNUITY", "AMT_CREDIT"),
    "annuity to income": ("AMT_ANNUITY", "AMT_INCOME_TOTAL"),
    "credit to income": ("AMT_CREDIT", "AMT_INCOME_TOTAL"),
    "employed to age": ("DAYS_EMPLOYED", "DAYS_BIRTH"),
}
# One of the three versions of each housing measure is enough: they rise and fall together.
_REDUNDANT = ("_MODE", "_MEDI")


def risk_inputs(table: Mapping[str, Values]) -> Table:
    """Return the inputs of the log-odds: columns, ratios, mean and product of the external scores."""
    inputs: Table = {
        name: values
        for name, values in table.items()
        if name not in ("SK_ID_CURR", "TARGET") and not (name.endswith(_REDUNDANT) and values.dtype != object)
    }
    for name, (part, whole) in RATIOS.items():
        inputs[name] = np.divide(np.asarray(table[part], dtype=float), np.asarray(table[whole], dtype=float))
    scores = np.column_stack([np.asarray(table[name], dtype=float) for name in EXTERNAL_SCORES])
    known = ~np.isnan(scores)
    count = known.sum(axis=1)
    total = np.where(known, scores, 0.0).sum(axis=1)
    inputs["external mean"] = np.divide(total, count, out=np.full(len(scores), np.nan), where=count > 0)
    inputs["external product"] = np.where(known, scores, 1.0).prod(axis=1)
    return inputs


def effect_of(values: Values, effect: Curve | Steps) -> Floats:
    """Return the effect of an input on the log-odds of each client.

    >>> effect_of(np.array([0.0, 1.5, np.nan]), Curve(knots=(1.0, 2.0), effects=(0.0, 1.0), missing=-1.0)).tolist()
    [0.0, 0.5, -1.0]
    """
    missing: Floats = effect.missing * np.asarray(pd.isna(values), dtype=float)
    if isinstance(effect, Steps):
        known: Floats = np.array([effect.effects.get(text, 0.0) for text in values], dtype=float)
    else:
        known = np.interp(np.asarray(values, dtype=float), effect.knots, effect.effects)
    return np.add(missing, np.nan_to_num(known), dtype=float)


def log_odds(table: Mapping[str, Values], parameters: Parameters) -> Floats:
    """Return each client's log-odds of default given the application, (clients,)."""
    inputs = risk_inputs(table)
    total = np.full(len(table["AMT_CREDIT"]), parameters.intercept)
    for name, effect in parameters.effects.items():
        total += effect_of(inputs[name], effect)
    return total
