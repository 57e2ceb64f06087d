"""``python -m scoring``: the commands around the service."""

import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from scoring.errors import DataError, StartError

if TYPE_CHECKING:
    import pandas as pd

FOLDER = click.Path(path_type=Path, file_okay=False)
EXISTING_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
EXISTING_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


@click.group()
def commands() -> None:
    """Credit scoring: make data, train a model, measure it."""


def main() -> None:
    """Run a command; an expected error ends it with exit code 1 and one message."""
    try:
        commands()
    except StartError as error:
        sys.exit(f"Error: {error}")


@commands.command()
@click.option("--data", type=EXISTING_FOLDER, required=True, help="Folder with the table application_train.")
@click.option("--out", type=FOLDER, required=True, help="Folder for the artefacts.")
@click.option("--features", type=EXISTING_FILE, help="History features made before; else made now, where tables are.")
@click.option("--coverage", type=EXISTING_FILE, help="For whom each history table is complete; else for everybody.")
@click.option("--sample", type=click.IntRange(1), default=1000, show_default=True, help="Clients to publish.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of every random draw.")
def train(data: Path, out: Path, features: Path | None, coverage: Path | None, sample: int, seed: int) -> None:
    """Train a model on a folder of Home Credit tables and publish it for the service."""
    from scoring.features import application, home_credit
    from scoring.features.tables import is_synthetic, read_applications, require_made_up
    from scoring.training.train import Options
    from scoring.training.train import train as run

    synthetic = is_synthetic(data)
    if not synthetic:
        _refuse_tracked(out)
    schema = home_credit.schema()
    applications = read_applications(data, schema)
    if synthetic:
        require_made_up(applications[schema.identity.name], data)
    applications, history = _with_history(applications, data, features, coverage)
    options = Options(sample=sample, seed=seed, progress=_bar)
    preprocessor = application.preprocessor(schema, history)
    manifest = run(applications, schema, preprocessor, out, synthetic=synthetic, options=options)
    for part, metrics in manifest.metrics.items():
        click.echo(f"\n{part}")
        for name, metric in metrics.items():
            click.echo(f"  {name:<18} {metric.value:8.4f}   95 % interval {metric.low:.4f} to {metric.high:.4f}")
    click.echo(f"\nthreshold {manifest.threshold.value:.4f} (calibrated {manifest.threshold.calibrated:.4f})")
    click.echo(f"published to {out}: SCORING_ARTEFACTS={out} serves it")


@commands.command()
@click.option("--data", type=EXISTING_FOLDER, required=True, help="Folder with applications and history tables.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Parquet file.")
@click.option("--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True)
@click.option("--coverage", type=EXISTING_FILE, help="For whom each history table is complete; else for everybody.")
@click.option("--spark-remote", help="Address of a Spark Connect server; else Spark runs on this machine.")
def features(data: Path, out: Path, engine: str, coverage: Path | None, spark_remote: str | None) -> None:
    """Compute history features: seven tables in, one row a client out."""
    click.echo(_compute_features(data, out, engine, coverage, spark_remote))


@commands.command()
@click.option("--clients", type=int, required=True, help="How many clients.")
@click.option("--out", type=FOLDER, required=True, help="Folder for the table.")
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same clients.")
@click.option("--format", "table_format", type=click.Choice(["parquet", "csv"]), default="parquet", show_default=True)
@click.option("--applications-only", is_flag=True, help="Leave out the six history tables.")
def synthesize(
    clients: int, out: Path, seed: int, table_format: Literal["parquet", "csv"], applications_only: bool
) -> None:
    """Make up clients with the schema and the statistics of the real ones: seven tables."""
    from scoring.features.synthetic.history.write import write

    for path in write(out, clients, seed, table_format, histories=not applications_only):
        click.echo(f"written: {path}")


@commands.command()
@click.option("--real", type=EXISTING_FOLDER, required=True, help="Folder with the real table application_train.")
@click.option("--synthetic", type=EXISTING_FOLDER, required=True, help="Folder made by synthesize.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Markdown file.")
def compare(real: Path, synthetic: Path, out: Path) -> None:
    """Report how synthetic applications differ from real ones, column by column."""
    from scoring.features import home_credit
    from scoring.features.synthetic.compare import write_report
    from scoring.features.tables import read_applications

    schema = home_credit.schema()
    write_report(read_applications(real, schema), read_applications(synthetic, schema), out)
    click.echo(f"written: {out}")


@commands.command()
@click.option("--data", type=EXISTING_FOLDER, required=True, help="Folder with the real table application_train.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="JSON file.")
def measure(data: Path, out: Path) -> None:
    """Measure the figures that synthesize works from: aggregates of a real table, never its rows."""
    from scoring.features import home_credit
    from scoring.features.synthetic.measure import measure as run
    from scoring.features.tables import read_applications

    out.write_text(run(read_applications(data, home_credit.schema())).model_dump_json() + "\n", encoding="utf-8")
    click.echo(f"written: {out}")


def _with_history(
    applications: "pd.DataFrame", data: Path, features: Path | None, coverage: Path | None
) -> "tuple[pd.DataFrame, list[str]]":
    """Put history features beside the applications, where there are any."""
    from scoring.features import attach, home_credit

    identity = home_credit.schema().identity.name
    if features:
        return attach.attach(applications, features, identity)
    if not attach.has_history(data):
        click.echo(f"{data} holds no history table: trained on the applications alone", err=True)
        return applications, []
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "features.parquet"
        click.echo(_compute_features(data, made, "duckdb", coverage, None), err=True)
        return attach.attach(applications, made, identity)


def _compute_features(data: Path, out: Path, engine: str, coverage: Path | None, remote: str | None) -> str:
    from tqdm import tqdm

    from scoring.features.attach import HISTORIES
    from scoring.features.history.compute import compute

    with tqdm(total=len(HISTORIES) + 2, desc="features", unit="table") as bar:

        def step(what: str) -> None:
            bar.set_postfix_str(what)
            bar.update()

        return str(compute(data, out, engine, coverage, remote, step))


def _bar(steps: Iterable[int], what: str) -> Iterable[int]:
    from tqdm import tqdm

    bar: Iterable[int] = tqdm(steps, desc=what, unit="", leave=False)
    return bar


def _refuse_tracked(out: Path) -> None:
    """Keep real people's rows out of version control, whatever the folder is called."""
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
            f"--out {out}: lies in a git repository that would track it, and the data is not marked synthetic\n"
            "Real people's rows never go into a repository: choose a folder outside, or one that git ignores."
        )
