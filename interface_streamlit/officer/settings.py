"""The API's address and key, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import httpx

LOCAL = "http://127.0.0.1:8000"
_SHOWN = 200  # characters of a value that a message repeats


class SettingsError(Exception):
    """A setting is invalid; the message names it, the value, and what was expected."""


class Secret:
    """A text that hides itself when printed.

    >>> Secret("abc"), str(Secret("abc")), f"{Secret('abc')}"
    (Secret(***), '***', '***')
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Give the text itself."""
        return self._text

    def digest(self) -> str:
        """Give what tells it from others, and does not lead back to it.

        >>> Secret("abc").digest()[:8]
        'ba7816bf'
        """
        return sha256(self._text.encode()).hexdigest()

    def __str__(self) -> str:
        return "***"

    def __repr__(self) -> str:
        return "Secret(***)"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings from the environment.

    Attributes
    ----------
    api_url : of the API, without a slash at the end.
    own_view_first : for cases marked for review, the officer notes an own view before the score is shown.
    api_key : sent with every request; None for an API without keys, or if each officer enters an own one.
    """

    api_url: str
    api_key: Secret | None
    own_view_first: bool = False


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings; an empty value counts as not set. Raises SettingsError.

    >>> read_settings({"SCORING_API_URL": "https://api.example/", "SCORING_API_KEY": "abc"})
    Settings(api_url='https://api.example', api_key=Secret(***), own_view_first=False)
    """
    url = environment.get("SCORING_API_URL") or LOCAL
    if not _is_address(url):
        shown = "(not shown: it may contain a password)" if {"@", "?"} & set(url) else repr(url[:_SHOWN])
        raise SettingsError(f"SCORING_API_URL={shown}: expected the API's address, such as {LOCAL}.")
    key = environment.get("SCORING_API_KEY") or None
    if key is not None and not fits_header(key):
        raise SettingsError("SCORING_API_KEY (not shown): expected printable ASCII characters without spaces.")
    own_view = environment.get("SCORING_OWN_VIEW_FIRST") or "0"
    if own_view not in {"0", "1"}:
        raise SettingsError(f"SCORING_OWN_VIEW_FIRST={own_view[:_SHOWN]!r}: expected 1 or 0.")
    return Settings(url.rstrip("/"), Secret(key) if key else None, own_view == "1")


def _is_address(url: str) -> bool:
    """Whether paths can be added to an address: it has no query, no fragment, no password and no invisible signs.

    >>> [_is_address(url) for url in ("http://[::1]:8000/credit", "https://é.example", "http://xn--a", "http://a/#b")]
    [True, True, False, False]
    """
    try:
        parsed = httpx.URL(url)
        host, port = parsed.host, parsed.port  # a host that cannot be read raises an error only here
    except (httpx.InvalidURL, ValueError):
        return False
    plain = url.isprintable() and not set(" \"'?#@\\") & set(url)
    return plain and parsed.scheme in {"http", "https"} and bool(host) and (port is None or 0 < port < 2**16)


def fits_header(key: str) -> bool:
    """Whether a key can be sent.

    >>> fits_header("pad_0a1b2c3d"), fits_header("clé"), fits_header("a b"), fits_header("")
    (True, False, False, False)
    """
    return bool(key) and key.isascii() and key.isprintable() and " " not in key
