"""``python -m scoring drift``: how current clients differ from a reference, and what that does to decisions."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scoring.cli import shared
from scoring.cli.record_opening import is_record, opened_record, session_of
from scoring.cli.shared import MODEL_FOLDER, MODEL_OR_TABLE, Command
from scoring.cli.validation_commands import load_model
from scoring.cli.watching.watch_options import (
    CURRENT,
    ReportFiles,
    period_options,
    refuse_options_of_table,
    refuse_period_of_table,
    report_options,
)
from scoring.errors import DataError

if TYPE_CHECKING:
    from scoring.monitoring.drift.drift_report import DriftReport
    from scoring.monitoring.drift.references import Reference
    from scoring.monitoring.drift.samples import Sample
    from scoring.readable.numbers import Language
    from scoring.record.review_steps import Period
    from scoring.validation.figures import Model

DRIFTED = 3  # exit code: something moved by more than tolerated


@click.command(cls=Command)
@click.option(
    "--reference", type=MODEL_OR_TABLE, required=True, help="Folder of a published model, or a table of clients."
)
@CURRENT
@click.option("--model", type=MODEL_FOLDER, help="Published model that scores; by default, the reference.")
@period_options
@click.option("--by", type=click.Choice(["month"]), help="Compare each month of the record separately, too.")
@click.option("--model-ready", "rows", is_flag=True, help="The tables have model-ready rows.")
@shared.table_options
@click.option(
    "--level",
    type=shared.Finite(1e-6, 0.5),
    default=0.05,
    show_default=True,
    help="Largest chance that any of the tests gives an alarm although there is no drift.",
)
@click.option(
    "--tolerated",
    type=shared.Finite(0, 20),
    default=1.0,
    show_default=True,
    help="Multiply the tolerated shifts by this number; 0: every significant shift is an alarm.",
)
@report_options
def drift(
    reference: Path,
    current: str,
    model: Path | None,
    since: str | None,
    until: str | None,
    by: str | None,
    written: ReportFiles,
    level: float,
    tolerated: float,
    **given: Any,
) -> None:
    """Compare clients with a reference: what moved, and what that does to decisions; exit code 3 if something moved."""
    from scoring.monitoring.drift.drift_comparison import measure_drift
    from scoring.monitoring.drift.drift_report import DriftReport
    from scoring.monitoring.drift.drift_tests import Options
    from scoring.record.review_steps import Period
    from scoring.storage.bundle import MANIFEST

    recorded = is_record(current, "--current")
    refuse_period_of_table(recorded, since, until, by)
    refuse_options_of_table(not recorded or not (reference / MANIFEST).is_file(), given)
    written.check(DriftReport, reference, current, given["features"], model=model)
    loaded, compared = _read_reference(reference, model, given)
    found = _read_current(loaded, current, Period.between(since, until) if recorded else None, given)
    result = measure_drift(loaded, compared, found, Options(level, tolerated, by_month=by == "month"))

    def write_drift_page(language: "Language") -> str:
        from scoring.monitoring.drift.wording.drift_page import write_page

        return write_page(result, language)

    written.write(result, write_drift_page)
    click.echo(_as_text(result))
    sys.exit(DRIFTED if result.alarm else 0)


def _read_reference(reference: Path, model: Path | None, given: dict[str, Any]) -> "tuple[Model, Reference]":
    from scoring.monitoring.drift.references import count_sample, take_population
    from scoring.storage.bundle import MANIFEST

    if (reference / MANIFEST).is_file():
        if model is not None and load_model(model).manifest.version() != load_model(reference).manifest.version():
            raise DataError(
                f"--model {model}: is another model than the reference, {reference}\nLeave one out: a model's own "
                "clients are the reference of its own scores, or give a table as the reference."
            )
        loaded = load_model(reference)
        return loaded, take_population(loaded, str(reference))
    if model is None:
        raise DataError(
            f"--reference {reference}: is a table, which a model has to score\nName its folder with --model FOLDER."
        )
    loaded = load_model(model)
    return loaded, count_sample(loaded, _read_table(loaded, reference, given))


def _read_table(model: "Model", data: Path, given: dict[str, Any]) -> "Sample":
    from scoring.monitoring.drift.samples import read_table_sample
    from scoring.validation.figures import Table

    place = Table(data, **{name: given[name] for name in ("table", "features", "decimal")})
    return read_table_sample(model, place, rows=given["rows"])


def _read_current(model: "Model", current: str, period: "Period | None", given: dict[str, Any]) -> "Sample":
    """Read a record in a period, or a table."""
    from scoring.monitoring.drift.record_sample import read_record_sample

    if period is None:
        return _read_table(model, Path(current), given)
    with opened_record(current) as store, session_of(store) as session:
        return read_record_sample(model, session, period, store.name)


def _as_text(result: "DriftReport") -> str:
    rates, verdict = result.score.refusal_rate, "DRIFT" if result.alarm else "no drift shown"
    lines = [
        f"{result.current}: {result.clients} clients, compared with {result.reference_clients} of {result.reference}",
        f"{rates.current:.1%} refused ({result.score.low:.1%} to {result.score.high:.1%}); was {rates.reference:.1%}",
        *(f"- {one.sentence.en}" for one in result.moved),
        *(
            f"{one.month}: {one.clients} clients, {one.refusal_rate:.1%} refused"
            + (f"; moved: {', '.join(one.moved)}" if one.moved else "")
            for one in result.months
        ),
        *(f"note: {one.en}" for one in result.notes),
        f"{verdict}: {result.tests} tests, at most {100 * result.level:g}% false alarms",
    ]
    return "\n".join(lines)
