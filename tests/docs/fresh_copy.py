"""Make a copy of the project as somebody has it who has just cloned and installed it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import PROJECT


def copy_project(folder: Path) -> None:
    """Copy the files that git would keep, with an environment in which all is installed already."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout
    for name in listed.split("\0"):
        if name and not name.startswith(".venv") and (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, folder / name)
    here, there = folder / ".venv", Path(sys.prefix)
    here.mkdir()
    for name in ("bin", "lib", "lib64", "include", "share", "etc", "pyvenv.cfg"):
        if (there / name).exists():
            (here / name).symlink_to(there / name)
    for stamp in re.findall(r"\$\(VENV\)/(\.[a-z]+)", (folder / "Makefile").read_text(encoding="utf-8")):
        (here / stamp).touch()
