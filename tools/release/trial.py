"""Install a wheel elsewhere, with the packages of the lock, and try whether it serves."""

import os
import socket
import subprocess
import sys
import venv
from pathlib import Path

SHARED = "share/pret-a-depenser-scoring"
SMOKE_TEST = Path(__file__).resolve().parents[2] / ".github" / "scripts" / "smoke.sh"


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
    """Install a wheel into an environment, start its service on the bundled sample, and run the smoke test on it.

    Parameters
    ----------
    wheel : the wheel of this project.
    python : Python of an environment that has serving's packages.
    work : an empty folder in which everything is started; nothing of the checkout can be found from there.

    Returns
    -------
    What the smoke test says.

    Raises
    ------
    SystemExit
        `scoring --help` fails, or the smoke test does.
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
    asked = ["bash", str(SMOKE_TEST), f"http://127.0.0.1:{port}", str(shared / "df_sample.csv")]
    patience = {"SMOKE_ATTEMPTS": "120", "SMOKE_PAUSE": "0.5"}
    try:
        smoke = subprocess.run(asked, env=os.environ | patience, capture_output=True, text=True)
    finally:
        service.terminate()
        service.wait(timeout=60)
    if smoke.returncode:
        raise SystemExit(f"{wheel.name}: {smoke.stderr}{log.read_text(encoding='utf-8')}")
    return smoke.stdout.strip()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
