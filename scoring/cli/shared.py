"""What the commands share: kinds of paths, renamed options, progress bars, the guard of real people's rows."""

import contextlib
import errno
import math
import os
import subprocess
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scoring.errors import DataError, hide_password
from scoring.settings import PREFIX, Settings, find_cache
from scoring.storage.remote.address import is_remote

if TYPE_CHECKING:
    from scoring.model.calibration import Scaling


class PlainPath(click.Path):
    """A path; a key or a password that is given instead, perhaps by a variable, is not repeated."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path; fails with a message that names the option."""
        if hide_password(str(value)) != str(value) and not os.path.exists(value):  # noqa: PTH110
            self.fail("expected a path; this is, or contains, a key or a password", param, ctx)
        return super().convert(value, param, ctx)


FOLDER = PlainPath(path_type=Path, file_okay=False)
NEW_FILE = PlainPath(path_type=Path, dir_okay=False)
EXISTING_FILE = PlainPath(path_type=Path, dir_okay=False, exists=True)
EXISTING_PATH = PlainPath(path_type=Path, exists=True)
EXISTING_FOLDER = PlainPath(path_type=Path, file_okay=False, exists=True)


class ModelPlace(PlainPath):
    """A folder of a published model, or an address of one, which is fetched into the cache and verified."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the folder of this machine; raises StartError where a model cannot be fetched or is not trusted."""
        return fetch_model(value, param) if is_remote(value) else super().convert(value, param, ctx)


def fetch_model(address: str, param: click.Parameter | None) -> Path:
    """Fetch a model, as the service would, with the same settings; a pin in the address comes first."""
    from scoring.storage.remote.model_folder import Cache, model_folder
    from scoring.storage.trust import Trust

    names = ("MANIFEST_SHA256", "MANIFEST_KEY", "CACHE", "FETCH_SECONDS")
    given = {PREFIX + name: os.environ[PREFIX + name] for name in names if PREFIX + name in os.environ}
    settings = Settings.from_environment(given)
    trust = Trust(None if "#" in address else settings.manifest_sha256, settings.manifest_key)
    cache = Cache(settings.cache or find_cache(os.environ), settings.fetch_seconds)
    named = param.opts[0] if param else "address"
    return model_folder(address, named, trust, cache)[0]


MODEL_FOLDER = ModelPlace(path_type=Path, file_okay=False, exists=True)
MODEL_OR_TABLE = ModelPlace(path_type=Path, exists=True)
TRACKING = click.option(
    "--tracking",
    envvar="MLFLOW_TRACKING_URI",
    help="MLflow store of runs and models; by default MLFLOW_TRACKING_URI, or else mlflow.db in the working folder.",
)
DECIMAL = click.option(
    "--decimal",
    type=click.Choice(["point", "comma"]),
    callback=lambda _context, _option, given: {"point": ".", "comma": ","}.get(given),
    help="Decimal mark of a CSV file; found from its numbers by default.",
)


class Finite(click.FloatRange):
    """A number in a range; NaN, which no comparison with a limit refuses, and infinity are errors."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read an option; fails with a message that names it."""
        if not math.isfinite(click.FLOAT.convert(value, param, ctx)):
            self.fail(f"{value}; expected a finite number", param, ctx)
        return super().convert(value, param, ctx)


POSITIVE = Finite(0, min_open=True)
_SCALING = (
    click.option(
        "--base-score", type=Finite(-1e6, 1e6), help="Points of a scorecard at the base odds; 600 by default."
    ),
    click.option("--base-odds", type=POSITIVE, help="Clients who repay for each who defaults there; 50 by default."),
    click.option("--double-odds", type=POSITIVE, help="Points that double the odds of repayment; 20 by default."),
)
_OF_TABLE = (
    click.option(
        "--table",
        help="Table of the folder; by default application_train, or application_test where the folder has no "
        "application_train.",
    ),
    click.option("--features", type=EXISTING_FILE, help="History features, for a model that uses them."),
    DECIMAL,
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


def scaling_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what points mean; ``read_scaling`` reads them."""
    for option in reversed(_SCALING):
        command = option(command)
    return command


def table_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how a table of applications is read."""
    for option in reversed(_OF_TABLE):
        command = option(command)
    return command


def read_scaling(given: dict[str, Any], default: "Scaling | None" = None) -> "Scaling":
    """Take the options that say what points mean; what is not given is as in ``default``.

    Parameters
    ----------
    given : the command's options; those of the scaling are removed.
    """
    from scoring.model.calibration import Scaling

    chosen = {name: given.pop(name) for name in Scaling.model_fields}
    known = {name: value for name, value in chosen.items() if value is not None}
    return Scaling(**((default or Scaling()).model_dump() | known))


def bar(steps: Iterable[Any], what: str) -> Iterator[Any]:
    """Show a progress bar on the error output, with the name of the step at work."""
    from tqdm import tqdm

    with tqdm(steps, desc=what, unit="", leave=False) as shown:
        for step in shown:
            if name := step if isinstance(step, str) else getattr(step, "name", ""):
                shown.set_description(f"{what}: {name}")
            yield step


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


def refuse_tracked(out: Path, option: str = "--out", name: str = "") -> None:
    """Raise DataError where git would track a file in the folder, of that name or any, or what a link there names."""
    if is_tracked(out, name):
        raise DataError(
            f"{option} {out / name}: is in a git repository that would track it, and the data is not marked "
            "synthetic\nReal people's rows must not get into a repository: choose a folder outside, or one that "
            "git ignores."
        )


def is_tracked(out: Path, name: str = "") -> bool:
    """Whether git would track a file in the folder, of that name or any, or what a link there names."""
    file = name or "modele_retenu.json"
    return any(_is_tracked(path) for path in {_real(out) / file, _real(out / file)})


def _real(path: Path) -> Path:
    """Follow symbolic links and ``..``; unlike ``Path.resolve``, a link to itself is no error."""
    return Path(os.path.realpath(path))


def _is_tracked(path: Path) -> bool:
    nearest = next(folder for folder in path.parents if folder.is_dir())
    if not any((folder / ".git").exists() for folder in (nearest, *nearest.parents)):
        return False
    command = ["git", "-C", str(nearest), "check-ignore", "-q", str(path)]
    return subprocess.run(command, check=False, capture_output=True).returncode != 0  # noqa: S603


def refuse_overwriting(out: Path, artefacts: Path | None, *others: Path | None, option: str = "--out") -> None:
    """Raise DataError where an option names a file of the model, or one that the command reads, under whatever name.

    Parameters
    ----------
    others : further files that the command reads, and folders with tables.
    """
    refuse_unwritable(out, option)
    real = _real(out)
    for one in (*_files_of_model(artefacts), *(file for other in others for file in _files_of(other))):
        if _real(one) == real or (out.exists() and one.exists() and one.samefile(out)):
            raise DataError(f"{option} {out}: is {one}, which the command reads\nChoose another name.")


def refuse_foreign(out: Path, is_own: Callable[[Path], bool], what: str, option: str = "--out") -> None:
    """Raise DataError where an option names a file of another kind than the command writes, or one it cannot write.

    Parameters
    ----------
    is_own : whether the file, which may be empty, is an earlier result of the command.
    what : such a result, in words.
    """
    refuse_unwritable(out, option)
    if out.exists() and not is_own(out):
        raise DataError(f"{option} {out}: exists, and is not {what}\nChoose another name, or remove it first.")


def refuse_unwritable(out: Path, option: str = "--out") -> None:
    """Raise DataError where a file cannot be written, so that this is told before a long run, not after it."""
    try:
        _beside(out).exists()  # raises for a name that is too long
        if _is_whole_file(out):
            _try_writing(_real(out).parent)
        elif not os.access(out, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise _unwritable(out, option, error, "") from None


def make_folder_of(out: Path, option: str = "--out") -> None:
    """Make the folder of a file, where it does not exist yet; raises DataError where this is not possible."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"{option} {out}: its folder cannot be made ({error.strerror})\nExpected a place where folders can be made."
        ) from None


def refuse_unwritable_folder(out: Path, option: str = "--out") -> None:
    """Raise DataError where no file can be written into a folder, or the folder cannot be made; make nothing."""
    try:
        _try_writing(next(one for one in (out, *out.absolute().parents) if one.exists()))
    except OSError as error:
        raise DataError(
            f"{option} {out}: cannot be written ({error.strerror})\nName a folder that can be written to."
        ) from None


def _try_writing(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder):
        pass


def _is_whole_file(out: Path) -> bool:
    """Whether a file is replaced as a whole: not a device or a pipe, and not where only the file itself may change."""
    real = _real(out)
    return not out.exists() or (real.is_file() and os.access(real.parent, os.W_OK))


def _beside(out: Path) -> Path:
    real = _real(out)  # of a link: /dev/stdout, which may lead to a file, must not be replaced itself
    return real.with_name(f"{real.name}.part")


def _unwritable(out: Path, option: str, error: OSError, space: str) -> DataError:
    return DataError(
        f"{option} {out}: cannot be written ({error.strerror})\nExpected a file in a folder that exists{space}."
    )


def begins_with(beginning: str) -> Callable[[Path], bool]:
    """Make a test of files: whether one has this beginning, is empty, or is a device or a pipe."""

    def test(path: Path) -> bool:
        if not path.is_file():
            return True
        with path.open("rb") as file:
            found = file.read(len(beginning.encode()))
        return not found or found == beginning.encode()

    return test


def write_whole(out: Path, content: bytes, option: str = "--out") -> None:
    """Write a file as a whole, or not at all; simply write into a device, a pipe, or where only the file may change."""
    beside = _beside(out)
    try:
        if not _is_whole_file(out):
            out.write_bytes(content)
            return
        beside.write_bytes(content)
        beside.replace(_real(out))
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise _unwritable(out, option, error, f", with space for {len(content)} bytes") from error


def _files_of_model(folder: Path | None) -> list[Path]:
    from scoring.storage import bundle
    from scoring.storage.artefacts import read_manifest

    if folder is None:
        return []
    names = {bundle.MODEL, bundle.SCALER, bundle.MANIFEST, bundle.CLIENTS, bundle.APPLICATIONS}
    if (folder / bundle.MANIFEST).is_file():
        names |= {*read_manifest(folder / bundle.MANIFEST).files}
    return [folder / name for name in sorted(names)]


def _files_of(given: Path | None) -> list[Path]:
    """List a file; or of a folder, the tables of Home Credit in it and their part files."""
    from scoring.home_credit.history.source_schema import APPLICATION_TABLES, SOURCE_TABLES

    if given is None or not given.is_dir():
        return [] if given is None else [given]
    names = {*APPLICATION_TABLES, *(table.name for table in SOURCE_TABLES)}
    tables = [path for path in given.iterdir() if path.name.partition(".")[0] in names]
    return [file for path in tables for file in (path.iterdir() if path.is_dir() else (path,))]
