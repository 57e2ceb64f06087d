"""Commands for validators: a model's tables as a workbook, and its document."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scoring.cli import shared, written_files
from scoring.cli.shared import EXISTING_FOLDER, EXISTING_PATH, MODEL_FOLDER, NEW_FILE, Command
from scoring.storage.whole_files import write_whole

NOT_PUBLISHED = 3  # exit code: the candidate is worse, or too few clients say that it is not

if TYPE_CHECKING:
    from scoring.readable.numbers import Language
    from scoring.validation.figures import Figures, Model


@click.command(cls=Command)
@click.argument("model", type=MODEL_FOLDER)
@click.option("--out", type=NEW_FILE, required=True, help="File that ends in .xlsx; an earlier workbook is replaced.")
@click.option(
    "--data",
    type=EXISTING_PATH,
    help="Clients with outcomes to measure: a folder of tables, or one file; rows with errors or without "
    "an outcome are left out.",
)
@shared.table_options
@click.option(
    "--against",
    type=MODEL_FOLDER,
    help="Folder of another published model: the swap set of both models' decisions on the clients of --data.",
)
@shared.scaling_options
def tables(model: Path, out: Path, data: Path | None, against: Path | None, **given: Any) -> None:
    """Write bins, points, gains, bands, strategy and swap set of a published model as a workbook."""
    from scoring.validation.excel import is_own_workbook, write_workbook
    from scoring.validation.figures import list_missing
    from scoring.validation.model_sheets import make_sheets

    if out.suffix.lower() != ".xlsx":
        raise click.UsageError(f"--out {out}: expected a file that ends in .xlsx")
    if against is not None and data is None:
        raise click.UsageError("--against: needs --data, a table of clients with their outcomes")
    written_files.refuse_overwriting(out, model, data, given["features"])
    written_files.refuse_overwriting(out, against)
    written_files.refuse_foreign(out, is_own_workbook, "an earlier workbook of this command")
    loaded = load_model(model)
    scaling = shared.read_scaling(given, loaded.manifest.scaling)
    figures = _measure(loaded, data, against, given)
    sheets = make_sheets(loaded, figures, scaling)
    write_whole(out, write_workbook(sheets))
    for line in (*map(str, figures.warnings), *list_missing(loaded, figures)):
        shared.warn(line)
    click.echo(f"written: {out} ({', '.join(sheet.name for sheet in sheets)})")


@click.command(cls=Command)
@click.argument("model", type=MODEL_FOLDER)
@click.option("--out", type=NEW_FILE, required=True, help="HTML file; an earlier document is replaced.")
@click.option(
    "--language", type=click.Choice(["en", "fr"]), default="en", show_default=True, help="Language of the document."
)
@click.option(
    "--data",
    type=EXISTING_PATH,
    help="Clients with outcomes: a folder of tables, or one file; counts and default rates by bin are then theirs.",
)
@shared.table_options
@shared.scaling_options
def document(model: Path, out: Path, language: "Language", data: Path | None, **given: Any) -> None:
    """Write the validator's document of a published model: one HTML file for print."""
    from scoring.validation.validation_document import BEGINNING, write_document

    written_files.refuse_overwriting(out, model, data, given["features"])
    written_files.refuse_foreign(out, written_files.begins_with(BEGINNING), "an earlier document of this command")
    loaded = load_model(model)
    scaling = shared.read_scaling(given, loaded.manifest.scaling)
    scaled = replace(loaded, manifest=loaded.manifest.model_copy(update={"scaling": scaling}))
    figures = _measure(loaded, data, None, given)
    write_whole(out, write_document(scaled, figures, language).encode())
    for warning in figures.warnings:
        shared.warn(str(warning))
    click.echo(f"written: {out}")


@click.command(cls=Command)
@click.option(
    "--champion", type=EXISTING_FOLDER, required=True, help="Folder of the model that serves, on this machine."
)
@click.option("--candidate", type=MODEL_FOLDER, required=True, help="Folder of the model that could take its place.")
@click.option(
    "--data", type=EXISTING_PATH, required=True, help="Clients with outcomes: a folder of tables, or one file."
)
@shared.table_options
@click.option(
    "--max-cost",
    type=shared.Finite(0, 1),
    default=0.05,
    show_default=True,
    help="Largest increase of the cost per client that is accepted, as a share of the champion's.",
)
@click.option(
    "--max-auc-loss", type=shared.Finite(0, 1), default=0.01, show_default=True, help="Largest loss of AUC accepted."
)
@click.option("--unseen", is_flag=True, help="You know that neither training has seen a client of --data: use all.")
@click.option("--report", type=NEW_FILE, help="Write the comparison here, as Markdown.")
@click.option("--seed", type=shared.SEED, default=0, show_default=True, help="Seed of the intervals.")
def promote(
    champion: Path,
    candidate: Path,
    max_cost: float,
    max_auc_loss: float,
    unseen: bool,
    report: Path | None,
    seed: int,
    **given: Any,
) -> None:
    """Publish a candidate in the champion's place if it is not worse; else change nothing, exit code 3."""
    from scoring.training.publish import publish_copy
    from scoring.validation.champion import Tolerance, compare_models
    from scoring.validation.champion_text import BEGINNING, write_comparison
    from scoring.validation.figures import Table

    if candidate.samefile(champion):
        raise click.UsageError(f"--candidate {candidate}: is the folder of --champion")
    if report is not None:
        written_files.refuse_overwriting(report, champion, given["data"], given["features"], option="--report")
        written_files.refuse_foreign(report, written_files.begins_with(BEGINNING), "an earlier comparison", "--report")
    first, second = load_model(champion), load_model(candidate)
    tolerance = Tolerance(cost=max_cost, auc=max_auc_loss)
    found = compare_models(first, second, Table(**given), tolerance, seed, unseen=unseen)
    text = write_comparison(found)
    if report is not None:
        write_whole(report, text.encode(), "--report")
    click.echo(text)
    if faults := found.faults():
        click.echo(f"not published: {'; '.join(faults)}", err=True)
        click.get_current_context().exit(NOT_PUBLISHED)
    with_clients = second.manifest.training.synthetic or not written_files.is_tracked(champion)
    for path in publish_copy(candidate, champion, with_clients=with_clients):
        click.echo(f"written: {path}")
    if not with_clients:
        shared.warn(
            f"{champion} is in a git repository, so the tables of clients were left out: real people's rows must not "
            "get into it. Name the service's clients with SCORING_CLIENTS."
        )


def load_model(folder: Path) -> "Model":
    """Load and verify a published model, without its clients."""
    from scoring.errors import ArtefactError
    from scoring.storage.artefacts import load_probability, read_manifest
    from scoring.storage.bundle import MANIFEST
    from scoring.storage.checksums import verified_files
    from scoring.validation.figures import Model

    if not (folder / MANIFEST).is_file():
        raise ArtefactError(f"{folder}: no {MANIFEST} found\nExpected a folder that train or pull wrote.")
    manifest = read_manifest(folder / MANIFEST)
    return Model(manifest, load_probability(manifest, verified_files(folder, manifest)))


def _measure(loaded: "Model", data: Path | None, against: Path | None, given: dict[str, Any]) -> "Figures":
    from scoring.validation.figures import Table, measure_figures, take_figures

    if data is None:
        useless = [name for name in ("table", "features", "decimal") if given[name] is not None]
        if useless:
            raise click.UsageError(f"{', '.join(f'--{name}' for name in useless)}: needs --data")
        return take_figures(loaded.manifest)
    return measure_figures(loaded, Table(data, **given), load_model(against) if against else None)
