"""Real history tables -> parameters: shares, smoothed quantiles and transitions."""

from pathlib import Path

import numpy as np
import pandas as pd

from scoring.errors import DataError
from tools.synthetic.history import measure_bureau, measure_lender
from tools.synthetic.history.parameters import Parameters

COMPLETE, PARTIAL = "relational", "extra_rows"


def measure(folder: Path) -> Parameters:
    """Measure the parameters of the histories.

    Parameters
    ----------
    folder : holds ``relational`` (tables with the whole history of the clients of ``clients.parquet``) and
        ``extra_rows`` (single instalments), as ``../shared/data/home_credit`` does.

    Raises
    ------
    DataError
        A table is missing.
    """
    clients = read(folder, COMPLETE, "clients")
    bureau = measure_bureau.measure(
        clients,
        read(folder, COMPLETE, "bureau"),
        read(folder, COMPLETE, "bureau_balance"),
    )
    lender = measure_lender.measure(
        clients,
        read(folder, COMPLETE, "previous_application"),
        read(folder, COMPLETE, "POS_CASH_balance"),
        read(folder, COMPLETE, "credit_card_balance"),
        read(folder, PARTIAL, "installments_payments"),
    )
    parts = [bureau, lender]
    return Parameters(
        choices={name: value for part in parts for name, value in part.choices.items()},
        spreads={name: value for part in parts for name, value in part.spreads.items()},
        rates={name: value for part in parts for name, value in part.rates.items()},
        between={name: value for part in parts for name, value in part.between.items()},
        transitions=bureau.transitions,
    )


def read(folder: Path, part: str, name: str) -> pd.DataFrame:
    """Read one real table; texts as objects."""
    path = folder / part / f"{name}.parquet"
    try:
        table = pd.read_parquet(path)
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror or error})\n"
            f"Expected a folder with complete histories in {COMPLETE}/ and single records in {PARTIAL}/."
        ) from None
    texts = table.select_dtypes(exclude=[np.number, bool]).columns
    return table.astype(dict.fromkeys(texts, object)).where(table.notna(), np.nan) if len(texts) else table
