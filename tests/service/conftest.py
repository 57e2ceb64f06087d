"""Start servers that must not start."""

import subprocess
import sys

import pytest

from tests.conftest import START_SECONDS, clean_environment, free_port


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
