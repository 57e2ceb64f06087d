#!/usr/bin/env bash
# The deployment gate: test.py in a fresh environment that holds the serving requirements and pytest, nothing else.
set -euo pipefail

cd "$(dirname "$0")/../.."
environment=$(mktemp -d)
trap 'rm -rf "$environment"' EXIT

python3 -m venv "$environment"
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
    -r requirements.txt -r requirements/gate.txt
"$environment/bin/python" -m pytest test.py
