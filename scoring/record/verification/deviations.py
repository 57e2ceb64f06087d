"""What a verification tells."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Problem(NamedTuple):
    """A deviation: what it concerns, and what is wrong with it."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass
class Report:
    """What a verification has seen besides problems.

    Attributes
    ----------
    erased : entries whose body was erased.
    uncovered : entries that no checkpoint covers yet; of these nobody can say whether some are missing.
    signed : checkpoints with a signature.
    notes : what is no deviation, but limits what the verification says.
    """

    entries: int = 0
    chains: int = 0
    erased: int = 0
    uncovered: int = 0
    checkpoints: int = 0
    signed: int = 0
    notes: list[str] = field(default_factory=list)
