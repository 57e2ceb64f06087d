"""Small files that people make, such as policies and keys: read with a bound, since a device may never end."""

import errno
from pathlib import Path

_MOST = 2**24  # bytes


def read_small_file(path: Path) -> bytes:
    """Read a file, also a pipe; raises OSError, also where it has more than 16 MiB.

    >>> read_small_file(Path("/dev/zero"))
    Traceback (most recent call last):
    OSError: [Errno 27] it has more than 16 MiB: '/dev/zero'
    """
    with path.open("rb") as file:
        content = file.read(_MOST + 1)
    if len(content) > _MOST:
        raise OSError(errno.EFBIG, f"it has more than {_MOST // 2**20} MiB", str(path))
    return content
