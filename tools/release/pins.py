"""Reading locks: which package has which version, under which condition, with which hashes."""

import re
from pathlib import Path
from typing import NamedTuple

_PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[^\s;\\]+)(?: ; (?P<marker>[^\\]+?))?(?: \\)?")
_HASH = re.compile(r" +--hash=(sha256:[0-9a-f]{64})(?: \\)?")


class Pin(NamedTuple):
    """One package of a lock; the marker says on which machines it is installed (empty: on all)."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def read_pins(text: str) -> list[Pin]:
    r"""Read the pins of a lock; lines that are neither a pin nor a hash are left out.

    >>> lock = "# a comment\nflask==3.1.3 ; sys_platform == 'win32' \\\n    --hash=sha256:" + 64 * "0"
    >>> [(pin.name, pin.version, pin.marker, len(pin.hashes)) for pin in read_pins(lock)]
    [('flask', '3.1.3', "sys_platform == 'win32'", 1)]
    """
    pins: list[Pin] = []
    for line in text.splitlines():
        if found := _PIN.fullmatch(line):
            pins.append(Pin(found["name"], found["version"], found["marker"] or "", ()))
        elif (found := _HASH.fullmatch(line)) and pins:
            pins[-1] = pins[-1]._replace(hashes=(*pins[-1].hashes, found[1]))
    return pins


def read_lock(path: Path) -> list[Pin]:
    """Read the pins of a lock file; none if there is no such file."""
    return read_pins(path.read_text(encoding="utf-8")) if path.exists() else []
