"""Columns of a batch as numbers, texts and ids; cells that cannot be used are collected for one message."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.errors import list_some, shorten
from scoring.model.calibration import Floats
from scoring.model.schema import MOST_DIGITS, Identity
from scoring.tables.columns import as_numbers, as_texts

if TYPE_CHECKING:
    import pyarrow as pa

_SHOWN = 5  # cells of one kind that a message lists
_EXACT = 2**53  # a larger whole number in floating point may stand for its neighbours


class Texts(NamedTuple):
    """A column of n texts.

    Attributes
    ----------
    codes : shape (n,), int32: positions in ``texts``; -1 where a value is missing.
    texts : the distinct texts.
    """

    codes: NDArray[np.int32]
    texts: Sequence[str]

    def values(self) -> list[str | None]:
        """Every value, None where it is missing."""
        known = [*self.texts, None]  # -1 is the last place
        return [known[code] for code in self.codes.tolist()]

    def take(self, chosen: NDArray[np.bool_]) -> "Texts":
        """Return the chosen ones, without texts that none of them has.

        >>> Texts(np.array([0, 1, -1], dtype=np.int32), ["a", "b"]).take(np.array([False, True, True]))
        Texts(codes=array([ 0, -1], dtype=int32), texts=['b'])
        """
        codes = self.codes[chosen]
        used = np.unique(codes[codes >= 0])
        return Texts(
            np.where(codes < 0, -1, np.searchsorted(used, codes)).astype(np.int32), [self.texts[i] for i in used]
        )


@dataclass
class WrongCells:
    """Cells that cannot be used, over all batches of a table.

    >>> wrong = WrongCells()
    >>> wrong.add("column a has cells that are not finite numbers", ["x", None], [0, 1], first=7, word="row")
    >>> wrong.messages()
    ['column a has cells that are not finite numbers: x (row 7), empty (row 8)']
    """

    _shown: dict[str, list[str]] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self._counts)

    def add(self, what: str, cells: Sequence[object], places: "Sequence[int] | Any", first: int, word: str) -> None:
        """Add the cells of one batch.

        Parameters
        ----------
        what : begins the message.
        cells : at least the first few of the wrong ones.
        places : of all wrong cells in the batch, from 0.
        first, word : as of ``Batch``.
        """
        shown = self._shown.setdefault(what, [])
        for cell, place in list(zip(cells, places, strict=False))[: _SHOWN - len(shown)]:
            absent = cell is None or cell != cell  # NaN is the one value that differs from itself
            shown.append(f"{'empty' if absent else shorten(str(cell))} ({word} {int(place) + first})")
        self._counts[what] = self._counts.get(what, 0) + len(places)

    def messages(self) -> list[str]:
        """One message for each kind of error."""
        more = {what: count - len(self._shown[what]) for what, count in self._counts.items()}
        return [
            f"{what}: {', '.join(shown)}" + (f" and {more[what]} more" if more[what] else "")
            for what, shown in self._shown.items()
        ]


def may_be_numbers(kind: "pa.DataType") -> bool:
    """Whether ``read_numbers`` reads a column of this type: of numbers, flags (0 and 1), or texts of plain numbers.

    >>> import pyarrow as pa
    >>> [may_be_numbers(kind) for kind in (pa.int8(), pa.decimal128(9, 2), pa.bool_(), pa.string(), pa.null())]
    [True, True, True, True, True]
    >>> [may_be_numbers(kind) for kind in (pa.timestamp("s"), pa.binary(), pa.list_(pa.int8()))]
    [False, False, False]
    """
    from pyarrow import types

    kind = kind.value_type if types.is_dictionary(kind) else kind
    tests = (types.is_integer, types.is_floating, types.is_decimal, types.is_boolean, types.is_null)
    return any(test(kind) for test in (*tests, types.is_string, types.is_large_string))


def may_be_ids(kind: "pa.DataType") -> bool:
    """Whether ``read_ids`` reads a column of this type: of numbers or texts."""
    from pyarrow import types

    return may_be_numbers(kind) and not (types.is_boolean(kind) or types.is_null(kind))


def describe_type(field: "pa.Field", identity: Identity | None = None) -> list[str]:
    """Say that a column has a type that cannot be read as numbers or, if it is the identity, as ids; else nothing."""
    if may_be_numbers(field.type) if identity is None else may_be_ids(field.type):
        return []
    expected = "numbers" if identity is None else f"client {identity.noun()}s"
    return [f"column {field.name} holds {field.type}, expected {expected}"]


def read_numbers(column: "pa.Array") -> Floats:
    """Read numbers, NaN for what is none; shape (n,). A text is read if it is a plain number with a decimal point."""
    from pyarrow import types

    column = decode(column)
    if column.type == "double" and not column.null_count:
        plain: Floats = column.to_numpy()
        return plain
    if not (types.is_string(column.type) or types.is_large_string(column.type)) and may_be_numbers(column.type):
        values: Floats = column.cast("float64", safe=False).to_numpy(zero_copy_only=False)
        return values
    return as_numbers(column.to_pandas()).to_numpy()


def are_finite(values: Floats) -> bool:
    """Whether all numbers are finite.

    >>> are_finite(np.array([1e308, 1e308])), are_finite(np.array([np.inf, -np.inf]))
    (True, False)
    """
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.add.reduce(values)  # finite only if all are, and faster than to ask each
    return math.isfinite(total) or bool(np.isfinite(values).all())


def are_empty(column: "pa.Array") -> NDArray[np.bool_]:
    """Tell which cells are empty, shape (n,)."""
    from pyarrow import types

    column = decode(column)
    empty = column.is_null(nan_is_null=types.is_floating(column.type))
    found: NDArray[np.bool_] = empty.to_numpy(zero_copy_only=False)
    return found


def read_texts(column: "pa.Array") -> Texts:
    """Read texts; numbers are written as the service writes them, whole ones without decimals."""
    import pyarrow as pa
    from pyarrow import types

    column = decode(column)
    if not (types.is_string(column.type) or types.is_large_string(column.type)):
        column = pa.array(as_texts(column.to_pandas()), type=pa.string(), from_pandas=True)
    encoded = column.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return Texts(codes, encoded.dictionary.to_pylist())


def read_ids(column: "pa.Array", identity: Identity) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Read client numbers (int64) or text ids (bytes); and tell which do not have the identity's form, shape (n,)."""
    from pyarrow import types

    column = decode(column)
    if identity.kind == "number" and types.is_integer(column.type):
        return _whole_ids(column, identity)
    if identity.kind == "number" and types.is_floating(column.type):
        values = read_numbers(column)
        usable = np.abs(values) < _EXACT
        whole = np.where(usable, values, -1.0).astype(np.int64)
        return whole, ~usable | (whole != values) | ~_are_within(whole, identity)
    return _ids_of_texts(column, identity)


def _whole_ids(column: "pa.Array", identity: Identity) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    given = column.fill_null(0).to_numpy(zero_copy_only=False)
    wrong = ~_are_within(given, identity)
    if column.null_count:
        wrong |= column.is_null().to_numpy(zero_copy_only=False)
    return given.astype(np.int64, copy=False), wrong


def _are_within(numbers: NDArray[Any], identity: Identity) -> NDArray[np.bool_]:
    low = 10 ** (identity.digits - 1) if identity.digits and identity.digits > 1 else 0
    within: NDArray[np.bool_] = (numbers >= low) & (numbers < 10 ** (identity.digits or MOST_DIGITS))
    return within


def _ids_of_texts(column: "pa.Array", identity: Identity) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    read = read_texts(column)
    form = identity.pattern()
    is_usable = np.array([bool(form.fullmatch(text)) for text in read.texts] + [False])
    blank = "a" if identity.kind == "text" else "0"
    parsed = [identity.parse_id(text if fits else blank) for text, fits in zip(read.texts, is_usable, strict=False)]
    ids = np.array([*parsed, blank] if identity.kind == "text" else [*parsed, 0], "S" if blank == "a" else np.int64)
    return ids[read.codes], ~is_usable[read.codes]


def decode(column: "pa.Array") -> "pa.Array":
    """Write a column of categories as the values themselves."""
    from pyarrow import types

    return column.dictionary_decode() if types.is_dictionary(column.type) else column


class IdOrder:
    """Collects the ids of a table, to find duplicates and the ascending order."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._parts: list[NDArray[Any]] = []

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def add(self, client_ids: NDArray[Any]) -> None:
        """Add the ids of a batch."""
        self._parts.append(client_ids)

    def sort(self) -> tuple[NDArray[Any], NDArray[np.intp] | None, list[str]]:
        """Sort the ids.

        Returns
        -------
        The ids ascending; the rows in their order, None where it is that of the table; the errors.
        """
        ids = np.concatenate(self._parts) if len(self._parts) > 1 else self._parts[0]
        self._parts = [ids]
        if bool((ids[1:] > ids[:-1]).all()):
            return ids, None, []
        order = np.argsort(ids, kind="stable")
        ids = ids[order]
        same = np.flatnonzero(ids[1:] == ids[:-1])
        noun, name = self._identity.noun(), self._identity.name
        twice = [self._identity.format_id(_plain_id(one)) for one in np.unique(ids[same]).tolist()]
        errors = [f"{name} has duplicate client {noun}s: {list_some(twice, _SHOWN)}"] if twice else []
        return ids, order, errors


def _plain_id(client_id: int | bytes) -> int | str:
    return client_id.decode("ascii") if isinstance(client_id, bytes) else client_id
