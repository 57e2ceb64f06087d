"""A reload takes artefacts that can be served and refuses all others, whatever they do; the service goes on."""

import os
import pickle
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from tests.conftest import copy_published, eventually, is_running, start_gunicorn
from tests.service.damage import DAMAGED, DEADLY, SCALER, write
from tests.service.reloads import REFUSED, reload, version

RELOADED_AS_WELL = [
    "no coefficients",
    "no golden records",
    "a pickle that ends",
    "a pickle that is interrupted",
    "a probability that is no number",
]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A service whose artefacts the tests change; no process of it may take much memory."""
    root = tmp_path_factory.mktemp("reload")
    folder = root / "artefacts"
    folder.mkdir()
    copy_published(folder)
    running = start_gunicorn(
        root, most_memory=3 * 2**30, WEB_CONCURRENCY=1, SCORING_ARTEFACTS=folder, SCORING_LOAD_SECONDS=15
    )
    running.folder = folder
    yield running
    running.stop()


# These take long, or take the way of another; test_start has all damaged files.
FOR_THE_DRILL = {"a pickle that cannot be interrupted", "no golden records", "a probability that is no number"}
NAMES = [
    pytest.param(name, marks=pytest.mark.drill if name in FOR_THE_DRILL else ())
    for name in (*RELOADED_AS_WELL, *DEADLY)
]


@pytest.mark.parametrize("name", NAMES)
def test_a_reload_is_refused_with_one_message_and_the_service_continues(service, numbers, name):
    if name == "a pickle that takes all memory" and sys.platform != "linux":
        pytest.skip("only Linux bounds a process's memory")
    damage, message = {**DAMAGED, **DEADLY}[name]
    copy_published(service.folder)
    served = version(service)
    damage(service.folder)
    said = reload(service, REFUSED)
    assert said.count(REFUSED) == 1
    assert message in said
    assert "Traceback" not in said
    assert {version(service) for _ in range(10)} == {served}
    assert service.get(f"/predict/{numbers[0]}")[0] == 200


def test_artefacts_that_can_be_served_are_taken_after_refused_ones(service, numbers):
    copy_published(service.folder)
    served = version(service)
    DAMAGED["no coefficients"][0](service.folder)
    assert REFUSED in reload(service, REFUSED)
    copy_published(service.folder)
    scaler = pickle.loads((service.folder / SCALER).read_bytes())
    write(service.folder, SCALER, pickle.dumps(scaler, protocol=4))  # the same scaler in other bytes
    assert REFUSED not in reload(service, "Booting worker")
    assert eventually(lambda: served not in {version(service) for _ in range(10)})
    assert service.get(f"/predict/{numbers[0]}")[0] == 200


def test_files_that_the_manifest_does_not_list_are_not_taken(service):
    copy_published(service.folder)
    served = version(service)
    scaler = pickle.loads((service.folder / SCALER).read_bytes())
    (service.folder / SCALER).write_bytes(pickle.dumps(scaler, protocol=4))
    assert "scaler.pkl has sha256" in reload(service, REFUSED)
    assert {version(service) for _ in range(10)} == {served}


def resident_memory(pid):
    listed = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
    return int(listed) * 1024


@pytest.mark.drill
def test_memory_levels_off_after_the_first_reload(tmp_path, project, serve):
    few = pd.read_csv(project / "df_sample.csv")
    many = few.loc[np.arange(50_000) % len(few)].assign(SK_ID_CURR=np.arange(100_000, 150_000))
    many.to_parquet(tmp_path / "clients.parquet", index=False)
    clients = {"SCORING_CLIENTS": tmp_path / "clients.parquet", "SCORING_OPEN": 1}
    running = serve(WEB_CONCURRENCY=1, **clients)
    after = []
    for count in range(1, 5):
        running.process.send_signal(signal.SIGHUP)
        assert eventually(lambda count=count: running.log.read_text().count("Booting worker") == count + 1)
        after.append(resident_memory(running.process.pid))
    one_table = many.drop(columns=["SK_ID_CURR", "TARGET"]).size * 8
    # The C library may keep freed memory once. A model that is not freed would add its table at each of three reloads.
    assert after[3] - after[0] < 2 * one_table, [f"{size / 2**20:.0f} MiB" for size in after]


@pytest.fixture
def waiting_reload(tmp_path, folder):
    """A service of one worker while it tries artefacts that never end."""
    running = start_gunicorn(tmp_path, SCORING_ARTEFACTS=folder, SCORING_LOAD_SECONDS=600, WEB_CONCURRENCY=1)
    DEADLY["a pickle that never ends"][0](folder)
    running.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: len(running.children()) == 2)
    yield running
    running.stop()


def test_a_service_that_is_stopped_gives_up_a_reload(waiting_reload):
    waiting_reload.stop()  # within 30 seconds
    assert waiting_reload.process.returncode == 0
    assert "was not finished: the service is being stopped" in waiting_reload.log.read_text(encoding="utf-8")


def test_a_worker_that_ends_during_a_reload_is_replaced(waiting_reload):
    worker = min(waiting_reload.children())
    os.kill(worker, signal.SIGKILL)
    assert eventually(lambda: len(set(waiting_reload.children()) - {worker}) == 2)
    waiting_reload.wait()


def test_the_process_that_tries_artefacts_ends_with_its_master(waiting_reload):
    children = waiting_reload.children()
    waiting_reload.process.kill()
    waiting_reload.process.wait()
    assert eventually(lambda: not any(map(is_running, children)))
