"""Run commands in the tests' own process: starting one and importing what it needs takes longer than most commands."""

import contextlib
import io
import os
import sys
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest

from scoring.cli import main


class Ended(NamedTuple):
    """What a command of a process of its own would have left."""

    returncode: int
    stdout: str
    stderr: str


def run_command(*arguments: object, cwd: Path, environment: dict[str, str] | None = None) -> Ended:
    """Run a command in a folder, with the environment of the tests or another one."""
    printed, said = io.StringIO(), io.StringIO()
    variables = os.environ if environment is None else environment
    with (
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(said),
        mock.patch.dict(os.environ, dict(variables), clear=True),
        mock.patch.object(sys, "argv", ["scoring", *map(str, arguments)]),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    code = ended.value.code
    if isinstance(code, str):
        return Ended(1, printed.getvalue(), f"{said.getvalue()}{code}\n")
    return Ended(int(code or 0), printed.getvalue(), said.getvalue())


def short_training(*given: object) -> list[str]:
    """Return the options of a short training, with those that are given added, or in their place."""
    short = {"--candidates": "scorecard", "--folds": "3", "--refits": "2", "--sample": "40"}
    rest = [text for name, value in short.items() if name not in given for text in (name, value)]
    return [*rest, "--no-tracking", *map(str, given)]
