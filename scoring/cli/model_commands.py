"""Commands that compute features, and measure, fetch, describe and sign models."""

import os.path
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from scoring.cli import shared, written_files
from scoring.cli.shared import EXISTING_FOLDER, EXISTING_PATH, FOLDER, MODEL_FOLDER, NEW_FILE, Command
from scoring.storage.whole_files import write_whole


@click.command(cls=Command)
@click.option(
    "--data",
    type=EXISTING_FOLDER,
    required=True,
    help="Folder with application_train or application_test, or both, and any of the history tables.",
)
@click.option("--out", type=NEW_FILE, required=True, help="Parquet file: SK_ID_CURR and one column per feature.")
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    show_default=True,
    help="Program that computes the features; both give the same values.",
)
@shared.COVERAGE
@click.option(
    "--spark-remote",
    type=shared.PLACE,
    help="Address of a Spark Connect server; by default Spark runs on this machine.",
)
@click.option(
    "--for",
    "model",
    type=MODEL_FOLDER,
    help="Folder with a published model: compute only the features that it reads, from the tables that these need.",
)
def features(
    data: Path, out: Path, engine: str, coverage: Path | None, spark_remote: str | None, model: Path | None
) -> None:
    """Compute history features from seven tables: one row per client."""
    from scoring.home_credit.applications import is_synthetic
    from scoring.home_credit.history.compute import has_features
    from scoring.storage.artefacts import read_manifest
    from scoring.storage.bundle import MANIFEST

    if not is_synthetic(data):
        written_files.refuse_tracked(out.parent, name=out.name)
    written_files.make_folder_of(out)
    written_files.refuse_unwritable_folder(out.parent)  # further files are written beside it
    written_files.refuse_overwriting(out, model, data, coverage)
    written_files.refuse_foreign(out, has_features, "an earlier file of features")
    names = None if model is None else read_manifest(model / MANIFEST).plan.raw_numbers()
    click.echo(shared.show_features(data, out, engine, coverage, spark_remote, names))


@click.command(cls=Command)
@click.option("--artefacts", type=MODEL_FOLDER, required=True, help="Folder with a published model.")
@click.option("--data", type=EXISTING_PATH, required=True, help="Folder of tables, or one CSV, Excel or Parquet file.")
@shared.table_options
@click.option(
    "--out",
    type=NEW_FILE,
    help="Write the scores of all clients into this .csv or .parquet file; required where no outcome is known.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--seed", type=shared.SEED, default=0, show_default=True, help="Seed of the resamples for the intervals.")
def evaluate(artefacts: Path, data: Path, out: Path | None, features: Path | None, as_json: bool, **given: Any) -> None:
    """Score applications with a published model; measure it where the outcome is known."""
    import json

    from scoring.home_credit.applications import is_synthetic
    from scoring.training.evaluation.evaluate_folder import evaluate_folder, has_scores

    if out is not None:
        written_files.refuse_overwriting(out, artefacts, data, features)
        written_files.refuse_foreign(out, has_scores, "an earlier file of scores")
        if not (data.is_dir() and is_synthetic(data)):
            written_files.refuse_tracked(out.parent, name=out.name)
    found = evaluate_folder(artefacts, data, out=out, features=features, **given)
    click.echo(found.kinds.as_text(), err=True)
    click.echo(json.dumps(found.model_dump(mode="json", by_alias=True), indent=1) if as_json else found.as_text())


@click.command(cls=Command)
@click.argument("model")
@click.option("--out", type=FOLDER, required=True, help="Folder for the artefacts.")
@shared.TRACKING
def pull(model: str, out: Path, tracking: str | None) -> None:
    """Fetch a registered model, such as models:/credit-scoring@champion, and check it."""
    from scoring.training.tracking.mlflow_store import default_uri
    from scoring.training.tracking.model_registry import pull as run

    for path in run(model, out, tracking or default_uri(Path())):
        click.echo(f"written: {path}")


@click.command(cls=Command)
@click.argument("artefacts", type=MODEL_FOLDER)
@click.option("--out", type=NEW_FILE, required=True, help="Markdown file.")
@shared.scaling_options
def card(artefacts: Path, out: Path, **given: Any) -> None:
    """Write the model card of a published model."""
    from scoring.model_card.card import BEGINNING, card_as_markdown
    from scoring.storage.artefacts import load_probability, read_manifest
    from scoring.storage.bundle import MANIFEST
    from scoring.storage.checksums import verified_files

    manifest = read_manifest(artefacts / MANIFEST)
    written_files.refuse_overwriting(out, artefacts)
    written_files.refuse_foreign(out, written_files.begins_with(BEGINNING), "an earlier model card")
    probability = load_probability(manifest, verified_files(artefacts, manifest))
    scaled = manifest.model_copy(update={"scaling": shared.read_scaling(given, manifest.scaling)})
    write_whole(out, card_as_markdown(scaled, probability).encode())
    click.echo(f"written: {out}")


@click.command(cls=Command)
@click.argument("folder", type=EXISTING_FOLDER)
@click.option(
    "--key",
    envvar="SCORING_SIGNING_KEY",
    required=True,
    help="File with the private Ed25519 key (PEM, without a password); by default SCORING_SIGNING_KEY, which may also "
    "have the key itself.",
)
@click.pass_context
def sign(context: click.Context, folder: Path, key: str) -> None:
    """Sign a published model; a service with SCORING_MANIFEST_KEY loads only models with such a signature."""
    from scoring.storage.artefacts import parse_manifest
    from scoring.storage.bundle import MANIFEST
    from scoring.storage.checksums import read_bytes, sha256, verified_files
    from scoring.storage.signature import load_signer, read_signer
    from scoring.storage.trust import KEY_SETTING, PIN_SETTING, SIGNATURE

    described = read_bytes(folder / MANIFEST)
    verified_files(folder, parse_manifest(MANIFEST, described))
    if not key.strip():
        raise click.BadParameter("it is empty; expected a file with a private key", context, param_hint="--key")
    # A text of the environment that names no file may be the key in another form: no message repeats it.
    typed = context.get_parameter_source("key") is ParameterSource.COMMANDLINE and "-----BEGIN" not in key
    signer = load_signer(Path(key)) if typed or os.path.isfile(key) else read_signer(key)  # noqa: PTH113
    write_whole(folder / SIGNATURE, signer.sign(described), "FOLDER")
    click.echo(f"written: {folder / SIGNATURE}")
    click.echo(f"public key of the signature ({KEY_SETTING}): {signer.public_key}")
    click.echo(f"sha256 of the manifest ({PIN_SETTING}): {sha256(described)}")
