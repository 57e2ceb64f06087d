"""``python -m scoring``."""

import sys

try:
    from scoring.cli import main
except ModuleNotFoundError as error:  # most often the system's Python, not the one of the project's environment
    if (error.name or "scoring").startswith("scoring"):
        raise
    sys.exit(
        f"Error: the package {error.name} is not installed for {sys.executable}\n"
        "Run make serve or make train once in the folder of the checkout, and there .venv/bin/python -m scoring"
    )

main()
