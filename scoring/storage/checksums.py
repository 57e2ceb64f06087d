"""Files of artefacts: found, read, and checked by the sha256 in the manifest."""

import hashlib
from pathlib import Path

from scoring.errors import ArtefactError
from scoring.model.manifest import Manifest
from scoring.storage.bundle import MANIFEST, MODEL, SCALER

_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


def sha256(content: bytes) -> str:
    """Hexadecimal sha256."""
    return hashlib.sha256(content).hexdigest()


def hash_file(file: Path) -> str:
    """Hexadecimal sha256 of a file of any size; raises OSError where it cannot be read."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


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


def verified_files(folder: Path, manifest: Manifest) -> dict[str, bytes]:
    """Read all files that the manifest lists; raises ArtefactError where one is missing or has another sha256."""
    listed = manifest.files
    content = {name: read_bytes(folder / name) for name in listed}
    changed = {name: data for name, data in content.items() if sha256(data) != listed[name]}
    unix = {name: sha256(data.replace(b"\r\n", b"\n")) for name, data in changed.items()}
    if converted := [name for name, found in unix.items() if found == listed[name]]:
        raise ArtefactError(
            f"{', '.join(converted)}: has Windows line endings (CRLF); published files end their lines with LF\n"
            "Version control changed them. Clone again with 'git clone -c core.autocrlf=false', or add '* -text' to "
            ".gitattributes and check the files out again."
        )
    errors = [f"{name} has sha256 {sha256(data)}, the manifest has {listed[name]}" for name, data in changed.items()]
    errors += [f"{name} is not listed" for name in (MODEL, SCALER) if name not in listed]
    if errors:
        raise ArtefactError.listing(
            MANIFEST,
            errors,
            f"The files in {folder} were not published together, or were changed since: "
            "restore them, or publish the model again.",
        )
    return content
