"""What the commands share: kinds of paths, renamed options, progress bars, the guard of real people's rows."""

import subprocess
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import click

from scoring.errors import DataError

FOLDER = click.Path(path_type=Path, file_okay=False)
NEW_FILE = click.Path(path_type=Path, dir_okay=False)
EXISTING_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
EXISTING_PATH = click.Path(path_type=Path, exists=True)
EXISTING_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
TRACKING = click.option("--tracking", envvar="MLFLOW_TRACKING_URI", help="MLflow store; else sqlite:///mlflow.db.")
DECIMAL = click.option(
    "--decimal",
    type=click.Choice(["point", "comma"]),
    callback=lambda _context, _option, given: {"point": ".", "comma": ","}.get(given),
    help="Decimal mark of a CSV file; found from its numbers by default.",
)
_RENAMED = {"--families": "--candidates", "--family": "--force", "--searched": "--search-top"}  # old to new


class RenamedOptions(click.Command):
    """A command whose options may be given by their old names; a warning names the new one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse arguments, old names replaced."""
        parts = [arg.partition("=") for arg in args]
        for old in {name for name, _, _ in parts}.intersection(_RENAMED):
            click.echo(f"Warning: {old} is now {_RENAMED[old]}; the old name will be removed.", err=True)
        return super().parse_args(ctx, [_RENAMED.get(name, name) + equals + value for name, equals, value in parts])


def bar(steps: Iterable[Any], what: str) -> Iterable[Any]:
    """Show a progress bar on the error output."""
    from tqdm import tqdm

    shown: Iterable[Any] = tqdm(steps, desc=what, unit="", leave=False)
    return shown


def warn(line: str) -> None:
    """Show a warning on the error output."""
    click.echo(f"Warning: {line}", err=True)


def show_features(
    data: Path, out: Path, engine: str, coverage: Path | None, remote: str | None, names: Collection[str] | None = None
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


def refuse_tracked(out: Path, option: str = "--out", name: str = "modele_retenu.json") -> None:
    """Raise DataError where git would track a file of that name in the folder."""
    nearest = next(folder for folder in (out.absolute(), *out.absolute().parents) if folder.is_dir())
    if not any((folder / ".git").exists() for folder in (nearest, *nearest.parents)):
        return
    ignored = subprocess.run(  # noqa: S603
        ["git", "-C", str(nearest), "check-ignore", "-q", str(out.absolute() / name)],  # noqa: S607
        check=False,
        capture_output=True,
    )
    if ignored.returncode != 0:
        raise DataError(
            f"{option} {out}: is in a git repository that would track it, and the data is not marked synthetic\n"
            "Real people's rows must not get into a repository: choose a folder outside, or one that git ignores."
        )
