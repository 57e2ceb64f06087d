"""Commands that make and judge models."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scoring.cli.git_guard import refuse_tracked
from scoring.cli.shared_options import (
    EXISTING_FILE,
    EXISTING_FOLDER,
    EXISTING_PATH,
    FOLDER,
    NEW_FILE,
    bar,
    show_features,
)
from scoring.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from scoring.model.manifest import Manifest
    from scoring.model.preprocessor import Inputs
    from scoring.model.schema import InputSchema, Readable
    from scoring.training.train import Trained


@dataclass(frozen=True)
class Source:
    """What to train on.

    Attributes
    ----------
    other_inputs : fields the model may not use, by what the case is called; the report tells what that costs.
    """

    applications: "pd.DataFrame"
    schema: "InputSchema"
    inputs: "Inputs"
    synthetic: bool
    other_inputs: "dict[str, Inputs]"
    readable: "dict[str, Readable]"


def _parts(_context: click.Context, _option: click.Parameter, given: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in given.split(",") if part.strip()) if given else ()


def _pairs(_context: click.Context, option: click.Parameter, given: Sequence[str]) -> dict[str, str]:
    faulty = [text for text in given if "=" not in text]
    if faulty:
        raise click.BadParameter(f"{', '.join(faulty)}: expected COLUMN=KIND", param=option)
    return dict(text.rsplit("=", 1) for text in given)


@click.command()
@click.option("--data", type=EXISTING_FOLDER, help="Folder with the table application_train, and histories.")
@click.option("--table", type=EXISTING_FILE, help="Another lender's table instead: CSV or Parquet, one row a client.")
@click.option("--target", help="Its column with the outcome: 0 or 1, 1 is a default.")
@click.option("--id", "identity", help="Its column that names the client.")
@click.option("--kind", "kinds", multiple=True, callback=_pairs, help="COLUMN=number, integer or category; repeatable.")
@click.option("--drop", multiple=True, help="Column to leave out; repeatable.")
@click.option("--protected", multiple=True, help="Column that is never a feature, only watched; repeatable.")
@click.option("--proxy", multiple=True, help="Column that gives a protected one away, left out; repeatable.")
@click.option("--out", type=FOLDER, required=True, help="Folder for the artefacts.")
@click.option("--features", type=EXISTING_FILE, help="History features made before; else made now, where tables are.")
@click.option("--coverage", type=EXISTING_FILE, help="For whom each history table is complete; else for everybody.")
@click.option("--sample", type=click.IntRange(1), default=1000, show_default=True, help="Clients to publish.")
@click.option(
    "--folds", type=click.IntRange(2), default=5, show_default=True, help="Parts for out-of-fold predictions."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of every random draw.")
@click.option("--families", callback=_parts, help="Families that compete, separated by commas; all by default.")
@click.option("--every-balancing", is_flag=True, help="Compare every way of balancing, not each family's usual one.")
@click.option("--trials", type=click.IntRange(0), default=0, show_default=True, help="Of the parameter search.")
@click.option("--searched", type=click.IntRange(1), default=3, show_default=True, help="How many families to search.")
@click.option("--family", help="Take this family, whatever the comparison says; the record tells so.")
@click.option("--max-gap", type=float, default=0.02, show_default=True, help="Largest overfitting gap of the default.")
@click.option("--refits", type=click.IntRange(2), default=20, show_default=True, help="Refits for the review band.")
@click.option("--false-negative", type=float, default=10.0, show_default=True, help="Cost of a credit that defaults.")
@click.option("--false-positive", type=float, default=1.0, show_default=True, help="Cost of refusing a good client.")
@click.option("--loss", help="Column with what a defaulting credit loses: measures the cost in money too.")
@click.option("--margin", type=click.FloatRange(0), help="Share of it that refusing a good client forgoes.")
@click.option("--full-report", is_flag=True, help="Tell the price of left-out fields and of fewer features too.")
@click.option("--work", type=FOLDER, help="Folder that a killed run goes on from.")
@click.option("--tracking", envvar="MLFLOW_TRACKING_URI", help="MLflow store; sqlite:///mlflow.db by default.")
@click.option("--no-tracking", is_flag=True, help="Keep no record in MLflow.")
def train(
    data: Path | None,
    table: Path | None,
    target: str | None,
    identity: str | None,
    kinds: dict[str, str],
    drop: tuple[str, ...],
    protected: tuple[str, ...],
    proxy: tuple[str, ...],
    out: Path,
    features: Path | None,
    coverage: Path | None,
    sample: int,
    folds: int,
    seed: int,
    families: tuple[str, ...],
    every_balancing: bool,
    trials: int,
    searched: int,
    family: str | None,
    max_gap: float,
    refits: int,
    false_negative: float,
    false_positive: float,
    loss: str | None,
    margin: float | None,
    full_report: bool,
    work: Path | None,
    tracking: str | None,
    no_tracking: bool,
) -> None:
    """Compare models on a table of clients, and publish the best for the service."""
    from scoring.model.costs import Costs
    from scoring.training.candidates.families import FAMILIES
    from scoring.training.options import Options
    from scoring.training.train import train as run

    if (loss is None) != (margin is None):
        raise click.UsageError("--loss COLUMN and --margin SHARE go together.")
    unknown = [name for name in (*families, family) if name is not None and name not in FAMILIES]
    if unknown:
        raise DataError(f"family {', '.join(unknown)}: is unknown\nExpected some of {', '.join(FAMILIES)}.")
    if data is not None and table is None:
        source = _home_credit(data, out, features, coverage)
    elif table is not None and data is None and target is not None and identity is not None:
        refuse_tracked(out)
        tiers = {**dict.fromkeys(protected, "protected"), **dict.fromkeys(proxy, "proxy")}
        source = _flat(table, target, identity, kinds, drop, tiers)
    else:
        raise click.UsageError("Give --data FOLDER, or --table FILE with --target COLUMN and --id COLUMN.")
    options = Options(
        loss=loss,
        margin=margin or 0.0,
        sample=sample,
        folds=folds,
        seed=seed,
        costs=Costs(false_negative=false_negative, false_positive=false_positive),
        candidates=families or tuple(FAMILIES),
        every_balancing=every_balancing,
        trials=trials,
        search_top=searched,
        force=family,
        max_gap=max_gap,
        refits=refits,
        other_inputs=source.other_inputs if full_report else {},
        feature_counts=full_report,
        work=work,
        readable=source.readable,
        progress=bar,
        warn=lambda line: click.echo(f"Warning: {line}", err=True),
    )

    def trained() -> "Trained":
        return run(source.applications, source.schema, source.inputs, out, synthetic=source.synthetic, options=options)

    if no_tracking:
        _tell(trained().manifest, out)
        return
    from scoring.training.tracking.mlflow_store import default_uri
    from scoring.training.tracking.training_runs import log_trained, training_run

    store = tracking or default_uri(Path())
    with training_run(store, options):
        made = trained()
        version = log_trained(store, made, out)
    _tell(made.manifest, out)
    click.echo(f"recorded in MLflow: version {version} of the registered model")


@click.command()
@click.option("--artefacts", type=EXISTING_FOLDER, required=True, help="Folder with a published model.")
@click.option("--data", type=EXISTING_PATH, required=True, help="Folder of tables, or one CSV or Parquet file.")
@click.option("--table", help="Which table of the folder, where it has several.")
@click.option("--features", type=EXISTING_FILE, help="History features, for a model that uses them.")
@click.option("--out", type=NEW_FILE, help="Write each client's score here: CSV or Parquet.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the intervals.")
def evaluate(
    artefacts: Path, data: Path, table: str | None, features: Path | None, out: Path | None, as_json: bool, seed: int
) -> None:
    """Score applications with a published model; measure it where the outcome is known."""
    import json

    from scoring.home_credit.applications import is_synthetic
    from scoring.training.evaluation.evaluate_folder import evaluate_folder

    if out is not None and not (data.is_dir() and is_synthetic(data)):
        refuse_tracked(out.absolute().parent)
    found = evaluate_folder(artefacts, data, out=out, features=features, table=table, seed=seed)
    click.echo(json.dumps(found.as_json(), indent=1) if as_json else found.as_text())


@click.command()
@click.argument("model")
@click.option("--out", type=FOLDER, required=True, help="Folder for the artefacts.")
@click.option("--tracking", envvar="MLFLOW_TRACKING_URI", help="MLflow store; sqlite:///mlflow.db by default.")
def pull(model: str, out: Path, tracking: str | None) -> None:
    """Fetch a registered model, such as models:/credit-scoring@champion, and check it."""
    from scoring.training.tracking.mlflow_store import default_uri
    from scoring.training.tracking.model_registry import pull as run

    for path in run(model, out, tracking or default_uri(Path())):
        click.echo(f"written: {path}")


@click.command()
@click.argument("artefacts", type=EXISTING_FOLDER)
@click.option("--out", type=NEW_FILE, required=True, help="Markdown file.")
def card(artefacts: Path, out: Path) -> None:
    """Write the model card of a published model."""
    from scoring.model_card.markdown import card_as_markdown
    from scoring.storage.artefacts import read_manifest
    from scoring.storage.bundle import MANIFEST

    out.write_text(card_as_markdown(read_manifest(artefacts / MANIFEST)), encoding="utf-8")
    click.echo(f"written: {out}")


def _home_credit(data: Path, out: Path, features: Path | None, coverage: Path | None) -> Source:
    from scoring.home_credit import input_schema, inputs
    from scoring.home_credit.applications import is_synthetic, read_applications, require_synthetic_numbers
    from scoring.home_credit.history.feature_names import name_features

    synthetic = is_synthetic(data)
    if not synthetic:
        refuse_tracked(out)
    schema = input_schema.load_schema()
    applications = read_applications(data, schema)
    if synthetic:
        require_synthetic_numbers(applications[schema.identity.name], data)
    applications, history = _with_history(applications, data, features, coverage)
    other = {
        "with protected fields": inputs.select_inputs(schema, history, ("protected", "justified")),
        "with proxy fields": inputs.select_inputs(schema, history, ("proxy", "justified")),
        "with both": inputs.select_inputs(schema, history, ("protected", "proxy", "justified")),
        "without age": inputs.exclude_age(schema, history),
    }
    names = {**input_schema.name_derived_numbers(), **name_features(history)}
    return Source(applications, schema, inputs.select_inputs(schema, history), synthetic, other, names)


def _flat(
    table: Path, target: str, identity: str, kinds: dict[str, str], drop: tuple[str, ...], tiers: dict[str, str]
) -> Source:
    from scoring.tables import flat

    schema, frame = flat.read_table(table, target, identity, kinds, drop, tiers)  # type: ignore[arg-type]
    everything = schema.model_copy(
        update={"fields": tuple(field.model_copy(update={"tier": "justified"}) for field in schema.fields)}
    )
    other = {"with protected and proxy fields": flat.inputs(everything, frame)} if tiers else {}
    return Source(frame, schema, flat.inputs(schema, frame), synthetic=False, other_inputs=other, readable={})


def _with_history(
    applications: "pd.DataFrame", data: Path, features: Path | None, coverage: Path | None
) -> "tuple[pd.DataFrame, list[str]]":
    """Put history features beside the applications, where there are any."""
    from scoring.home_credit import input_schema
    from scoring.home_credit.history import attach

    identity = input_schema.load_schema().identity.name
    if features:
        return attach.attach_history(applications, features, identity)
    if not attach.has_history(data):
        click.echo(f"{data} holds no history table: trained on the applications alone", err=True)
        return applications, []
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "features.parquet"
        click.echo(show_features(data, made, "duckdb", coverage, None), err=True)
        return attach.attach_history(applications, made, identity)


def _tell(manifest: "Manifest", out: Path) -> None:
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
    click.echo(f"published to {out}: SCORING_ARTEFACTS={out} serves it")
