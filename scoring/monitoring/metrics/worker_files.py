"""The folder in which every worker has files with its counts, and one file of a kind for all workers that have ended.

``prometheus_client`` makes the files, maps them into memory and adds them up. It never removes those of a process that
has ended, since their counts would be lost: after many reloads reading them takes long.
"""

import fcntl
import os
import re
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from scoring.errors import SettingError

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_PREFIX = "scoring-metrics-"
_FILE = re.compile(r"(counter|histogram)_([0-9]+)\.db")
_MERGED = "merged"  # stands in the place of a process id
# What the package that counts writes. The folder may have other databases, such as the decision record.
_COUNTS = re.compile(rf"(counter|gauge_[a-z]+|histogram|summary)_([0-9]+|{_MERGED})\.db")
_MEMORY = Path("/dev/shm")  # noqa: S108  (files there are never written to a disk)


def make_folder() -> str:
    """Make a new folder for a service, and remove those that services left behind that were killed."""
    parent = _MEMORY if os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    for folder in parent.glob(f"{_PREFIX}*"):
        # Unless it belongs to another user, or a service uses it.
        with suppress(OSError), _locked(folder / "used", fcntl.LOCK_EX | fcntl.LOCK_NB, new=False):
            shutil.rmtree(folder)
    return tempfile.mkdtemp(prefix=_PREFIX, dir=parent)


@contextmanager
def _locked(file: Path, how: int, *, new: bool = True) -> Iterator[None]:
    with file.open("ab" if new else "rb") as opened:
        fcntl.flock(opened, how)
        yield  # closing the file frees the lock


class WorkerFiles:
    """The files of all workers of one service.

    Parameters
    ----------
    folder : is made if it does not exist; raises SettingError if that is not possible.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # As long as one of the processes that inherit it lives, nobody takes the folder for one left behind.
            self._used = (folder / "used").open("ab")
            fcntl.flock(self._used, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            raise SettingError(
                f"{VARIABLE}={folder}: no files of metrics can be made there: {error.strerror}\n"
                "Name a folder that the service may write to, or unset the variable."
            ) from None

    def clear(self, seconds: float = 5.0) -> None:
        """Remove the counts of a former service; raises SettingError if another service still counts there.

        The workers of a master that was killed may need so many seconds to end.
        """
        deadline = time.monotonic() + seconds
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(self._used, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            if time.monotonic() >= deadline:
                raise SettingError(
                    f"{VARIABLE}={self.folder}: another service counts in this folder.\n"
                    "Name a folder for this service alone, or unset the variable."
                )
            time.sleep(0.1)
        fcntl.flock(self._used, fcntl.LOCK_SH)
        for file in self._counts():
            file.unlink(missing_ok=True)

    def close(self) -> None:
        """Use the folder no longer."""
        self._used.close()

    def remove(self) -> None:
        """Remove the folder."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def merge_ended(self) -> None:
        """Add the counts of all processes that have ended to one file of each kind, and remove their own files.

        While a worker reads the files, or where there is no room, nothing is done; the next call does it.
        """
        from prometheus_client.mmap_dict import MmapedDict

        from scoring.monitoring.metrics.reserved_files import ReservedDict

        with suppress(OSError), _locked(self.folder / "lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
            for kind, ended in self._ended().items():
                merged, new = self.folder / f"{kind}_{_MERGED}.db", self.folder / f"{kind}.new"
                new.unlink(missing_ok=True)
                counts: dict[str, float] = defaultdict(float)
                for file in [*ended, merged] if merged.exists() else ended:
                    for key, value, *_ in MmapedDict.read_all_values_from_file(str(file)):
                        counts[key] += value
                writing: MmapedDict = ReservedDict(str(new))
                for key, value in counts.items():
                    writing.write_value(key, value, 0.0)
                writing.close()
                new.replace(merged)
                for file in ended:
                    file.unlink()

    def _counts(self) -> list[Path]:
        return [file for file in self.folder.iterdir() if _COUNTS.fullmatch(file.name)]

    def _ended(self) -> dict[str, list[Path]]:
        """Find the files of processes that have ended, by kind."""
        found: dict[str, list[Path]] = {}
        for file in self.folder.iterdir():
            if (named := _FILE.fullmatch(file.name)) and not _is_running(int(named[2])):
                found.setdefault(named[1], []).append(file)
        return found

    def read(self) -> "Iterable[Metric]":
        """Add up the counts of all processes."""
        from prometheus_client.multiprocess import MultiProcessCollector

        with _locked(self.folder / "lock", fcntl.LOCK_SH):
            return MultiProcessCollector.merge([*map(str, self._counts())])  # type: ignore[no-any-return]


@cache
def open_files(folder: str) -> WorkerFiles:
    """Open a folder once in a process; raises SettingError if it cannot be used."""
    return WorkerFiles(Path(folder))


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        pass
    return True
