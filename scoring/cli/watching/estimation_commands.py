"""``python -m scoring estimate``: performance before outcomes are known."""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scoring.cli import shared
from scoring.cli.record_opening import DAY, is_record, midnight, opened_record, session_of
from scoring.cli.shared import EXISTING_FILE, EXISTING_FOLDER, EXISTING_PATH, NEW_FILE
from scoring.cli.validation_commands import load_model

if TYPE_CHECKING:
    from scoring.model.manifest import Manifest
    from scoring.model.scorer import Scorer
    from scoring.monitoring.estimation.scored_clients import ScoredClients
    from scoring.readable.numbers import Language


@click.command()
@click.option("--model", type=EXISTING_FOLDER, required=True, help="Folder with a published model.")
@click.option("--reference", type=EXISTING_PATH, help="Clients with outcomes, whom the model was not fitted on.")
@click.option("--current", required=True, help="Current clients: a table, or a decision record (file or URL).")
@click.option("--from", "since", type=DAY, help="Of a record, only decisions from this day on (UTC), as 2026-11-01.")
@click.option("--to", "until", type=DAY, help="Of a record, only decisions before this day (UTC).")
@click.option("--features", type=EXISTING_FILE, help="History features of the tables, for a model that uses them.")
@shared.DECIMAL
@click.option("--json", "json_file", type=NEW_FILE, help="Write the estimate as JSON into this file.")
@click.option("--report", "report_file", type=NEW_FILE, help="Write a report to read into this HTML file.")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help="Of the report.")
@click.option("--resamples", type=click.IntRange(100), default=400, show_default=True, help="Draws for the intervals.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the draws.")
def estimate(
    model: Path,
    reference: Path | None,
    current: str,
    since: datetime | None,
    until: datetime | None,
    json_file: Path | None,
    report_file: Path | None,
    language: "Language",
    resamples: int,
    seed: int,
    **given: Any,
) -> None:
    """Estimate default rate, cost and AUC of current clients before their outcomes are known."""
    from scoring.monitoring.estimation.estimate_text import write_text
    from scoring.monitoring.estimation.estimation import estimate as run
    from scoring.monitoring.estimation.estimation_page import BEGINNING, write_page
    from scoring.monitoring.estimation.read_clients import TablePlace, read_reference

    recorded = is_record(current, "--current")
    if not recorded and (since or until):
        raise click.UsageError("--from, --to: are for a decision record; a table is read whole")
    read = [reference, given["features"], None if recorded else Path(current)]
    if json_file is not None:
        shared.refuse_overwriting(json_file, model, *read)
        shared.refuse_foreign(json_file, shared.begins_with('{"model_version"'), "an earlier estimate as JSON")
    if report_file is not None:
        shared.refuse_overwriting(report_file, model, *read)
        shared.refuse_foreign(report_file, shared.begins_with(BEGINNING), "an earlier report of this command")
    loaded = load_model(model)
    manifest, scorer = loaded.manifest, loaded.scorer()
    labelled = None if reference is None else read_reference(manifest, scorer, TablePlace(reference, **given))
    if recorded:
        clients = _read_record(manifest, scorer, current, since, until)
    else:
        clients = _read_table(manifest, scorer, Path(current), given)
    found = run(
        manifest, clients, labelled, seed=seed, resamples=resamples, progress=partial(shared.bar, what="resamples")
    )
    if json_file is not None:
        shared.write_whole(json_file, (found.model_dump_json() + "\n").encode())
    if report_file is not None:
        shared.write_whole(report_file, write_page(found, language).encode())
    click.echo(write_text(found))


def _read_table(manifest: "Manifest", scorer: "Scorer", path: Path, given: dict[str, Any]) -> "ScoredClients":
    from scoring.monitoring.estimation.read_clients import TablePlace, read_current

    return read_current(manifest, scorer, TablePlace(path, **given))


def _read_record(
    manifest: "Manifest", scorer: "Scorer", url: str, since: datetime | None, until: datetime | None
) -> "ScoredClients":
    from scoring.monitoring.estimation.read_clients import read_recorded
    from scoring.record.review_steps import Period

    always = Period()
    period = Period(midnight(since) or always.since, midnight(until) or always.until)
    with opened_record(url) as store, session_of(store) as session:
        return read_recorded(manifest, scorer, session, store.name, period, partial(shared.bar, what="decisions"))
