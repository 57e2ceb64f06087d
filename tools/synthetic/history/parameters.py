"""The histories' parameters: figures measured on real tables, never rows of them."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from tools.synthetic.parameters import Continuous, read_parameters

PARAMETERS_FILE = Path(__file__).with_name("histories.json")
POOLED = ""  # the cell for all records without a cell of their own

Value = str | float | None
Spreads = dict[str, Continuous]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Shares(_Model):
    """Combinations of values, each held by at least five records, and their shares; the sum is 1."""

    rows: tuple[tuple[Value, ...], ...]
    shares: tuple[float, ...]


class Choice(_Model):
    """Columns that are drawn together, by cell; rows are in ascending order of risk or size."""

    columns: tuple[str, ...]
    cells: dict[str, Shares]


class Parameters(_Model):
    """Everything the histories are drawn from. A cell is a group of records, such as active mortgages.

    Attributes
    ----------
    choices : columns with few different values, by cell.
    spreads : distributions of numbers by cell.
    rates : shares, 0-1, by cell: mostly of missing values.
    between : how similar two records of one client are in a column: the correlation of their normal scores.
    transitions : monthly status of a bureau credit -> chances of the next, in the order of ``STATUSES``.
    """

    format: Literal[1] = 1
    choices: dict[str, Choice]
    spreads: dict[str, Spreads]
    rates: dict[str, dict[str, float]]
    between: dict[str, float]
    transitions: dict[str, tuple[float, ...]]

    def sha256(self) -> str:
        """Return the fingerprint of the parameters as they are written to a file."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


@cache
def load(path: Path = PARAMETERS_FILE) -> Parameters:
    """Read the parameters; the bundled ones by default. Raises DataError as ``read_parameters``."""
    return read_parameters(Parameters, path, "history", "Restore the file from the repository.")
