"""The 47 housing columns: nested missing values, three versions of each measure.

A client who has any of these columns has EMERGENCYSTATE_MODE; each of the others may be missing in addition. The
most frequent value (mode) and the median of a measure are drawn as ratios to its average; most often they are equal.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from tools.synthetic.columns import ratio, where, yes
from tools.synthetic.copula import Booleans, Floats, Table, Values

VERSIONS = ("AVG", "MODE", "MEDI")
MEASURES = (
    "APARTMENTS", "BASEMENTAREA", "YEARS_BEGINEXPLUATATION", "YEARS_BUILD", "COMMONAREA", "ELEVATORS",
    "ENTRANCES", "FLOORSMAX", "FLOORSMIN", "LANDAREA", "LIVINGAPARTMENTS", "LIVINGAREA",
    "NONLIVINGAPARTMENTS", "NONLIVINGAREA",
)  # fmt: skip
BUILDING = ("FONDKAPREMONT_MODE", "HOUSETYPE_MODE", "TOTALAREA_MODE", "WALLSMATERIAL_MODE")
# These measures count floors, lifts and the like. Their values are multiples of a step: the average, the most frequent
# value and, in half steps, the median.
STEPS = {
    "ELEVATORS": (0.04, 0.040282, 0.04),
    "ENTRANCES": (0.034483, 0.034483, 0.034483),
    "FLOORSMAX": (0.041667, 0.041667, 0.041667),
    "FLOORSMIN": (0.041667, 0.041667, 0.041667),
    "NONLIVINGAPARTMENTS": (0.003861, 0.003891, 0.003876),
}
LATTICE_TOLERANCE = 2e-4


def read_housing(table: Mapping[str, Values]) -> Table:
    """Return the factors of the 47 housing columns."""
    described = pd.notna(table["EMERGENCYSTATE_MODE"])
    factors: Table = {"has housing": described.astype(float), "EMERGENCYSTATE_MODE": table["EMERGENCYSTATE_MODE"]}
    for name in BUILDING:
        factors[f"has {name}"] = where(described, yes(table[name]))
        factors[name] = table[name]
    for name in MEASURES:
        average, mode, median = (np.asarray(table[f"{name}_{kind}"], dtype=float) for kind in VERSIONS)
        between = _between_steps(name, average)
        factors[f"has {name}"] = where(described, yes(average))
        factors[f"{name}_AVG"] = average
        factors[f"{name} MODE to AVG"] = where(~between, np.round(ratio(mode, average), 4))
        factors[f"{name} MEDI to AVG"] = np.round(ratio(median, average), 4)
        if name in STEPS:
            factors[f"{name} MODE of uneven"] = where(between, mode)
    return factors


def write_housing(factors: Mapping[str, Values]) -> Table:
    """Return the 47 housing columns."""
    described = factors["has housing"] == 1
    housing: Table = {"EMERGENCYSTATE_MODE": where(described, factors["EMERGENCYSTATE_MODE"])}
    for name in BUILDING:
        housing[name] = where(described & (factors[f"has {name}"] == 1), factors[name])
    housing["TOTALAREA_MODE"] = np.round(np.asarray(housing["TOTALAREA_MODE"], dtype=float), 4)
    for name in MEASURES:
        known = described & (factors[f"has {name}"] == 1)
        average = np.round(np.asarray(where(known, factors[f"{name}_AVG"]), dtype=float), 4)
        mode, median = (average * factors[f"{name} {kind} to AVG"] for kind in ("MODE", "MEDI"))
        if name in STEPS:
            _, step, whole = STEPS[name]
            mode, median = np.round(mode / step) * step, np.round(median / whole * 2) * whole / 2
            mode = np.where(_between_steps(name, average), factors[f"{name} MODE of uneven"], mode)
        for kind, version in zip(VERSIONS, (average, mode, median), strict=True):
            housing[f"{name}_{kind}"] = np.round(np.minimum(version, 1.0), 4)
    return housing


def _between_steps(name: str, average: Floats) -> Booleans:
    """Return where the average of a building is not a whole number of steps, since its parts differ."""
    if name not in STEPS:
        return np.zeros(len(average), dtype=bool)
    step = STEPS[name][0]
    between: Booleans = np.abs(average - np.round(average / step) * step) > LATTICE_TOLERANCE
    return between
