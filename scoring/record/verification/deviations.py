"""What a verification tells."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from scoring.record.canonical import write_time
from scoring.record.checkpoints.checkpoint import Checkpoint

SLACK = timedelta(minutes=10)  # that clocks of several machines may differ, and a commit may last


class Problem(NamedTuple):
    """A deviation: what it concerns, and what is wrong with it."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def is_in_future(time: str) -> bool:
    """Tell whether a time of the record has not come yet, on any machine that may have written it."""
    return time > write_time(datetime.now(UTC) + SLACK)


def name_range(what: str, first: int, last: int) -> str:
    """Name one or several that are numbered.

    >>> name_range("entries", 3, 5), name_range("entries", 4, 4), name_range("checkpoints", 2, 2)
    ('entries 3 to 5', 'entry 4', 'checkpoint 2')
    """
    one = {"entries": "entry", "checkpoints": "checkpoint"}[what]
    return f"{what} {first} to {last}" if last > first else f"{one} {last}"


@dataclass
class Report:
    """What a verification has seen besides problems.

    Attributes
    ----------
    erased : entries whose body was erased.
    uncovered : entries that no checkpoint covers yet; of these nobody can say whether some are missing.
    signed : checkpoints with a signature.
    newest : the last checkpoint when the verification began; None where there was none.
    notes : what is no deviation, but limits what the verification says.
    """

    entries: int = 0
    chains: int = 0
    erased: int = 0
    uncovered: int = 0
    checkpoints: int = 0
    signed: int = 0
    newest: Checkpoint | None = None
    notes: list[str] = field(default_factory=list)
