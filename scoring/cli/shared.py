"""What the commands share: kinds of paths, options, progress bars."""

import math
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from scoring.errors import hide_password
from scoring.settings import PREFIX, Settings, find_cache
from scoring.storage.remote.address import is_remote

if TYPE_CHECKING:
    from scoring.model.calibration import Scaling


class Command(click.Command):
    """A command that refuses an option given twice, of which click would silently take the last value."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options; raises UsageError with every option that is repeated and may not be."""
        given = Counter(self.make_parser(ctx).parse_args(args=list(args))[2])
        repeated = [
            f"{option.opts[0]} is given {count} times; it takes one value"
            for option, count in given.items()
            if count > 1
            and isinstance(option, click.Option)
            and not (option.multiple or option.is_flag or option.count)
        ]
        if repeated and not ctx.resilient_parsing:
            raise click.UsageError("\n".join(repeated), ctx)
        return super().parse_args(ctx, args)


class Group(click.Group):
    """Commands that refuse an option given twice."""

    command_class = Command


class PlainPath(click.Path):
    """A path; a key or a password that is given instead, perhaps by a variable, is not repeated.

    An empty text is refused: it would mean the working folder, and often comes from a variable that is not set.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path; fails with a message that names the option."""
        if not str(value).strip():
            self.fail("it is empty; expected a path", param, ctx)
        if hide_password(str(value)) != str(value) and not os.path.exists(value):  # noqa: PTH110
            self.fail("expected a path; this is, or contains, a key or a password", param, ctx)
        return super().convert(value, param, ctx)


class Place(click.types.StringParamType):
    """A path or an address; an empty text, which often comes from a variable that is not set, is refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the text; fails with a message that names the option."""
        if not str(value).strip():
            self.fail("it is empty; expected a path or an address", param, ctx)
        return super().convert(value, param, ctx)


class _Setting(click.Parameter):
    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Read the variable; raises SettingError, as the service does, for a value that is no such setting."""
        value = super().resolve_envvar_value(ctx)
        if value is not None:
            Settings.from_environment({str(self.envvar): value})
        return value

    def get_error_hint(self, ctx: click.Context | None) -> str:
        """Name what has the wrong value: the variable, if the option was not typed."""
        is_set = ctx is not None and ctx.get_parameter_source(self.name or "") is ParameterSource.ENVIRONMENT
        return str(self.envvar) if is_set else super().get_error_hint(ctx)


class SettingOption(_Setting, click.Option):
    """An option that a setting of the service gives by default; its value is checked as the service checks it."""


class SettingArgument(_Setting, click.Argument):
    """An argument that a setting of the service gives by default; its value is checked as the service checks it."""


FOLDER = PlainPath(path_type=Path, file_okay=False)
NEW_FILE = PlainPath(path_type=Path, dir_okay=False)
EXISTING_FILE = PlainPath(path_type=Path, dir_okay=False, exists=True)
EXISTING_PATH = PlainPath(path_type=Path, exists=True)
PLACE = Place()
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
    type=PLACE,
    envvar="MLFLOW_TRACKING_URI",
    help="MLflow store of runs and models; by default MLFLOW_TRACKING_URI, or else mlflow.db in the working folder.",
)
COVERAGE = click.option(
    "--coverage",
    type=EXISTING_FILE,
    help="Table that lists for whom each history table is complete; a client who is not covered gets null, never zero.",
)
DIGITS = click.option(
    "--digits",
    cls=SettingOption,
    envvar="SCORING_CLIENT_ID_DIGITS",
    type=click.IntRange(1, 18),
    help="Number of digits of the client numbers, if it is not that of the model; by default SCORING_CLIENT_ID_DIGITS.",
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


POSITIVE = Finite(1e-9, 1e9)  # costs and odds; figures of any others would not be finite
SEED = click.IntRange(0)
_SCALING = (
    click.option(
        "--base-score", type=Finite(-1e6, 1e6), help="Points of a scorecard at the base odds; 600 by default."
    ),
    click.option(
        "--base-odds", type=POSITIVE, help="Base odds: clients who repay for each one who defaults; 50 by default."
    ),
    click.option("--double-odds", type=POSITIVE, help="Points that double the odds of repayment; 20 by default."),
)
_OF_TABLE = (
    click.option(
        "--table",
        help="Name of the table in the folder; by default application_train, or application_test where the folder "
        "has no application_train.",
    ),
    click.option("--features", type=EXISTING_FILE, help="History features, for a model that uses them."),
    DECIMAL,
)


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
