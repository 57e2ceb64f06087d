"""Write the files of a Hugging Face Space into an empty folder: ``python -m tools.images.space FOLDER``."""

import shutil
import sys
from pathlib import Path

from tools.images.context import copy_context

PROJECT = Path(__file__).resolve().parents[2]
SPACE = PROJECT / "deploy" / "huggingface"


def make_space(folder: Path) -> None:
    """Write what the image is built from, the Dockerfile with the settings of a Space, and the Space's page.

    Raises
    ------
    SystemExit
        If the folder is not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        sys.exit(f"{folder} is not empty\nName a new folder.")
    copy_context(PROJECT, folder)
    shutil.copy(PROJECT / ".dockerignore", folder)
    shutil.copy(SPACE / "README.md", folder)
    files = (PROJECT / "Dockerfile", SPACE / "Dockerfile.end")
    (folder / "Dockerfile").write_text("\n".join(file.read_text(encoding="utf-8") for file in files), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tools.images.space FOLDER")
    make_space(Path(sys.argv[1]))
