"""The generator's parameters: figures measured on real applications, never rows of them."""

import hashlib
import math
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scoring.errors import DataError

Kind = TypeVar("Kind", bound=BaseModel)
PARAMETERS_FILE = Path(__file__).with_name("applications.json")

Dtype = Literal["int64", "float64", "str"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Continuous(_Model):
    """The distribution of a continuous factor: a quantile grid and point masses.

    Attributes
    ----------
    grid : quantiles of the part without point masses, at equal steps of probability from 0.1 % to 99.9 %. Each is a
        mean over eleven neighbouring clients, never one client's value.
    atoms : pairs (value, share of all clients); each value is held by at least ten clients.
    """

    kind: Literal["continuous"] = "continuous"
    grid: tuple[float, ...]
    atoms: tuple[tuple[float, float], ...] = ()


class Levels(_Model):
    """The distribution of a factor with few values: numbers ascending, texts by ascending default rate.

    Attributes
    ----------
    values : the values. Each is one of at least five clients, or has the share ``STRUCTURAL_SHARE``.
    shares : their shares; the sum is 1.
    """

    kind: Literal["levels"] = "levels"
    values: tuple[float, ...] | tuple[str, ...]
    shares: tuple[float, ...]


class Curve(_Model):
    """Effect of a numeric input on the log-odds of default: linear between knots, constant outside."""

    kind: Literal["curve"] = "curve"
    knots: tuple[float, ...]
    effects: tuple[float, ...]
    missing: float = 0.0


class Steps(_Model):
    """Effect of each category on the log-odds of default; zero for a category not named."""

    kind: Literal["steps"] = "steps"
    effects: dict[str, float]
    missing: float = 0.0


Marginal = Annotated[Continuous | Levels, Field(discriminator="kind")]
Effect = Annotated[Curve | Steps, Field(discriminator="kind")]


class Parameters(_Model):
    """Everything that :mod:`generate` needs.

    Attributes
    ----------
    clients : number of applications measured.
    default_rate : share of them in default, 0-1.
    columns : name and dtype of each column of the table, in order.
    factors : distribution of each latent factor, in the order of the correlations.
    centres, scales : mean and standard deviation of each latent among the clients whose factor applies; they
        are selected by other factors, so that the latent is not standard normal among them.
    correlations : strictly lower triangle of the latent correlations: row i holds i figures.
    intercept : log-odds of default of a client whose effects add up to zero.
    effects : effect of each input (a column or a ratio of two) on the log-odds of default.
    """

    format: Literal[1] = 1
    clients: int
    default_rate: float
    columns: dict[str, Dtype]
    factors: dict[str, Marginal]
    centres: tuple[float, ...]
    scales: tuple[float, ...]
    correlations: tuple[tuple[float, ...], ...]
    intercept: float
    effects: dict[str, Effect]

    def latent_model(self) -> "LatentModel":
        """Return correlations, centres and scales with which latents are drawn."""
        return LatentModel(self.correlation_matrix(), np.array(self.centres), np.array(self.scales))

    def correlation_matrix(self) -> npt.NDArray[np.float64]:
        """Return the latent correlations as a symmetric matrix, (factors, factors)."""
        matrix = np.eye(len(self.factors))
        for row, figures in enumerate(self.correlations):
            matrix[row, :row] = figures
            matrix[:row, row] = figures
        return matrix

    def sha256(self) -> str:
        """Return the fingerprint of the parameters as they are written to a file."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class LatentModel(NamedTuple):
    """Correlations, (factors, factors), and centre and scale of each latent where it applies, (factors,)."""

    correlations: npt.NDArray[np.float64]
    centres: npt.NDArray[np.float64]
    scales: npt.NDArray[np.float64]


def significant(value: float, digits: int = 6) -> float:
    """Round to significant digits, so that the file is small and has no client's exact figure.

    >>> significant(0.123456789), significant(123456789.0, 4)
    (0.123457, 123500000.0)
    """
    if value == 0 or not math.isfinite(value):
        return float(value)
    return float(f"{value:.{digits}g}")


def read_parameters(kind: type[Kind], path: Path, what: str, remedy: str) -> Kind:
    """Read a file of parameters; raises DataError where it is missing or not such a file."""
    try:
        return kind.model_validate_json(path.read_bytes())
    except OSError as error:
        raise DataError(f"{what} parameters: {path.name} cannot be read ({error.strerror})\n{remedy}") from error
    except ValidationError as error:
        errors = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:10]]
        raise DataError.listing(f"{what} parameters {path.name}", errors, remedy) from error


@cache
def load(path: Path = PARAMETERS_FILE) -> Parameters:
    """Read the parameters; the bundled ones by default. Raises DataError as ``read_parameters``."""
    remedy = "Restore it from the repository, or measure a real table: `python -m scoring measure` writes it."
    return read_parameters(Parameters, path, "synthetic", remedy)
