"""Real servers look clients up in a client file, whatever happens to it."""

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from scoring.storage.artefacts import read_manifest
from scoring.storage.clients.file.client_file_builder import write_client_file
from scoring.storage.clients.loading.client_source import ClientSource
from scoring.storage.clients.loading.stored_schema import StoredSchema
from tests.conftest import PROJECT, REQUIRED, eventually
from tests.postgres import MOST_SECONDS
from tests.service.test_clients_in_postgres import Asking, read


@pytest.fixture
def two_files(tmp_path):
    """Write two client files: each client has its own row in one, and its neighbour's in the other."""
    table = pd.read_csv(PROJECT / "df_sample.csv")
    others = table.assign(SK_ID_CURR=table["SK_ID_CURR"].to_numpy()[[*range(1, len(table)), 0]])
    files = [tmp_path / "own.bin", tmp_path / "others.bin"]
    schema = StoredSchema.from_manifest(read_manifest(PROJECT / "modele_retenu.json"))
    for frame, path in zip((table, others), files, strict=True):
        frame.to_parquet(tmp_path / "rows.parquet", index=False)
        source = ClientSource(schema, tmp_path / "rows.parquet", PROJECT / "applications_sample.csv")
        write_client_file(path, source, lambda _: None)
    return files


def serve_file(serve, file, tmp_path):
    """Serve a copy of a client file; gives the server and the copy."""
    served = tmp_path / "clients.bin"
    put(file, served)
    return serve(SCORING_CLIENTS=served, SCORING_OPEN=1), served


def put(file, served):
    """Put a copy of a file in the place of the one that is served, as an operator should."""
    shutil.copyfile(file, served.with_suffix(".new"))
    served.with_suffix(".new").replace(served)


def swap_under_load(serve, files, numbers, tmp_path, swaps):
    service, served = serve_file(serve, files[0], tmp_path)
    assert eventually(lambda: len(service.children()) == 2)
    workers = service.children()
    probabilities = [read(service, f"/predict/{number}")[2]["probability"] for number in numbers[:51]]
    own = dict(zip(numbers[1:], probabilities[1:], strict=False))
    neighbours = dict(zip(numbers[1:], probabilities[:50], strict=False))
    with Asking(service, numbers[1:51]) as asking:
        for turn in range(swaps):
            put(files[(turn + 1) % 2], served)
            expected = own if turn % 2 else neighbours

            def is_served(expected=expected):
                """Whether the last answers, of both workers, are from the new file."""
                last = asking.answers[-60:]
                return len(last) == 60 and all(
                    content["probability"] == expected[number] for number, _, _, content, _ in last
                )

            assert eventually(is_served)
    assert {answer[1] for answer in asking.answers} == {200}
    seen = {(number, content["probability"]) for number, _, _, content, _ in asking.answers}
    assert seen <= {*own.items(), *neighbours.items()}
    assert seen & own.items()
    assert seen & neighbours.items()
    assert service.children() == workers
    assert "Traceback" not in service.log.read_text()


def test_files_that_are_replaced_under_load_are_answered_from_one_or_the_other(serve, two_files, numbers, tmp_path):
    swap_under_load(serve, two_files, numbers, tmp_path, swaps=2)


@pytest.mark.drill
def test_a_hundred_files_that_are_replaced_under_load(serve, two_files, numbers, tmp_path):
    swap_under_load(serve, two_files, numbers, tmp_path, swaps=100)


def test_a_file_that_is_taken_away_and_put_back_under_load_is_a_503_in_time_and_no_restart(
    serve, two_files, numbers, tmp_path
):
    service, served = serve_file(serve, two_files[0], tmp_path)
    assert eventually(lambda: len(service.children()) == 2)
    workers = service.children()
    with Asking(service, numbers) as asking:
        assert asking.gets(200)
        served.rename(tmp_path / "away.bin")
        assert asking.gets(503)
        assert read(service, "/predict", REQUIRED)[0] == 200  # needs no client
        assert read(service, "/health/live")[0] == 200
        (tmp_path / "away.bin").rename(served)
        assert asking.gets(200)
    assert {answer[1] for answer in asking.answers} == {200, 503}
    refused = [answer for answer in asking.answers if answer[1] == 503]
    assert max(seconds for *_, seconds in refused) < MOST_SECONDS
    assert {content["type"] for *_, content, _ in refused} == {"urn:problem:clients-unavailable"}
    assert all(headers["Retry-After"] for _, _, headers, _, _ in refused)
    assert service.children() == workers


def test_a_file_that_is_damaged_in_place_ends_no_worker(serve, two_files, numbers, tmp_path):
    service, served = serve_file(serve, two_files[0], tmp_path)
    assert eventually(lambda: len(service.children()) == 2)
    workers = service.children()
    os.truncate(served, 6000)
    assert eventually(lambda: read(service, f"/predict/{numbers[-1]}")[0] == 503)
    put(two_files[0], served)
    assert eventually(lambda: read(service, f"/predict/{numbers[-1]}")[0] == 200)
    assert service.children() == workers
    assert "Traceback" not in service.log.read_text()


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_a_folder_or_a_pipe_in_the_place_of_the_file_does_not_stop_the_service(
    serve, two_files, numbers, tmp_path, make
):
    service, served = serve_file(serve, two_files[0], tmp_path)
    assert eventually(lambda: len(service.children()) == 2)
    former = served.rename(tmp_path / "former.bin")
    make(served)
    workers = service.children()
    said = f"{served}: cannot be read (it is a folder, a pipe or a device)"
    with Asking(service, numbers[:20]) as asking:
        assert eventually(lambda: service.log.read_text().count(said) == 2)  # once by each worker
    assert {answer[1] for answer in asking.answers} <= {200, 503}  # 503 where a worker saw nothing under the name
    former.rename(tmp_path / "back.bin")
    served.rmdir() if served.is_dir() else served.unlink()
    (tmp_path / "back.bin").rename(served)
    assert eventually(lambda: all(read(service, f"/predict/{numbers[0]}")[0] == 200 for _ in range(20)))
    assert service.children() == workers
    assert "Traceback" not in service.log.read_text()


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_a_start_with_a_folder_or_a_pipe_ends_with_one_message(serve, tmp_path, make):
    make(tmp_path / "clients.bin")
    with pytest.raises(AssertionError, match=r"clients\.bin") as raised:
        serve(SCORING_CLIENTS=tmp_path / "clients.bin", SCORING_OPEN=1)
    assert "Traceback" not in str(raised.value)


def test_a_start_with_a_damaged_file_ends_with_one_message(serve, two_files, tmp_path):
    content = bytearray(two_files[0].read_bytes())
    content[-9] ^= 1
    (tmp_path / "damaged.bin").write_bytes(content)
    with pytest.raises(AssertionError, match=r"damaged\.bin: its header is damaged") as raised:
        serve(SCORING_CLIENTS=tmp_path / "damaged.bin", SCORING_OPEN=1)
    assert "Traceback" not in str(raised.value)
