"""Real people's rows stay out of version control."""

import subprocess
from pathlib import Path

from scoring.errors import DataError


def refuse_tracked(out: Path) -> None:
    """Raise DataError where git would track the folder."""
    nearest = next(folder for folder in (out.absolute(), *out.absolute().parents) if folder.is_dir())
    if not any((folder / ".git").exists() for folder in (nearest, *nearest.parents)):
        return
    ignored = subprocess.run(  # noqa: S603
        ["git", "-C", str(nearest), "check-ignore", "-q", str(out.absolute() / "modele_retenu.json")],  # noqa: S607
        check=False,
        capture_output=True,
    )
    if ignored.returncode != 0:
        raise DataError(
            f"--out {out}: is in a git repository that would track it, and the data is not marked synthetic\n"
            "Real people's rows must not get into a repository: choose a folder outside, or one that git ignores."
        )
