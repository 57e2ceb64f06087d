"""``python -m tools.images [NAME ...]``: build images in bare Debians, start them with few rights, try them.

It needs root, mmdebstrap, bubblewrap, and a network that reaches Debian's and Python's packages.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tools.images.build import build
from tools.images.container import Container, ContainerError, started
from tools.images.dockerfile import DockerfileError, Stage, read_dockerfile
from tools.images.space import make_space

PROJECT = Path(__file__).resolve().parents[2]
WORK = PROJECT / "build" / "images"
RECORD = "/var/lib/scoring"
NO_RIGHTS = dict.fromkeys(("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"), "0" * 16) | {"NoNewPrivs": "1"}
# What only a build needs.
UNWANTED = ("gcc", "cc", "g++", "ld", "make", "pip", "pip3", "git", "curl", "wget")
# Without a service the page says so; an exception would be an import that the image lacks.
_FIRST_PAGE = """
from streamlit.testing.v1 import AppTest
page = AppTest.from_file("script.py", default_timeout=60).run()
print(f"{len(page.main)} elements, {len(page.exception)} exceptions", *(one.message for one in page.exception))
raise SystemExit(0 if len(page.main) and not page.exception else 1)
"""


class Image(NamedTuple):
    """What an image is built from, the place of its volume, and what tries it once it is healthy."""

    dockerfile: Path
    context: Path
    volume: str | None = None
    smoke: Callable[[Container, Stage], None] | None = None


def _smoke(container: Container, stage: Stage) -> None:
    address = f"http://127.0.0.1:{stage.ports[-1]}"
    done = container.run_outside(["bash", str(PROJECT / ".github" / "scripts" / "smoke.sh"), address])
    print(f"  {done.stdout.strip()}")
    if done.returncode:
        raise ContainerError(f"{done.stderr}\n{container.log()}")
    verified = container.run(["python", "-m", "scoring", "decisions", "verify"])
    print(f"  {verified.stdout.strip().splitlines()[0] if verified.stdout else ''}")
    if verified.returncode:
        raise ContainerError(f"the record is not as it was written: {verified.stdout}{verified.stderr}")


def _smoke_front(container: Container, stage: Stage) -> None:
    """Fetch the health page from outside, and run the first page, which Streamlit itself does for a browser only."""
    address = f"http://127.0.0.1:{stage.ports[-1]}/_stcore/health"
    fetched = container.run_outside(["curl", "--silent", "--show-error", "--fail", address])
    page = container.run(["python", "-c", _FIRST_PAGE])
    print(f"  {address}: {fetched.stdout.strip()}; first page: {page.stdout.strip()}")
    if fetched.returncode or page.returncode:
        raise ContainerError(f"{fetched.stderr}{page.stdout}{page.stderr}\n{container.log()}")


IMAGES = {
    "service": Image(PROJECT / "Dockerfile", PROJECT, RECORD, _smoke),
    "front-end": Image(
        PROJECT / "interface_streamlit" / "Dockerfile", PROJECT / "interface_streamlit", smoke=_smoke_front
    ),
    "mlflow": Image(PROJECT / "ops" / "mlflow" / "Dockerfile", PROJECT, "/var/lib/mlflow"),
    "space": Image(WORK / "of-space" / "Dockerfile", WORK / "of-space", smoke=_smoke),
}
USUAL = ["service", "front-end"]
_BUILT: dict[str, Path] = {}  # stages that several images begin with


def main(names: list[str]) -> None:
    """Build and try the images of these names; without a name, those of the service and of the front-end."""
    missing = [name for name in ("mmdebstrap", "bwrap", "nsenter", "curl") if shutil.which(name) is None]
    unknown = [name for name in names if name not in IMAGES]
    if missing:
        sys.exit(f"not on this machine: {', '.join(missing)} (Debian: mmdebstrap bubblewrap util-linux curl)")
    if unknown:
        sys.exit(f"no such image: {', '.join(unknown)}; expected {', '.join(IMAGES)}")
    if os.geteuid() != 0:
        sys.exit("only root can run the steps of an image, and a process as another user")
    try:
        for name in names or USUAL:
            if name == "space":
                shutil.rmtree(WORK / "of-space", ignore_errors=True)
                make_space(WORK / "of-space")
            try_image(name, IMAGES[name])
    except (DockerfileError, ContainerError, subprocess.CalledProcessError) as error:
        sys.exit(f"images: {error}")


def try_image(name: str, image: Image) -> None:
    """Run a Dockerfile's steps, start the result, ask it, stop it, and see that it has written to the volume only."""
    began = time.monotonic()
    print(f"{name}: {image.dockerfile.relative_to(PROJECT)}", flush=True)
    stages = read_dockerfile(image.dockerfile.read_text(encoding="utf-8"))
    stage, work = stages[-1], WORK / name
    root = build(stages, image.context, work, _BUILT)
    _tell_size(root)
    _refuse_unwanted(root)
    before = _state(root)
    with started(stage, root, (work / "volume", image.volume) if image.volume else None) as container:
        container.wait_until_healthy()
        _require_no_rights(container, stage)
        _require_read_only(container)
        if image.smoke:
            image.smoke(container, stage)
        print(f"  {container.memory() / 2**20:.0f} MiB of memory")
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


def _require_read_only(container: Container) -> None:
    for place in ("/srv", "/etc", "/usr/bin", "/opt/venv", "/var/lib", "/"):
        if container.run(["touch", f"{place}/written"]).returncode == 0:
            raise ContainerError(f"it can write into {place}")


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
    main(sys.argv[1:])
