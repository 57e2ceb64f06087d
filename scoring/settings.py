"""Settings, read from environment variables that start with ``SCORING_``.

Only the composition roots (the Flask module, the command line, ``gunicorn.conf.py``) read them.
"""

import logging
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from scoring.errors import SettingError, find_similar, hide_password, show_value
from scoring.storage.remote.address import ADDRESSES, is_remote, parse_address

PREFIX = "SCORING_"
PROJECT = Path(__file__).resolve().parent.parent
DECISIONS = "decisions.db"  # in the working folder
# The front-end may run in the same environment; these are its settings.
_FRONT_END = {"API_URL", "API_KEY", "OWN_VIEW_FIRST"}
# What container platforms set for a service called "scoring": SCORING_SERVICE_HOST, SCORING_PORT=tcp://..., and so on.
_PLATFORM_NAME = re.compile(r"(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)")
_PLATFORM_VALUE = re.compile(r"(tcp|udp|sctp)://\S+")
# An origin as browsers write it. They leave out the port that is usual for the scheme.
_ORIGIN = re.compile(r"https?://(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?", re.ASCII)
_USUAL_PORTS = {("http", "80"), ("https", "443")}
_NOT_YET = {"RATE_STORE": "SCORING_RATE_LIMIT is counted by each host for itself; set it lower where there are several"}
_ELSEWHERE = {
    "SIGNING_KEY": "it signs models (python -m scoring sign); a service that has the key could be made to sign others. "
    "Unset it here"
}
# How long personal data is kept; the command "decisions erase" takes the same form.
RETENTION = r"^([1-9][0-9]{0,4})[ ]?(d|days?|weeks?|months?|years?)$"
_LONGEST_PATH, _LONGEST_NAME = 4095, 255  # bytes
# No setting has control characters, halves of characters (bytes that are not UTF-8), or signs that turn a text around.
_UNUSABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_MARKS = ", on one line, without quotes, spaces or control characters around it or in it"
_WORDS = {"off", "on", "no", "yes", "none", "null", "false", "true", "0", "1"}
_log = logging.getLogger("scoring")


def _split(value: object) -> object:
    return [one.strip() for one in value.split(",")] if isinstance(value, str) else value


def _split_lines(value: object) -> object:
    return [line.strip() for line in value.split("|")] if isinstance(value, str) else value


def _check_origin(origin: str) -> str:
    port = origin.rpartition(":")[2]
    no_port = port.isdigit() and int(port) >= 2**16
    if not _ORIGIN.fullmatch(origin) or no_port or (origin.split(":")[0], port) in _USUAL_PORTS:
        raise ValueError("a browser would never send it")
    return origin


def _refuse_password(path: Path) -> Path:
    if hide_password(str(path)) != str(path):
        raise ValueError("a path has no user and no password")
    if len(os.fsencode(path)) > _LONGEST_PATH or any(len(os.fsencode(one)) > _LONGEST_NAME for one in path.parts):
        raise ValueError("longer than a path can be")
    return path


def _refuse_word(place: str) -> str:
    if place != "off" and place.lower() in _WORDS:  # not meant as the name of a file
        raise ValueError("neither off nor a place")
    return place


def parse_clients(place: object) -> object:
    """Tell the address of a database, which stays a text, from the path of a file.

    >>> parse_clients("postgresql://db.example/clients"), parse_clients("clients.csv").name
    ('postgresql://db.example/clients', 'clients.csv')
    """
    if not isinstance(place, str) or place.startswith(("postgresql://", "postgres://")):
        return place
    return _refuse_password(Path(place))


def parse_place(place: object) -> object:
    """Tell an address of artefacts, which stays a text, from the path of a folder.

    >>> parse_place("hf://acme/credit@v3"), parse_place("models/2027").name
    ('hf://acme/credit@v3', '2027')
    """
    if not isinstance(place, str):
        return place
    if not is_remote(place):
        return _refuse_password(Path(place))
    try:
        parse_address(place, "address")
    except SettingError as error:
        raise ValueError("no address of artefacts") from error
    return place


def find_cache(environment: Mapping[str, str]) -> Path:
    """Name the folder for models that are fetched, where SCORING_CACHE names none: in the user's folder of caches.

    >>> find_cache({"XDG_CACHE_HOME": "/var/cache"}).as_posix()
    '/var/cache/scoring'
    """
    home = environment.get("XDG_CACHE_HOME") or os.path.join(environment.get("HOME") or tempfile.gettempdir(), ".cache")  # noqa: PTH118
    return Path(home) / "scoring"


def read_whole_number(environment: Mapping[str, str], name: str, usual: int, low: int, high: int) -> int:
    """Read a variable of the platform; an empty one means not set. Raises SettingError.

    >>> read_whole_number({"PORT": "80"}, "PORT", 8000, 1, 65535), read_whole_number({}, "PORT", 8000, 1, 65535)
    (80, 8000)
    """
    text = environment.get(name) or str(usual)
    if not (re.fullmatch("[0-9]{1,9}", text) and low <= int(text) <= high):
        raise SettingError(f"{name}={show_value(text)}: expected a whole number from {low} to {high}")
    return int(text)


LocalPath = Annotated[Path, AfterValidator(_refuse_password)]
Place = Annotated[Path | str, BeforeValidator(parse_place)]
Origin = Annotated[str, AfterValidator(_check_origin)]
AddressLine = Annotated[str, Field(max_length=100)]


class Settings(BaseModel):
    """The settings; each description says what is expected.

    Where they are made without an environment, nothing is recorded.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    artefacts: Place = Field(
        PROJECT,
        description=f"an existing folder with the model's files, or {ADDRESSES}",
    )
    manifest_sha256: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{64}$",
        description="the sha256 of the manifest: 64 hexadecimal digits, in small letters",
    )
    manifest_key: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{64}$",
        description="a public Ed25519 key as python -m scoring sign prints it: 64 hexadecimal digits, in small letters",
    )
    cache: LocalPath | None = Field(None, description="the path of a folder that the service may write to")
    fetch_seconds: int = Field(60, ge=1, le=86400, description="a whole number from 1 to 86400")
    clients: Annotated[Path | str | None, BeforeValidator(parse_clients)] = Field(
        None,
        description="the path of a CSV or Parquet file, one row per client; the path of a client file; or "
        "postgresql://USER@HOST/DATABASE",
    )
    shadow: Place | None = Field(
        None, description=f"an existing folder with the files of another model, or {ADDRESSES}"
    )
    threshold: float | None = Field(None, ge=0, le=1, description="a number from 0 to 1")
    open: bool = Field(False, description="1 or 0")
    api_keys: LocalPath | None = Field(None, description="the path of a file that python -m scoring keys add makes")
    decisions: Annotated[str, AfterValidator(_refuse_word)] = Field(
        "off",
        pattern=r"^(off|(sqlite:///)?[^:]+|postgres(ql)?://\S+)$",
        description="off, the path of a SQLite file, sqlite:///PATH or postgresql://USER@HOST/DATABASE",
    )
    decisions_key: LocalPath | None = Field(None, description="the path of a file with a private Ed25519 key (PEM)")
    decisions_checkpoints: LocalPath | None = Field(None, description="the path of a file in an existing folder")
    second_officer_above: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="an amount in the lender's currency, at least 0"
    )
    policy: LocalPath | None = Field(None, description="the path of a policy file (JSON, docs/policy.md)")
    exploration_key: LocalPath | None = Field(None, description="the path of a file with at least 32 random bytes")
    decisions_retention: str | None = Field(
        None, pattern=RETENTION, description="a time such as 400d, 26 weeks, 6 months or 2 years"
    )
    rate_limit: str | None = Field(
        None,
        pattern=r"^[1-9][0-9]{0,6}/(second|minute|hour|day)$",
        description="a number of requests and a time, such as 600/minute; the time is second, minute, hour or day",
    )
    reports: LocalPath | None = Field(None, description="an existing folder with the reports of drift and others")
    load_seconds: int = Field(120, ge=1, le=86400, description="a whole number from 1 to 86400")
    prefix: str = Field(
        "",
        pattern=r"^((/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+|X-Forwarded-Prefix)$",
        description="a path such as /credit, without a slash at the end, or X-Forwarded-Prefix",
    )
    cors_origins: Annotated[tuple[Origin, ...], BeforeValidator(_split)] = Field(
        (),
        description="origins such as https://app.example.org, separated by commas: small letters, no path, no slash at "
        "the end, no port that is usual for the scheme, and never *",
    )
    currency: str | None = Field(
        None, pattern=r"^[A-Z]{3}$", description="the code of a currency: three capital letters, such as EUR (ISO 4217)"
    )
    lender_name: str = Field("Prêt à dépenser", max_length=100, description="the lender's name, at most 100 characters")
    lender_address: Annotated[tuple[AddressLine, ...], BeforeValidator(_split_lines)] = Field(
        (), max_length=6, description="at most 6 lines of at most 100 characters, separated by |"
    )
    lender_contact: str = Field(
        "", max_length=200, description="a phone number or an email address, at most 200 characters"
    )
    letters: LocalPath | None = Field(None, description="a folder with letter.fr.html or letter.en.html")
    most_instalment: float = Field(
        0.35, gt=0, le=1, allow_inf_nan=False, description="a share of the income above 0 and at most 1, such as 0.35"
    )
    log_format: Literal["plain", "json"] = Field("plain", description="plain or json")
    metrics: bool = Field(True, description="1 or 0")
    client_id_digits: int | None = Field(None, ge=1, le=18, description="a whole number from 1 to 18")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings; an empty value means not set. Decisions are recorded, unless the environment says not to.

        Raises
        ------
        SettingError
            Listing every unknown setting and every invalid value.
        """
        given = {
            name.removeprefix(PREFIX): value
            for name, value in environment.items()
            if name.startswith(PREFIX) and value != ""
        }
        others = {name: value for name, value in given.items() if name not in cls._names()}
        platform = [name for name, value in others.items() if _is_of_platform(name, value)]
        if platform:
            _log.warning("Variables of the platform are ignored: %s", ", ".join(PREFIX + name for name in platform))
        given = {name: value for name, value in given.items() if name not in platform}
        given.setdefault("DECISIONS", DECISIONS)
        errors = [_unknown(name) for name in given if name not in cls._names() | _FRONT_END]
        given = {name.lower(): value for name, value in given.items() if name in cls._names()}
        marked = {name for name, value in given.items() if _has_marks(value)}
        errors += [cls._expected(name, given[name]) + _MARKS for name in given if name in marked]
        try:
            settings = cls(**{name: value for name, value in given.items() if name not in marked})
        except ValidationError as error:
            errors += [cls._describe_invalid(one) for one in error.errors()]
        if errors:
            raise SettingError.listing("settings", errors, "docs/settings.md describes every setting.")
        return settings

    def seconds_of_fetching(self) -> int:
        """Tell how long fetching the models may take; 0 where they are folders of this machine."""
        return self.fetch_seconds * sum(is_remote(place) for place in (self.artefacts, self.shadow))

    @classmethod
    def _names(cls) -> set[str]:
        return {name.upper() for name in cls.model_fields}

    @classmethod
    def _describe_invalid(cls, error: Any) -> str:
        name = str(error["loc"][0])
        if name in {"artefacts", "shadow"} and is_remote(error["input"]):
            return _describe_address(PREFIX + name.upper(), error["input"])
        return cls._expected(name, error["input"])

    @classmethod
    def _expected(cls, name: str, received: object) -> str:
        # Whoever takes the private key for the public one should not find it in a log.
        shown = show_value(str(received), 12 if name == "manifest_key" else 200)
        return f"{PREFIX}{name.upper()}={shown}: expected {cls.model_fields[name].description}"


def _has_marks(value: str) -> bool:
    r"""Tell whether a value has what belongs to no setting, such as the quotes and line ends of a file of variables.

    >>> [_has_marks(value) for value in ("off ", " ", '"off"', "off\r", "a\x1b[2Jb")], _has_marks("Prêt à dépenser")
    ([True, True, True, True, True], False)
    """
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return quoted or value != value.strip() or bool(_UNUSABLE.search(value))


def _describe_address(name: str, text: str) -> str:
    try:
        parse_address(text, name)
    except SettingError as error:
        return str(error).partition("\n")[0]
    return name


def _is_of_platform(name: str, value: str) -> bool:
    """Tell whether a container platform set a variable, such as ``SCORING_PORT=tcp://10.0.0.7:80``.

    >>> _is_of_platform("SERVICE_HOST", "10.0.0.7"), _is_of_platform("API_PORT", "tcp://10.0.0.7:80")
    (True, True)
    >>> _is_of_platform("PORT", "80"), _is_of_platform("THRESHOLD", "0.5")
    (False, False)
    """
    return bool(_PLATFORM_NAME.fullmatch(name) or _PLATFORM_VALUE.fullmatch(value))


def _unknown(name: str) -> str:
    if name in _NOT_YET:
        return f"{PREFIX}{name} is not a setting yet: {_NOT_YET[name]}"
    if name in _ELSEWHERE:
        return f"{PREFIX}{name} is not a setting of the service: {_ELSEWHERE[name]}"
    name = show_value(name)
    close = find_similar(name, sorted(Settings._names()))
    hint = f"; did you mean {PREFIX}{close}?" if close else ""
    return f"{PREFIX}{name} is not a setting{hint}"
