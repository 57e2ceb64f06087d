"""Run the deployment scripts as a workflow would."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import free_port as find_free_port

ROOT = Path(__file__).resolve().parents[2]
_NOT_INHERITED = ("CI", "GIT_", "GITHUB_", "HEROKU_", "NO_SKIPS", "PORT", "SCORING_", "SMOKE_", "WEB_CONCURRENCY")


@pytest.fixture
def root() -> Path:
    return ROOT


def copy_project(patterns: list[str], folder: Path) -> Path:
    """Copy the project's files and folders that match the patterns; returns the copy."""
    for pattern in patterns:
        for path in ROOT.glob(pattern):
            target = folder / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                shutil.copytree(path, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(path, target)
    return folder


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
    return find_free_port()


@pytest.fixture
def git(environment):
    names = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org"}
    names |= {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org"}

    def run_git(folder, *arguments):
        command = ["git", "-C", folder, *arguments]
        done = subprocess.run(command, env=environment | names, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    return run_git


@pytest.fixture
def checkout(tmp_path, git):
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=feature")
    (folder / "file.txt").write_text("first", encoding="utf-8")
    git(folder, "add", "file.txt")
    git(folder, "commit", "--quiet", "--message", "first")
    return folder


@pytest.fixture
def remote(tmp_path, git):
    folder = tmp_path / "remotes" / "scoring-example.git"
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main")
    return folder
