import json
import shutil
import signal
import socket
import subprocess

from tests.conftest import eventually, is_running


def test_a_lookup_is_answered_with_the_decision(sample_service, numbers):
    service = sample_service
    status, body = service.get(f"/predict/{numbers[0]}")
    assert status == 200
    assert json.loads(body)["client_id"] == numbers[0]
    assert service.get("/predict/999999")[0] == 404
    assert service.get("/health/ready")[0] == 200


def test_it_runs_from_a_folder_of_any_name_and_a_copy_of_the_files(tmp_path, project, serve, numbers):
    copy = tmp_path / "crédit à l'essai 2"
    ignored = shutil.ignore_patterns(".venv", ".git", "build", "tests", "docs", ".*_cache", "node_modules")
    shutil.copytree(project, copy, ignore=ignored)
    assert serve(cwd=copy).get(f"/predict/{numbers[-1]}")[0] == 200


def test_workers_end_when_their_master_is_killed_while_callers_are_sending(serve):
    service = serve()
    assert eventually(lambda: len(service.children()) == 2)
    workers = service.children()
    begun = (b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n{", b"GET / HT", b"")
    callers = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(24)]
    for caller, sent in zip(callers, begun * 8, strict=True):
        caller.sendall(sent)
    service.process.kill()
    service.process.wait()
    assert eventually(lambda: not any(map(is_running, workers)))
    for caller in callers:
        caller.close()


def test_make_serve_prints_an_address_to_click(project, tmp_path):
    from tests.conftest import Running, clean_environment, free_port

    port = free_port()
    log = tmp_path / "log"
    with log.open("w") as file:
        process = subprocess.Popen(
            ["make", "serve"], cwd=project, env=clean_environment(GUNICORN_CMD_ARGS=f"--bind 127.0.0.1:{port}"),
            stderr=file, stdout=file, start_new_session=True,
        )  # fmt: skip
        try:
            Running(process, port, log).wait()
        finally:
            import os

            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=30)
    assert f"http://127.0.0.1:{port}/" in log.read_text()


def test_a_body_past_eight_mebibytes_is_told_so(sample_service):
    import http.client

    service = sample_service
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    connection.request("POST", "/predict", b" " * (9 * 2**20), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["status"]) == (413, 413)
    connection.close()
    assert service.get("/health/live")[0] == 200


def test_a_body_sent_in_pieces_is_read_and_bounded_too(sample_service):
    import http.client

    service = sample_service
    body = json.dumps({"data": [[0.0]]}).encode()
    for pieces, status in ([body[:5], body[5:]], 422), ([b" " * 2**20] * 9, 413):
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
        connection.request("POST", "/predict", iter(pieces), {"Content-Type": "application/json"}, encode_chunked=True)
        assert connection.getresponse().status == status
        connection.close()
