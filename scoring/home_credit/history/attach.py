"""Join history features to applications."""

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.errors import DataError
from scoring.home_credit.history.source_schema import HISTORY_TABLES
from scoring.tables.files import UNREADABLE
from scoring.tables.text.table_errors import describe_unreadable


def has_history(folder: Path) -> bool:
    """Return whether a folder holds any of the six history tables."""
    return any(any(folder.glob(f"{name}*")) for name in HISTORY_TABLES)


def read_history(features: Path, identity: str, names: Collection[str] | None = None) -> pd.DataFrame:
    """Read the features that ``history.compute`` wrote, one row per client.

    Parameters
    ----------
    names : of the features to read; all by default.

    Returns
    -------
    Float64 columns, rounded to seven digits, indexed by the identity.

    Raises
    ------
    DataError
        The file is not such a table.
    """
    try:
        history = pd.read_parquet(features)
    except UNREADABLE as error:
        what = describe_unreadable(error)
        expected = "\nExpected a file that `features` wrote." if what.code == "damaged" else ""
        raise DataError(f"{features}: {what}{expected}") from None
    if identity not in history:
        raise DataError(f"{features}: column {identity} is missing\nExpected a file that `features` wrote.")
    wanted = [str(name) for name in history if name != identity and (names is None or name in names)]
    values = round_to_seven_digits(history[wanted].to_numpy(dtype=float, na_value=np.nan))
    return pd.DataFrame(values, columns=wanted, index=history[identity])


def attach_history(applications: pd.DataFrame, features: Path, identity: str) -> tuple[pd.DataFrame, list[str]]:
    """Join the features that ``history.compute`` wrote, one row per client; every application stays.

    Returns
    -------
    The applications with one float64 column a feature, and the names of those columns.

    Raises
    ------
    DataError
        The file is not such a table, has a duplicate client, lacks a client, or has a column of the applications.
    """
    history = read_history(features, identity)
    errors = _find_errors(applications, history, identity)
    if errors:
        raise DataError.listing(str(features), errors, "Run `features` on the same folder again.")
    ordered = history.loc[applications[identity]].set_index(applications.index)
    return pd.concat([applications, ordered], axis=1), [str(name) for name in history]


def round_to_seven_digits(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to seven significant digits, any shape, NaN stays.

    An engine adds numbers in the order in which its threads finish, so the last of sixteen digits differ between
    runs. Amounts of money often lie exactly between two numbers of seven digits; rounding to twelve digits first
    makes such an amount round the same way in every run.

    >>> round_to_seven_digits(np.array([1234.56789, -0.000123456789, 0.0])).tolist()
    [1234.568, -0.0001234568, 0.0]
    >>> round_to_seven_digits(np.array([542559.15, 542559.1499999999])).tolist()
    [542559.2, 542559.2]
    """
    return _round_significant(_round_significant(values, 12), 7)


_POWERS = 10.0 ** np.arange(301.0)  # looked up, since computing one for each number takes longer than all the rest


def _round_significant(values: NDArray[np.float64], digits: int) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        magnitude = np.floor(np.log10(np.abs(values)))
    places = np.clip(digits - 1 - np.where(np.isfinite(magnitude), magnitude, 0.0), -300, 300).astype(np.intp)
    # Dividing by a whole power of ten gives the double nearest to the short decimal; multiplying would not.
    up, down = _POWERS[np.maximum(places, 0)], _POWERS[np.maximum(-places, 0)]
    rounded: NDArray[np.float64] = np.round(values * up / down) * down / up
    return rounded


def _find_errors(applications: pd.DataFrame, history: pd.DataFrame, identity: str) -> list[str]:
    errors = []
    duplicates = int(history.index.duplicated().sum())
    if duplicates:
        errors.append(f"{duplicates} duplicate clients")
    lacking = int((~applications[identity].isin(history.index)).sum())
    if lacking:
        errors.append(f"{lacking} of {len(applications)} clients are missing")
    shared = [str(name) for name in history if name in applications]
    if shared:
        errors.append(f"columns that the applications have, too: {', '.join(shared)}")
    return errors
