"""``python -m scoring decisions``: verify the decision record, export from it, erase personal data."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from scoring.cli.shared import EXISTING_FILE, NEW_FILE, warn
from scoring.errors import DataError, RecordUnavailable
from scoring.record.checkpoints.signature import load_public_key
from scoring.record.kept_record import open_store
from scoring.record.stores.session import Store
from scoring.record.verification.deviations import Report
from scoring.record.verification.verify import verify

_SHOWN = 100  # problems
_DEFAULT = "decisions.db"


@click.group()
def decisions() -> None:
    """Verify the decision record, export from it, erase personal data."""


@decisions.command("verify")
@click.argument("url", envvar="SCORING_DECISIONS", default=_DEFAULT)
@click.option("--public-key", type=EXISTING_FILE, envvar="SCORING_DECISIONS_KEY", help="Key that must have signed.")
@click.option("--checkpoints", type=NEW_FILE, envvar="SCORING_DECISIONS_CHECKPOINTS", help="File outside the database.")
def verify_record(url: str, public_key: Path | None, checkpoints: Path | None) -> None:
    """Find and name every entry that was changed, removed, moved or inserted; exit code 1 if there is one."""
    key = load_public_key(public_key) if public_key else None
    with _existing(url) as store:
        report, found = Report(), 0
        with click.progressbar(length=_count(store), label="entries", file=sys.stderr) as bar:
            problems = []
            for problem in verify(store, report, key, checkpoints or store.checkpoints, bar.update):
                found += 1
                if found <= _SHOWN:
                    problems.append(str(problem))
    for line in problems:
        click.echo(line)
    if found > _SHOWN:
        click.echo(f"and {found - _SHOWN} more")
    for note in report.notes:
        warn(note)
    click.echo(
        f"{report.entries} entries of {report.chains} chains, {report.erased} of them with an erased body, "
        f"{report.checkpoints} checkpoints, {report.signed} of them signed: "
        + (f"{found} {'deviation' if found == 1 else 'deviations'}" if found else "intact")
    )
    sys.exit(1 if found else 0)


def _count(store: Store) -> int:
    session = store.open_session()
    try:
        return int(session.rows("SELECT count(*) FROM record_entries")[0][0])
    finally:
        session.close()


@contextmanager
def _existing(url: str) -> Iterator[Store]:
    """Choose a database that is there; an error of it becomes one message."""
    if url == "off":
        raise DataError("SCORING_DECISIONS=off: there is no decision record\nName a SQLite file or a PostgreSQL URL.")
    store = open_store(url)
    if not store.exists():
        raise DataError(
            f"decision record {store.name}: not found\n"
            "Name the SQLite file or the PostgreSQL URL in which the service records (SCORING_DECISIONS)."
        )
    try:
        yield store
    except RecordUnavailable as error:
        raise DataError(f"{error}\nTry again when the database answers.") from None
    except store.unavailable as error:
        raise DataError(f"decision record {store.name}: cannot be read ({error})") from error
