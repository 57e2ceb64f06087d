"""Archives of a commit that have the same bytes each time: without clock, user, or order of a file system."""

import gzip
import io
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.images.context import list_context


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder; returns what it prints."""
    return subprocess.run(["git", *arguments], cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


def export_commit(folder: Path, target: Path) -> None:
    """Write the files of the current commit into a folder, each with the commit's time."""
    packed = subprocess.run(
        ["git", "-c", "tar.umask=0022", "archive", "HEAD"], cwd=folder, check=True, stdout=subprocess.PIPE
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(target, filter="data")


def pack(source: Path, names: Iterable[str], root: str, archive: Path, epoch: int) -> None:
    """Pack files into a tar.gz that has the same bytes each time.

    Parameters
    ----------
    source : folder in which the files are.
    names : their paths in it.
    root : folder in the archive under which they stand.
    archive : the file that is written.
    epoch : seconds since 1970 that every file gets as its time.
    """
    with (
        archive.open("wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=epoch) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as target,
    ):
        for name in sorted(names):
            path = source / name
            member = tarfile.TarInfo(f"{root}/{name}")
            member.size, member.mtime = path.stat().st_size, epoch
            member.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            with path.open("rb") as content:
                target.addfile(member, content)


def list_files(folder: Path) -> list[str]:
    """List the paths of all files in a folder."""
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]


def image_contexts(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Find the build contexts of an exported commit.

    Yields
    ------
    The folder of each `.dockerignore`, and the paths in it that an engine would send to the build.
    """
    for ignored in sorted(folder.rglob(".dockerignore")):
        context = ignored.parent
        names = sorted({*(path.as_posix() for path in list_context(context)), "Dockerfile", ".dockerignore"})
        yield context.relative_to(folder).as_posix(), names
