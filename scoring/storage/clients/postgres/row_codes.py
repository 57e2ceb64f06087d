"""Model-ready rows in few bytes, exact to the last bit.

A column with at most 256 distinct values takes one byte: its place in a dictionary. Any other takes the eight bytes of
the number. Rows are encoded as they come: once a column turns out to have more values, the rows after it have another
layout. The first byte of a row names its layout.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats
from scoring.storage.clients.client_store import portfolio_text

Bytes = NDArray[np.uint8]
_MOST_VALUES = 256  # of a column in one byte
_MOST_LAYOUTS = 256
_PLACE_BITS = 14
_PLACES = 2**_PLACE_BITS
_MOST_FACTORS = 1000


class _Dictionary:
    """The distinct values of a column, compared by their bits, and the bytes that stand for them.

    A value is looked up in a table at a place computed from its bits. The values known so far have different places.
    """

    def __init__(self) -> None:
        self.values = np.empty(0, np.uint64)  # by code
        self._factor = np.uint64(1)
        self._codes, self._known = np.zeros(_PLACES, np.uint8), np.zeros(_PLACES, np.uint64)

    def encode(self, bits: NDArray[np.uint64]) -> Bytes | None:
        """Encode values, shape (n,); None where there are too many distinct ones."""
        places = self._places(bits)
        unknown = self._known.take(places) != bits
        if len(self.values) and not unknown.any():
            codes: Bytes = self._codes.take(places)
            return codes
        self.values = np.concatenate([self.values, np.unique(bits[unknown] if len(self.values) else bits)])
        return self.encode(bits) if len(self.values) <= _MOST_VALUES and self._arrange() else None

    def _arrange(self) -> bool:
        """Find a factor that gives all values different places."""
        for factor in np.random.default_rng(0).integers(2**63, 2**64, _MOST_FACTORS, np.uint64) | np.uint64(1):
            self._factor = factor
            places = self._places(self.values)
            if len(np.unique(places)) == len(places):
                self._codes[places] = np.arange(len(places), dtype=np.uint8)
                # The other places hold a value that belongs elsewhere, so that no value is found there.
                self._known[:] = self.values[0]
                self._known[places] = self.values
                return True
        return False

    def _places(self, bits: NDArray[np.uint64]) -> NDArray[np.int64]:
        mixed = bits * self._factor
        mixed >>= np.uint64(64 - _PLACE_BITS)
        return mixed.view(np.int64)


class RowEncoder:
    """Encodes rows, batch by batch.

    >>> encoder = RowEncoder(2)
    >>> encoder.encode([np.array([0.5, 0.25, 0.5]), np.array([1.0, 1.0, float("nan")])]).tolist()
    [[0, 1, 0], [0, 0, 0], [0, 1, 1]]
    """

    def __init__(self, features: int) -> None:
        self._dictionaries = [_Dictionary() for _ in range(features)]
        self._wide: list[int] = []  # columns that take eight bytes
        self._layouts: list[list[int]] = []

    def encode(self, columns: Sequence[Floats]) -> Bytes:
        """Encode n rows, given as columns of shape (n,); the result has shape (n, bytes of a row)."""
        given = [np.ascontiguousarray(column, np.float64).view(np.uint64) for column in columns]
        codes = {i: self._dictionaries[i].encode(given[i]) for i in range(len(given)) if i not in set(self._wide)}
        self._wide = sorted({*self._wide, *(i for i, code in codes.items() if code is None)})
        if self._layouts[-1:] != [self._wide]:
            if len(self._layouts) == _MOST_LAYOUTS - 1:  # the last layout takes whatever comes
                self._wide = list(range(len(given)))
            self._layouts.append(self._wide)
        layout = np.full(len(given[0]), len(self._layouts) - 1, np.uint8)
        narrow = [code for i, code in codes.items() if code is not None and i not in set(self._wide)]
        wide = [given[i].astype("<u8").view(np.uint8).reshape(-1, 8) for i in self._wide]
        rows = np.empty((len(layout), 1 + len(narrow) + 8 * len(wide)), np.uint8)
        rows[:, : 1 + len(narrow)] = np.array([layout, *narrow]).T
        for i, numbers in enumerate(wide):
            rows[:, rows.shape[1] - 8 * (len(wide) - i) :][:, :8] = numbers
        return rows

    def describe(self) -> dict[str, Any]:
        """Describe the rows for ``RowDecoder``, as JSON takes it."""
        values = [dictionary.values[:_MOST_VALUES].tolist() for dictionary in self._dictionaries]
        return {"layouts": self._layouts, "values": values}


class RowDecoder:
    """Decodes the rows that a ``RowEncoder`` has encoded.

    >>> encoder = RowEncoder(2)
    >>> rows = encoder.encode([np.array([0.5, 0.25]), np.array([1.0, float("nan")])])
    >>> RowDecoder(encoder.describe()).decode(rows[1].tobytes()).tolist()
    [0.25, nan]
    """

    def __init__(self, described: Mapping[str, Any]) -> None:
        values = [np.array(bits, np.uint64).view(np.float64) for bits in described["values"]]
        self._features = len(values)
        self._dictionaries, self._values = values, np.concatenate(values)
        starts = np.cumsum([0, *map(len, values[:-1])])
        self._layouts = []
        for wide in described["layouts"]:
            narrow = [i for i in range(self._features) if i not in set(wide)]
            self._layouts.append((np.array(narrow, np.intp), starts[narrow], np.array(wide, np.intp)))

    def decode(self, encoded: bytes) -> Floats:
        """Decode one row, shape (features,)."""
        narrow, starts, wide = self._layouts[encoded[0]]
        codes = np.frombuffer(encoded, np.uint8, len(narrow), 1)
        known: Floats = self._values[codes + starts]
        if not len(wide):
            return known
        row = np.empty(self._features)
        row[narrow] = known
        row[wide] = np.frombuffer(encoded, "<f8", len(wide), 1 + len(narrow))
        return row

    def text_of(self, feature: int) -> str | None:
        """Write the SQL expression for a feature's value as portfolios name it; None unless it takes one byte always.

        >>> encoder = RowEncoder(1)
        >>> _ = encoder.encode([np.array([0.5, 2.0])])
        >>> RowDecoder(encoder.describe()).text_of(0)
        "(ARRAY['0.5','2']::text[])[1 + get_byte(row, (ARRAY[1])[1 + get_byte(row, 0)])]"
        """
        if any(feature in wide for _, _, wide in self._layouts):
            return None
        places = ",".join(str(1 + narrow.tolist().index(feature)) for narrow, _, _ in self._layouts)
        known = map(portfolio_text, self._dictionaries[feature].tolist())
        texts = ",".join("NULL" if text is None else f"'{text}'" for text in known)
        return f"(ARRAY[{texts}]::text[])[1 + get_byte(row, (ARRAY[{places}])[1 + get_byte(row, 0)])]"
