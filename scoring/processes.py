"""Processes: limit time, try work in a child process, give memory back, end a process whose parent has gone."""

import ctypes
import gc
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from scoring.errors import SettingError, StartError

_PAUSE = 0.1  # seconds between two looks at another process
_SUCCESS, _FAILURE = b"+", b"-"  # first byte of what a child reports
_LONGEST = 60_000  # bytes of a report; a pipe can hold this many before anybody reads from it


def end_without_parent(parent: int, grace: float) -> None:
    """Let this process end once its parent has gone, however busy it is.

    gunicorn's own workers also notice, but then wait for callers that may never finish sending. Linux could send a
    signal instead; a thread does the same on every system.

    Parameters
    ----------
    parent : process id of the parent when this process was started.
    grace : seconds for answers that are being made.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_PAUSE)
        time.sleep(grace)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise SettingError where the block takes longer; only in a main thread, since others get no signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> NoReturn:
        raise _took_longer(seconds)

    former = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def try_in_child(work: Callable[[], object], seconds: float, keep_waiting: Callable[[], bool]) -> None:
    """Do work in a child process, where it may end in any way, and forget its result.

    The child is a copy of this process, so that it runs the same code as this process would.

    Parameters
    ----------
    work : raises StartError where it fails.
    seconds : the longest that the work may take.
    keep_waiting : called at every look at the child; False ends it.

    Raises
    ------
    StartError
        With the message of the StartError that the work raised; or, if the child ended before the work was done, with a
        message that says how it ended.
    """
    parent, deadline, report = os.getpid(), time.monotonic() + seconds, b""
    receiver, sender = os.pipe()
    try:
        child = os.fork()
    except OSError as error:
        os.close(receiver)
        os.close(sender)
        raise StartError(f"No process can be started to load and try the artefacts: {error.strerror}.") from None
    if child == 0:
        _work_in_child(work, sender, parent)
    os.close(sender)
    try:
        ended = _wait_for(child, deadline, keep_waiting)
        os.set_blocking(receiver, False)
        with suppress(BlockingIOError):  # a process that the work started may hold the other end
            report = os.read(receiver, _LONGEST)
    finally:
        os.close(receiver)
        _kill_group(child)
    if report.startswith(_FAILURE):
        raise StartError(report[1:].decode(errors="replace"))
    if ended is None:
        raise _took_longer(seconds)
    if report != _SUCCESS:
        raise StartError(f"Loading and trying the artefacts was not finished: {ended}.")


def release_memory() -> None:
    """Give the memory of what is no longer used back to the system.

    Flask applications refer to themselves, so that only the cycle collector frees them. By itself it would run much
    later.
    """
    gc.collect()
    trim_memory()


def trim_memory() -> None:
    """Give freed memory back to the system. The C library would keep it, up to a quarter of all memory."""
    with suppress(AttributeError):  # other C libraries than glibc have no such function, or do it by themselves
        ctypes.CDLL(None).malloc_trim(0)


def _took_longer(seconds: float) -> SettingError:
    return SettingError(
        f"SCORING_LOAD_SECONDS={seconds:g}: loading and trying the artefacts took longer\n"
        "Set it to more seconds if they need them."
    )


def _work_in_child(work: Callable[[], object], sender: int, parent: int) -> NoReturn:
    """Do the work and report; nothing that it raises leaves this function, since this is a copy of the parent."""
    report = b""
    try:
        os.setsid()  # so that what the work starts can be ended with it
        end_without_parent(parent, grace=0)
        with suppress(OSError):  # if memory runs out, Linux shall end this process, not the parent
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
        logging.disable()  # the parent logs the same when it loads the artefacts itself
        work()
        report = _SUCCESS
    except StartError as error:
        report = _FAILURE + str(error).encode()[: _LONGEST - 1]
    finally:
        with suppress(OSError):
            os.write(sender, report)
        os._exit(0)


def _wait_for(child: int, deadline: float, keep_waiting: Callable[[], bool]) -> str | None:
    """Wait until a child has ended, and tell in words how; None where it was ended at the deadline."""
    while time.monotonic() < deadline:
        try:
            ended, status = os.waitpid(child, os.WNOHANG)
        except ChildProcessError:  # gunicorn waits for any child, and was first
            return "its process ended"
        if ended:
            code = os.waitstatus_to_exitcode(status)
            killed = f"its process was ended by signal {-code}, perhaps because memory was short"
            return killed if code < 0 else "its process ended itself"
        if not keep_waiting():
            _kill(child)
            return "the service is being stopped"
        time.sleep(_PAUSE)
    _kill(child)
    return None


def _kill(child: int) -> None:
    _kill_group(child)
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(child, signal.SIGKILL)  # it may not have become the leader of a group yet
        os.waitpid(child, 0)


def _kill_group(leader: int) -> None:
    """End what a child has started."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
