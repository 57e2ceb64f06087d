"""Build a release from the current commit: `make release`. docs/dependencies.md describes what it contains."""

import hashlib
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

from tools.release.archives import export_commit, git, image_contexts, list_files, pack
from tools.release.lock import SERVING
from tools.release.notes import read_notes
from tools.release.trial import make_environment, try_wheel


def find_obstacles(folder: Path, version: str) -> list[str]:
    """List what keeps a checkout from being released; empty if nothing does."""
    obstacles = []
    if changed := git(folder, "status", "--porcelain").splitlines():
        named = ", ".join(line[3:] for line in changed[:5])
        more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
        obstacles.append(f"these files are not committed: {named}{more}. Commit them, or remove them")
    if read_notes((folder / "CHANGELOG.md").read_text(encoding="utf-8"), version) is None:
        obstacles.append(
            f"CHANGELOG.md has no section with text for version {version} (pyproject.toml). Expected a heading such as "
            f"'## {version} - 2027-01-31', with what is under 'Unreleased' now"
        )
    return obstacles


def build_packages(source: Path, target: Path, name: str, version: str, epoch: int) -> Path:
    """Build the source distribution from an exported commit, and the wheel from that; returns the wheel."""
    with tempfile.TemporaryDirectory() as work:
        call_setuptools("build_sdist", source, Path(work))
        [made] = Path(work).glob("*.tar.gz")
        with tarfile.open(made) as archive:
            archive.extractall(work, filter="data")
        unpacked = Path(work, f"{name}-{version}")
        # setuptools writes the present time and user into the archive.
        pack(unpacked, list_files(unpacked), f"{name}-{version}", target / f"{name}-{version}.tar.gz", epoch)
        call_setuptools("build_wheel", unpacked, target)
    [wheel] = target.glob("*.whl")
    return wheel


def call_setuptools(hook: str, source: Path, target: Path) -> None:
    """Call a hook of the build backend in a process of its own, quietly unless it fails."""
    code = f"import sys; from setuptools import build_meta; build_meta.{hook}(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(target.resolve())],  # the process runs elsewhere
        cwd=source,
        umask=0o022,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"setuptools could not {hook.replace('_', ' ')}:\n{done.stderr}")


def write_bill(python: Path, source: Path, target: Path) -> None:
    """Write the CycloneDX bill of materials of an environment; checked against its schema before.

    Licence texts are included: some packages declare their licence as a text that is no SPDX name, and would have none.
    """
    options = ["--pyproject", str(source / "pyproject.toml"), "--gather-license-texts", "--output-reproducible"]
    options += ["--validate", "-o", str(target)]
    subprocess.run([sys.executable, "-m", "cyclonedx_py", "environment", *options, str(python)], check=True)


def build_release(folder: Path, target: Path) -> list[Path]:
    """Build a release from the current commit of a checkout into an empty folder; returns its files.

    Raises
    ------
    SystemExit
        The checkout cannot be released, or the wheel does not serve elsewhere.
    """
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name, version = project["name"].replace("-", "_"), project["version"]
    if obstacles := find_obstacles(folder, version):
        raise SystemExit(f"Version {version} is not released:\n" + "\n".join(f"- {one}" for one in obstacles))
    target.mkdir(parents=True)
    epoch = int(git(folder, "log", "-1", "--format=%ct"))
    os.environ["SOURCE_DATE_EPOCH"] = str(epoch)
    with tempfile.TemporaryDirectory() as work:
        source, elsewhere = Path(work, "source"), Path(work, "elsewhere")
        export_commit(folder, source)
        for context, names in image_contexts(source):
            image, root = ("service" if context == "." else "front-end"), source / context
            pack(root, names, f"{image}-{version}", target / f"{image}-image-{version}.tar.gz", epoch)
            locks = re.findall(r" -r (\S+\.txt)", (root / "Dockerfile").read_text(encoding="utf-8"))
            contained = make_environment(Path(work, image), *(root / lock for lock in locks))
            write_bill(contained, source, target / f"{image}-image-{version}.cdx.json")
        (target / "notes.md").write_text(
            str(read_notes((source / "CHANGELOG.md").read_text(encoding="utf-8"), version)), encoding="utf-8"
        )
        serving = make_environment(Path(work, "serving"), source / SERVING)
        wheel = build_packages(source, target, name, version, epoch)
        elsewhere.mkdir()
        print(try_wheel(wheel, serving, elsewhere))
    files = sorted(target.iterdir())
    sums = "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)
    (target / "SHA256SUMS").write_text(sums, encoding="utf-8")
    return [*files, target / "SHA256SUMS"]


def main() -> None:
    """Build a release into the folder that is given, which must not exist yet."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m tools.release.build FOLDER")
    target = Path(sys.argv[1])
    if target.exists():
        raise SystemExit(
            f"{target} exists already. Expected a folder that does not exist yet: remove it, or name another"
        )
    for file in build_release(Path.cwd(), target):
        print(f"{file.stat().st_size:>12,}  {file}")


if __name__ == "__main__":
    main()
