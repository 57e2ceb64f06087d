"""Content of an artefact's file: found, read, hashed."""

import hashlib
from pathlib import Path

from scoring.errors import ArtefactError

_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


def sha256(content: bytes) -> str:
    """Hexadecimal sha256."""
    return hashlib.sha256(content).hexdigest()


def read_bytes(path: Path) -> bytes:
    """Content of a file; raises ArtefactError where it cannot be read or is not the file itself."""
    try:
        if path.exists() and not path.is_file():  # reading a device or a pipe would never end
            raise ArtefactError(f"{path.name}: is not a regular file\nReplace it by the file that was published.")
        content = path.read_bytes()
    except FileNotFoundError:
        raise ArtefactError(
            f"{path.name}: not found in {path.parent}\nRestore it, or set SCORING_ARTEFACTS to a folder that has it."
        ) from None
    except OSError as error:
        raise ArtefactError(f"{path.name}: cannot be read ({error.strerror})\nCheck the file's permissions.") from None
    if content.startswith(_LFS_POINTER):
        raise ArtefactError(
            f"{path.name}: is a Git LFS pointer, not the file itself\n"
            f"Run 'git lfs pull' in the repository that holds {path.parent}."
        )
    return content
