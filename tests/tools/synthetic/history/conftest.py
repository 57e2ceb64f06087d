import pandas as pd
import pytest

from tools.synthetic.history import write

SEED = 3
CLIENTS = 9_000


def frame(columns: write.Columns) -> pd.DataFrame:
    return pd.DataFrame(
        {
            name: pd.Series(values.values, dtype=object).iloc[values.codes].array
            if isinstance(values, write.Coded)
            else values
            for name, values in columns.items()
        }
    )


def seven(clients: int, seed: int) -> dict[str, pd.DataFrame]:
    made = list(write.draw_blocks(clients, seed))
    tables = {
        name: pd.concat([frame(block.histories[name]) for block in made], ignore_index=True)
        for name in made[0].histories
    }
    return {"application_train": pd.concat([block.applications for block in made], ignore_index=True), **tables}


@pytest.fixture(scope="session")
def tables() -> dict[str, pd.DataFrame]:
    """Make a whole block and a part of the second, all seven tables."""
    return seven(CLIENTS, SEED)
