"""Clients with what the model reads of them, their scores and decisions: the reference, or the current clients.

What is unusual about them is noted by codes, and put into words where it is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from numpy.typing import NDArray

from scoring.model.calibration import Bools, Floats
from scoring.readable.numbers import Language
from scoring.readable.texts import read_texts
from scoring.tables.text.table_errors import Note

estimation_texts = partial(read_texts, __package__, "estimation_texts.csv")


@dataclass(frozen=True)
class ClientsNote:
    """Something unusual about clients: its text is ``note_`` and the code in ``estimation_texts.csv``.

    Attributes
    ----------
    values : what the text names; a note of a table among them is written in the language of the text.

    >>> print(ClientsNote("of_table", {"name": "may.csv", "note": Note("note_hidden", {"count": 2})}))
    may.csv: hidden rows, read as all others: 2
    """

    code: str
    values: Mapping[str, str | int | Note]

    def __str__(self) -> str:
        """Text in English."""
        return self.describe("en")

    def describe(self, language: Language) -> str:
        """Text in a language."""
        said = {
            name: value.describe(language) if isinstance(value, Note) else value for name, value in self.values.items()
        }
        return estimation_texts(language)[f"note_{self.code}"].format(**said)


@dataclass(frozen=True)
class ScoredClients:
    """n clients.

    Attributes
    ----------
    name : the table or the record that they come from.
    rows : shape (n, features), model-ready.
    probability : shape (n,), the model's own probability of default, 0-1.
    refused : shape (n,), the decisions.
    target : shape (n,), 1 for a default, 0 for a repaid credit; None where outcomes are not known.
    fields : further columns by name, each of shape (n,): float64 with NaN, or objects (text) with None. Raw fields of a
        table; empty for recorded decisions.
    warnings : about what was read.
    """

    name: str
    rows: Floats
    probability: Floats
    refused: Bools
    target: NDArray[Any] | None = None
    fields: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    warnings: tuple[ClientsNote, ...] = ()

    def __len__(self) -> int:
        """Count the clients."""
        return len(self.probability)

    def select(self, chosen: NDArray[Any]) -> "ScoredClients":
        """Return some of the clients: a mask or positions."""
        return replace(
            self,
            rows=self.rows[chosen],
            probability=self.probability[chosen],
            refused=self.refused[chosen],
            target=None if self.target is None else self.target[chosen],
            fields={name: values[chosen] for name, values in self.fields.items()},
        )
