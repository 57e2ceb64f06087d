"""Every error the project raises on purpose, named for the business fact.

::

    ScoringError
    ├── StartError                the service or a command must not go on; exit code 1, one message
    │   ├── SettingError          a setting is unknown or has a value that cannot be used
    │   ├── ArtefactError         a model file is missing, altered, unreadable or does not fit the others
    │   ├── ClientTableError      the table of clients cannot be served
    │   └── DataError             input tables for training or synthesis cannot be used
    └── RequestError              one request cannot be answered; the service goes on
        ├── InvalidClientNumber   not a client number at all
        ├── UnknownClient         a well-formed number that nobody has
        ├── FactsUnavailable      the client is known, but only as a model-ready row
        ├── InvalidParameter      a query parameter cannot be used
        ├── UnsupportedBody       a body that is not plain JSON in UTF-8
        ├── UnreadableBody        a body that says it is JSON and is not
        ├── BodyTooLarge          more bytes or records than one request may have
        ├── InvalidApplication    a body that was read, but cannot be scored
        ├── NoStoredHistory       stored history asked for where there can be none
        └── RowsOnly              the model came without a schema of raw applications

A message says what is wrong, the value received, what was expected and the remedy. Where one input has
several faults, one message lists them all.
"""

from collections.abc import Mapping, Sequence


def shorten(text: str, most: int = 40) -> str:
    """Cut a text to at most so many characters; a cut text ends in an ellipsis.

    >>> shorten("abcdefgh", most=5), shorten("abcde", most=5)
    ('abcd…', 'abcde')
    """
    return text if len(text) <= most else text[: most - 1] + "…"


def list_some(items: Sequence[object], most: int = 10) -> str:
    """List the first items of many.

    >>> list_some(["a", "b", "c", "d", "e"], most=2), list_some([1, 2], most=2)
    ('a, b and 3 more', '1, 2')
    """
    listed = ", ".join(str(item) for item in items[:most])
    return listed if len(items) <= most else f"{listed} and {len(items) - most} more"


class ScoringError(Exception):
    """Base of all errors raised on purpose."""


class StartError(ScoringError):
    """Something is wrong before the first request: stop with one message."""

    @classmethod
    def listing(cls, heading: str, faults: Sequence[str], remedy: str) -> "StartError":
        """Build one message out of all faults of one input.

        >>> print(DataError.listing("table.csv", ["column A is missing", "column B is text"], "Fix it."))
        table.csv: 2 faults
          - column A is missing
          - column B is text
        Fix it.
        """
        if len(faults) == 1:
            return cls(f"{heading}: {faults[0]}\n{remedy}")
        lines = [f"{heading}: {len(faults)} faults", *(f"  - {fault}" for fault in faults), remedy]
        return cls("\n".join(lines))


class SettingError(StartError):
    """A setting is unknown, or its value cannot be used."""


class ArtefactError(StartError):
    """A model file is missing, altered, unreadable, or does not fit the others."""


class ClientTableError(StartError):
    """The table of clients cannot be served."""


class DataError(StartError):
    """Input tables for training or synthesis cannot be used."""


class RequestError(ScoringError):
    """One request cannot be answered.

    Parameters
    ----------
    message : what is wrong, in a sentence or two.
    faults : one entry a fault, with ``field``, ``received`` and ``expected``.
    """

    def __init__(self, message: str, *faults: Mapping[str, object]) -> None:
        super().__init__(message)
        self.faults = faults


class InvalidClientNumber(RequestError):
    """What was asked for is not a client number."""


class UnknownClient(RequestError):
    """A well-formed number that no client has."""


class FactsUnavailable(RequestError):
    """The client is known, but no raw facts are kept with the model-ready row."""


class InvalidParameter(RequestError):
    """A query parameter cannot be used."""


class UnsupportedBody(RequestError):
    """The body is not JSON, is compressed, or is written in another character set than UTF-8."""


class UnreadableBody(RequestError):
    """The body says it is JSON, and cannot be parsed."""


class BodyTooLarge(RequestError):
    """More bytes or more records than one request may have."""


class InvalidApplication(RequestError):
    """A body that could be read, but not scored: its faults are listed."""


class NoStoredHistory(RequestError):
    """Stored history is asked for, and the body names no client or holds model-ready rows."""


class RowsOnly(RequestError):
    """The model came without a manifest: raw applications cannot be turned into model-ready rows."""
