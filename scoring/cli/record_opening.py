"""Opening a decision record for a command; every error of it becomes one message."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from scoring.cli.written_files import begins_with
from scoring.errors import DataError, RecordUnavailable
from scoring.record.checkpoints.checkpoint import last
from scoring.record.kept_record import open_store
from scoring.record.stores.session import Session, Store
from scoring.storage.signature import load_public_key

_ENDINGS = (".db", ".sqlite", ".sqlite3")  # of SQLite files
DAY = click.DateTime(["%Y-%m-%d"])


def midnight(day: datetime | None) -> str | None:
    """Write the start of a day (UTC) as the record writes times; None stays None.

    >>> midnight(datetime(2026, 11, 1))
    '2026-11-01T00:00:00.000000Z'
    """
    return None if day is None else f"{day.date()}T00:00:00.000000Z"


def is_record(place: str, option: str) -> bool:
    """Tell whether a place is that of a decision record, a SQLite file or a PostgreSQL URL, and not of a table.

    Parameters
    ----------
    option : that names the place, for messages; raises DataError where there is neither.

    >>> is_record("postgresql://db.example/decisions", "--current"), is_record("df_sample.csv", "--current")
    (True, False)
    """
    if place.startswith(("postgresql://", "postgres://", "sqlite://")):
        return True
    path = Path(place)
    if path.suffix.lower() in _ENDINGS:
        return True
    if not place.strip() or not path.exists():
        raise DataError(
            f"{option} {place}: not found\nExpected a table (CSV, Excel or Parquet, or a folder), or a decision record "
            "(a SQLite file or a PostgreSQL URL)."
        )
    return path.is_file() and path.stat().st_size > 0 and begins_with("SQLite format 3")(path)


@contextmanager
def session_of(store: Store) -> Iterator[Session]:
    """Open a session of a record, and close it afterwards."""
    session = store.open_session()
    try:
        yield session
    finally:
        session.close()


@contextmanager
def opened_record(url: str, *, new: bool = False) -> Iterator[Store]:
    """Choose a database that has a record, unless it may be new; an error of it becomes one message."""
    if url == "off":
        raise DataError("SCORING_DECISIONS=off: there is no decision record\nName a SQLite file or a PostgreSQL URL.")
    store = open_store(url)
    try:
        if not new and not store.exists():
            raise DataError(
                f"decision record {store.name}: not found, or empty\n"
                "Name the SQLite file or the PostgreSQL URL in which the service records (SCORING_DECISIONS)."
            )
        yield store
    except RecordUnavailable as error:
        raise DataError(f"{error}\nTry again when this is mended.") from None
    except store.unavailable as error:
        raise DataError(
            f"decision record {store.name}: {error}\n"
            "Name the SQLite file or the PostgreSQL URL in which the service records (SCORING_DECISIONS), or correct "
            "the cause."
        ) from error


def refuse_without_signer(store: Store, key: Path | None, what: str) -> None:
    """Raise DataError where the checkpoint over what is written would lack the signature that the last one has."""
    with session_of(store) as session:
        before = last(session)
    signer = before.signer if before else None
    if signer is not None and (key is None or load_public_key(key) != signer):
        received = f"--key {key}: is another key than that of" if key else "--key: is missing, and a key signed"
        raise DataError(
            f"{received} the last checkpoint of decision record {store.name}\n"
            "Give the key with which the service signs (SCORING_DECISIONS_KEY): otherwise decisions verify would "
            f"report the checkpoint over {what}."
        )
