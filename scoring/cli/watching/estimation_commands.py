"""``python -m scoring estimate``: performance before outcomes are known."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scoring.cli import shared
from scoring.cli.record_opening import is_record, opened_record, session_of
from scoring.cli.shared import EXISTING_PATH, MODEL_FOLDER, Command
from scoring.cli.validation_commands import load_model
from scoring.cli.watching.watch_options import (
    CURRENT,
    ReportFiles,
    period_options,
    refuse_options_of_table,
    refuse_period_of_table,
    report_options,
)

if TYPE_CHECKING:
    from scoring.model.manifest import Manifest
    from scoring.model.scorer import Scorer
    from scoring.monitoring.estimation.scored_clients import ScoredClients
    from scoring.readable.numbers import Language
    from scoring.record.review_steps import Period


@click.command(cls=Command)
@click.option("--model", type=MODEL_FOLDER, required=True, help="Folder with a published model.")
@click.option(
    "--reference",
    type=EXISTING_PATH,
    help="Clients with outcomes, whom the model was not fitted on; without them, figures follow from the "
    "calibration in the manifest.",
)
@CURRENT
@period_options
@shared.table_options
@report_options
@click.option(
    "--resamples", type=click.IntRange(100, 1_000_000), default=400, show_default=True, help="Draws for the intervals."
)
@click.option("--seed", type=shared.SEED, default=0, show_default=True, help="Seed of the draws.")
def estimate(
    model: Path,
    reference: Path | None,
    current: str,
    since: str | None,
    until: str | None,
    written: ReportFiles,
    resamples: int,
    seed: int,
    **given: Any,
) -> None:
    """Estimate default rate, cost and AUC of current clients before their outcomes are known."""
    from scoring.monitoring.estimation.estimate import Estimate
    from scoring.monitoring.estimation.estimate_text import write_text
    from scoring.monitoring.estimation.estimation import estimate as run
    from scoring.monitoring.estimation.read_clients import read_current, read_reference
    from scoring.record.review_steps import Period
    from scoring.validation.figures import Table

    recorded = is_record(current, "--current")
    refuse_period_of_table(recorded, since, until)
    refuse_options_of_table(not recorded or reference is not None, given)
    written.check(Estimate, reference, current, given["features"], model=model)
    loaded = load_model(model)
    manifest, scorer = loaded.manifest, loaded.scorer()
    labelled = None if reference is None else read_reference(manifest, scorer, Table(reference, **given))
    if recorded:
        clients = _read_record(manifest, scorer, current, Period.between(since, until))
    else:
        clients = read_current(manifest, scorer, Table(Path(current), **given))
    found = run(
        manifest, clients, labelled, seed=seed, resamples=resamples, progress=partial(shared.bar, what="resamples")
    )

    def write_estimate_page(language: "Language") -> str:
        from scoring.monitoring.estimation.estimation_page import write_page

        return write_page(found, language)

    written.write(found, write_estimate_page)
    click.echo(write_text(found))


def _read_record(manifest: "Manifest", scorer: "Scorer", url: str, period: "Period") -> "ScoredClients":
    from scoring.monitoring.estimation.read_clients import read_recorded

    with opened_record(url) as store, session_of(store) as session:
        return read_recorded(manifest, scorer, session, store.name, period, partial(shared.bar, what="decisions"))
