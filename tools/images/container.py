"""Run a built root with few rights: not as root, without a network, writing only to tmpfs and to one volume."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tools.images.dockerfile import Stage

_WAIT = 90  # seconds until the service is healthy
_SHARED_MEMORY = 64 * 2**20  # bytes; what container engines give by default


class ContainerError(Exception):
    """What the container should have done, and what it did."""


class Container:
    """A running root: its first process is the stage's command."""

    def __init__(self, stage: Stage, process: "subprocess.Popen[bytes]", pid: int, log: Path) -> None:
        self._stage, self._process, self._pid, self._log = stage, process, pid, log

    def run(self, command: list[str], timeout: float = 60) -> "subprocess.CompletedProcess[str]":
        """Run a command beside the first process, as its user."""
        enter = ["nsenter", f"--target={self._pid}", "--mount", "--pid", "--net", "--ipc", "--uts", "--root"]
        enter += [f"--wdns={self._stage.folder}", *_as_user(self._stage.user), *command]
        environment = self._stage.environment
        return subprocess.run(enter, env=environment, capture_output=True, text=True, timeout=timeout, check=False)

    def run_outside(self, command: list[str]) -> "subprocess.CompletedProcess[str]":
        """Run a command of this machine in the container's network."""
        enter = ["nsenter", f"--target={self._pid}", "--net", *command]
        return subprocess.run(enter, capture_output=True, text=True, timeout=120, check=False)

    def wait_until_healthy(self) -> None:
        """Wait until the health check of the Dockerfile succeeds."""
        end = time.monotonic() + _WAIT
        while (checked := self.run(self._stage.health)).returncode:
            if self._process.poll() is not None:
                raise ContainerError(f"it ended with {self._process.returncode} before it was healthy:\n{self.log()}")
            if time.monotonic() > end:
                raise ContainerError(f"it is not healthy after {_WAIT} s: {checked.stderr[-500:]}\n{self.log()}")
            time.sleep(0.5)

    def rights(self) -> dict[str, str]:
        """Read user, capabilities and whether more can be gained, from the kernel."""
        status = Path(f"/proc/{self._pid}/status").read_text(encoding="utf-8")
        lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        names = ("Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs")
        return {name: " ".join(lines[name].split()) for name in names}

    def memory(self) -> int:
        """Return the memory of all its processes, in bytes; what they share counts once."""
        space, total = Path(f"/proc/{self._pid}/ns/pid").readlink(), 0
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has ended
                if (process / "ns" / "pid").readlink() == space:
                    found = re.search(r"^Pss:\s+(\d+) kB", (process / "smaps_rollup").read_text(), re.MULTILINE)
                    total += int(found[1]) * 1024 if found else 0
        return total

    def stop(self) -> int:
        """Send SIGTERM, as an engine does, and wait; returns the exit code."""
        os.kill(self._pid, signal.SIGTERM)
        return self._process.wait(timeout=30)

    def log(self) -> str:
        """Return what the container has written."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-4000:]


def _as_user(user: str) -> list[str]:
    uid, gid = user.split(":")
    rights = ["--clear-groups", "--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all", "--no-new-privs"]
    return ["/usr/bin/setpriv", f"--reuid={uid}", f"--regid={gid}", *rights, "--"]


@contextmanager
def started(stage: Stage, root: Path, volume: tuple[Path, str] | None) -> Iterator[Container]:
    """Start the stage's command as its user on a root that nobody can write to.

    Parameters
    ----------
    volume : a folder of this machine, and the place where the container has it; it is emptied first.
    """
    command = ["bwrap", "--ro-bind", str(root), "/", "--proc", "/proc", "--dev", "/dev"]
    for place in ("/tmp", "/dev/shm"):  # noqa: S108  (the container's own)
        command += ["--perms", "1777", "--size", str(_SHARED_MEMORY), "--tmpfs", place]
    if volume:
        folder, place = volume
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        folder.chmod(0o700)
        os.chown(folder, *map(int, stage.user.split(":")))
        command += ["--bind", str(folder), place]
    command += ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--as-pid-1", "--die-with-parent"]
    command += ["--cap-drop", "ALL"]
    for right in ("SETUID", "SETGID", "SETPCAP"):  # for setpriv, which gives them up
        command += ["--cap-add", f"CAP_{right}"]
    reading, writing = os.pipe()
    log = root.with_name("container.log")
    with log.open("wb") as written:
        process = subprocess.Popen(
            [*command, "--chdir", stage.folder, "--info-fd", str(writing), *_as_user(stage.user), *stage.command],
            env=stage.environment, stdout=written, stderr=written, pass_fds=[writing], stdin=subprocess.DEVNULL,
        )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as told:
        information = told.read()
    try:
        if not information:
            raise ContainerError(f"it was not started: {log.read_text(encoding='utf-8')}")
        yield Container(stage, process, json.loads(information)["child-pid"], log)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
