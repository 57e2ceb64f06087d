"""The OpenAPI document taken at its word: bodies good and bad against a real gunicorn."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

# No schema describes the texts that are a table.
SETTINGS = """
[[operations]]
include-path = "/table"
checks.positive_data_acceptance.enabled = false
"""
# Thousands of cases, each a field that is wrong in one way: the drill tries them.
MANY_CASES = "".join(
    f"""
[[operations]]
include-path = "{path}"
phases.coverage.enabled = false
"""
    for path in ("/predict", "/predict_proba", "/explain")
)


@pytest.fixture
def run_schemathesis(sample_service, tmp_path):
    """Lend the function that tries so many cases a route and a phase, and returns how many there were in all."""

    def run(cases, settings):
        command = [
            str(Path(sys.executable).with_name("schemathesis")),
            "run", f"http://127.0.0.1:{sample_service.port}/openapi.json",
            "--mode", "all", "--max-examples", str(cases), "--seed", "1", "--no-color", "--generation-database", "none",
        ]  # fmt: skip
        (tmp_path / "schemathesis.toml").write_text(settings)
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout[-8000:]
        assert "failure" not in ended.stdout
        return int(re.search(r"(\d+) generated, \1 passed", ended.stdout)[1])

    return run


def test_schemathesis_finds_no_failure(run_schemathesis):
    assert run_schemathesis(1, SETTINGS + MANY_CASES) > 100


@pytest.mark.drill
def test_schemathesis_finds_no_failure_in_any_body(run_schemathesis):
    assert run_schemathesis(60, SETTINGS) > 10_000
