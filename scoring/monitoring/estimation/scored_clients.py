"""Clients with what the model reads of them, their scores and decisions: the reference, or the current clients."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from numpy.typing import NDArray

from scoring.model.calibration import Bools, Floats


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
    warnings: tuple[str, ...] = ()

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
