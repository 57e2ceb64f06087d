"""The packages with which a model was made, as its manifest lists them, compared with those installed here."""

import platform
import sys
from collections.abc import Mapping
from importlib import metadata

from scoring.errors import ArtefactError

# Packages that contain the same module.
_SAME = {"xgboost-cpu": "xgboost", "xgboost": "xgboost-cpu"}
# The locks of packages that families need beyond requirements.txt; their names are those of the extras.
_LOCKS = {name: f"-r requirements/{name}.txt" for name in ("lightgbm", "xgboost", "catboost")}


def require_packages(file: str, versions: Mapping[str, str]) -> None:
    """Raise ArtefactError where a package that a model needs is not installed.

    Parameters
    ----------
    file : what the error calls the manifest.
    versions : of Python and of packages, as the manifest lists them.
    """
    missing = {name: f"{name}=={made}" for name, made in versions.items() if installed(name) is None}
    if missing:
        lines = [_LOCKS.get(name.removesuffix("-cpu"), f"{pin} with its hashes") for name, pin in missing.items()]
        raise ArtefactError(
            f"{file}: the model needs packages that are not installed: {', '.join(missing.values())}\n"
            f"Install them: {sys.executable} -m pip install {' '.join(missing.values())}\n"
            f"For a deployment, add to requirements.txt: {', '.join(lines)} (docs/deployment.md)"
        )


def other_versions(versions: Mapping[str, str]) -> str:
    """List what is installed in another version than a model was made with; empty without any.

    >>> other_versions({"numpy": "1.0", "python": platform.python_version()}).partition("installed is ")[0]
    'numpy 1.0, '
    """
    here = {name: installed(name) for name in versions}
    other = [name for name, made in versions.items() if here[name] not in {None, made} and not _same_python(name, made)]
    return "; ".join(f"{name} {versions[name]}, installed is {here[name]}" for name in other)


def _same_python(name: str, made: str) -> bool:
    """Whether this is Python, and differs in the last part of its version at most."""
    return name == "python" and made.split(".")[:2] == platform.python_version().split(".")[:2]


def installed(name: str) -> str | None:
    """Return the version of Python or of a package that is installed here; None without one."""
    if name == "python":
        return platform.python_version()
    for one in (name, _SAME.get(name)):
        try:
            if one:
                return metadata.version(one)
        except metadata.PackageNotFoundError:
            continue
    return None
