"""Run the deployment scripts as a workflow would, and answer them from small real HTTP servers."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_NOT_INHERITED = ("CI", "GIT_", "GITHUB_", "HEROKU_", "NO_SKIPS", "PORT", "SCORING_", "SMOKE_", "WEB_CONCURRENCY")


@pytest.fixture
def root() -> Path:
    return ROOT


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    """Environment without this run's own settings or credentials, with this Python first."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}
    home = tmp_path / "home"
    home.mkdir()
    return inherited | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


@pytest.fixture
def run(environment) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run_script(
        script: str | Path, *arguments: str | Path, cwd: Path = ROOT, timeout: float = 120, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        path = script if isinstance(script, Path) else ROOT / ".github" / "scripts" / script
        return subprocess.run(
            [shutil.which("bash"), path, *arguments],
            cwd=cwd,
            env=environment | settings,
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
        )

    return run_script


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class QuietHandler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def answer(self, status: int, content_type: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def quiet_handler() -> type[QuietHandler]:
    return QuietHandler


@pytest.fixture
def serving() -> Callable[[type[BaseHTTPRequestHandler]], object]:
    @contextmanager
    def serve(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    return serve
