"""Parameters, a number of clients and a seed -> application tables, in chunks."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from scoring.errors import DataError
from tools.synthetic import copula, factors, risk
from tools.synthetic.parameters import LatentModel, Parameters, load

GENERATOR = "tools.synthetic"
TABLE_FILE = "application_train.parquet"
MARKER_FILE = "SYNTHETIC.json"
FIRST_CLIENT = 500_000
# Part of the contract, like the seed: another size would give other clients. Work and memory stay bounded.
BLOCK_CLIENTS = 8_192


class Block(NamedTuple):
    """A block of clients with what the lender never sees.

    Attributes
    ----------
    applications : the application table, (clients, columns).
    probability : probability of default given the application, 0-1, (clients,).
    liability : latent risk, a logistic around the log-odds of ``probability``; a client defaults where it is
        above zero. Whatever else is drawn for a client and bears on default must depend on this.
    """

    applications: pd.DataFrame
    probability: copula.Floats
    liability: copula.Floats


def generate(
    clients: int, seed: int, chunk: int = 50_000, parameters: Parameters | None = None
) -> Iterator[pd.DataFrame]:
    """Yield synthetic applications, at most ``chunk`` clients at a time.

    The first n clients are the same whatever the number asked for and the chunk. Client numbers run from
    500000: six digits for the first 500,000 clients, from 1000000 on beyond.

    Parameters
    ----------
    clients : number of clients, 1 or more.
    seed : any integer from 0 up.
    chunk : rows of each table but the last, 1 or more.
    parameters : the bundled ones where not given.

    Raises
    ------
    DataError
        A number is not a usable integer; raised at the call, not at the first chunk.
    """
    check(clients=(clients, 1), seed=(seed, 0), chunk=(chunk, 1))
    return _chunks(clients, seed, chunk, parameters or load())


def blocks(clients: int, seed: int, parameters: Parameters) -> Iterator[Block]:
    """Yield the clients in blocks with their latent risk; the last block is cut to the number asked for."""
    for number, block in enumerate(whole_blocks(clients, seed, parameters)):
        wanted = min(BLOCK_CLIENTS, clients - number * BLOCK_CLIENTS)
        yield Block(block.applications.iloc[:wanted], block.probability[:wanted], block.liability[:wanted])


def whole_blocks(clients: int, seed: int, parameters: Parameters) -> Iterator[Block]:
    """Yield whole blocks until they hold the clients asked for: what depends on a block needs all of it."""
    model = parameters.latent_model()
    for number in range(-(-clients // BLOCK_CLIENTS)):
        yield _block(number, seed, parameters, model)


def write(out_dir: Path, clients: int, seed: int) -> Path:
    """Write ``application_train.parquet`` and the marker ``SYNTHETIC.json``; returns the table's path.

    The folder is made where it is missing; a table already in it is replaced once the new one is complete.

    Raises
    ------
    DataError
        A number is not a usable integer.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq
    from tqdm import tqdm

    chunks = generate(clients, seed)
    out_dir.mkdir(parents=True, exist_ok=True)
    path = out_dir / TABLE_FILE
    part = path.with_suffix(".part")
    with tqdm(total=clients, unit=" clients", desc="applications") as progress:
        writer: pq.ParquetWriter | None = None
        for frame in chunks:
            table = pa.Table.from_pandas(frame, preserve_index=False)
            writer = writer or pq.ParquetWriter(part, table.schema)
            writer.write_table(table)
            progress.update(len(frame))
        if writer is not None:
            writer.close()
    marker = {
        "generator": GENERATOR,
        "seed": int(seed),
        "clients": int(clients),
        "parameters_sha256": load().sha256(),
    }
    (out_dir / MARKER_FILE).write_text(json.dumps(marker, indent=2) + "\n", encoding="utf-8")
    part.replace(path)
    return path


def to_frame(table: copula.Table, parameters: Parameters) -> pd.DataFrame:
    """Return the columns as a table with the real one's names, order and dtypes."""
    return pd.DataFrame({name: pd.Series(table[name]).astype(dtype) for name, dtype in parameters.columns.items()})


def _chunks(clients: int, seed: int, chunk: int, parameters: Parameters) -> Iterator[pd.DataFrame]:
    waiting: list[pd.DataFrame] = []
    rows = 0
    for block in blocks(clients, seed, parameters):
        waiting.append(block.applications)
        rows += len(block.applications)
        if rows >= chunk:
            joined = pd.concat(waiting, ignore_index=True)
            for start in range(0, rows - chunk + 1, chunk):
                yield joined.iloc[start : start + chunk].reset_index(drop=True)
            waiting = [joined.iloc[rows - rows % chunk :]]
            rows %= chunk
    if rows:
        yield pd.concat(waiting, ignore_index=True)


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
    faults = [
        f"{name} is {value!r}; expected an integer, {minimum} or more"
        for name, (value, minimum) in limits.items()
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < minimum
    ]
    if faults:
        remedy = "Ask for instance for clients=10000, seed=0."
        raise DataError.listing("synthetic applications", faults, remedy)
