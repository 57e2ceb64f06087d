"""What a lender says about the columns of a table, and the errors in it."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

from scoring.errors import find_similar
from scoring.model.schema import FieldType, LeftOut, Riskier, Role, Tier
from scoring.tables.missing_markers import CODE
from scoring.tables.table_reader import UNNAMED
from scoring.tables.text.cells import compose
from scoring.tables.text.number_texts import DecimalMark, parse_number

_ROLES = {"--target": "target", "--id": "identity", "--weights": "weights", "--time": "time"}
PARTS: tuple[Role, ...] = ("credit", "instalment", "price")  # of the contract, as amounts of money
ALL = "*"  # in ``missing``: every column


@dataclass(frozen=True)
class ColumnOptions:
    """What a lender says about the columns of a table.

    Attributes
    ----------
    target : the column with the outcome.
    identity : the column that names the client; ``""`` for the column without a name, None to number the rows.
    positive : the value of the target that is a default; by default 1, or true.
    missing : texts and numbers that mean "missing", by column; those of ``*`` in every column.
    kinds : types of columns (``number``, ``integer`` or ``category``) that differ from what the columns look like.
    drop : columns to leave out.
    keep : the only columns that may be features; those with a tier are kept too, to be measured. Empty for all.
    riskier : which values of a number are riskier, ``higher`` or ``lower``, where it is known.
    roles : what a number says of the credit asked for, one of ``PARTS``; alternatives are computed from these.
    tiers : columns that are protected or proxies; all others are justified.
    justified : reasons for using columns that are or may be protected.
    decimal : the decimal mark of the file; found from its numbers by default.
    weights : the column that says how often each client counts.
    time : the column that says when each client applied.
    """

    target: str
    identity: str | None
    positive: str | None = None
    missing: Mapping[str, Sequence[str]] = field(default_factory=dict)
    kinds: Mapping[str, FieldType] = field(default_factory=dict)
    drop: Collection[str] = ()
    keep: Collection[str] = ()
    riskier: Mapping[str, Riskier] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    tiers: Mapping[str, Tier] = field(default_factory=dict)
    justified: Mapping[str, str] = field(default_factory=dict)
    decimal: DecimalMark | None = None
    weights: str | None = None
    time: str | None = None

    def markers(self, name: str, kind: FieldType | None = None, decimal: DecimalMark = ".") -> tuple[float | str, ...]:
        """Return the missing-value markers of a column: texts for a category, otherwise numbers where they are numbers.

        Parameters
        ----------
        decimal : the decimal mark of the file, in which numbers are written.

        >>> options = ColumnOptions("bad", "id", missing={"score": ["9999", "?"], "*": ["-9"]})
        >>> options.markers("score"), options.markers("score", "category")
        ((9999.0, '?', -9.0), ('9999', '?', '-9'))
        """
        texts = dict.fromkeys([*self.missing.get(name, ()), *self.missing.get(ALL, ())])
        if kind == "category":
            return tuple(texts)
        return tuple(dict.fromkeys(parse_marker(text, decimal) for text in texts))

    @property
    def keys(self) -> dict[str, str]:
        """The columns that are never features, by the option that names them."""
        named = {"--target": self.target, "--id": self.identity, "--weights": self.weights, "--time": self.time}
        return {option: name for option, name in named.items() if name is not None}

    @property
    def names(self) -> set[str]:
        """All columns that are named."""
        named = {*self.missing, *self.kinds, *self.drop, *self.keep, *self.riskier, *self.roles, *self.tiers}
        return {*self.keys.values(), *named, *self.justified} - {ALL}

    def why_left_out(self, name: str) -> LeftOut | None:
        """Tell why a column is not to be learned from; None if it is."""
        if name == self.time:
            return LeftOut(code="time")
        if name == self.weights:
            return LeftOut(code="weights")
        if name in self.drop:
            return LeftOut(code="drop")
        return LeftOut(code="keep") if self.keep and name not in {*self.keep, *self.tiers} else None

    def find_errors(self, names: Sequence[str]) -> list[str]:
        """List the options that do not fit a table with these columns."""
        return [*self._wrong_names(names), *self._unknown_values(), *self._contradictions()]

    def _wrong_names(self, names: Sequence[str]) -> list[str]:
        given: dict[str, Collection[str]] = {
            "--missing": [name for name in self.missing if name != ALL],
            "--kind": self.kinds,
            "--drop": self.drop,
            "--keep": self.keep,
            "--riskier": self.riskier,
            "--role": self.roles,
            "--protected or --proxy": self.tiers,
            "--justified": self.justified,
        }
        named = list(self.keys.items())
        named += [(option, name) for option, some in given.items() for name in some]
        codes = {name + CODE for name in names} if self.missing else set()
        named = [(option, name) for option, name in named if option != "--drop" or name not in codes]
        errors = [f"{option} {name!r}: {_no_such(option, name, names)}" for option, name in named if name not in names]
        roles: dict[str, str] = {}
        for option, name in self.keys.items():
            if name in roles:
                errors.append(f"column {name} cannot be both {roles[name]} and {_ROLES[option]}: name another column")
            roles.setdefault(name, _ROLES[option])
        return errors + [
            f"{option} {name!r}: is the {roles[name]}, never a feature"
            for option, some in given.items()
            for name in some
            if name in roles
        ]

    def _contradictions(self) -> list[str]:
        used = {**dict.fromkeys(self.roles, "role"), **dict.fromkeys(self.justified, "justified"), **self.tiers}
        return (
            [
                f"--justified {name!r}: is also passed as --{self.tiers[name]}; expected one of them"
                for name in self.justified
                if name in self.tiers
            ]
            + [
                f"--drop {name!r}: is also passed as --{used[name]}; expected one of them"
                for name in self.drop
                if name in used
            ]
            + [
                f"--keep {name!r}: is also passed as --{self.tiers.get(name, 'drop')}; expected one of them"
                for name in self.keep
                if name in self.drop or name in self.tiers
            ]
            + [
                f"--role: the columns {', '.join(names)} are all the {role}; expected one"
                for role in PARTS
                if len(names := [name for name, given in self.roles.items() if given == role]) > 1
            ]
        )

    def _unknown_values(self) -> list[str]:
        stated: tuple[tuple[str, Mapping[str, str], tuple[str, ...]], ...] = (
            ("--kind", self.kinds, get_args(FieldType)),
            ("--riskier", self.riskier, get_args(Riskier)),
            ("--role", self.roles, PARTS),
        )
        return [
            f"{option} '{name}={value}': expected one of: {', '.join(expected)}"
            for option, given, expected in stated
            for name, value in given.items()
            if value not in expected
        ]


def _no_such(option: str, name: str, names: Sequence[str]) -> str:
    if close := find_similar(name, names):
        return f"no such column; did you mean {close!r}?"
    what = "no column is without a name" if option == "--id" and name == UNNAMED else "no such column"
    return (
        f"{what}; name the column with the client IDs, or pass --number-rows if there is none"
        if option == "--id"
        else what
    )


def parse_marker(text: str, decimal: DecimalMark = ".") -> float | str:
    """Read a missing-value marker: a number where it is one, as the file writes numbers or with a decimal point.

    >>> parse_marker("-9"), parse_marker("Unknown"), parse_marker("nan")
    (-9.0, 'Unknown', 'nan')
    >>> parse_marker("-1,5", ","), parse_marker("-1.5", ","), parse_marker("9.999", ",")
    (-1.5, -1.5, 9999.0)
    """
    marks: tuple[DecimalMark, ...] = (decimal, ".")
    numbers = [number for mark in marks if (number := parse_number(text, mark)) is not None]
    return float(numbers[0]) if numbers and math.isfinite(numbers[0]) else compose(text)
