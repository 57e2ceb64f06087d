"""Write the locks from pyproject.toml: `make lock`. docs/dependencies.md describes them.

All extras are resolved together first; each lock then takes its versions from there. So all locks agree.
"""

import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tools.release.pins import Pin, read_lock, read_pins

SERVING = "requirements.txt"
FRONT = "interface_streamlit/requirements.txt"
# Groups whose packages conflict with the others: their versions are their own.
APART = frozenset({"mlflow"})
_UV = (sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11")
_FORM = ("--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate")


class Lock(NamedTuple):
    """A lock: its path in the project, the options of uv that choose what it holds, and what it says of itself."""

    path: str
    choice: tuple[str, ...]
    about: str
    beyond_serving: bool = False
    apart: bool = False


def list_locks(project: dict[str, Any]) -> Iterator[Lock]:
    """List the locks of a project (content of pyproject.toml): one for serving, each extra and each group."""
    yield Lock(SERVING, (), "What serving needs.")
    for extra in project["project"]["optional-dependencies"]:
        choice = ("--extra", extra)
        if extra != "front":  # its lock is the group's, which does not have the service's packages
            about = f"What the extra {extra} needs beyond requirements.txt; install it together with that."
            yield Lock(f"requirements/{extra}.txt", choice, about, beyond_serving=True)
    for group in project["dependency-groups"]:
        choice = ("--group", f"pyproject.toml:{group}")
        if group == "front":
            yield Lock(FRONT, choice, "What the officer's front-end needs; the service's packages fit beside them.")
            continue
        yield Lock(f"requirements/{group}.txt", choice, f"The group {group} of pyproject.toml.", apart=group in APART)


def compile_lock(folder: Path, *options: str, known: list[Pin]) -> str:
    """Run uv on the folder's pyproject.toml; returns the lock's text. Packages keep the version they are known in."""
    with tempfile.TemporaryDirectory() as work:
        output = Path(work, "lock.txt")
        output.write_text("".join(_lines(known)), encoding="utf-8")
        source = () if "--group" in options else ("pyproject.toml",)
        command = [*_UV, *_FORM, *source, *options, "--output-file", str(output)]
        done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise SystemExit(f"{done.stderr.strip()}\nNo lock was changed. `make lock` needs the network.")
        kept = output.read_text(encoding="utf-8").partition("\n# The following packages were excluded")[0]
        return kept.strip() + "\n"


def _lines(pins: list[Pin]) -> list[str]:
    return sorted({f"{pin.name}=={pin.version}{' ; ' if pin.marker else ''}{pin.marker}\n" for pin in pins})


def upgrade_options(upgrade: str, project: dict[str, Any], known: list[Pin]) -> tuple[str, ...]:
    """Return the options of uv that allow newer versions.

    Parameters
    ----------
    upgrade : name of a package, `all`, or empty for none.
    project : content of pyproject.toml.
    known : pins of the present locks.

    Raises
    ------
    SystemExit
        The package is in no lock, or pyproject.toml itself says its version.
    """
    if upgrade in {"", "all"}:
        return ("--upgrade",) if upgrade else ()
    table = project["project"]
    listed = [*table["dependencies"], *(one for extra in table["optional-dependencies"].values() for one in extra)]
    own = [one for one in listed if re.match(re.escape(upgrade) + r"\b(?![-.])", one)]
    if own:
        raise SystemExit(
            f"UPGRADE={upgrade}: pyproject.toml says {own[0]}. Write the new version there, then: make lock"
        )
    if upgrade not in {pin.name for pin in known}:
        raise SystemExit(
            f"UPGRADE={upgrade}: no lock has a package of this name. Expected a name as in the locks, or all"
        )
    return ("--upgrade-package", upgrade)


def write_locks(folder: Path, upgrade: str = "") -> dict[str, str]:
    """Write the locks of the project in a folder; returns the text of each by its path.

    Nothing is written unless all locks could be made. Lines of requirements.txt that name further locks (`-r`) stay.
    """
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    locks = list(list_locks(project))
    shared = [pin for lock in locks if not lock.apart for pin in read_lock(folder / lock.path)]
    apart = {lock.path: read_lock(folder / lock.path) for lock in locks if lock.apart}
    newer = upgrade_options(upgrade, project, [*shared, *(pin for pins in apart.values() for pin in pins)])
    everything = read_pins(compile_lock(folder, "--all-extras", *newer, known=shared))
    texts: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as work:
        constraints = Path(work, "everything.txt")
        constraints.write_text("".join(_lines(everything)), encoding="utf-8")
        for lock in locks:
            options = newer if lock.apart else ("--constraint", str(constraints))
            known = apart.get(lock.path) or everything
            left_out = read_pins(texts[SERVING]) if lock.beyond_serving else []
            options += tuple(f"--no-emit-package={pin.name}" for pin in left_out)
            text = compile_lock(folder, *lock.choice, *options, known=known)
            texts[lock.path] = (
                f"# {lock.about}\n# Written from pyproject.toml by `make lock`: docs/dependencies.md.\n{text}"
            )
    further = [line for line in _read(folder / SERVING).splitlines() if line.startswith("-r ")]
    texts[SERVING] += "".join(f"{line}\n" for line in further)
    _tell_changes([*shared, *(pin for pins in apart.values() for pin in pins)], texts)
    for path, text in texts.items():
        write_lock(folder / path, text)
    return texts


def write_lock(path: Path, text: str) -> None:
    """Write a lock; one that stays the same keeps its time, so that `make` does not install its packages again."""
    if text != _read(path):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _tell_changes(before: list[Pin], texts: dict[str, str]) -> None:
    """Print which versions come and go."""
    old = {(pin.name, pin.version) for pin in before}
    new = {(pin.name, pin.version) for text in texts.values() for pin in read_pins(text)}
    for sign, pins in (("-", old - new), ("+", new - old)):
        for name, version in sorted(pins):
            print(f"{sign} {name} {version}")
    print(f"{len(texts)} locks, {len(new)} packages; {len(old ^ new) or 'no'} lines of change")


if __name__ == "__main__":
    write_locks(Path.cwd(), *sys.argv[1:2])
