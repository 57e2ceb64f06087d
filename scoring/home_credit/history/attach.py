"""Put history features beside applications."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.errors import DataError

HISTORIES = (
    "bureau",
    "bureau_balance",
    "previous_application",
    "POS_CASH_balance",
    "installments_payments",
    "credit_card_balance",
)


def has_history(folder: Path) -> bool:
    """Tell whether a folder holds any of the six history tables."""
    return any(any(folder.glob(f"{name}*")) for name in HISTORIES)


def attach(applications: pd.DataFrame, features: Path, identity: str) -> tuple[pd.DataFrame, list[str]]:
    """Join the features that ``history.compute`` wrote, one row a client; nobody is dropped.

    Returns
    -------
    The applications with one float64 column a feature, and the names of those columns.

    Raises
    ------
    DataError
        When the file is no such table, names a client twice, lacks a client, or has a column of the applications.
    """
    try:
        history = pd.read_parquet(features)
    except (OSError, ValueError) as error:
        raise DataError(f"{features}: cannot be read ({error})\nExpected what `features` wrote.") from None
    names = [str(name) for name in history if name != identity]
    faults = _faults(applications, history, identity, names)
    if faults:
        raise DataError.listing(str(features), faults, "Run `features` on the same folder again.")
    ordered = history.set_index(identity)[names].loc[applications[identity]]
    values = seven_digits(ordered.to_numpy(dtype=float, na_value=np.nan))
    return pd.concat([applications, pd.DataFrame(values, columns=names, index=applications.index)], axis=1), names


def seven_digits(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to seven significant digits, any shape, NaN stays.

    An engine adds up in whatever order its threads arrive, so the last of sixteen digits change from run to run.
    Amounts of money often lie just between two numbers of seven digits: twelve digits first tell them right.

    >>> seven_digits(np.array([1234.56789, -0.000123456789, 0.0])).tolist()
    [1234.568, -0.0001234568, 0.0]
    >>> seven_digits(np.array([542559.15, 542559.1499999999])).tolist()
    [542559.2, 542559.2]
    """
    return _significant(_significant(values, 12), 7)


def _significant(values: NDArray[np.float64], digits: int) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        magnitude = np.floor(np.log10(np.abs(values)))
    places = np.clip(digits - 1 - np.where(np.isfinite(magnitude), magnitude, 0.0), -300, 300)
    # Dividing by a whole power of ten gives the double nearest to the short decimal; multiplying would not.
    up, down = 10.0 ** np.maximum(places, 0), 10.0 ** np.maximum(-places, 0)
    rounded: NDArray[np.float64] = np.round(values * up / down) * down / up
    return rounded


def _faults(applications: pd.DataFrame, history: pd.DataFrame, identity: str, names: list[str]) -> list[str]:
    if identity not in history:
        return [f"column {identity} is missing"]
    faults = []
    doubled = int(history[identity].duplicated().sum())
    if doubled:
        faults.append(f"{doubled} clients stand there more than once")
    lacking = int((~applications[identity].isin(history[identity])).sum())
    if lacking:
        faults.append(f"{lacking} of {len(applications)} clients are not in it")
    shared = [name for name in names if name in applications]
    if shared:
        faults.append(f"columns stand in the applications too: {', '.join(shared)}")
    return faults
