"""The files of a model in the registry: those the service takes, checked against the manifest among them."""

from pathlib import Path

from scoring.errors import ArtefactError
from scoring.model.manifest import Manifest
from scoring.storage.artefacts import read_manifest
from scoring.storage.bundle import MANIFEST, MODEL, SCALER
from scoring.storage.pickles import sha256

# The only files that hold no client's row whatever the data.
_WITHOUT_ROWS = ".pkl"
_REMEDY = "Publish and register the model again."


def verified(folder: Path, whose: str = MANIFEST) -> tuple[Manifest, dict[str, bytes]]:
    """Read the manifest in a folder and every file that it lists, before anything is unpickled.

    Parameters
    ----------
    whose : what a message calls the folder.

    Raises
    ------
    ArtefactError
        Naming every file that is missing, altered, or not a plain name, and what the service needs and is not listed.
    """
    if not (folder / MANIFEST).is_file():
        raise ArtefactError(f"{whose}: {MANIFEST} is missing\n{_REMEDY}")
    manifest = read_manifest(folder / MANIFEST)
    faults = [f"{name} is not listed" for name in (MODEL, SCALER) if name not in manifest.files]
    content: dict[str, bytes] = {}
    for name, expected in manifest.files.items():
        path = folder / name
        if name in ("", ".", "..", MANIFEST) or Path(name).name != name:
            faults.append(f"{name!r} is not the name of a file beside it")
        elif not path.is_file():
            faults.append(f"{name} is missing")
        else:
            content[name] = path.read_bytes()
            if sha256(content[name]) != expected:
                faults.append(f"{name} has sha256 {sha256(content[name])}, the manifest says {expected}")
    if faults:
        raise ArtefactError.listing(whose, faults, _REMEDY)
    return manifest, content


def for_registry(folder: Path) -> tuple[Manifest, dict[str, bytes]]:
    """Read what may go into a registry: all files where every client is made up, else fitted objects and manifest.

    Returns
    -------
    The manifest, which lists what goes along, and all files by name, its own among them.
    """
    manifest, content = verified(folder)
    if manifest.training.synthetic:
        return manifest, {**content, MANIFEST: (folder / MANIFEST).read_bytes()}
    kept = {name: data for name, data in content.items() if name.endswith(_WITHOUT_ROWS)}
    listed = {name: digest for name, digest in manifest.files.items() if name in kept}
    manifest = manifest.model_copy(update={"files": listed})
    return manifest, {**kept, MANIFEST: (manifest.model_dump_json(indent=1) + "\n").encode()}
