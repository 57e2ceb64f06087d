"""Clients that stand in an input more than once, found in bounded memory before anything is scored."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from scoring.errors import DataError, list_some, shorten
from scoring.home_credit.engine_errors import explain
from scoring.model.schema import Identity

MOST = 100_000  # rows that repeat a client; with more, the table has not one row for each client
_MEMORY = "400MB"
_SHOWN = 5

Repeats = Mapping[tuple[int, int], tuple[int, int]]


def find_repeats(files: Sequence[Path], identity: Identity, scratch: Path, name: str) -> Repeats:
    """Find the rows whose client stands in an earlier row.

    Parameters
    ----------
    files : Parquet files, in their order.
    scratch : folder for what does not fit in memory.
    name : of the input, for messages.

    Returns
    -------
    For each such row, its file (place in ``files``) and its row there (from 0), and the same of the client's first row.

    Raises
    ------
    DataError
        If more than 100,000 rows repeat a client.
    """
    column = '"' + identity.name.replace('"', '""') + '"'
    with (
        _explained(name),
        duckdb.connect(config={"memory_limit": _MEMORY, "temp_directory": str(scratch)}) as connection,
    ):
        source = "read_parquet($files)"
        listed = {"files": [str(file) for file in files]}
        repeated = f"SELECT {column} AS id FROM {source} WHERE {column} IS NOT NULL GROUP BY 1 HAVING count(*) > 1"  # noqa: S608
        connection.execute(f"CREATE TEMP TABLE repeated AS {repeated}", listed)
        count = connection.execute("SELECT count(*) FROM repeated").fetchone()
        if not count or not count[0]:
            return {}
        rows = connection.execute(
            f"SELECT r.id, t.filename, t.file_row_number FROM read_parquet($files, filename = true, "  # noqa: S608
            f"file_row_number = true) t JOIN repeated r ON r.id = t.{column} LIMIT {MOST + count[0] + 1}",
            listed,
        ).fetchall()
    if len(rows) - count[0] > MOST:
        shown = list_some(sorted({shorten(str(row[0])) for row in rows[: 20 * _SHOWN]}), _SHOWN)
        raise DataError(
            f"{name}: {count[0]} clients stand in more than one row, such as {shown}\n"
            f"Expected one row for each client in all files together; at most {MOST} other rows are set aside."
        )
    order = {str(file): i for i, file in enumerate(files)}
    first: dict[object, tuple[int, int]] = {}
    repeats = {}
    for place, client in sorted(((order[file], row), client) for client, file, row in rows):
        if first.setdefault(client, place) != place:
            repeats[place] = first[client]
    return repeats


@contextmanager
def _explained(name: str) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        said = str(error).strip()
        raise DataError(f"{name}: {explain(said) or f'DuckDB stopped: {shorten(said, 1000)}'}") from None
