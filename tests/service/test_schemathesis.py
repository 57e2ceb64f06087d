"""The OpenAPI document taken at its word: bodies good and bad against a real gunicorn."""

import subprocess
import sys
from pathlib import Path

# No schema describes the texts that are a table.
SETTINGS = """
[[operations]]
include-path = "/table"
checks.positive_data_acceptance.enabled = false
"""
CASES = 15  # a route and a phase; `--max-examples 200` by hand found nothing more


def test_schemathesis_finds_no_failure(sample_service, tmp_path):
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"http://127.0.0.1:{sample_service.port}/openapi.json",
        "--mode", "all", "--max-examples", str(CASES), "--seed", "1", "--no-color",
        "--generation-database", "none",
    ]  # fmt: skip
    (tmp_path / "schemathesis.toml").write_text(SETTINGS)
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stdout[-8000:]
    assert "failure" not in ended.stdout
    assert "passed" in ended.stdout
