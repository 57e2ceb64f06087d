"""The file of API keys: their hashes, names, scopes, portfolios and expiry."""

import fcntl
import json
import logging
import os
import stat
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from scoring.access.api_key import ApiKey
from scoring.access.caller import Caller, Portfolio, Scope
from scoring.errors import KeyFileError, shorten

MOST_KEYS = 4096  # each has its own place in the memory that all processes of a host share
_MOST_BYTES = 16 * 2**20
_SHOWN = 10  # errors that a message lists
_log = logging.getLogger("scoring")
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _check_line(text: str) -> str:
    """Return a text that lists and logs can show on a line, with single spaces; raises ValueError.

    >>> _check_line(" Branch  12 ")
    'Branch 12'
    """
    if not text.isprintable():
        raise ValueError("expected printable characters on one line")
    if not (words := text.split()):
        raise ValueError("expected more than spaces")
    return " ".join(words)


_Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_check_line)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FormerSecret(_Part):
    """A secret that was replaced, and is accepted for some time more."""

    sha256: _Digest
    until: AwareDatetime


class StoredKey(_Part):
    """One key, as the file has it.

    Attributes
    ----------
    id : identifies the key in lists, logs and records.
    name : for people: who or what uses the key.
    sha256 : hash of the whole key.
    scopes : what the key may do.
    portfolio : ``COLUMN=VALUE``: the only clients that the key can see; None for all.
    bulk : the key may look up many clients in a row without an alarm.
    created, expires : times; a key without ``expires`` is valid until it is revoked.
    former : secrets that a rotation has replaced.
    """

    id: str = Field(pattern=r"^[0-9a-f]{8}$")
    name: _Name
    sha256: _Digest
    scopes: tuple[Scope, ...] = Field(min_length=1)
    portfolio: str | None = None
    bulk: bool = False
    created: AwareDatetime
    expires: AwareDatetime | None = None
    former: tuple[FormerSecret, ...] = ()

    @field_validator("portfolio")
    @classmethod
    def _check_portfolio(cls, text: str | None) -> str | None:
        if text is not None:
            parse_portfolio(text)
            if not text.isprintable():
                raise ValueError("expected printable characters on one line")
        return text

    def caller(self) -> Caller:
        """Return who sends a request with this key."""
        portfolio = parse_portfolio(self.portfolio) if self.portfolio else None
        return Caller(self.id, frozenset(self.scopes), portfolio)

    def still_accepted(self) -> list[FormerSecret]:
        """Return the former secrets that are accepted now, the oldest first; none outlives the key."""
        ends = ((one, min(one.until, self.expires or one.until)) for one in self.former)
        return [one.model_copy(update={"until": end}) for one, end in ends if end > now()]

    def state(self, now: datetime) -> str:
        """Tell in a word whether the key is valid.

        >>> from datetime import timedelta
        >>> made = datetime(2026, 1, 1, tzinfo=UTC)
        >>> key = StoredKey(id="0" * 8, name="a", sha256="0" * 64, scopes=("read",), created=made, expires=made)
        >>> key.state(made), key.state(made - timedelta(days=1))
        ('expired', 'valid')
        """
        return "expired" if self.expires is not None and self.expires <= now else "valid"


class KeyFile(_Part):
    """All keys of a file."""

    keys: tuple[StoredKey, ...] = Field((), max_length=MOST_KEYS)

    def find(self, wanted: str) -> StoredKey:
        """Find a key by its ID or its name; raises KeyFileError."""
        found = [key for key in self.keys if wanted in {key.id, key.name}]
        _refuse_unless_one(wanted, [key.id for key in found])
        return found[0]

    def replacing(self, old: StoredKey | None, new: StoredKey) -> "KeyFile":
        """Return a copy with one key added or replaced; raises KeyFileError where there would be too many."""
        keys = [*(new if key is old else key for key in self.keys), *([new] if old is None else [])]
        if len(keys) > MOST_KEYS:
            raise KeyFileError(f"the file has {MOST_KEYS} keys, and may have no more\nRevoke keys that nobody uses.")
        return KeyFile(keys=tuple(keys))

    def portfolio_columns(self) -> list[str]:
        """Name the columns of all portfolios."""
        return sorted({parse_portfolio(key.portfolio).column for key in self.keys if key.portfolio})


def _refuse_unless_one(wanted: str, ids: Sequence[str]) -> None:
    if not ids:
        raise KeyFileError(f"no key has the ID or the name {wanted!r}\npython -m scoring keys list shows all keys.")
    if len(set(ids)) > 1:
        raise KeyFileError(f"{len(ids)} keys have the name {wanted!r}\nName one by its ID: {', '.join(ids)}.")


def parse_portfolio(text: str) -> Portfolio:
    """Parse ``COLUMN=VALUE``; raises ValueError.

    >>> parse_portfolio("BRANCH=12")
    Portfolio(column='BRANCH', value='12')
    """
    column, equals, value = (part.strip() for part in text.partition("="))
    if not (column and equals and value):
        raise ValueError(f"{shorten(text)!r}: expected COLUMN=VALUE")
    return Portfolio(column, value)


class _Unchecked(_Part):
    """A file whose keys are looked at one by one."""

    keys: tuple[Any, ...] = Field((), max_length=MOST_KEYS)


def read_key_file(path: Path) -> KeyFile:
    """Read a file whose keys are all valid; raises KeyFileError listing its errors."""
    warn_of_access(path)
    file, errors = read_valid_keys(path)
    if errors:
        raise KeyFileError.listing(str(path), errors[:_SHOWN], _remedy(path))
    return file


def read_valid_keys(path: Path) -> tuple[KeyFile, list[str]]:
    """Read the valid keys of a file, and what is wrong with the others. No message repeats a value of the file.

    Raises
    ------
    KeyFileError
        If the file cannot be read, or does not have the form of a file of keys.
    """
    keys, errors = [], []
    for position, one in enumerate(_read_unchecked(path)):
        try:
            keys.append(StoredKey.model_validate(one))
        except ValidationError as error:
            errors += _list_errors(error, ("keys", position))
    count = Counter(key.id for key in keys)
    if twice := sorted(one for one, times in count.items() if times > 1):
        errors.append(f"keys: duplicate ids: {', '.join(twice)}")
    return KeyFile(keys=tuple(key for key in keys if count[key.id] == 1)), errors


def _read_unchecked(path: Path) -> tuple[Any, ...]:
    try:
        return _Unchecked.model_validate_json(_read_bytes(path)).keys
    except ValidationError as error:
        raise KeyFileError.listing(str(path), _list_errors(error)[:_SHOWN], _remedy(path)) from None


def warn_of_access(path: Path) -> None:
    """Log a warning if other users can read or change the file, or replace it in its folder."""
    with suppress(OSError):
        mode, folder = path.stat().st_mode, path.parent.stat().st_mode
        if mode & 0o077:
            _log.warning(
                "%s: other users of this machine can %s the file of API keys (mode %03o, expected 600)",
                path,
                "change" if mode & 0o022 else "read",
                stat.S_IMODE(mode),
            )
        if folder & stat.S_IWOTH and not folder & stat.S_ISVTX:
            _log.warning("%s: every user of this machine can replace the file of API keys in this folder", path.parent)


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be read ({error.strerror})\n{_remedy(path)}") from None
    if len(content) > _MOST_BYTES:
        raise KeyFileError(f"{path}: is larger than {_MOST_BYTES // 2**20} MiB\n{_remedy(path)}")
    return content


def _list_errors(error: ValidationError, within: tuple[str | int, ...] = ()) -> list[str]:
    found = error.errors(include_input=False)
    places = [".".join(map(str, (*within, *one["loc"]))) or "file" for one in found]
    return [f"{at}: {one['msg'].removeprefix('Value error, ')}" for at, one in zip(places, found, strict=True)]


def _remedy(path: Path) -> str:
    return f"python -m scoring keys add --file {path} makes such a file; docs/keys.md describes it."


def change_key_file(path: Path, change: Callable[[KeyFile], KeyFile]) -> None:
    """Read a file of keys, or begin a new one, and replace it by what ``change`` makes of it."""
    with _changing(path) as folder:
        changed = change(read_key_file(path) if path.exists() else KeyFile())
        _write(path, changed.model_dump(mode="json"), folder)


def remove_key(path: Path, wanted: str) -> None:
    """Remove a key by its ID or its name; raises KeyFileError.

    It may be one that is not valid, and other keys need not be valid: an error in one must not keep another one from
    being revoked. Other keys stay as they are in the file. Keys of one name without an ID, or with the same one, are
    removed together: none of them is accepted.
    """
    with _changing(path) as folder:
        keys = _read_unchecked(path)
        ids = [(one.get("id"), one.get("name")) if isinstance(one, dict) else (None, None) for one in keys]
        _refuse_unless_one(wanted, [str(one[0]) for one in ids if wanted in one])
        kept = [key for key, one in zip(keys, ids, strict=True) if wanted not in one]
        _write(path, {"keys": kept}, folder)


@contextmanager
def _changing(path: Path) -> Iterator[int]:
    """Open the folder of a file that only this process changes until the block ends.

    The file is replaced as a whole: a reader sees the old or the new one.
    """
    try:
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise KeyFileError(f"{path.parent}: cannot be opened ({error.strerror})\nMake the folder first.") from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(folder)


def _write(path: Path, keys: Mapping[str, Any], folder: int) -> None:
    content = json.dumps(keys, indent=1).encode() + b"\n"
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # with mode 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            _keep_owner(path, name)
            os.replace(name, path)  # noqa: PTH105  (the name is a text)
        finally:
            Path(name).unlink(missing_ok=True)
        os.fsync(folder)
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be written ({error.strerror})\nNo key was changed.") from None


def _keep_owner(path: Path, name: str) -> None:
    """Give the new file to the owner of the former one: the service may run as another user than the operator."""
    with suppress(FileNotFoundError, PermissionError):
        former = path.stat()
        os.chown(name, former.st_uid, former.st_gid)


def now() -> datetime:
    """Return the time, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def new_key(
    name: str,
    scopes: Sequence[Scope],
    portfolio: str | None = None,
    expires: datetime | None = None,
    *,
    bulk: bool = False,
) -> tuple[ApiKey, StoredKey]:
    """Make a key and what the file stores of it; raises KeyFileError."""
    key = ApiKey.make()
    try:
        stored = StoredKey(
            id=key.key_id,
            name=name,
            sha256=key.digest(),
            scopes=tuple(dict.fromkeys(scopes)),
            portfolio=portfolio,
            bulk=bulk,
            created=now(),
            expires=expires,
        )
    except ValidationError as error:
        raise KeyFileError.listing("the key cannot be made", _list_errors(error), "Correct the options.") from None
    return key, stored


def rotate(stored: StoredKey, keep_until: datetime) -> tuple[ApiKey, StoredKey]:
    """Give a key a new secret.

    The present one is accepted until the given time, and older ones keep their time. If the time is over, all of them
    end: somebody knows a secret, and the older ones may be as well known.
    """
    key, kept = ApiKey.make(stored.id), []
    if keep_until > now():
        kept = [*stored.still_accepted(), FormerSecret(sha256=stored.sha256, until=keep_until)]
    return key, stored.model_copy(update={"sha256": key.digest(), "former": tuple(kept)})
