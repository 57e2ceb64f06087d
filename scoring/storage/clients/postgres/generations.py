"""The tables of clients in PostgreSQL: some for each load, and which load is served.

``client_generations`` has a row a load, ``client_pointer`` one row in all: the number of the generation that is served.
Generation 7 is in ``client_rows_7``, ``client_sample_7`` and, with raw applications, ``client_facts_7``. A load makes
the tables, fills them and moves the pointer in one transaction. Whoever reads, reads the pointer in the same statement
as the rows: a statement sees the former generation or the new one, whole.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from scoring.errors import ClientTableError
from scoring.storage.clients.client_table import column_errors, how_to_load_again
from scoring.storage.clients.loading.stored_schema import StoredSchema
from scoring.storage.clients.postgres.row_codes import RowDecoder

FORMAT = 1  # of a generation's tables and description
LOCK = 0x70726370  # names loading among the advisory locks of a database
TABLES = """
CREATE TABLE IF NOT EXISTS client_generations (
    number BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY, begun_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    loaded_at TIMESTAMPTZ, description TEXT);
CREATE TABLE IF NOT EXISTS client_pointer (one BOOLEAN PRIMARY KEY DEFAULT true CHECK (one), generation BIGINT NOT NULL)
"""
CURRENT = (
    "SELECT p.generation, g.description FROM client_pointer p LEFT JOIN client_generations g ON g.number = p.generation"
)


@dataclass(frozen=True)
class Description:
    """What is known of a generation beside its rows.

    Attributes
    ----------
    fingerprint, id_name, id_kind, features : of the model that it was loaded for.
    count : number of clients.
    fields : names of the fields of raw applications, in the order in which they are kept; None without applications.
    portfolios : columns kept beside the rows, in the order of ``portfolio_0``, ``portfolio_1`` and so on.
    codes : for the ``RowDecoder``.
    """

    fingerprint: str
    id_name: str
    id_kind: str
    features: tuple[str, ...]
    count: int
    fields: tuple[str, ...] | None
    portfolios: tuple[str, ...]
    codes: Mapping[str, Any] = field(repr=False)

    def to_json(self) -> str:
        """Write it as it is kept."""
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Description":
        """Read what ``to_json`` has written; raises ValueError for what another version has written."""
        read = json.loads(text)
        found = read.pop("format", None)
        if found != FORMAT:
            raise ValueError(f"its format is {found!r}, expected {FORMAT}")
        lists = {name: tuple(value) for name, value in read.items() if isinstance(value, list)}
        return cls(**{**read, **lists})

    def refuse_other_model(self, wanted: StoredSchema, name: str) -> None:
        """Raise ClientTableError unless the rows were loaded for a model with these columns and values."""
        if self.fingerprint == wanted.fingerprint:
            return
        errors = column_errors(wanted.features, self.features, "the model")
        own, given = (wanted.identity.name, wanted.identity.kind), (self.id_name, self.id_kind)
        if own != given:
            errors.append(f"clients are named by {given[0]} ({given[1]}), expected {own[0]} ({own[1]})")
        if not errors:
            errors.append(
                "the columns have the model's names, but were made for another fit of it: the same numbers mean "
                "something else there"
            )
        raise ClientTableError.listing(name, errors, how_to_load_again("postgresql://USER@HOST/DATABASE"))


@dataclass(frozen=True)
class Condition:
    """A portfolio: a column and the text of its value."""

    column: str
    value: str


Conditions = Sequence[Condition]


@dataclass(frozen=True, eq=False)
class Generation:
    """The generation that is served, and the statements that read it.

    Every statement reads the pointer too, and gives its generation first.
    """

    number: int
    about: Description

    @cached_property
    def decoder(self) -> RowDecoder:
        """What decodes its rows."""
        return RowDecoder(self.about.codes)

    def find(self, conditions: Conditions) -> str:
        """Find a client by id: generation, row, facts."""
        return self._select(f"row, {self._facts()}", f"c.id = %s{self._and(conditions)}")

    def find_row(self, conditions: Conditions) -> str:
        """Find a client's row by id, which is faster: generation, id, row."""
        return self._select("c.id, row", f"c.id = %s{self._and(conditions)}")

    def find_many(self, conditions: Conditions) -> str:
        """Find clients by ids: generation, id, row; one line at least."""
        return self._select("c.id, row", f"c.id = ANY(%s){self._and(conditions)}")

    def page(self, conditions: Conditions, *, first: bool) -> str:
        """List ids, after one unless it is the ``first`` page: generation, ids."""
        after = "true" if first else "c.id > %s"
        rows = f"SELECT c.id FROM {self._clients()} WHERE {after}{self._and(conditions)} ORDER BY c.id LIMIT %s"
        return f"SELECT p.generation, ARRAY({rows}) FROM client_pointer p"

    def count(self, conditions: Conditions) -> str:
        """Count a portfolio: generation, number."""
        rows = f"SELECT count(*) FROM {self._clients()} WHERE true{self._and(conditions)}"
        return f"SELECT p.generation, ({rows}) FROM client_pointer p"

    def sample(self, conditions: Conditions) -> str:
        """Read the sample that was drawn with the load: generation, row, outcome, facts; one line at least."""
        where = f"true{self._and(conditions)} ORDER BY c.id"
        return self._select(f"row, outcome, {self._facts()}", where, f"client_sample_{self.number} c")

    def drawn(self, conditions: Conditions, most: int) -> str:
        """Draw a sample of a portfolio, always the same one, or everybody of a small one: as ``sample``."""
        drawn = f"SELECT c.id FROM {self._clients()} WHERE true{self._and(conditions)}"
        where = f"c.id IN ({drawn} ORDER BY hashtext(c.id::text), c.id LIMIT {most}) ORDER BY c.id"
        return self._select(f"row, outcome, {self._facts()}", where)

    def has_column(self, column: str) -> bool:
        """Tell whether portfolios can be read by this column."""
        return self._text_of(column) is not None

    def _select(self, columns: str, where: str, source: str = "") -> str:
        rows = f"SELECT {columns} FROM {source or self._clients()} WHERE {where}"
        return f"SELECT p.generation, found.* FROM client_pointer p LEFT JOIN LATERAL ({rows}) found ON true"

    def _clients(self) -> str:
        rows = f"client_rows_{self.number} c"
        return f"{rows} LEFT JOIN client_facts_{self.number} f ON f.id = c.id" if self.about.fields else rows

    def _facts(self) -> str:
        return "facts" if self.about.fields else "NULL"

    def _and(self, conditions: Conditions) -> str:
        return "".join(f" AND {self._column(condition.column)} = %s" for condition in conditions)

    def _column(self, column: str) -> str:
        text = self._text_of(column)
        if text is None:
            raise KeyError(f"the clients loaded last have no column {column}, which a portfolio names")
        return text

    def _text_of(self, column: str) -> str | None:
        """Write the expression for a column's value as text; None where it is not known."""
        about = self.about
        if column in about.portfolios:
            return f"portfolio_{about.portfolios.index(column)}"
        if about.fields and column in about.fields:
            return f"facts ->> {about.fields.index(column)}"
        return self.decoder.text_of(about.features.index(column)) if column in about.features else None
