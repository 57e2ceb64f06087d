"""What the last ``decisions verify`` found, in a small file beside the checkpoints outside the database.

The file is as trustworthy as the folder it is in: whoever may write there can write any result. It names the checkpoint
that was the last one then, so that a result on another record is not taken for one on this.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import AwareDatetime, Field, ValidationError

from scoring.model.schema import Frozen
from scoring.record.checkpoints.checkpoint import after
from scoring.record.stores.session import Session
from scoring.record.verification.deviations import Problem, Report
from scoring.storage.whole_files import real_path, replace_files

OLD = timedelta(days=1)  # a record should be verified every day
_LISTED = 20  # deviations


class VerifiedCheckpoint(Frozen):
    """The last checkpoint when the record was verified; ``hash`` has hexadecimal digits."""

    number: int = Field(ge=1)
    hash: str


class Verification(Frozen):
    """What a verification found.

    Attributes
    ----------
    began_at, ended_at : when, UTC.
    entries, checkpoints, signed : how many it read, and how many of the checkpoints are signed.
    with_key : whether the signatures were compared with a key that was given.
    deviations : how many it found; 0 where the record is intact.
    first_deviations : the first of them, in English.
    last_checkpoint : null where there was none.
    """

    began_at: AwareDatetime
    ended_at: AwareDatetime
    entries: int = Field(ge=0)
    checkpoints: int = Field(ge=0)
    signed: int = Field(ge=0)
    with_key: bool
    deviations: int = Field(ge=0)
    first_deviations: list[str]
    last_checkpoint: VerifiedCheckpoint | None

    def is_old(self, now: datetime) -> bool:
        """Tell whether it is more than a day old."""
        return now - self.began_at > OLD

    def is_of(self, session: Session) -> bool:
        """Tell whether the record still has the checkpoint that was the last one; raises as the database does."""
        if self.last_checkpoint is None:
            return True
        found = after(session, self.last_checkpoint.number - 1, self.last_checkpoint.number, 1)
        return bool(found) and found[0].hash.hex() == self.last_checkpoint.hash


def result_file(checkpoints: Path | None) -> Path | None:
    """Name the file of the result by the file of checkpoints; None where there is none.

    >>> result_file(Path("decisions.db.checkpoints")).name
    'decisions.db.checkpoints.verified'
    """
    return checkpoints and checkpoints.with_name(f"{checkpoints.name}.verified")


def last_verification(file: Path | None) -> Verification | None:
    """Read the result; None where there is no file, or none that can be read."""
    try:
        return None if file is None else Verification.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def describe(
    began_at: datetime, report: Report, problems: Sequence[Problem], found: int, *, with_key: bool
) -> Verification:
    """Describe what a verification found; ``found`` deviations, of which ``problems`` has the first."""
    newest = report.newest
    return Verification(
        began_at=began_at,
        ended_at=datetime.now(UTC),
        entries=report.entries,
        checkpoints=report.checkpoints,
        signed=report.signed,
        with_key=with_key,
        deviations=found,
        first_deviations=[str(one) for one in problems[:_LISTED]],
        last_checkpoint=VerifiedCheckpoint(number=newest.number, hash=newest.hash.hex()) if newest else None,
    )


def write_result(file: Path, result: Verification) -> None:
    """Replace the file as a whole, or write into a device or a pipe; raises OSError.

    The service may run as another user, so everyone may read it.
    """
    content = (json.dumps(result.model_dump(mode="json"), indent=1) + "\n").encode()
    real = real_path(file)
    if real.is_file() or not file.exists():
        replace_files({real: content})
        real.chmod(0o644)
    else:
        file.write_bytes(content)
