"""Addresses of artefacts that are kept elsewhere."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from scoring.errors import SettingError, hide_password, shorten

_NAME = r"[A-Za-z0-9_](?:[\w.-]*[A-Za-z0-9_-])?"
_FOLDER = r"(?:/[\w.!*'()+=,@%~-]+)*"  # of one or more names; . and .. are refused apart
_FORMS = {
    "hf": re.compile(
        rf"(?P<root>(?!datasets/|spaces/){_NAME}/{_NAME})(?:@(?P<revision>{_NAME}))?(?P<path>{_FOLDER})", re.A
    ),
    "s3": re.compile(rf"(?P<root>[a-z0-9][a-z0-9.-]+)(?P<path>{_FOLDER})", re.A),
    "gs": re.compile(rf"(?P<root>[a-z0-9][a-z0-9._-]+)(?P<path>{_FOLDER})", re.A),
    "https": re.compile(
        rf"(?P<root>(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{{1,5}})?)(?P<path>{_FOLDER})"
        r"(?:\?(?P<query>[!-~]*))?",
        re.A,
    ),
}
_FORMS["http"] = _FORMS["https"]
_PIN = re.compile(r"sha256=([0-9a-f]{64})")
_STEPS = re.compile(r"(?:^|/)(?:\.|%2e){1,2}(?:/|$)|%2f|%3f|%5c|%00", re.IGNORECASE)
_PERHAPS_SECRET = re.compile(r"[?#;&\s]|%3f|%23", re.IGNORECASE)  # behind it may be a token, in whatever way mistyped
ADDRESSES = "an address hf://ORG/REPO@REVISION, s3://BUCKET/FOLDER, gs://BUCKET/FOLDER or https://HOST/FOLDER"
_EXPECTED = (
    f"expected {ADDRESSES}, without a user and a password; #sha256=HASH at the end pins the manifest\n"
    "docs/remote_artefacts.md describes addresses."
)
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Address(NamedTuple):
    """Where artefacts are kept.

    Attributes
    ----------
    scheme : hf, s3, gs, https or http.
    root : the repository, the bucket, or the host with its port.
    path : the folder there, with a slash at its end; empty at the top.
    revision : of a repository; ``main`` by default, and empty elsewhere.
    query : of a web address; it may contain a signature, and is never shown.
    pin : the sha256 of the manifest, if the address has it.
    """

    scheme: str
    root: str
    path: str
    revision: str = ""
    query: str = ""
    pin: str | None = None

    def __str__(self) -> str:
        """Show it without what may be secret."""
        revision = f"@{self.revision}" if self.revision else ""
        return f"{self.scheme}://{self.root}{revision}/{self.path}".rstrip("/")

    def __repr__(self) -> str:
        """Show it as ``str`` does, also in messages of other code."""
        return str(self)


def is_remote(place: object) -> bool:
    """Tell an address from the path of a folder.

    >>> is_remote("s3://bucket/model"), is_remote("models/2027"), is_remote("C:/models")
    (True, False, False)
    """
    return isinstance(place, str) and "://" in place


def parse_address(text: str, setting: str) -> Address:
    """Read an address; raises SettingError, which repeats neither credentials nor a query.

    Parameters
    ----------
    setting : name of the setting or option that has it, for messages.

    >>> parse_address("hf://acme/credit@v3", "X"), parse_address("https://a.example/m?sig=secret", "X").query
    (hf://acme/credit@v3, 'sig=secret')
    >>> parse_address("s3://bucket/models/2027/", "X")[:3]
    ('s3', 'bucket', 'models/2027/')
    """
    scheme, _, rest = text.partition("://")
    place, _, fragment = rest.partition("#")
    pin = _PIN.fullmatch(fragment)
    form = _FORMS.get(scheme)
    found = form.fullmatch(place.rstrip("/") if "?" not in place else place) if form else None
    if found is None or (fragment and not pin) or len(text) > 2000 or _STEPS.search(found["path"]):
        raise SettingError(f"{setting}={_hide(text)}: {_EXPECTED}")
    parts = found.groupdict()
    if scheme in {"http", "https"} and not _has_port(f"{scheme}://{found['root']}"):
        raise SettingError(f"{setting}={_hide(text)}: {_EXPECTED}")
    address = Address(
        scheme,
        found["root"],
        f"{found['path'].strip('/')}/".lstrip("/"),
        (parts.get("revision") or "main") if scheme == "hf" else "",
        parts.get("query") or "",
        pin[1] if pin else None,
    )
    if scheme == "http" and not is_safe(f"http://{found['root']}"):
        raise SettingError(
            f"{setting}={address}: expected https, since others can read and change what is sent over http\n"
            "http is only for addresses of this machine, such as http://127.0.0.1:9000."
        )
    return address


def is_safe(url: str) -> bool:
    """Tell whether nobody between can read or change what is sent: https, or this machine itself.

    >>> is_safe("https://models.example/a"), is_safe("http://127.0.0.1:9000/a"), is_safe("http://models.example/a")
    (True, True, False)
    """
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _has_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _hide(text: str) -> str:
    """Show as much of an address that cannot be read as is certainly no secret."""
    shown = _PERHAPS_SECRET.split(text.encode("unicode_escape").decode().strip())[0]
    scheme, _, rest = shown.partition("://")
    if scheme == "hf" and re.fullmatch(r"[^:@]+/[^:@]+@[^:@]*", rest):  # a revision, not a user
        return shorten(shown, 200)
    return shorten(hide_password(shown), 200)
