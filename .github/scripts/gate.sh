#!/usr/bin/env bash
# The deployment gate: test.py in a fresh environment that holds the serving requirements and pytest, nothing else.
set -euo pipefail

cd "$(dirname "$0")/../.."
environment=$(mktemp -d)
trap 'rm -rf "$environment"' EXIT

# The same pytest as in development.
pytest=$(python3 -c '
import tomllib
with open("pyproject.toml", "rb") as file:
    development = tomllib.load(file)["project"]["optional-dependencies"]["dev"]
print(next(item for item in development if item.startswith("pytest==")))')

python3 -m venv "$environment"
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r requirements.txt "$pytest"
"$environment/bin/python" -m pytest test.py
