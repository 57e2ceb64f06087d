"""Whether the record is as it was written: every deviation is found and named."""

from collections.abc import Callable, Iterator
from pathlib import Path

from scoring.record.checkpoints.checkpoint import last
from scoring.record.stores.session import Session, Store
from scoring.record.verification.checkpoint_checks import verify_checkpoints, verify_file
from scoring.record.verification.deviations import Problem, Report
from scoring.record.verification.entry_checks import verify_entries, verify_files
from scoring.record.verification.number_checks import verify_numbers

_UNREADABLE: tuple[type[Exception], ...] = (TypeError, ValueError, AttributeError)  # values of another type


def verify(
    store: Store, report: Report, public_key: str | None, file: Path | None, step: Callable[[int], None]
) -> Iterator[Problem]:
    """Check checkpoints, entries, bodies and files, while the service may go on writing.

    Parameters
    ----------
    report : is filled in.
    public_key : which must have signed, in hexadecimal digits. Without it, signatures are compared with the keys that
        the checkpoints name; one who rewrites the record could have made such a key.
    file : checkpoints outside the database.
    step : is told how many entries have been read.
    """
    session = store.open_session()
    try:
        yield from _verify(store, session, report, public_key, file, step)
    except store.unavailable + _UNREADABLE as error:
        yield Problem("the database", f"is damaged, or ended: {error}. What follows was not checked")
    finally:
        session.close()


def _verify(
    store: Store,
    session: Session,
    report: Report,
    public_key: str | None,
    file: Path | None,
    step: Callable[[int], None],
) -> Iterator[Problem]:
    if lost := store.lost_guards(session):
        yield Problem("the database", f"no longer refuses changes: gone, changed or switched off are {', '.join(lost)}")
    report.newest = newest = last(session)
    until = newest.number if newest else 0
    yield from verify_checkpoints(session, report, until, public_key)
    if file is not None and file.exists():
        yield from verify_file(session, file, report)
    elif file is not None:
        report.notes.append(f"{file.name}: there is no such file; nothing outside the database was compared")
    yield from verify_entries(session, report, until, newest.time if newest else None, step)
    yield from verify_numbers(session)
    yield from verify_files(session)
    if public_key is None:
        report.notes.append("no key was given: one who can write to the database could have rewritten all of it")
    if report.uncovered:
        report.notes.append(
            f"{report.uncovered} {'entry is' if report.uncovered == 1 else 'entries are'} not covered by a checkpoint "
            "yet: whether others were removed after them cannot be told"
        )
