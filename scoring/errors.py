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
        └── InvalidParameter      a query parameter cannot be used

A message says what is wrong, the value received, what was expected and the remedy. Where one input has
several faults, one message lists them all.
"""

from collections.abc import Mapping, Sequence


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
