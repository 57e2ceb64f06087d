import os
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def real() -> pd.DataFrame:
    """Return the real applications; skips where they are not at hand."""
    folder = Path(os.environ.get("HOME_CREDIT_DATA", ROOT.parent / "shared" / "data" / "home_credit"))
    path = folder / "application_train.parquet"
    if not path.exists():
        pytest.skip("no real applications: set HOME_CREDIT_DATA to the folder of application_train.parquet")
    return pd.read_parquet(path)
