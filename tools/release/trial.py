"""Install a wheel elsewhere, with the packages of the lock, and try whether it serves."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
import venv
from pathlib import Path

SECONDS = 60
SHARED = "share/pret-a-depenser-scoring"


def make_environment(folder: Path, *locks: Path) -> Path:
    """Make an environment that has the packages of locks and nothing else; returns its Python."""
    venv.create(folder)
    python = folder / "bin" / "python"
    install(python, "--require-hashes", *(option for lock in locks for option in ("-r", str(lock))))
    return python


def install(python: Path, *what: str) -> None:
    """Install into the environment of a Python, which needs no pip of its own."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    subprocess.run([*command, *what], check=True)


def try_wheel(wheel: Path, python: Path, work: Path) -> str:
    """Install a wheel into an environment, start its service on the bundled sample, and ask for a decision.

    Parameters
    ----------
    wheel : the wheel of this project.
    python : Python of an environment that has serving's packages.
    work : an empty folder in which everything is started; nothing of the checkout can be found from there.

    Returns
    -------
    The decision, as JSON.

    Raises
    ------
    SystemExit
        `scoring --help` fails, or the service does not answer.
    """
    install(python, "--no-deps", str(wheel))
    folder = python.parent
    environment = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    told = subprocess.run([folder / "scoring", "--help"], cwd=work, env=environment, capture_output=True, text=True)
    if told.returncode:
        raise SystemExit(f"{wheel.name}: `scoring --help` failed:\n{told.stderr}")
    shared = folder.parent / SHARED
    port = _free_port()
    environment |= {"PORT": str(port), "SCORING_ARTEFACTS": str(shared)}
    command = [str(folder / "gunicorn"), "--config", str(shared / "gunicorn.conf.py")]
    log = work / "service.log"
    with log.open("w") as file:
        service = subprocess.Popen(command, cwd=work, env=environment, stdout=file, stderr=file)
    try:
        client = (shared / "df_sample.csv").read_text(encoding="utf-8").splitlines()[1].partition(",")[0]
        answer = _wait_for(f"http://127.0.0.1:{port}/predict/{client}", service)
    finally:
        service.terminate()
        service.wait(timeout=SECONDS)
    if answer is None:
        raise SystemExit(f"{wheel.name}: the service did not answer:\n{log.read_text(encoding='utf-8')}")
    return answer


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, service: subprocess.Popen[bytes]) -> str | None:
    """Ask an address until it answers; None if the process ends or the time is over."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and service.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return str(answer.read(), "utf-8").strip()
        except OSError:
            time.sleep(0.2)
    return None
