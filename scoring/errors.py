"""Every error the project raises on purpose, named for the business fact.

A ``StartError`` stops the service or a command with exit code 1 and one message; a ``RequestError`` means that one
request cannot be answered, and the service goes on.

A message says what is wrong, the received value, what was expected and the remedy. One message lists all
errors of one input.
"""

import difflib
import json
import math
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, NotRequired

# Pydantic needs this one before Python 3.12.
from typing_extensions import TypedDict

MOST_ERRORS = 1000  # listed in one answer
_RECEIVED_LENGTH = 40  # characters of an invalid value that an answer repeats
_REASON_LENGTH = 300  # characters of another error's text that a message repeats
_NAME_LENGTH = 100  # characters of a field's name that an answer repeats
_CONNECTION_TEXT = re.compile(
    r"(^|\s)(host|hostaddr|port|dbname|user|password|passfile|service|ssl\w+)\s*=", re.IGNORECASE
)
_KEY = re.compile(r"-----BEGIN|pad_[0-9a-f]{8}_")  # a key itself instead of the path of its file
_EXACT = 2**53  # JSON readers keep whole numbers below it exact
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=lambda key: key.last)


def shorten(text: str, most: int = 40) -> str:
    """Cut a text to at most so many characters; a cut text ends in an ellipsis.

    >>> shorten("abcdefgh", most=5), shorten("abcde", most=5)
    ('abcd…', 'abcde')
    """
    return text if len(text) <= most else text[: most - 1] + "…"


def quote(text: str) -> str:
    """Write a text as a shell reads it: in single quotation marks, also where it has some itself.

    >>> print(quote("income=9999"), quote("Type d'emploi"))
    'income=9999' 'Type d'"'"'emploi'
    """
    return "'" + text.replace("'", "'\"'\"'") + "'"


def hide_password(place: str) -> str:
    """Leave out of a setting's value all that may belong to a password, however the value is mistyped.

    >>> hide_password("postgresql://scoring:se/cr@et@db.example/decisions"), hide_password("host=db password=secret")
    ('postgresql:***', '***')
    >>> hide_password("postgresql://db.example/decisions"), hide_password("decisions.db")
    ('postgresql://db.example/decisions', 'decisions.db')
    >>> hide_password("models.example/m?sig=secret"), hide_password("-----BEGIN PRIVATE KEY-----...")
    ('models.example/m?***', '***')
    """
    if is_connection_text(place) or _KEY.search(place):
        return "***"
    scheme, colon, rest = place.partition(":")
    if "@" in rest or ("//" in rest and "?" in rest):
        return f"{scheme}{colon}***"
    path, _, query = place.partition("?")
    if "=" in query:  # an address without its scheme, or with one slash
        return f"{path}?***"
    return place


def is_connection_text(place: str) -> bool:
    """Tell whether a text is written as PostgreSQL's libpq takes it too, such as ``host=db password=secret``.

    >>> is_connection_text("dbname = credit"), is_connection_text("postgresql://db.example/credit?user=me")
    (True, False)
    """
    return bool(_CONNECTION_TEXT.search(place))


def show_value(value: str, most: int = 200) -> str:
    r"""Show the value of a setting in a message: short, on one line and without a password.

    A value with signs that could not be seen is written as in Python.

    >>> print(show_value("Crédit"), show_value(" "), show_value("a\nb"), show_value("user=me password=secret"))
    Crédit ' ' 'a\nb' ***
    """
    shown = shorten(hide_password(value), most)
    return shown if shown.isprintable() and shown == shown.strip() else repr(shown)


def list_some(items: Sequence[object], most: int = 10) -> str:
    """List the first items of many.

    >>> list_some(["a", "b", "c", "d", "e"], most=2), list_some([1, 2], most=2)
    ('a, b and 3 more', '1, 2')
    >>> list_some(["extra", ""])  # a column of row numbers often has no name
    'extra, (no name)'
    """
    listed = ", ".join(str(item) or "(no name)" for item in items[:most])
    return listed if len(items) <= most else f"{listed} and {len(items) - most} more"


def find_similar(name: str, known: Iterable[str]) -> str | None:
    """Find the known name that is most like another one, whatever the letter case; None if none is like it.

    >>> find_similar("amuont", ["amount", "age"]), find_similar("AMT_CREDI", ["amt_credit"]), find_similar("x", ["age"])
    ('amount', 'amt_credit', None)
    """
    folded = {one.casefold(): one for one in known}
    close = difflib.get_close_matches(name[:_NAME_LENGTH].casefold(), folded, n=1)
    return folded[close[0]] if close else None


def how_to_install(extra: str) -> str:
    """Say what installs the packages of an extra, each in the version of its lock and checked against its hash.

    >>> how_to_install("onnx").partition("pip ")[2]
    'install --require-hashes -r requirements.txt -r requirements/onnx.txt'
    """
    return (
        f"Install the extra {extra!r}, in the folder of the checkout: {sys.executable} -m pip install "
        f"--require-hashes -r requirements.txt -r requirements/{extra}.txt"
    )


class ScoringError(Exception):
    """Base of all errors raised on purpose."""


class StartError(ScoringError):
    """Something is wrong before the first request: stop with one message."""

    @classmethod
    def listing(cls, heading: str, errors: Sequence[str], remedy: str, count: int | None = None) -> "StartError":
        """Build one message from all errors of one input; ``count`` says how many there are if not all are listed.

        >>> print(DataError.listing("table.csv", ["column A is missing", "column B is text"], "Fix it."))
        table.csv: 2 errors
          - column A is missing
          - column B is text
        Fix it.
        """
        if len(errors) == 1:
            return cls(f"{heading}: {errors[0]}\n{remedy}")
        lines = [f"{heading}: {count or len(errors)} errors", *(f"  - {error}" for error in errors), remedy]
        return cls("\n".join(lines))


class SettingError(StartError):
    """A setting is unknown, or its value is invalid."""


class ArtefactError(StartError):
    """A model file is missing, altered, unreadable, or does not fit the others."""


class ClientTableError(StartError):
    """The table of clients cannot be served."""


class KeyFileError(StartError):
    """The file of API keys cannot be used or changed."""


class PolicyError(StartError):
    """A policy file cannot be used."""


class DataError(StartError):
    """Input tables for training or synthesis cannot be used."""


class LacksColumns(DataError):
    """A table of applications lacks ``columns`` that are needed."""

    def __init__(self, message: str, columns: Sequence[str]) -> None:
        super().__init__(message)
        self.columns = columns


class ExportError(StartError):
    """A model cannot be written in the language of another program."""


@contextmanager
def naming(setting: str) -> Iterator[None]:
    """Begin the message of a StartError with the name of the setting that has the wrong file.

    >>> try:
    ...     with naming("SCORING_API_KEYS"):
    ...         raise KeyFileError("keys.json: cannot be read")
    ... except KeyFileError as error:
    ...     print(error)
    SCORING_API_KEYS: keys.json: cannot be read
    """
    try:
        yield
    except StartError as error:
        raise type(error)(f"{setting}: {error}") from error


@contextmanager
def refusing(heading: str, remedy: str) -> Iterator[None]:
    """Turn whatever the block raises, unless it is a StartError, into an ArtefactError.

    Fitted objects run code of their own while they are read and used, which may raise anything.

    >>> try:
    ...     with refusing("modele_retenu.pkl: cannot be used", "Fit it again."):
    ...         raise SystemExit(3)
    ... except ArtefactError as error:
    ...     print(error)
    modele_retenu.pkl: cannot be used (SystemExit: 3)
    Fit it again.
    """
    try:
        yield
    except StartError:
        raise
    except BaseException as error:
        reason = shorten(f"{type(error).__name__}: {error}", _REASON_LENGTH)
        raise ArtefactError(f"{heading} ({reason})\n{remedy}") from error


@dataclass(frozen=True, eq=False)
class DuplicateKey:
    """The value of a key that a JSON object contains more than once; ``last`` is the last of its values."""

    last: object


class InputError(TypedDict):
    """One invalid value of a request.

    Attributes
    ----------
    field : name of the field or parameter; in brackets where the error concerns the whole, such as ``(body)``.
    received : the value. A list, an object, or a number that JSON cannot hold exactly, is given as JSON text.
    expected : what is valid.
    truncated : present, and true, where ``received`` is the beginning of a longer text.
    record : position of the record, from 0, where several were sent.
    readings : only if a text was received in place of a number, and people write numbers like this: its value read with
        a decimal point, and its value read with a decimal comma, as far as each is possible. If the two differ, only
        the person who typed the text knows which number is meant.
    """

    field: str
    received: Any
    expected: str
    truncated: NotRequired[Literal[True]]
    record: NotRequired[int]
    readings: NotRequired[dict[Literal["point", "comma"], float]]


def input_error(field: str, received: object, expected: str, record: int | None = None) -> InputError:
    """Describe one invalid value; a long value is truncated, and marked so.

    >>> input_error("age", -1, "a number of at least 0")
    {'field': 'age', 'received': -1, 'expected': 'a number of at least 0'}
    >>> input_error("age", [float("nan"), {"a": 10**20}], "a number")["received"]
    '[NaN,{"a":100000000000000000000}]'
    >>> input_error("age", "9" * 50, "a number")
    {'field': 'age', 'received': '9999999999999999999999999999999999999999', 'expected': 'a number', 'truncated': True}
    """
    value = received.last if isinstance(received, DuplicateKey) else received
    error: InputError = {"field": field[:_NAME_LENGTH], "received": value, "expected": expected}
    if not _is_exact(value):
        text = value if isinstance(value, str) else _json_text(value)
        error["received"] = text[:_RECEIVED_LENGTH]
        if len(text) > _RECEIVED_LENGTH:
            error["truncated"] = True
    return error if record is None else {**error, "record": record}


def _is_exact(value: object) -> bool:
    """Whether JSON readers get exactly this value, in few characters."""
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or (isinstance(value, int) and abs(value) < _EXACT)


def _json_text(value: object) -> str:
    """Write the beginning of a value as JSON; it is not written further than needed, and may be very deep."""
    text = ""
    for piece in _JSON.iterencode(value):
        text += piece
        if len(text) > _RECEIVED_LENGTH:
            break
    return text


class RequestError(ScoringError):
    """One request cannot be answered.

    Parameters
    ----------
    message : what is wrong, in a sentence or two.
    errors : the invalid values.
    """

    def __init__(self, message: str, *errors: InputError) -> None:
        super().__init__(message)
        self.errors = errors


class InvalidClientNumber(RequestError):
    """The received text is not a client number."""


class UnknownClient(RequestError):
    """The client number is well formed, but no client has it."""


class ClientsUnavailable(RequestError):
    """The store of known clients cannot be read now; trying again later may help."""


class FactsUnavailable(RequestError):
    """The client is known only as a model-ready row, without raw facts."""


class InvalidParameter(RequestError):
    """A query parameter is invalid."""


class UnsupportedBody(RequestError):
    """The body is not JSON, is compressed, or has another character set than UTF-8."""


class UnreadableBody(RequestError):
    """The body is declared as JSON and cannot be parsed."""


class UnreadableTable(RequestError):
    """The body is declared as CSV, and is not a table or can be read in two ways.

    Parameters
    ----------
    code : names the message, for programs.
    french : the message in French.
    readings : if a number has two possible values: its value with a decimal ``point``, and with a decimal ``comma``.
    """

    def __init__(
        self, message: str, *errors: InputError, code: str, french: str, readings: Mapping[str, float] | None = None
    ) -> None:
        super().__init__(message, *errors)
        self.code, self.french, self.readings = code, french, readings


class BodyTooLarge(RequestError):
    """The request has more bytes or more records than allowed."""


class InvalidApplication(RequestError):
    """The body was parsed, but has invalid values and cannot be scored."""

    @classmethod
    def listing(
        cls, errors: Iterable[InputError], count: int | None = None, stopped: bool = False
    ) -> "InvalidApplication":
        """Build one exception from all errors of one body; of very many, it lists the first thousand.

        Parameters
        ----------
        count : number of all errors; by default of those given.
        stopped : the rest of the body was not read, so that there may be more errors.

        >>> str(InvalidApplication.listing([input_error("age", -1, "a number of at least 0")]))
        '1 validation error, nothing was scored. See errors.'
        """
        listed = list(errors)
        count = count or len(listed)
        number = f"{count} or more" if stopped else count
        where = "errors" if count <= MOST_ERRORS else f"errors for the first {MOST_ERRORS}"
        message = f"{number} validation error{'s' if count != 1 else ''}, nothing was scored. See {where}."
        return cls(message, *listed[:MOST_ERRORS])


class NoStoredHistory(RequestError):
    """Stored history was requested, but the body names no client or has model-ready rows."""


class RowsOnly(RequestError):
    """The model has no manifest: raw applications cannot be turned into model-ready rows."""


class RecordUnavailable(RequestError):
    """The decision record cannot be written or read now; nothing was decided, and trying again later may help."""


class NoRecord(RequestError):
    """The service has no decision record."""


class NotExplainable(RequestError):
    """A recorded decision can no longer be explained: its personal data was erased, or its model cannot be loaded."""


class UnknownDecision(RequestError):
    """No recorded decision that the caller may see has this id."""


class InvalidReview(RequestError):
    """A review request or an officer's decision has invalid values."""


class ReviewConflict(RequestError):
    """The state of the review does not allow this."""


class NotReviewable(RequestError):
    """The personal data of the decision was erased, so that nobody can review it."""


class KeyRequired(RequestError):
    """The request has no API key, or one that is not valid."""


class NotAllowed(RequestError):
    """The API key may not do this.

    Parameters
    ----------
    scopes : any one of them would allow it; empty where no scope would.
    """

    def __init__(self, message: str, scopes: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.scopes = tuple(scopes)


class TooManyRequests(RequestError):
    """The caller has sent more requests than the limit allows.

    Parameters
    ----------
    seconds : after which a request will be answered, at least 1.
    """

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds
