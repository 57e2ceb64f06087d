"""A policy from its file, ready to be applied, and the key by which clients are accepted at random."""

import hashlib
import hmac
from pathlib import Path

from scoring.errors import PolicyError, SettingError
from scoring.model.manifest import Manifest
from scoring.model.schema import ClientId
from scoring.policy.checks.policy_fields import Fields
from scoring.policy.checks.validation import refuse_faults
from scoring.policy.evaluate import Draw, Policy
from scoring.policy.rules import read_policy
from scoring.small_files import read_small_file

_LEAST_KEY = 32  # bytes
_DRAWN = 8  # bytes of the hash that make the number of a client


def open_policy(path: Path, manifest: Manifest | None, name: str = "") -> Policy:
    """Read a policy file and compare it with a model; raises PolicyError, with all faults.

    Parameters
    ----------
    manifest : of the model; None if it has none.
    name : of the file in messages; by default its path.
    """
    name = name or str(path)
    file = read_policy(read_file(path, name), name)
    schema = manifest.input_schema if manifest else None
    refuse_faults(file, Fields(schema, calibrated=manifest is not None), name)
    return Policy(file, schema)


def read_file(path: Path, name: str) -> bytes:
    """Read a file; raises PolicyError if that is not possible."""
    try:
        return read_small_file(path)
    except OSError as error:
        raise PolicyError(
            f"{name}: cannot be read ({error.strerror or type(error).__name__})\n"
            "Name a file with a policy (docs/policy.md)."
        ) from None


def read_draw(path: Path) -> Draw:
    """Read the key of the exploration; raises SettingError.

    The number of a client is a keyed hash of the client number alone. It stays the same on every day, for every amount
    and under every model, so that nobody is accepted by asking again; without the key nobody can compute it.
    """
    try:
        key = read_small_file(path)
    except OSError as error:
        raise SettingError(
            f"SCORING_EXPLORATION_KEY={path}: cannot be read ({error.strerror or type(error).__name__})\n"
            f"Make one: head -c {_LEAST_KEY} /dev/urandom > {path}"
        ) from None
    if len(key) < _LEAST_KEY:
        raise SettingError(
            f"SCORING_EXPLORATION_KEY={path}: {len(key)} bytes, expected at least {_LEAST_KEY} random bytes\n"
            f"Make a key: head -c {_LEAST_KEY} /dev/urandom > {path}"
        )
    return make_draw(key)


def make_draw(key: bytes) -> Draw:
    """Make the function that gives each client number a number of at least 0 and below 1, by a key.

    >>> draw = make_draw(b"0" * 32)
    >>> draw(500024) == draw(500024), 0 <= draw(500024) < 1, draw(500024) == draw(500025)
    (True, True, False)
    """

    def draw(client_id: ClientId) -> float:
        digest = hmac.digest(key, str(client_id).encode(), hashlib.sha256)
        # 53 bits: every such number is exact, and below 1.
        return (int.from_bytes(digest[:_DRAWN], "big") >> 11) / 2**53

    return draw
