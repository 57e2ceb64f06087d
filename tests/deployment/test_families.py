"""Champions of families that need further packages are served and deployed by what the message and the docs say."""

import json
import os
import pickle
import re
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from tests.conftest import Running
from tests.deployment.conftest import copy_project

COPIED = [
    *("*.py", "scoring", "tools", ".github/scripts/gate.sh", "requirements.txt", "requirements", "pyproject.toml"),
    "Makefile",
]
NEEDED = {
    "lightgbm": ["lightgbm"],
    "xgboost": ["xgboost-cpu"],
    "catboost": ["catboost"],
    "blend": ["lightgbm", "xgboost-cpu", "catboost"],
}
MISSING = re.compile(
    r"the model needs packages that are not installed: .+\nInstall them: (.+)\n"
    r"For a deployment, add to requirements.txt: (.+) \("
)

pytestmark = pytest.mark.drill


@pytest.fixture(scope="module")
def clients(tmp_path_factory):
    """Synthetic clients to train on."""
    folder = tmp_path_factory.mktemp("clients")
    execute("synthesize", "--clients", "3000", "--out", str(folder))
    return folder


def execute(*arguments):
    subprocess.run([sys.executable, "-m", "scoring", *arguments], check=True)


@pytest.fixture
def published(tmp_path, clients, request):
    """A copy of the project whose published model is of the family that the test names."""
    folder = copy_project(COPIED, tmp_path / "project")
    few = ["--folds", "2", "--refits", "2", "--sample", "50", "--no-tracking"]
    chosen = ["--candidates", f"scorecard,{request.param}", "--force", request.param]
    execute("train", "--data", str(clients), "--out", str(folder), *few, *chosen)
    return folder


def missing_packages(said):
    """Take the lines for requirements.txt and the command out of a message."""
    found = MISSING.search(re.sub("^E +", "", said, flags=re.MULTILINE))  # pytest marks errors
    assert found, said
    return found[2].split(", "), found[1]


def serve(folder, environment, free_port, log):
    with log.open("w") as file:
        return subprocess.Popen(
            ["make", "serve"], cwd=folder, env={**environment, "PORT": str(free_port), "WEB_CONCURRENCY": "2"},
            stdout=file, stderr=file, start_new_session=True,
        )  # fmt: skip


@pytest.mark.parametrize("published", NEEDED, indirect=True)
def test_make_serve_names_the_packages_and_serves_once_they_are_installed(
    published, environment, free_port, tmp_path, request
):
    log = tmp_path / "log.txt"
    assert serve(published, environment, free_port, log).wait(timeout=600) != 0
    lines, command = missing_packages(log.read_text())
    needed = NEEDED[request.node.callspec.params["published"]]
    assert lines == [f"-r requirements/{name.removesuffix('-cpu')}.txt" for name in needed]
    assert [word.partition("==")[0] for word in command.split() if "==" in word] == needed
    subprocess.run(command.split(), env=environment, check=True)

    process = serve(published, environment, free_port, log)
    service = Running(process, free_port, log)
    try:
        service.wait()
        table = pd.read_csv(published / "df_sample.csv")
        manifest = json.loads((published / "modele_retenu.json").read_text(encoding="utf-8"))
        scaler, model = (pickle.loads((published / name).read_bytes()) for name in ("scaler.pkl", "modele_retenu.pkl"))
        own = model.predict_proba(scaler.transform(table[manifest["features"]]))[:, 1]
        decisions = [json.loads(service.get(f"/predict/{number}")[1]) for number in table["SK_ID_CURR"]]
        np.testing.assert_allclose([one["probability"] for one in decisions], own, rtol=0, atol=1e-12)
        assert service.get(f"/explain/{table['SK_ID_CURR'][0]}")[0] == 200
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)


@pytest.mark.parametrize("published", ["blend"], indirect=True)
def test_the_gate_opens_once_the_lines_are_in_the_requirements(published, run):
    script = published / ".github" / "scripts" / "gate.sh"
    outcome = run(script, cwd=published, timeout=900)
    assert outcome.returncode != 0
    lines, _ = missing_packages(outcome.stdout + outcome.stderr)
    requirements = published / "requirements.txt"
    requirements.write_text("\n".join([requirements.read_text(encoding="utf-8"), *lines, ""]), encoding="utf-8")
    outcome = run(script, cwd=published, timeout=900)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert " passed" in outcome.stdout
