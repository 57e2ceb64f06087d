"""The API key that a request brings, and whether a page of another site made the browser send it."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from scoring.errors import KeyRequired, NotAllowed

REALM = "scoring"
_SAME_SITE = frozenset({"same-origin", "none"})  # "none": typed, or opened from a bookmark


def read_credentials(environ: Mapping[str, Any]) -> tuple[str, bool]:
    """Read the key: a bearer token, or the password of HTTP Basic; raises KeyRequired if there is none.

    Returns
    -------
    The key, and whether the caller's browser may have added it by itself, as browsers do with HTTP Basic.

    >>> read_credentials({"HTTP_AUTHORIZATION": "Bearer abc"})
    ('abc', False)
    >>> read_credentials({"HTTP_AUTHORIZATION": "Basic b2ZmaWNlcjphYmM="})
    ('abc', True)
    """
    scheme, _, given = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
    if scheme.lower() == "bearer":
        return given.strip(), False
    if scheme.lower() == "basic":
        return _password(given.strip()), True
    if scheme:
        raise KeyRequired("Authorization: expected the scheme Bearer or Basic, with an API key.")
    raise KeyRequired(
        "This address needs an API key: send Authorization: Bearer <key>, or type it as the password in a browser."
    )


def _password(given: str) -> str:
    """Return the password; or the user name, for people who type the key there and leave the password empty."""
    try:
        user, _, password = base64.b64decode(given, validate=True).decode("utf-8", "replace").partition(":")
    except (binascii.Error, ValueError):
        raise KeyRequired("Authorization: Basic is not followed by valid Base64.") from None
    return (password or user).strip()


def refuse_other_sites(environ: Mapping[str, Any]) -> None:
    """Raise NotAllowed if a page of another site made the browser send the request, unless a person followed a link.

    Once an officer has typed the key as the password, the browser adds it to all further requests, whichever site asks
    for them: each lookup counts for the officer's key, and each decision is recorded under this key. The headers that
    are read here, ``Sec-Fetch-...`` and ``Origin``, are those of browsers; programs send none of them.
    """
    site, origin = environ.get("HTTP_SEC_FETCH_SITE"), environ.get("HTTP_ORIGIN")
    same = site in _SAME_SITE if site else origin is None or urlsplit(origin).netloc == environ.get("HTTP_HOST")
    if not (same or _is_followed_link(environ)):
        raise NotAllowed(
            "The request comes from a page of another site; with HTTP Basic, only the service's own pages may send it. "
            "Click a link to this page, or type its address."
        )


def _is_followed_link(environ: Mapping[str, Any]) -> bool:
    """Whether a person's click opens a page. Scripts can send such a request only just after a click, images never."""
    return (
        environ.get("REQUEST_METHOD") == "GET"
        and environ.get("HTTP_SEC_FETCH_MODE") == "navigate"
        and environ.get("HTTP_SEC_FETCH_DEST") == "document"
        and environ.get("HTTP_SEC_FETCH_USER") == "?1"
    )
