"""Parameters, a number of clients and a seed -> application tables, in blocks."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from scoring.errors import DataError
from tools.synthetic import copula, factors, risk
from tools.synthetic.parameters import LatentModel, Parameters, load

GENERATOR = "tools.synthetic"
MARKER_FILE = "SYNTHETIC.json"
FIRST_CLIENT = 500_000
# Never change it: with another size, the same seed gives other clients. Blocks keep work and memory bounded.
BLOCK_CLIENTS = 8_192


class Block(NamedTuple):
    """A block of clients, with their risk, which a lender never sees.

    Attributes
    ----------
    applications : the application table, (clients, columns).
    probability : probability of default given the application, 0-1, (clients,).
    liability : latent risk, drawn from a logistic distribution around the log-odds of ``probability``; a client
        defaults if it is above zero. Everything else that is drawn for a client and is related to default must depend
        on it.
    """

    applications: pd.DataFrame
    probability: copula.Floats
    liability: copula.Floats


def generate(clients: int, seed: int, parameters: Parameters | None = None) -> pd.DataFrame:
    """Return synthetic applications.

    The first n clients do not depend on the number of clients. Client numbers start at 500000; after 500,000 clients
    they have seven digits.

    Parameters
    ----------
    clients : number of clients, 1 or more.
    seed : any integer from 0 up.
    parameters : the bundled ones by default.

    Raises
    ------
    DataError
        A number is not a usable integer.
    """
    check(clients=(clients, 1), seed=(seed, 0))
    made = [block.applications for block in whole_blocks(clients, seed, parameters or load())]
    return pd.concat(made, ignore_index=True).head(clients)


def whole_blocks(clients: int, seed: int, parameters: Parameters) -> Iterator[Block]:
    """Yield whole blocks until they have the clients asked for; history tables need a whole block."""
    model = parameters.latent_model()
    for number in range(-(-clients // BLOCK_CLIENTS)):
        yield _block(number, seed, parameters, model)


def to_frame(table: copula.Table, parameters: Parameters) -> pd.DataFrame:
    """Return the columns as a table with the real one's names, order and dtypes."""
    return pd.DataFrame({name: pd.Series(table[name]).astype(dtype) for name, dtype in parameters.columns.items()})


def _block(number: int, seed: int, parameters: Parameters, model: LatentModel) -> Block:
    """Draw one whole block from its own child of the seed."""
    generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
    latents = copula.latent_normals(generator, BLOCK_CLIENTS, model)
    table = factors.compose(copula.from_latents(latents, parameters.factors))
    log_odds = np.round(risk.log_odds(table, parameters), copula.LATENT_DECIMALS)
    liability = log_odds + generator.logistic(size=BLOCK_CLIENTS)
    table["SK_ID_CURR"] = np.arange(BLOCK_CLIENTS, dtype=float) + FIRST_CLIENT + number * BLOCK_CLIENTS
    table["TARGET"] = (liability > 0).astype(float)
    return Block(to_frame(table, parameters), 1.0 / (1.0 + np.exp(-log_odds)), liability)


def check(**limits: tuple[int, int]) -> None:
    """Refuse numbers that are not integers or fall below their minimum, all in one message."""
    errors = [
        f"{name} is {value!r}; expected an integer, {minimum} or more"
        for name, (value, minimum) in limits.items()
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < minimum
    ]
    if errors:
        remedy = "Ask for instance for clients=10000, seed=0."
        raise DataError.listing("synthetic applications", errors, remedy)
