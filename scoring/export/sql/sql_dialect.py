"""How three databases write numbers, texts, names and functions. The words of a query are the same for all of them.

Numbers are literals of double precision with all digits that tell them apart: a plain ``0.1`` is a decimal number in
each of the three. A function that would end a whole query with an error for one row, such as a division that overflows
in PostgreSQL, is never reached with such values.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence

LARGEST_DOUBLE = 1.7976931348623157e308
_ALMOST_LARGEST = 1.797e308
_SMALLEST_DOUBLE = 5e-324
_NO_WEIGHT = 1e-200  # PostgreSQL ends a query where a product rounds to zero
_LARGEST_SUM = 1e300
_MOST_LISTED = 80


class Dialect(ABC):
    """The language of one database.

    Attributes
    ----------
    fence : ends a query inside a query whose columns must not be computed again at each place where they are used.
    """

    name: str
    title: str
    double: str
    string: str
    fence = ""

    @abstractmethod
    def number(self, value: float) -> str:
        """Write a number as a literal of double precision."""

    def text(self, text: str) -> str:
        """Write a text as a literal."""
        return "'" + text.replace("'", "''") + "'"

    def can_hold(self, text: str) -> bool:  # noqa: ARG002
        """Whether a text of the database may be equal to this one."""
        return True

    def name_column(self, name: str) -> str:
        """Write the name of a column or table."""
        return '"' + name.replace('"', '""') + '"'

    def fold(self, name: str) -> str:
        """Return what the database compares names by: two names with the same result are the same name."""
        return name.casefold()

    def cut(self, name: str, spare: int = 0) -> str:  # noqa: ARG002
        """Return as much of a name as the database keeps if so many bytes are left for what follows it."""
        return name

    def as_number(self, expression: str, is_flag: bool) -> str:  # noqa: ARG002
        """Read a column as a number, NaN as missing; a flag may be true or false."""
        read = f"CAST({expression} AS {self.double})"
        return f"CASE WHEN isnan({read}) THEN NULL ELSE {read} END"

    def as_text(self, expression: str) -> str:
        """Read a column as a text."""
        return f"CAST({expression} AS {self.string})"

    def list_names(self, cases: Sequence[tuple[str, str]]) -> str:
        """List the names whose conditions hold, separated by commas; NULL where none does.

        Parameters
        ----------
        cases : condition and name; in parts, because PostgreSQL's functions take at most 100 arguments.
        """
        if not cases:
            return f"CAST(NULL AS {self.string})"
        named = [f"CASE WHEN {condition} THEN {self.text(name)} END" for condition, name in cases]
        parts = [", ".join(named[i : i + _MOST_LISTED]) for i in range(0, len(named), _MOST_LISTED)]
        listed = [f"nullif(concat_ws(', ', {part}), '')" for part in parts]
        return listed[0] if len(listed) == 1 else f"nullif(concat_ws(', ', {', '.join(listed)}), '')"

    def finite(self, expression: str) -> str:
        """Turn a result that is not finite into a missing one."""
        return f"CASE WHEN abs({expression}) <= {self.number(LARGEST_DOUBLE)} THEN {expression} END"

    def ratio(self, first: str, second: str) -> str:
        """Divide; missing where the divisor is zero or the result not finite."""
        return self.finite(f"({first} / nullif({second}, {self.number(0.0)}))")

    def product(self, factors: Sequence[str]) -> str:
        """Multiply; missing where the result is not finite."""
        return self.finite("(" + " * ".join(factors) + ")")

    def mean(self, numbers: Sequence[str]) -> str:
        """Average the numbers that are not missing."""
        zero, one = self.number(0.0), self.number(1.0)
        total = " + ".join(f"coalesce({number}, {zero})" for number in numbers)
        count = " + ".join(f"CASE WHEN {number} IS NULL THEN {zero} ELSE {one} END" for number in numbers)
        return self.ratio(f"({total})", f"({count})")

    def log(self, number: str) -> str:
        """Logarithm of 1 + |x|, to the last digits also where x is next to zero (Kahan's form)."""
        size, one = f"abs({number})", self.number(1.0)
        more = f"({one} + {size})"
        return f"CASE WHEN {more} = {one} THEN {size} ELSE ln({more}) * ({size} / ({more} - {one})) END"

    def weigh(self, weight: float, number: str) -> str:
        """Multiply a number of at most 1e30 by a weight."""
        return f"{self.number(weight)} * {number}"


class DuckDB(Dialect):
    """DuckDB. ``nullif(x, 'NaN')`` would keep a NaN that the statistics of a Parquet file do not show."""

    name, title, double, string = "duckdb", "DuckDB", "DOUBLE", "VARCHAR"

    def number(self, value: float) -> str:
        """Write a number with an exponent; without one it would be a decimal number."""
        written = repr(value + 0.0)
        written += "" if "e" in written else "e0"
        return f"({written})" if value < 0 else written


class Postgres(Dialect):
    """PostgreSQL. Overflow and underflow end a query with an error, so that they are avoided."""

    name, title, double, string = "postgres", "PostgreSQL", "double precision", "text"
    fence = "OFFSET 0"  # without it, the expressions of inner queries would be copied into outer ones many times over
    _longest_name = 63  # bytes; the database cuts longer names

    def number(self, value: float) -> str:
        """Write a number."""
        return f"float8 '{value + 0.0!r}'"

    def text(self, text: str) -> str:
        """Write a text; a backslash means itself under every setting."""
        written = super().text(text)
        return "E" + written.replace("\\", "\\\\") if "\\" in text else written

    def can_hold(self, text: str) -> bool:
        """Whether a text may be in the database: none of its texts has the character NUL."""
        return "\0" not in text

    def fold(self, name: str) -> str:
        """Return the beginning of a name that the database keeps; letter case matters in quoted names."""
        return self.cut(name)

    def cut(self, name: str, spare: int = 0) -> str:
        """Return the beginning of a name that the database keeps."""
        return name.encode()[: self._longest_name - spare].decode(errors="ignore")

    def as_number(self, expression: str, is_flag: bool) -> str:
        """Read a column as a number; a flag goes through text, because a boolean cannot be read as a number."""
        if is_flag:
            text = f"CAST({expression} AS text)"
            expression = f"CASE {text} WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE {text} END"
        return f"nullif(CAST({expression} AS double precision), float8 'NaN')"

    def as_text(self, expression: str) -> str:
        """Read a column as a text that is compared byte by byte, whatever the collation of the column."""
        return f'CAST({expression} AS text) COLLATE "C"'

    def ratio(self, first: str, second: str) -> str:
        """Divide, without overflow and underflow."""
        size, part = f"abs({first})", f"abs({second})"
        return (
            f"CASE WHEN {part} < {self.number(1.0)} AND {size} > {part} * {self.number(_ALMOST_LARGEST)} THEN NULL "
            f"WHEN {part} > {self.number(1.0)} AND {size} < {part} * {self.number(_SMALLEST_DOUBLE)} "
            f"THEN {self.number(0.0)} ELSE {first} / nullif({second}, {self.number(0.0)}) END"
        )

    def product(self, factors: Sequence[str]) -> str:
        """Multiply one by one, without overflow and underflow."""
        made = factors[0]
        for factor in factors[1:]:
            made = self._times(f"({made})", factor)
        return made

    def _times(self, first: str, second: str) -> str:
        size, other, one = f"abs({first})", f"abs({second})", self.number(1.0)
        return (
            f"CASE WHEN {size} > {one} AND {other} > {self.number(_ALMOST_LARGEST)} / {size} THEN NULL "
            f"WHEN {size} < {one} AND {first} <> {self.number(0.0)} "
            f"AND {other} < {self.number(_SMALLEST_DOUBLE)} / {size} THEN {self.number(0.0)} "
            f"ELSE {first} * {second} END"
        )

    def mean(self, numbers: Sequence[str]) -> str:
        """Average the numbers, of which none is so large that their sum overflows."""
        sizes = ", ".join(f"abs({number})" for number in numbers)
        return f"CASE WHEN greatest({sizes}) <= {self.number(_LARGEST_SUM)} THEN {super().mean(numbers)} END"

    def weigh(self, weight: float, number: str) -> str:
        """Multiply by a weight; a number next to zero counts as zero."""
        near = f"abs({number}) < {self.number(_NO_WEIGHT)}"
        return f"{self.number(weight)} * CASE WHEN {near} THEN {self.number(0.0)} ELSE {number} END"


class Spark(Dialect):
    """Spark SQL, with and without ANSI mode."""

    name, title, double, string = "spark", "Spark", "DOUBLE", "STRING"

    def number(self, value: float) -> str:
        """Write a number with the suffix of double precision."""
        written = f"{value + 0.0!r}D"
        return f"({written})" if value < 0 else written

    def text(self, text: str) -> str:
        """Write a text; what settings and versions read in different ways is written by its number."""
        if not {"'", "\\"} & {*text}:
            return f"'{text}'"
        parts = re.split(r"(['\\])", text)
        written = [f"char({ord(part)})" if part in {"'", "\\"} else f"'{part}'" for part in parts if part]
        return f"concat({', '.join(written)})"

    def name_column(self, name: str) -> str:
        """Write the name of a column or table."""
        return "`" + name.replace("`", "``") + "`"

    def log(self, number: str) -> str:
        """Logarithm of 1 + |x|."""
        return f"log1p(abs({number}))"


DIALECTS: dict[str, Dialect] = {one.name: one for one in (DuckDB(), Postgres(), Spark())}
