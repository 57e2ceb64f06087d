"""``python -m tools.images``: build the images' roots in bare Debians, start them with few rights, and try them.

It needs root, mmdebstrap, bubblewrap, and a network that reaches Debian's and Python's packages.
"""

import shutil
import subprocess
import sys
import time
from pathlib import Path

from tools.images.build import build
from tools.images.container import Container, ContainerError, started
from tools.images.dockerfile import DockerfileError, Stage, read_dockerfile

PROJECT = Path(__file__).resolve().parents[2]
WORK = PROJECT / "build" / "images"
RECORD = "/var/lib/scoring"
NO_RIGHTS = dict.fromkeys(("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"), "0" * 16) | {"NoNewPrivs": "1"}
# What only a build needs.
UNWANTED = ("gcc", "cc", "g++", "ld", "make", "pip", "pip3", "git", "curl", "wget")


def main() -> None:
    """Build and try the image of the service and that of the front-end."""
    missing = [name for name in ("mmdebstrap", "bwrap", "nsenter", "curl") if shutil.which(name) is None]
    if missing:
        sys.exit(f"not on this machine: {', '.join(missing)} (Debian: mmdebstrap bubblewrap util-linux curl)")
    try:
        try_image("service", PROJECT, RECORD)
        try_image("front-end", PROJECT / "interface_streamlit", None)
    except (DockerfileError, ContainerError, subprocess.CalledProcessError) as error:
        sys.exit(f"images: {error}")


def try_image(name: str, context: Path, volume: str | None) -> None:
    """Run a Dockerfile's steps, start the result, ask it, stop it, and see that it has written to the volume only."""
    began = time.monotonic()
    print(f"{name}: {(context / 'Dockerfile').relative_to(PROJECT)}", flush=True)
    stages = read_dockerfile((context / "Dockerfile").read_text(encoding="utf-8"))
    stage, work = stages[-1], WORK / name
    root = build(stages, context, work)
    _tell_size(root)
    _refuse_unwanted(root)
    before = _state(root)
    with started(stage, root, (work / "volume", volume) if volume else None) as container:
        container.wait_until_healthy()
        _require_no_rights(container, stage)
        _require_read_only(container, stage)
        if volume:
            _smoke(container, stage)
        code = container.stop()
    if code:
        raise ContainerError(f"it ended with {code} after SIGTERM, expected 0:\n{container.log()}")
    if _state(root) != before:
        raise ContainerError("files of its root were changed while it ran")
    print(f"  healthy, asked, stopped; as user {stage.user} on a read-only root ({time.monotonic() - began:.0f} s)")


def _require_no_rights(container: Container, stage: Stage) -> None:
    uid, gid = stage.user.split(":")
    expected = {"Uid": " ".join([uid] * 4), "Gid": " ".join([gid] * 4), "Groups": "", **NO_RIGHTS}
    if (rights := container.rights()) != expected:
        raise ContainerError(f"its first process has the rights {rights}, expected {expected}")


def _require_read_only(container: Container, stage: Stage) -> None:
    for place in (stage.folder, "/etc", "/usr/bin", "/opt/venv", "/var/lib", "/"):
        if container.run(["touch", f"{place}/written"]).returncode == 0:
            raise ContainerError(f"it can write into {place}")


def _smoke(container: Container, stage: Stage) -> None:
    address = f"http://127.0.0.1:{stage.ports[0]}"
    done = container.run_outside(["bash", str(PROJECT / ".github" / "scripts" / "smoke.sh"), address])
    print(f"  {done.stdout.strip()}")
    if done.returncode:
        raise ContainerError(f"{done.stderr}\n{container.log()}")
    verified = container.run(["python", "-m", "scoring", "decisions", "verify"])
    print(f"  {verified.stdout.strip().splitlines()[0] if verified.stdout else ''}")
    if verified.returncode:
        raise ContainerError(f"the record is not as it was written: {verified.stdout}{verified.stderr}")


def _refuse_unwanted(root: Path) -> None:
    folders = ("usr/bin", "usr/sbin", "usr/local/bin", "opt/venv/bin")
    found = [f"/{folder}/{name}" for folder in folders for name in UNWANTED if (root / folder / name).exists()]
    found += [f"/{path.relative_to(root)}" for path in root.glob("opt/venv/lib/*/site-packages/**/tests")]
    found += [f"/{name}" for name in ("root/.cache", "build") if (root / name).exists()]
    if found:
        raise ContainerError(f"it contains what only a build or a test needs: {', '.join(found)}")


def _tell_size(root: Path) -> None:
    listed = subprocess.run(
        ["du", "--one-file-system", "--block-size=1M", "--max-depth=6", str(root)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    sizes = {path: int(size) for size, path in (line.split("\t") for line in listed.splitlines())}
    packages = {
        path.rpartition("/")[2]: size for path, size in sizes.items() if path.rpartition("/")[0].endswith("-packages")
    }
    largest = sorted(packages.items(), key=lambda item: -item[1])[:6]
    parts = ", ".join(f"{package} {size} MB" for package, size in largest)
    print(f"  {sizes[str(root)]} MB; /usr {sizes[f'{root}/usr']} MB, /opt/venv {sizes[f'{root}/opt/venv']} MB: {parts}")


def _state(root: Path) -> list[tuple[str, int, int]]:
    """Return the name, size and time of every file, for telling whether one was changed."""
    paths = sorted(path for path in root.rglob("*") if not path.is_symlink())
    return [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]


if __name__ == "__main__":
    main()
