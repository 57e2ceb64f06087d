"""An API key as text: ``pad_<id>_<secret>_<checksum>``."""

import re
import secrets
import zlib
from hashlib import sha256

_SECRET_BYTES = 32  # 256 random bits: nobody can guess them, so that a fast hash is enough to store
_FORM = re.compile(r"pad_([0-9a-f]{8})_[0-9a-f]{64}_[0-9a-f]{8}", re.ASCII)


class ApiKey:
    """An API key. It hides itself when printed, so that it gets into no log by mistake.

    The ID is no secret: lists, logs and the decision record name keys by it. The checksum lets a program find keys
    in texts where they should not be, and tells a mistyped key from a wrong one.

    Parameters
    ----------
    text : of a key; raises ValueError, which does not repeat the text, if it does not have the form of one.

    >>> key = ApiKey("pad_0a1b2c3d_" + "5" * 64 + "_57cf91c6")
    >>> key, str(key), key.key_id
    (ApiKey(pad_0a1b2c3d_***), 'pad_0a1b2c3d_***', '0a1b2c3d')
    """

    __slots__ = ("_text", "key_id")

    def __init__(self, text: str) -> None:
        found = _FORM.fullmatch(text)
        if found is None:
            raise ValueError("this is not an API key: expected pad_<id>_<secret>_<checksum>")
        if text[-8:] != _checksum(text[:-9]):
            raise ValueError("this API key was not copied completely, or it was mistyped: its checksum is wrong")
        self._text, self.key_id = text, found[1]

    @classmethod
    def make(cls, key_id: str | None = None) -> "ApiKey":
        """Make a key with a new secret, and with a new ID unless one is given."""
        body = f"pad_{key_id or secrets.token_hex(4)}_{secrets.token_hex(_SECRET_BYTES)}"
        return cls(f"{body}_{_checksum(body)}")

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def digest(self) -> str:
        """Return the SHA-256 of the text in hexadecimal digits, which is what is stored."""
        return digest(self._text)

    def __repr__(self) -> str:
        return f"ApiKey({self})"

    def __str__(self) -> str:
        return f"pad_{self.key_id}_***"


def digest(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal digits; it may be any text that a header can have."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode('ascii')):08x}"
