"""Run the notebooks from top to bottom and store their output: ``python notebook/execute.py``.

The files show nothing about the machine: no times, no paths, no progress bars.
"""

import base64
import io
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image, ImageChops

FOLDER = Path(__file__).resolve().parent
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
# One thread: with several threads the last digits differ. No progress bars: the files must not have them.
# The project's own folder on the path: tools is not an installed package.
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TQDM_DISABLE": "1",
    "PYTHONPATH": str(FOLDER.parent),
}
_LONGEST = 900  # seconds for one cell


def execute(notebook: nbformat.NotebookNode, folder: Path = FOLDER) -> nbformat.NotebookNode:
    """Run all cells in a fresh kernel that works in a folder; raises ``CellExecutionError`` at the first that fails."""
    client = NotebookClient(
        notebook, timeout=_LONGEST, kernel_name="python3", record_timing=False, extra_arguments=["--log-level=ERROR"]
    )
    client.execute(cwd=str(folder), env={**os.environ, **_ENVIRONMENT})
    return cleaned(notebook)


def cleaned(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Leave only what belongs to the notebook, whatever editor saved it."""
    notebook.metadata = nbformat.from_dict({"kernelspec": _KERNEL, "language_info": {"name": "python"}})
    for number, cell in enumerate(notebook.cells):
        cell.metadata, cell.id = nbformat.from_dict({}), f"cell-{number}"
        for output in cell.get("outputs", ()):
            if "metadata" in output:
                output.metadata = nbformat.from_dict({})
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = _smaller(output.data["image/png"])
    return notebook


def _smaller(picture: str) -> str:
    """Store a picture without colours as one: the same points in a third of the size."""
    shown = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
    grey = shown.convert("L")
    coloured = ImageChops.difference(shown, grey.convert("RGB")).getbbox() is not None
    stored = io.BytesIO()
    (shown if coloured else grey).save(stored, "PNG", optimize=True)
    return base64.b64encode(stored.getvalue()).decode()


def main() -> None:
    """Run the notebooks that are named, or all."""
    named = [Path(name) for name in sys.argv[1:]]
    for path in named or sorted(FOLDER.glob("*.ipynb")):
        nbformat.write(execute(nbformat.read(path, as_version=4)), path)


if __name__ == "__main__":
    main()
