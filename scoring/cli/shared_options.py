"""What the commands share: kinds of paths, progress bars."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import click

FOLDER = click.Path(path_type=Path, file_okay=False)
NEW_FILE = click.Path(path_type=Path, dir_okay=False)
EXISTING_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
EXISTING_PATH = click.Path(path_type=Path, exists=True)
EXISTING_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


def bar(steps: Iterable[Any], what: str) -> Iterable[Any]:
    """Show a progress bar on the error output."""
    from tqdm import tqdm

    shown: Iterable[Any] = tqdm(steps, desc=what, unit="", leave=False)
    return shown


def show_features(
    data: Path,
    out: Path,
    engine: str,
    coverage: Path | None,
    remote: str | None,
    names: Collection[str] | None = None,
) -> str:
    """Compute history features, all or those named, under a progress bar; return a summary."""
    from tqdm import tqdm

    from scoring.home_credit.history.compute import compute
    from scoring.home_credit.history.registry import choose_features

    with tqdm(total=len(choose_features(names)) + 2, desc="features", unit="table") as bar:

        def step(what: str) -> None:
            bar.set_postfix_str(what)
            bar.update()

        return str(compute(data, out, engine, coverage, remote, step, names))
