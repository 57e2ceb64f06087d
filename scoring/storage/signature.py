"""Signatures of checkpoints and manifests (Ed25519, RFC 8032); only they need the package ``cryptography``."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from scoring.errors import SettingError, how_to_install
from scoring.small_files import read_small_file

_REMEDY = "Make one: openssl genpkey -algorithm ed25519 -out FILE"
_log = logging.getLogger("scoring")


class Signer(NamedTuple):
    """What signs.

    Attributes
    ----------
    public_key : 32 bytes as hexadecimal digits.
    sign : makes the signature of a text, 64 bytes.
    """

    public_key: str
    sign: Callable[[bytes], bytes]


def load_signer(path: Path) -> Signer:
    """Read a private key; raises SettingError where the file is none."""
    with _reading(path, "a private Ed25519 key in a PEM file, without a password") as content:
        signer = _signer(content)
        if path.stat().st_mode & 0o077:
            _log.warning("%s: other users of this machine can read this key that signs", path.name)
        return signer


def read_signer(pem: str) -> Signer:
    """Read a private key from a text; raises SettingError, which does not repeat it."""
    with _explaining(
        "in SCORING_SIGNING_KEY", "a private Ed25519 key in PEM form, without a password, or a file with one"
    ):
        return _signer(pem.encode())


def load_public_key(path: Path) -> str:
    """Read a public key, or the public part of a private one; raises SettingError where the file is neither."""
    with _reading(path, "an Ed25519 key in a PEM file") as content:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        if b"PRIVATE KEY" in content:
            return load_signer(path).public_key
        key = load_pem_public_key(content)
        if not isinstance(key, Ed25519PublicKey):
            raise TypeError("another kind of key")
        return _raw(key)


def _signer(pem: bytes) -> Signer:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pem, None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("another kind of key")
    return Signer(_raw(key.public_key()), key.sign)


def _raw(key: Any) -> str:
    return str(key.public_bytes_raw().hex())


@contextmanager
def _reading(path: Path, expected: str) -> Iterator[bytes]:
    with _explaining(str(path), expected):
        yield read_small_file(path)


@contextmanager
def _explaining(named: str, expected: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SettingError(f"key {named}: cannot be read ({error.strerror}), expected {expected}\n{_REMEDY}") from None
    except (ValueError, TypeError) as error:
        raise SettingError(f"key {named}: cannot be used, expected {expected}\n{_REMEDY}") from error
    except ModuleNotFoundError as error:
        raise SettingError(
            f"key {named}: the package {error.name} is not installed; signatures need it\n{how_to_install('signature')}"
        ) from None


def is_signed(public_key: str, signature: bytes, text: bytes) -> bool:
    """Tell whether a signature of a text was made with the private part of a key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True
