"""The command ``train``, with its many options."""

from collections.abc import Callable, Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from scoring.cli import shared, written_files
from scoring.cli.shared import EXISTING_FILE, EXISTING_FOLDER, FOLDER, NEW_FILE, Command
from scoring.cli.training_source import choose_source_and_options

if TYPE_CHECKING:
    from scoring.model.manifest import Manifest
    from scoring.training.train import Trained


def _parts(_context: click.Context, _option: click.Parameter, given: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in given.split(",") if part.strip()) if given else ()


def _values(shown: str) -> Callable[..., dict[str, str]]:
    """Make what reads an option with a value for each column; errors call the value ``shown``."""
    return lambda _context, option, given: _once(option, _pairs(option, given, shown))


def _markers(_context: click.Context, option: click.Parameter, given: Sequence[str]) -> dict[str, list[str]]:
    markers: dict[str, list[str]] = {}
    for column, value in _pairs(option, given, "VALUE"):
        markers.setdefault(column, []).append(value)
    return markers


def _reasons(_context: click.Context, option: click.Parameter, given: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    if unclear := [
        text for text, (column, _, why) in zip(given, pairs, strict=True) if not column or len(why.split()) < 2
    ]:
        raise click.BadParameter(f"{', '.join(unclear)}: expected COLUMN=REASON, with a reason in words", param=option)
    return _once(option, [(column, " ".join(why.split())) for column, _, why in pairs])


def _once(option: click.Parameter, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Take one value for each column; two different ones are refused."""
    values = dict(pairs)
    if twice := sorted({column for column, value in pairs if value != values[column]}):
        raise click.BadParameter(f"{', '.join(twice)}: has several values; expected one", param=option)
    return values


def _pairs(option: click.Parameter, given: Sequence[str], value: str) -> list[tuple[str, str]]:
    pairs = [text.rpartition("=") for text in given]
    if invalid := [text for text, (column, _, last) in zip(given, pairs, strict=True) if not column or not last]:
        raise click.BadParameter(f"{', '.join(invalid)}: expected COLUMN={value}", param=option)
    return [(column, last) for column, _, last in pairs]


@click.command(cls=Command)
@click.option("--data", type=EXISTING_FOLDER, help="Folder with the table application_train, and history tables.")
@click.option("--table", type=EXISTING_FILE, help="Table of another lender: CSV, Excel or Parquet, one row per client.")
@click.option("--target", help="Column of --table with the outcome: 0, or 1 for a default.")
@click.option("--positive", help="Value of --target that is a default, such as BAD; by default 1, or true.")
@click.option("--id", "identity", help="Column of --table with the client numbers.")
@click.option("--number-rows", is_flag=True, help="Number the rows of a --table in which no column names the clients.")
@click.option(
    "--missing",
    multiple=True,
    callback=_markers,
    help="COLUMN=VALUE, a number or text that means missing; *=VALUE for all columns; may be repeated.",
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    callback=_values("KIND"),
    help="COLUMN=number, integer or category, where a column looks like another type; may be repeated.",
)
@shared.DECIMAL
@click.option("--drop", "--exclude", "drop", multiple=True, help="Column to leave out; may be repeated.")
@click.option("--keep", multiple=True, help="Leave out all columns but this one; may be repeated.")
@click.option(
    "--riskier",
    multiple=True,
    callback=_values("higher or lower"),
    help="COLUMN=higher or COLUMN=lower: which values of a number are riskier; may be repeated.",
)
@click.option(
    "--role",
    "roles",
    multiple=True,
    callback=_values("credit, instalment or price"),
    help="COLUMN=credit, instalment or price: which amount of the credit the column has; may be repeated.",
)
@click.option(
    "--protected",
    multiple=True,
    help="Column that is never a feature, only monitored in the fairness report; may be repeated.",
)
@click.option("--proxy", multiple=True, help="Column that reveals a protected one, left out; may be repeated.")
@click.option(
    "--justified",
    multiple=True,
    callback=_reasons,
    help="COLUMN=REASON: use a column that is or may be protected; the reason is in the manifest and in "
    "the card; may be repeated.",
)
@click.option(
    "--time",
    help="Column that says when each client applied: train on the past, test on the latest "
    "(docs/any_table.md#past-and-future).",
)
@click.option(
    "--weights",
    help="Column that says how often each client counts; never a feature (docs/any_table.md#weights-of-clients).",
)
@click.option("--out", type=FOLDER, required=True, help="Folder for the artefacts.")
@click.option(
    "--features",
    type=EXISTING_FILE,
    help="History features from an earlier run of the command features; by default computed now if there "
    "are history tables.",
)
@shared.COVERAGE
@click.option(
    "--sample",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help="Number of clients to publish, drawn from the test set.",
)
@click.option(
    "--folds",
    type=click.IntRange(2),
    default=5,
    show_default=True,
    help="Parts of the training data for out-of-fold predictions.",
)
@click.option("--seed", type=shared.SEED, default=0, show_default=True, help="Seed of every random draw.")
@click.option(
    "--monotone-trees",
    is_flag=True,
    help="LightGBM, XGBoost, CatBoost: the risk only rises, or only falls, with each number whose riskier values "
    "are stated.",
)
@click.option(
    "--candidates",
    callback=_parts,
    help="Families to compare, separated by commas, or all (docs/model.md); by default the quick ones.",
)
@click.option("--every-balancing", is_flag=True, help="Compare every way of balancing, not each family's usual one.")
@click.option(
    "--trials",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Trials of the parameter search in each of the best families; 0: no search.",
)
@click.option(
    "--search-top",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    help="In how many of the best families parameters are searched.",
)
@click.option(
    "--force", help="Publish the best model of this family, whatever the comparison finds; the manifest says so."
)
@click.option(
    "--prefer-fair",
    is_flag=True,
    help="Of models that are as good as the best, publish the one whose acceptance rates differ least between groups "
    "of protected columns; costs further fits (docs/fairness.md#the-fairest-of-equally-good-models).",
)
@click.option(
    "--max-gap",
    type=shared.Finite(-1, 1),
    default=0.02,
    show_default=True,
    help="Largest overfitting gap of the first choice of champion (docs/model.md#how-the-champion-is-chosen).",
)
@click.option(
    "--refits",
    type=click.IntRange(2),
    default=20,
    show_default=True,
    help="Refits on resampled clients, for the review band and the stability of actions "
    "(docs/explanations.md#what-would-change-the-decision).",
)
@click.option(
    "--refit-all",
    is_flag=True,
    help="After measuring, fit the served model on the test set's clients too "
    "(docs/model.md#how-the-champion-is-chosen).",
)
@click.option(
    "--set-aside",
    type=shared.Finite(0, 0.5),
    default=0.0,
    show_default=True,
    help="Share of clients that no training sees, chosen by their number, for comparisons with promote "
    "(docs/retraining.md).",
)
@click.option(
    "--false-negative", type=shared.POSITIVE, default=10.0, show_default=True, help="Cost of a credit that defaults."
)
@click.option(
    "--false-positive", type=shared.POSITIVE, default=1.0, show_default=True, help="Cost of refusing a good client."
)
@click.option(
    "--loss", help="Column with the loss of a defaulting credit; with --margin, the cost in money is measured too."
)
@click.option(
    "--margin", type=shared.Finite(0, 1e9), help="Profit lost when a good client is refused, as a share of --loss."
)
@shared.scaling_options
@click.option(
    "--rejects",
    type=EXISTING_FILE,
    help="Table of rejected applicants: report how different the model would be with them "
    "(docs/any_table.md#rejected-applicants).",
)
@click.option(
    "--infer-rejects",
    type=shared.Finite(0, 10, min_open=True),
    help="Fit the served model with the applicants of --rejects too: they are assumed to default this number of "
    "times as often as clients like them (docs/any_table.md#rejected-applicants).",
)
@click.option(
    "--write-bins",
    type=NEW_FILE,
    help="Write the bins of the scorecard into this file, to be edited (docs/any_table.md#bins-by-hand).",
)
@click.option(
    "--bins",
    type=EXISTING_FILE,
    help="Take the scorecard's terms and bins from this file, as a person edited them; only the scorecard"
    " is trained by default.",
)
@click.option(
    "--max-pvalue",
    type=shared.Finite(0, 1, min_open=True),
    help="Join neighbouring bins of the scorecard unless their default rates differ at this level: 0.05 by "
    "default; 1 joins none (docs/scorecard.md).",
)
@click.option(
    "--thin-missing",
    type=click.Choice(["own", "neutral", "riskier"]),
    help="Weight of missing values if they have few clients; by default riskier for --table, own for --data.",
)
@click.option(
    "--full-report",
    is_flag=True,
    help="Measure the cost of excluded fields and of fewer features too, which needs twice as many fits; "
    "not with --bins.",
)
@click.option("--work", type=FOLDER, help="Folder for intermediate results; an interrupted run is resumed from it.")
@shared.TRACKING
@click.option("--no-tracking", is_flag=True, help="Record nothing in MLflow.")
def train(
    data: Path | None, table: Path | None, out: Path, tracking: str | None, no_tracking: bool, **given: Any
) -> "Trained":
    """Compare models on a table of clients, and publish the best for the service."""
    from scoring.training.train import train as run

    written_files.refuse_unwritable_folder(out)
    if given["work"] is not None:
        written_files.refuse_unwritable_folder(given["work"], "--work")
    source, options = choose_source_and_options(data, table, out, given)

    def trained() -> "Trained":
        return run(source.applications, source.schema, source.inputs, out, synthetic=source.synthetic, options=options)

    if no_tracking:
        made = trained()
        _show(made.manifest, out)
        return made
    from scoring.training.tracking.mlflow_store import default_uri
    from scoring.training.tracking.training_runs import log_trained, training_run

    store = tracking or default_uri(Path())
    with training_run(store, options):
        made = trained()
        version = log_trained(store, made, out)
    click.echo(f"recorded in MLflow: version {version} of the registered model; make mlflow shows it\n")
    _show(made.manifest, out)
    return made


def _show(manifest: "Manifest", out: Path) -> None:
    if manifest.choice:
        click.echo(f"{'':<28} {'AUC':>7} {'log loss':>9} {'cost':>7} {'gap':>7}")
        for one in manifest.choice.candidates:
            figures = f"{one.auc:7.4f} {one.log_loss:9.5f} {one.cost_per_client:7.4f} {one.gap:7.4f}"
            click.echo(f"{one.name:<28} {figures}")
        click.echo(f"\nchampion: {manifest.choice.champion}: {manifest.choice.reason}")
    for part, metrics in manifest.metrics.items():
        click.echo(f"\n{part}")
        for name, metric in metrics.items():
            click.echo(f"  {name:<18} {metric.value:8.4f}   95 % interval {metric.low:.4f} to {metric.high:.4f}")
    click.echo(f"\nthreshold {manifest.threshold.value:.4f} (calibrated {manifest.threshold.calibrated:.4f})")
    consent = "" if manifest.training.synthetic else " SCORING_OPEN=1"  # the service asks for it where clients are real
    click.echo(f"published to {out}; to serve it:\nSCORING_ARTEFACTS={quote(str(out))}{consent} make serve")
