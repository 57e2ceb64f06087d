"""A query as layers: each one computes columns from those of the layer below it."""

from collections.abc import Sequence
from typing import NamedTuple

from scoring.export.sql.sql_dialect import Dialect


class Column(NamedTuple):
    """A column of a layer: an expression over the columns below, and its name as it is written."""

    expression: str
    name: str


class Layer(NamedTuple):
    """A layer; its columns are all that the layers above can use, beside the client's id.

    Attributes
    ----------
    source : what it reads from; by default the layer below.
    """

    name: str
    columns: Sequence[Column]
    source: str = ""


class Names:
    """Names of columns inside a query, each different from all others in the eyes of the database.

    Attributes
    ----------
    identity, invalid : the columns with the client's id, and with the names of invalid fields.

    >>> from scoring.export.sql.sql_dialect import DIALECTS
    >>> names = Names(DIALECTS["duckdb"])
    >>> names.of("age"), names.of("AGE"), names.of("age")
    ('"age"', '"AGE (2)"', '"age"')
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._given: dict[str, str] = {}
        self._taken: set[str] = set()
        self.identity, self.invalid = self.of("\0client", "client"), self.of("\0invalid", "invalid")

    def of(self, name: str, written: str = "") -> str:
        """Return the quoted name; ``written`` is what to call it where nothing else has this name."""
        if name not in self._given:
            wanted, number = written or name, 1
            free = self._dialect.cut(wanted)
            while self._dialect.fold(free) in self._taken:
                number += 1
                free = f"{self._dialect.cut(wanted, len(f' ({number})'))} ({number})"
            self._taken.add(self._dialect.fold(free))
            self._given[name] = self._dialect.name_column(free)
        return self._given[name]


def keep(*names: str) -> list[Column]:
    """Return columns that a layer hands on unchanged."""
    return [Column(name, name) for name in names]


def write_layers(layers: Sequence[Layer], identity: str, fence: str) -> str:
    """Write layers as common table expressions; the last one is the query itself.

    Parameters
    ----------
    identity : the column with the client's id, which every layer between the first and the last one hands on.
    fence : written at the end of each inner query.
    """
    parts, below = [], ""
    for layer in layers[:-1]:
        columns = list(layer.columns) if layer.source else [*keep(identity), *layer.columns]
        query = _select(columns, f"{layer.source or below} {fence}".rstrip(), "  ")
        below = f"scoring_{layer.name}"  # no table of a lender should have this name
        parts.append(f"{below} AS (\n{query}\n)")
    return "WITH " + ",\n".join(parts) + "\n" + _select(layers[-1].columns, below, "")


def _select(columns: Sequence[Column], source: str, indent: str) -> str:
    written = [one.name if one.expression == one.name else f"{one.expression} AS {one.name}" for one in columns]
    return f"{indent}SELECT\n{indent}  " + f",\n{indent}  ".join(written) + f"\n{indent}FROM {source}"
