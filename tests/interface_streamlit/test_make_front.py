"""``make front``: both start, one Ctrl-C ends both."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.request

from tests.conftest import clean_environment, free_port

DEADLINE = 90  # seconds


def answers(url):
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:
        return answer.status == 200
    return False


def is_free(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@contextlib.contextmanager
def make_front(project, log, api, front):
    """Run ``make front`` at these ports until both answer; Ctrl-C at the end."""
    with log.open("w") as file:
        process = subprocess.Popen(
            ["make", "front"],
            cwd=project,
            # The front-end's own settings stop neither: the service refuses names it does not know.
            env={**clean_environment(API_PORT=api, FRONT_PORT=front), "SCORING_API_URL": "http://127.0.0.1:9"},
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + DEADLINE
        while not (answers(f"http://127.0.0.1:{api}/health") and answers(f"http://127.0.0.1:{front}/_stcore/health")):
            assert time.monotonic() < deadline, log.read_text()
            assert process.poll() is None, log.read_text()
            time.sleep(0.2)
        yield
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=40)


def test_make_front_starts_both_and_ctrl_c_ends_both(project, tmp_path):
    api, front = free_port(), free_port()
    with make_front(project, tmp_path / "log.txt", api, front):
        pass
    assert is_free(api)
    assert is_free(front)


def test_make_front_uses_a_service_that_runs_already_and_leaves_it_running(project, tmp_path, serve):
    api, front, log = serve(), free_port(), tmp_path / "log.txt"
    with make_front(project, log, api.port, front):
        assert f"uses the service that already runs at 127.0.0.1:{api.port}" in log.read_text()
        assert "gunicorn" not in log.read_text()
    assert is_free(front)
    assert answers(f"http://127.0.0.1:{api.port}/health")
