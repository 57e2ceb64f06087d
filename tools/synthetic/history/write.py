"""Write all seven tables to files, block by block."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from scoring.errors import DataError
from scoring.home_credit.applications import APPLICATIONS, is_synthetic
from tools.synthetic import generate
from tools.synthetic import parameters as applications
from tools.synthetic.history import tables
from tools.synthetic.history.draws import Coded, Columns
from tools.synthetic.history.parameters import Parameters, load
from tools.synthetic.history.schema import SCHEMAS

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Format = Literal["parquet", "csv"]
TABLES = (APPLICATIONS, *SCHEMAS)
FORMATS: tuple[Format, ...] = ("parquet", "csv")


class TablesOfBlock(NamedTuple):
    """A block of clients: the application table, and the six histories by name."""

    applications: "pd.DataFrame"
    histories: dict[str, Columns]


def draw_blocks(clients: int, seed: int, histories: bool = True) -> Iterator[TablesOfBlock]:
    """Yield the clients in blocks, with their histories if asked for; the last block is cut to the number asked for.

    Raises
    ------
    DataError
        A number is not a usable integer; raised at the call, not at the first block.
    """
    generate.check(clients=(clients, 1), seed=(seed, 0))
    return _draw_blocks(clients, seed, load() if histories else None)


def _draw_blocks(clients: int, seed: int, parameters: Parameters | None) -> Iterator[TablesOfBlock]:
    for number, block in enumerate(generate.whole_blocks(clients, seed, applications.load())):
        wanted = min(len(block.liability), clients - number * generate.BLOCK_CLIENTS)
        drawn = tables.draw(block, number, seed, parameters) if parameters else {}
        yield TablesOfBlock(block.applications.iloc[:wanted], tables.take_first_clients(drawn, wanted))


def write(
    out_dir: Path, clients: int, seed: int, table_format: Format = "parquet", histories: bool = True
) -> list[Path]:
    """Write the tables and the marker ``SYNTHETIC.json``; returns the tables' paths.

    The folder is made where it is missing. Tables that the generator left in it, of either format, are
    replaced once the new ones are complete.

    Parameters
    ----------
    out_dir : the folder.
    clients : number of clients, 1 or more.
    seed : any integer from 0 up.
    table_format : ``parquet`` or ``csv``.
    histories : whether the six history tables are written too.

    Raises
    ------
    DataError
        A number is not a usable integer, or the folder holds tables that the generator did not make.
    """
    made = draw_blocks(clients, seed, histories)
    names = TABLES if histories else TABLES[:1]
    out_dir.mkdir(parents=True, exist_ok=True)
    old = _replaceable(out_dir)
    parts = {name: out_dir / f"{name}.part" for name in names}
    _stream(parts, made, clients)
    if table_format == "csv":
        parts = {name: _to_csv(part) for name, part in parts.items()}
    _mark(out_dir, clients, seed, histories)
    for path in old:
        path.unlink()
    return [part.rename(out_dir / f"{name}.{table_format}") for name, part in parts.items()]


def _replaceable(out_dir: Path) -> list[Path]:
    """Find the tables of an earlier run."""
    old = [path for name in TABLES for path in sorted(out_dir.glob(f"{name}.*")) if path.suffix != ".part"]
    if old and not is_synthetic(out_dir):
        raise DataError(
            f"{out_dir}: holds {', '.join(path.name for path in old)}, which the generator did not make\n"
            "Choose another folder: tables of real clients are never replaced."
        )
    return old


def _stream(parts: dict[str, Path], made: Iterator[TablesOfBlock], clients: int) -> None:
    """Write every table to its part file, one row group for each block."""
    import pyarrow.parquet as pq
    from tqdm import tqdm

    writers: dict[str, pq.ParquetWriter] = {}
    with ExitStack() as closing, tqdm(total=clients, unit=" clients", desc="tables") as progress:
        for block in made:
            for name, part in parts.items():
                table = _arrow(name, block)
                if name not in writers:
                    writers[name] = closing.enter_context(pq.ParquetWriter(part, table.schema))
                writers[name].write_table(table)
            progress.update(len(block.applications))


def _to_csv(part: Path) -> Path:
    """Rewrite a Parquet part file as CSV, in bounded memory."""
    import duckdb

    target = part.with_suffix(".csv.part")
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '1GB'")
        connection.from_parquet(str(part)).write_csv(str(target), header=True)
    part.unlink()
    return target


def _arrow(name: str, block: TablesOfBlock) -> "pa.Table":
    """Return one table of the block with the published types; a missing value is null."""
    import pyarrow as pa

    if name == APPLICATIONS:
        return pa.Table.from_pandas(block.applications, preserve_index=False)
    columns = block.histories[name]
    return pa.table({column: _array(columns[column], kind) for column, kind in SCHEMAS[name].items()})


def _array(values: object, kind: str) -> "pa.Array":
    import numpy as np
    import pyarrow as pa

    if isinstance(values, Coded):
        if kind != "str":
            values = values.numbers()
        else:
            missing = np.array([value is None for value in values.values], dtype=bool)[values.codes]
            texts = pa.array(["" if value is None else str(value) for value in values.values], pa.large_string())
            codes = pa.array(values.codes.astype(np.int32), mask=missing)
            return pa.DictionaryArray.from_arrays(codes, texts).cast(pa.large_string())
    return pa.array(np.asarray(values, dtype=kind), from_pandas=True)


def _mark(out_dir: Path, clients: int, seed: int, histories: bool) -> None:
    marker = {
        "generator": generate.GENERATOR,
        "seed": int(seed),
        "clients": int(clients),
        "parameters_sha256": applications.load().sha256(),
    }
    if histories:
        marker["history_parameters_sha256"] = load().sha256()
    (out_dir / generate.MARKER_FILE).write_text(json.dumps(marker, indent=2) + "\n", encoding="utf-8")
