"""``python -m scoring outcomes``: load outcomes of credits into the decision record, and report on them."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from scoring.cli.record_opening import opened_record, refuse_without_signer, session_of
from scoring.cli.shared import EXISTING_FILE, EXISTING_PATH, NEW_FILE, Group, SettingOption, warn
from scoring.cli.watching.watch_options import RECORD, ReportFiles, period_options, report_options

if TYPE_CHECKING:
    from scoring.readable.numbers import Language


@click.group(cls=Group)
def outcomes() -> None:
    """Load outcomes of credits into the decision record, and report on them."""


@outcomes.command()
@click.argument("file", type=EXISTING_PATH)
@RECORD
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="ROLE=NAME",
    help="ROLE=NAME: the column that is decision_id, client, date, outcome, observed_at, months_observed "
    "or amount_lost; may be repeated.",
)
@click.option(
    "--correct",
    is_flag=True,
    help="Outcomes of the table replace recorded ones that they contradict; both stay in the record.",
)
@click.option("--check", is_flag=True, help="Check the file only; write nothing.")
@click.option(
    "--key",
    type=EXISTING_FILE,
    cls=SettingOption,
    envvar="SCORING_DECISIONS_KEY",
    help="Private key with which the service signs checkpoints; by default SCORING_DECISIONS_KEY; needed "
    "where the last checkpoint is signed.",
)
@click.option(
    "--checkpoints",
    type=NEW_FILE,
    cls=SettingOption,
    envvar="SCORING_DECISIONS_CHECKPOINTS",
    help="File outside the database with the checkpoints; by default SCORING_DECISIONS_CHECKPOINTS, or "
    "the one beside the SQLite file.",
)
def load(
    file: Path,
    url: str,
    columns: tuple[str, ...],
    correct: bool,
    check: bool,
    key: Path | None,
    checkpoints: Path | None,
) -> None:
    """Load a table of outcomes: who defaulted, by decision ID, or by client and date.

    The whole table is checked first; nothing is written if it has an error. What is written stays: after an
    interruption, the same command writes the rest.
    """
    from scoring.monitoring.outcomes.given.loading import check_outcomes, write_outcomes
    from scoring.record.kept_record import open_record

    with opened_record(url) as store:
        if not check:
            refuse_without_signer(store, key, "the outcomes")
        with session_of(store) as session:
            today = datetime.now(UTC).date()
            checked = check_outcomes(session, file, _read_columns(columns), today, correct=correct)
        for note in checked.notes:
            click.echo(note, err=True)
        if checked.new and not check:
            record = open_record(url, key, checkpoints, every=10_000)
            with click.progressbar(length=len(checked.new), label="outcomes", file=sys.stderr) as bar:
                write_outcomes(record, checked, bar.update)
            record.close()
    if checked.erased:
        warn(f"{checked.erased} outcomes are about decisions whose personal data was erased; amounts are not kept")
    if checked.by_date:
        click.echo(f"{checked.by_date} rows matched with the last accepted decision on or before the date (UTC)")
    done = "would be written" if check else "written"
    click.echo(
        f"{len(checked.new)} outcomes {done}, {checked.corrections} of them corrections; "
        f"{checked.known} were in the record already"
    )


@outcomes.command()
@RECORD
@period_options
@click.option("--by", type=click.Choice(["month", "quarter"]), default="month", help="Period of one vintage.")
@click.option(
    "--window-months",
    "window",
    type=click.IntRange(1, 1200),
    help="Only defaults within this number of months after the decision count, and younger decisions are not due "
    "yet; by default each outcome that is known is final.",
)
@report_options
def report(
    url: str,
    since: str | None,
    until: str | None,
    by: Literal["month", "quarter"],
    window: int | None,
    written: ReportFiles,
) -> None:
    """Report what became of accepted credits, by vintage, against what the model expected."""
    from scoring.monitoring.outcomes.outcome_figures import OutcomeReport
    from scoring.monitoring.outcomes.outcome_report import report_outcomes
    from scoring.monitoring.outcomes.outcome_sentences import write_lines

    written.check(OutcomeReport, url)
    with opened_record(url) as store, session_of(store) as session:
        now = datetime.now(UTC).replace(microsecond=0)
        counted = report_outcomes(session, since, until, now.date(), window, by)
    found = counted.model_copy(update={"made_at": now})

    def write_page(language: "Language") -> str:
        from scoring.monitoring.outcomes.outcome_page import write_outcome_page

        return write_outcome_page(found, language)

    written.write(found, write_page)
    click.echo(write_lines(found))


def _read_columns(given: tuple[str, ...]) -> dict[str, str]:
    from scoring.monitoring.outcomes.given.outcome_table import ROLES

    pairs = [one.partition("=")[::2] for one in given]
    for role, name in pairs:
        if role not in ROLES or not name:
            raise click.BadParameter(
                f"{role}={name}; expected ROLE=NAME, where ROLE is one of {', '.join(ROLES)}", param_hint="--column"
            )
    named = dict(pairs)
    if len(named) < len(pairs) or len({*named.values()}) < len(named):
        raise click.BadParameter(
            f"{', '.join(given)}; expected one column for each role, each another one", param_hint="--column"
        )
    return named
