"""Start gunicorn in processes that share the import of other people's packages, which takes longer than our own start.

A process is forked from one that has imported them and nothing of the project. Whatever else it does is as after
``python -m gunicorn``: it has its own folder, environment, log and master, and reads the configuration.
"""

import atexit
import multiprocessing
import os
import resource
import runpy
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

_IMPORTED = ["flask", "gunicorn.app.wsgiapp", "pandas", "pyarrow", "pydantic", "scipy.stats", "sklearn.pipeline"]


class GunicornProcess:
    """A started gunicorn, with the methods of ``subprocess.Popen``."""

    def __init__(self, cwd: Path, environment: dict[str, str], log: Path, most_memory: int | None = None) -> None:
        self._process = _context().Process(target=_run, args=(cwd, environment, log, most_memory))
        # Tests of Streamlit leave a script in the place of the main module, which would be run again in the process.
        with patch.dict(sys.modules, {"__main__": ModuleType("__main__")}):
            self._process.start()
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("gunicorn", timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@cache
def _context() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED)
    return context


def _run(cwd: Path, environment: dict[str, str], log: Path, most_memory: int | None) -> None:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
    if most_memory:
        resource.setrlimit(resource.RLIMIT_AS, (most_memory, most_memory))
    sys.path.insert(0, str(cwd))
    sys.argv = ["gunicorn"]
    try:
        runpy.run_module("gunicorn", run_name="__main__", alter_sys=True)
    finally:  # of the master, and of each worker
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
