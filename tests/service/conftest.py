"""Run the service as a user would: a real gunicorn, or Flask's own server, in a process of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

START_SECONDS = 60


def clean_environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SCORING_")}
    return {**kept, "PYTHONUNBUFFERED": "1", **{name: str(value) for name, value in more.items()}}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Running:
    """A started server; ``get`` asks it."""

    def __init__(self, process, port, log):
        self.process, self.port, self.log = process, port, log

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def wait(self, path="/health/live"):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}: {self.log.read_text()}")
            with contextlib.suppress(OSError):
                if self.get(path)[0] == 200:
                    return
            time.sleep(0.05)
        raise AssertionError("no answer in time")


@pytest.fixture
def serve(project, tmp_path):
    """Start servers that end with the test; what they say goes to a file, since a full pipe would stop them."""
    started = []

    def starting(*, cwd=None, **environment):
        port = free_port()
        log = tmp_path / f"gunicorn-{port}.log"
        with log.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn"],
                cwd=cwd or project,
                env=clean_environment(PORT=port, WEB_CONCURRENCY=2, **environment),
                stderr=file,
            )
        running = Running(process, port, log)
        started.append(process)
        running.wait()
        return running

    yield starting
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


@pytest.fixture
def refused(project):
    """Start a server that must not start; gives exit code and what it said."""

    def starting(server, **environment):
        port = free_port()
        command = {
            "gunicorn": [sys.executable, "-m", "gunicorn"],
            "flask": [sys.executable, "-m", "flask", "--app", "fonction_api_prediction", "run", "--port", str(port)],
            "module": [sys.executable, "fonction_api_prediction.py"],
        }[server]
        ended = subprocess.run(
            command,
            cwd=project,
            env=clean_environment(**{"PORT": port, **environment}),
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        return ended.returncode, ended.stdout + ended.stderr

    return starting
