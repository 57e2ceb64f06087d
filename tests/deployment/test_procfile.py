import csv
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.deployment.conftest import copy_project

DEADLINE = 60  # seconds
SERVED = ["Procfile", "*.py", "*.csv", "*.pkl", "*.json", "scoring", ".github/scripts/smoke.sh"]


@pytest.fixture
def deployed(tmp_path):
    """What a platform gets: the files that serve, in a folder of their own."""
    return copy_project(SERVED, tmp_path / "app")


@pytest.fixture
def service(deployed, environment, free_port, tmp_path):
    """The Procfile run by honcho as a platform would, with PORT set; gives the service's address."""
    log = tmp_path / "log.txt"
    honcho = Path(sys.executable).with_name("honcho")
    settings = {"PORT": str(free_port), "WEB_CONCURRENCY": "1"}
    with log.open("w") as output:
        process = subprocess.Popen(
            [honcho, "start"],
            cwd=deployed,
            env=environment | settings,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{free_port}"
    try:
        wait_until_healthy(address, process, log)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_healthy(address, process, log):
    last = None
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the service ended with code {process.returncode}:\n{log.read_text()}")
        try:
            last = get(f"{address}/health")
        except OSError as error:
            last = error
        else:
            if last[0] == 200:
                return
        time.sleep(0.1)
    pytest.fail(f"not healthy in {DEADLINE} s; the last answer was {last}\n{log.read_text()}")


def get(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as answer:
            return answer.status, answer.headers.get_content_type(), json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get_content_type(), json.load(error)


def first_client(folder):
    with (folder / "df_sample.csv").open(encoding="utf-8", newline="") as file:
        return next(csv.DictReader(file))["SK_ID_CURR"]


def test_the_procfile_has_one_line_that_serves_the_flask_module(root):
    procfile = (root / "Procfile").read_text(encoding="utf-8")
    assert procfile == "web: gunicorn fonction_api_prediction:app\n"


def test_what_the_procfile_starts_answers_on_the_given_port_and_passes_the_smoke_test(service, deployed, run):
    number = first_client(deployed)
    status, content_type, decision = get(f"{service}/predict/{number}")
    assert (status, content_type) == (200, "application/json")
    assert decision["client_id"] == int(number)
    assert 0 <= decision["probability"] <= 1
    assert decision["decision"] == ("REFUSED" if decision["probability"] >= decision["threshold"] else "ACCEPTED")

    outcome = run(deployed / ".github" / "scripts" / "smoke.sh", service, cwd=deployed.parent)
    assert outcome.returncode == 0, outcome.stderr
    assert f"client {number} is {decision['decision']}, client 999999 is unknown" in outcome.stdout
