"""Start servers that must not start."""

import subprocess
import sys

import pytest

from tests.conftest import START_SECONDS, clean_environment, free_port
from tests.gunicorn_process import GunicornProcess


@pytest.fixture
def refused(project, tmp_path):
    """Start a server that must not start; gives exit code and what it said."""

    def starting(server, **environment):
        port = free_port()
        environment = clean_environment(**{"PORT": port, **environment})
        if server == "gunicorn":
            log = tmp_path / "refused.log"
            log.touch()
            process = GunicornProcess(project, environment, log)
            try:
                return process.wait(START_SECONDS), log.read_text(encoding="utf-8")
            finally:
                process.kill()
        command = {
            "flask": [sys.executable, "-m", "flask", "--app", "fonction_api_prediction", "run", "--port", str(port)],
            "module": [sys.executable, "fonction_api_prediction.py"],
        }[server]
        ended = subprocess.run(
            command,
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        return ended.returncode, ended.stdout + ended.stderr

    return starting
