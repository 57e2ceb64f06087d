"""``python -m scoring decisions``: verify the decision record, export from it, erase personal data."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from scoring.cli.record_opening import opened_record, refuse_without_signer, session_of
from scoring.cli.retention import SHORTEST, read_retention
from scoring.cli.shared import EXISTING_FILE, NEW_FILE, PLACE, Group, SettingArgument, SettingOption, warn
from scoring.cli.watching.watch_options import RECORD, period_options
from scoring.cli.written_files import refuse_unwritable
from scoring.decisions.override_report import report_overrides, write_table
from scoring.errors import DataError
from scoring.record.entries import StoredEntry
from scoring.record.kept_record import KeptRecord, open_record
from scoring.record.personal_data import about_client, erase_client, erase_older
from scoring.record.stores.session import Store
from scoring.record.verification.deviations import Report
from scoring.record.verification.last_verification import Verification, describe, result_file, write_result
from scoring.record.verification.proof import prove
from scoring.record.verification.verify import verify
from scoring.settings import DECISIONS
from scoring.storage.signature import load_public_key

_SHOWN = 100  # problems
_URL_ARGUMENT = click.argument("url", type=PLACE, cls=SettingArgument, envvar="SCORING_DECISIONS", default=DECISIONS)
_CHECKPOINTS = click.option(
    "--checkpoints",
    type=NEW_FILE,
    cls=SettingOption,
    envvar="SCORING_DECISIONS_CHECKPOINTS",
    help="File outside the database with the checkpoints; by default SCORING_DECISIONS_CHECKPOINTS, or "
    "the one beside the SQLite file.",
)


@click.group(cls=Group)
def decisions() -> None:
    """Verify the decision record, export from it, erase personal data."""


@decisions.command()
@_URL_ARGUMENT
def create(url: str) -> None:
    """Make the tables, so that the service can record as a user who may only add rows; add indexes that are missing."""
    with opened_record(url, new=True) as store, session_of(store) as session:
        store.add_indexes(session)
        click.echo(f"decision record {store.name}: ready")


@decisions.command("verify")
@_URL_ARGUMENT
@click.option(
    "--public-key",
    type=EXISTING_FILE,
    cls=SettingOption,
    envvar="SCORING_DECISIONS_KEY",
    help="File with a public or a private key: checkpoints must be signed with it; by default SCORING_DECISIONS_KEY.",
)
@_CHECKPOINTS
@click.option(
    "--result",
    type=NEW_FILE,
    help="File for the result, which GET /monitor shows; by default beside the file of checkpoints, with "
    "the ending .verified.",
)
def verify_record(url: str, public_key: Path | None, checkpoints: Path | None, result: Path | None) -> None:
    """Find and name every entry that was changed, removed, moved or inserted; exit code 1 if there is one."""
    if result is not None:
        refuse_unwritable(result, "--result")
    key, began = load_public_key(public_key) if public_key else None, datetime.now(UTC)
    with opened_record(url) as store:
        report, found = Report(), 0
        with click.progressbar(length=_count(store), label="entries", file=sys.stderr) as bar:
            problems = []
            for problem in verify(store, report, key, checkpoints or store.checkpoints, bar.update):
                found += 1
                if found <= _SHOWN:
                    problems.append(problem)
        file = result or result_file(checkpoints or store.checkpoints)
    for one in problems:
        click.echo(str(one))
    if found > _SHOWN:
        click.echo(f"and {found - _SHOWN} more")
    for note in report.notes:
        warn(note)
    click.echo(
        f"{report.entries} entries of {report.chains} chains, {report.erased} of them with an erased body, "
        f"{report.checkpoints} checkpoints, {report.signed} of them signed: "
        + (f"{found} {'deviation' if found == 1 else 'deviations'}" if found else "intact")
    )
    if file is not None:
        _write_result(file, describe(began, report, problems, found, with_key=key is not None))
    sys.exit(1 if found else 0)


def _write_result(file: Path, result: Verification) -> None:
    try:
        write_result(file, result)
    except OSError as error:
        warn(f"the result is not in {file}, where GET /monitor would read it: {error.strerror}")


def _client(_context: click.Context, option: click.Parameter, given: str | None) -> str | None:
    """Refuse a blank, such as a variable that is not set: nothing would be found or erased, and no error told."""
    if given is not None and not given.strip():
        raise click.BadParameter("is empty; expected a client number", param=option)
    return given


@decisions.command()
@click.argument("entry_id", metavar="ID", required=False)
@click.option("--client", callback=_client, help="Client number: write everything about this client instead.")
@RECORD
def export(entry_id: str | None, client: str | None, url: str) -> None:
    """Write a decision with its proof, or everything about a client, as JSON; docs/check_proof.py checks a proof."""
    if (entry_id is None) == (client is None):
        raise click.UsageError("Name either an ID or --client.")
    with opened_record(url) as store, session_of(store) as session:
        if client is not None:
            entries = about_client(session, client)
            click.echo(json.dumps([_as_json(entry) for entry in entries], indent=1, ensure_ascii=False))
            click.echo(f"{len(entries)} entries about this client", err=True)
            return
        proof = prove(session, str(entry_id))
    if proof is None:
        raise DataError(f"decision record {store.name}: has no entry {entry_id}\nName the decision_id of an answer.")
    if proof["checkpoint"] is None:
        warn("no checkpoint covers this entry yet, so that nothing proves it; export it again in a minute")
    click.echo(json.dumps(proof, indent=1))


def _as_json(entry: StoredEntry) -> dict[str, Any]:
    return {**entry._asdict(), "body": entry.body and entry.body._asdict()}


@decisions.command()
@period_options
@click.option("--json", "as_json", is_flag=True, help="As JSON instead of a table.")
@RECORD
def report(since: str | None, until: str | None, as_json: bool, url: str) -> None:
    """Report how often officers change the automated decision: in all, by reason, and by officer."""
    with opened_record(url) as store, session_of(store) as session:
        found = report_overrides(store, session, since, until)
    click.echo(found.model_dump_json(indent=1) if as_json else write_table(found))


@decisions.command()
@click.option(
    "--older-than",
    "days",
    callback=read_retention,
    metavar="TIME",
    cls=SettingOption,
    envvar="SCORING_DECISIONS_RETENTION",
    help="Erase the bodies of entries that are older: 6 months, 2 years, 26 weeks or 400d; by default "
    "SCORING_DECISIONS_RETENTION; only this setting may ask for less than six months.",
)
@click.option("--client", callback=_client, help="Client number: erase the personal data of this client instead.")
@RECORD
@click.option(
    "--key",
    type=EXISTING_FILE,
    cls=SettingOption,
    envvar="SCORING_DECISIONS_KEY",
    help="Private key that signs the checkpoint over the erasures; by default SCORING_DECISIONS_KEY; "
    "needed where the last checkpoint was signed.",
)
@_CHECKPOINTS
@click.pass_context
def erase(
    context: click.Context, days: int | None, client: str | None, url: str, key: Path | None, checkpoints: Path | None
) -> None:
    """Erase personal data: the bodies of old entries, or of the entries about a client. The entries stay."""
    is_typed = context.get_parameter_source("days") is ParameterSource.COMMANDLINE
    if days is None and client is None:
        raise click.UsageError("Name --older-than, --client, or set SCORING_DECISIONS_RETENTION.")
    if client is not None and is_typed:
        raise click.UsageError("Name either --older-than or --client.")
    if is_typed and days is not None and days < SHORTEST:
        raise DataError(
            f"--older-than {days}d: personal data in the decision record is kept for six months ({SHORTEST} days) at "
            "least\nWhere your rule is a shorter time, set SCORING_DECISIONS_RETENTION to it."
        )
    with opened_record(url) as store:
        refuse_without_signer(store, key, "the erasures")
        record = open_record(url, key, checkpoints)
        erased = _erase_older(record, days) if client is None and days else erase_client(record, str(client))
        record.close()
        with session_of(store) as session:
            store.overwrite_erased(session)
    click.echo(f"{erased} bodies erased")


def _erase_older(record: KeptRecord, days: int) -> int:
    erased = 0
    with click.progressbar(erase_older(record, days, datetime.now(UTC)), label="erasing", file=sys.stderr) as parts:
        for count in parts:
            erased += count
    return erased


def _count(store: Store) -> int:
    with session_of(store) as session:
        return int(session.rows("SELECT count(*) FROM record_entries")[0][0])
