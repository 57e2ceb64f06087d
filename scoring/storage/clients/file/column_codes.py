"""Columns written as codes: the position of a value among the column's distinct values."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats
from scoring.storage.clients.loading.client_cells import Texts

MOST_VALUES = 255  # of a column of numbers that is written as codes
MISSING = {1: 2**8 - 1, 2: 2**16 - 1, 4: 2**32 - 1}  # code of a missing text, by width
_BITS = 12  # of the smallest table of places


class NumberCodes:
    """A column of numbers: one byte each while it has at most ``MOST_VALUES`` distinct ones, else float64.

    Values are told apart by their bits, so that what is read back is the same to the last bit: also NaN, and -0.0.

    >>> codes = NumberCodes("a")
    >>> codes.encode(np.array([0.5, -0.0, 0.5])).tolist(), codes.encode(np.array([0.0])).tolist(), codes.width
    ([0, 1, 0], [2], 1)
    >>> codes.decode(np.array([1, 2], dtype=np.uint8)).tolist()
    [-0.0, 0.0]
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.width = 1
        self._known = np.empty(0, np.uint64)  # bits of the distinct values
        self._factor, self._shift = np.uint64(1), np.uint64(64 - _BITS)
        self._codes = np.zeros(1 << _BITS, np.uint8)  # by place
        self._values = np.zeros(256, np.uint64)  # by code

    @property
    def count(self) -> int:
        """Number of distinct values, as long as they are counted."""
        return len(self._known)

    def encode(self, values: Floats) -> NDArray[np.uint8] | Floats:
        """Return the codes of n values, shape (n,); from the first value that is one too many on, the values."""
        values = np.ascontiguousarray(values)
        if self.width == 8:
            return values
        bits = values.view(np.uint64)
        codes = self._look_up(bits)
        is_new = self._values.take(codes) != bits
        if not self.count or is_new.any():
            self._add(np.unique(bits[is_new] if self.count else bits))
            codes = self._look_up(bits) if self.width == 1 else codes
        return codes if self.width == 1 else values

    def _look_up(self, bits: NDArray[np.uint64]) -> NDArray[np.uint8]:
        # Multiplying spreads the values over the places; the factor was chosen so that no two have the same one.
        return self._codes.take(((bits * self._factor) >> self._shift).view(np.int64))

    def _add(self, bits: NDArray[np.uint64]) -> None:
        known = np.concatenate([self._known, np.setdiff1d(bits, self._known)])
        if len(known) > MOST_VALUES:
            self.width = 8
            return
        self._known = known
        self._factor, self._shift, self._codes = _find_places(known)
        self._values = np.zeros(256, np.uint64)
        self._values[: len(known)] = known

    def decode(self, codes: NDArray[np.uint8]) -> Floats:
        """Return the values of codes."""
        return self._values.view(np.float64).take(codes)

    @property
    def dtype(self) -> str:
        """Type with which the column is stored."""
        return "u1" if self.width == 1 else "<f8"

    def convert(self, stored: NDArray[Any]) -> NDArray[Any]:
        """Return what ``encode`` gave earlier as it would give it now, shape (n,)."""
        return self.decode(stored) if self.width == 8 and stored.dtype == np.uint8 else stored

    def dictionary(self) -> bytes:
        """Return the distinct values."""
        return self._known.astype("<u8").tobytes() if self.width == 1 else b""


def _find_places(bits: NDArray[np.uint64]) -> tuple[np.uint64, np.uint64, NDArray[np.uint8]]:
    """Find a factor with which each of at most 255 values gets a place of its own; codes by place."""
    draw = np.random.default_rng(0)
    for extra in range(10_000):
        size = _BITS + min(extra // 16, 8)  # with 2^20 places a factor is good with a chance of 0.97
        shift = np.uint64(64 - size)
        factor = np.uint64(int(draw.integers(2**62)) * 2 + 1)
        places = (bits * factor) >> shift
        if len(np.unique(places)) == len(bits):
            codes = np.zeros(1 << size, np.uint8)
            codes[places.view(np.int64)] = np.arange(len(bits), dtype=np.uint8)
            return factor, shift, codes
    raise RuntimeError("no factor tells the values apart")


class TextCodes:
    """A column of texts: codes of one, two or four bytes, as many as its distinct texts need.

    >>> codes = TextCodes("a")
    >>> codes.encode(Texts(np.array([0, -1, 1], dtype=np.int32), ["x", "y"])).tolist()
    [0, 255, 1]
    >>> codes.encode(Texts(np.array([0], dtype=np.int32), ["y"])).tolist()
    [1]
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._codes: dict[str, int] = {}

    @property
    def count(self) -> int:
        """Number of distinct texts."""
        return len(self._codes)

    @property
    def width(self) -> int:
        """Bytes of a code."""
        return next(width for width, missing in MISSING.items() if self.count <= missing)

    def encode(self, texts: Texts) -> NDArray[Any]:
        """Return the codes of n texts, shape (n,)."""
        codes = [self._codes.setdefault(text, len(self._codes)) for text in texts.texts]
        known: NDArray[Any] = np.array([*codes, MISSING[self.width]], dtype=self.dtype)
        return known[texts.codes]  # -1, for a missing text, is the last place

    @property
    def dtype(self) -> str:
        """Type with which the column is stored."""
        return f"<u{self.width}"

    def convert(self, stored: NDArray[Any]) -> NDArray[Any]:
        """As of ``NumberCodes``."""
        if stored.dtype == self.dtype:
            return stored
        codes = stored.astype(self.dtype)
        codes[stored == MISSING[stored.dtype.itemsize]] = MISSING[self.width]
        return codes

    def dictionary(self) -> bytes:
        """Return the distinct texts: their ends, then all in UTF-8."""
        encoded = [text.encode() for text in self._codes]
        ends = np.cumsum([len(one) for one in encoded], dtype="<u8") if encoded else np.empty(0, "<u8")
        return ends.tobytes() + b"".join(encoded)


ColumnCodes = NumberCodes | TextCodes


def in_stored_order(columns: Sequence[ColumnCodes]) -> list[int]:
    """Order the columns of a record: wide numbers, numbers of one byte, texts."""
    ranks = [(isinstance(one, TextCodes), one.dtype != "<f8") for one in columns]
    return sorted(range(len(columns)), key=lambda i: ranks[i])
