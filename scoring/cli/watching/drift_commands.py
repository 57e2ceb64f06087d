"""``python -m scoring drift``: how current clients differ from a reference, and what that does to decisions."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scoring.cli import shared
from scoring.cli.record_opening import DAY, is_record, midnight, opened_record, session_of
from scoring.cli.shared import EXISTING_FILE, EXISTING_FOLDER, EXISTING_PATH, NEW_FILE
from scoring.cli.validation_commands import load_model
from scoring.errors import DataError

if TYPE_CHECKING:
    from scoring.monitoring.drift.drift_report import DriftReport
    from scoring.monitoring.drift.references import Reference
    from scoring.monitoring.drift.samples import Sample
    from scoring.readable.numbers import Language
    from scoring.validation.figures import Model

DRIFTED = 3  # exit code: something moved by more than tolerated


@click.command()
@click.option(
    "--reference", type=EXISTING_PATH, required=True, help="Folder of a published model, or a table of clients."
)
@click.option("--current", required=True, help="Table of clients, or a decision record: SQLite file, PostgreSQL URL.")
@click.option("--model", type=EXISTING_FOLDER, help="Published model that scores; by default, the reference.")
@click.option("--from", "since", type=DAY, help="Only decisions from this day on (UTC), such as 2026-11-01.")
@click.option("--to", "until", type=DAY, help="Only decisions before this day (UTC).")
@click.option("--by", type=click.Choice(["month"]), help="Compare each month of the record, too.")
@click.option("--model-ready", "rows", is_flag=True, help="The tables have model-ready rows, and no raw applications.")
@click.option("--table", help="Table of a folder; application_train or application_test by default.")
@click.option("--features", type=EXISTING_FILE, help="History features, for a model that uses them.")
@shared.DECIMAL
@click.option(
    "--level",
    type=shared.Finite(1e-6, 0.5),
    default=0.05,
    show_default=True,
    help="Chance of an alarm without drift, at most, of all tests together.",
)
@click.option(
    "--tolerated",
    type=shared.Finite(0, 20),
    default=1.0,
    show_default=True,
    help="Multiple of the shifts that count as none; 0: any that is significant is an alarm.",
)
@click.option("--json", "json_file", type=NEW_FILE, help="Write the result here as JSON.")
@click.option("--report", "report_file", type=NEW_FILE, help="Write a report to read here: one HTML file.")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help="Of the report.")
def drift(
    reference: Path,
    current: str,
    model: Path | None,
    json_file: Path | None,
    report_file: Path | None,
    language: "Language",
    level: float,
    tolerated: float,
    by: str | None,
    **given: Any,
) -> None:
    """Compare clients with a reference: what moved, and what that does to decisions; exit code 3 if something moved."""
    from scoring.monitoring.drift.drift_comparison import Options, measure_drift
    from scoring.monitoring.drift.drift_page import BEGINNING, write_page

    recorded = is_record(current, "--current")
    _refuse_wrong_options(recorded, by, given)
    inputs = [reference, model, given["features"], *([] if "://" in current else [Path(current)])]
    for file in (json_file, report_file):
        if file is not None:
            for one in inputs:
                shared.refuse_overwriting(file, None, one)
    if json_file is not None:
        shared.refuse_foreign(json_file, shared.begins_with(_JSON_BEGINNING), "an earlier result of this command")
    if report_file is not None:
        shared.refuse_foreign(report_file, shared.begins_with(BEGINNING), "an earlier report of this command")
    loaded, compared = _read_reference(reference, model, given)
    found = _read_current(loaded, current, recorded, given)
    result = measure_drift(loaded, compared, found, Options(level, tolerated, by_month=by == "month"))
    if json_file is not None:
        shared.write_whole(json_file, result.model_dump_json(indent=1).encode())
    if report_file is not None:
        shared.write_whole(report_file, write_page(result, language).encode())
    click.echo(_as_text(result))
    sys.exit(DRIFTED if result.alarm else 0)


_JSON_BEGINNING = '{\n "form": 1,\n "made_at"'


def _refuse_wrong_options(recorded: bool, by: str | None, given: dict[str, Any]) -> None:
    if recorded and given["table"] is not None:
        raise click.UsageError("--table: is for tables, and --current is a decision record")
    if not recorded and (by or given["since"] or given["until"]):
        raise click.UsageError("--by, --from, --to: need a decision record, since a table does not say when it was")


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

    return read_table_sample(model, data, **{name: given[name] for name in ("rows", "table", "features", "decimal")})


def _read_current(model: "Model", current: str, recorded: bool, given: dict[str, Any]) -> "Sample":
    from scoring.monitoring.drift.record_sample import read_record_sample
    from scoring.record.review_steps import Period

    if not recorded:
        return _read_table(model, Path(current), given)
    since, until = (_or_always(given[name], end) for name, end in zip(("since", "until"), Period(), strict=True))
    with opened_record(current) as store, session_of(store) as session:
        return read_record_sample(model, session, Period(since, until), store.name)


def _or_always(day: datetime | None, end: str) -> str:
    return midnight(day) or end


def _as_text(result: "DriftReport") -> str:
    rates = result.score.refusal_rate
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
        f"{'DRIFT' if result.alarm else 'no drift'}: {result.tests} tests, at most {result.level:.0%} false alarms",
    ]
    return "\n".join(lines)
