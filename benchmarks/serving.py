"""Throughput of lookups and of posted applications, and time to the first answer; ``make bench``."""

import contextlib
import csv
import json
import os
import random
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.machine import write_result
from scoring.access.key_file import change_key_file, new_key

PROJECT = Path(__file__).resolve().parent.parent
OURS = "fonction_api_prediction:app"
ONE_SYNC_WORKER = ("--workers", "1", "--worker-class", "sync", "--threads", "1")
SERVICES = {
    "constant route": "benchmarks.routes:constant()",
    "this service": OURS,
    "pandas + scikit-learn per request": "benchmarks.routes:per_request()",
}
KEYS = {"without keys": "benchmarks.routes:without_keys()", "with keys": "benchmarks.routes:with_keys()"}
ROUNDS = 24
ROUNDS_A_START = 3
SECONDS = 1.0
CONNECTIONS = 4
STARTS = 15
IMPORTS = "import flask, pandas, sklearn.linear_model"


@contextlib.contextmanager
def serving(
    target: str = OURS, *options: str, decisions: str = "off", settings: Mapping[str, str] | None = None
) -> Iterator[tuple[int, int]]:
    """Run a service under gunicorn until the block ends; yields its port and the master's process id.

    Without options, our service runs as its configuration says.

    Parameters
    ----------
    decisions : where our service records decisions.
    settings : further variables of the environment.
    """
    port = free_port()
    process = start(target, port, *options, decisions=decisions, settings=settings)
    try:
        wait_for_answer(process, port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def start(
    target: str, port: int, *options: str, decisions: str = "off", settings: Mapping[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    """Start gunicorn, with our configuration where it is our service."""
    configuration = [] if target == OURS else ["--config", "/dev/null", "--no-control-socket"]
    threshold = json.loads((PROJECT / "modele_retenu.json").read_text(encoding="utf-8"))["threshold"]["value"]
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "",  # our modules are compiled once, as the installed libraries were
        "BENCH_THRESHOLD": str(threshold),
        "SCORING_DECISIONS": decisions,
        **(settings or {}),
    }
    command = [sys.executable, "-m", "gunicorn", *configuration, *options, "--bind", f"127.0.0.1:{port}", target]
    return subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def free_port() -> int:
    """Find a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(port: int, path: str) -> bytes:
    """Ask once on a connection of its own; gives the whole answer."""
    return ask(port, f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode())


def ask(port: int, request: bytes) -> bytes:
    """Send one request on a connection of its own; gives the whole answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while received := connection.recv(65536):
            answer += received
    return answer


def wait_for_answer(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until a lookup is answered; fails when the process ends first."""
    path = f"/predict/{client_numbers()[0]}"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"gunicorn ended with code {process.returncode}")
        with contextlib.suppress(OSError):
            if get(port, path).startswith((b"HTTP/1.1 200", b"HTTP/1.1 401")):  # with keys, it refuses this one
                return
        time.sleep(0.002)
    raise RuntimeError("no answer within 60 s")


def client_numbers() -> list[str]:
    """Client numbers of the bundled sample."""
    with (PROJECT / "df_sample.csv").open(encoding="utf-8", newline="") as file:
        return [row["SK_ID_CURR"] for row in csv.DictReader(file)]


def lookups(route: str = "predict", key: str = "") -> list[bytes]:
    """Write the requests for the decisions on the bundled sample."""
    sent = f"Authorization: Bearer {key}\r\n" if key else ""
    line = "GET /{}/{} HTTP/1.1\r\nHost: bench\r\n{}Connection: close\r\n\r\n"
    return [line.format(route, number, sent).encode() for number in client_numbers()]


def measure_keys() -> dict[str, list[float]]:
    """Throughput of lookups without keys, and with a key for many lookups and a limit that is never reached."""
    key, stored = new_key("benchmark", ["read"], bulk=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "keys.json"
        change_key_file(file, lambda keys: keys.replacing(None, stored))
        os.environ["BENCH_KEYS"] = str(file)
        return measure_throughput(KEYS, lookups(), lookups(key=key.reveal()))


def report_keys(rates: dict[str, list[float]]) -> str:
    """Write the table of keys and limits in Markdown."""
    without, with_keys = rates.values()
    return "\n".join(
        [
            "| `GET /predict/<client_id>` | answers a second | against the service without keys | goal |",
            "|---|---|---|---|",
            f"| without keys | {statistics.median(without):.0f} | | |",
            (
                f"| a key checked, rate and walk counted | {statistics.median(with_keys):.0f} | "
                f"{ratio(with_keys, without)} | >= 0.92 |"
            ),
            "",
        ]
    )


def throughput(port: int, requests: list[bytes], seconds: float = SECONDS, connections: int = CONNECTIONS) -> float:
    """Answers a second over a few connections at once; every answer must be a 200.

    The client never sleeps, because waking it would count as the service's time. It has one thread, because several
    threads wait for each other and send late.
    """
    draw = random.Random(0)  # the same clients for every service
    counted, begun = 0, time.perf_counter()
    with selectors.DefaultSelector() as waiting:
        for _ in range(connections):
            waiting.register(_sent(port, draw.choice(requests)), selectors.EVENT_READ, bytearray())
        while time.perf_counter() < begun + seconds:
            for key, _ in waiting.select(timeout=0):
                connection: socket.socket = key.fileobj  # type: ignore[assignment]
                if received := connection.recv(65536):
                    key.data.extend(received)
                    continue
                waiting.unregister(connection)
                connection.close()
                waiting.register(_sent(port, draw.choice(requests)), selectors.EVENT_READ, bytearray())
                if not key.data.startswith(b"HTTP/1.1 200"):
                    raise RuntimeError("an answer was not 200")
                counted += 1
        took = time.perf_counter() - begun
        for key in list(waiting.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
    return counted / took


def _sent(port: int, request: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(request)
    return connection


def measure_throughput(services: dict[str, str], *requests: list[bytes]) -> dict[str, list[float]]:
    """Measure all services in turn, round after round, so that changes of the machine's speed affect all of them.

    They are restarted several times, because the place of a process in memory can make it up to 10 % faster.

    Parameters
    ----------
    requests : of each service, or of all of them.
    """
    asked = dict(zip(services, requests if len(requests) > 1 else len(services) * requests, strict=True))
    results: dict[str, list[float]] = {name: [] for name in services}
    for begun in range(0, ROUNDS, ROUNDS_A_START):
        with contextlib.ExitStack() as stack:
            ports = {name: stack.enter_context(serving(one, *ONE_SYNC_WORKER))[0] for name, one in services.items()}
            for name, port in ports.items():
                throughput(port, asked[name])  # warm up
            for turn in range(begun, begun + ROUNDS_A_START):
                print(f"\rthroughput: round {turn + 1} of {ROUNDS}", end="", file=sys.stderr, flush=True)
                for name, port in ports.items():
                    results[name].append(throughput(port, asked[name]))
    print(file=sys.stderr)
    return results


def measure_start() -> dict[str, list[float]]:
    """Seconds from starting gunicorn to its first decision, and of the three imports alone."""
    results: dict[str, list[float]] = {"imports alone": [], "start to first answer": []}
    for turn in range(STARTS + 1):
        print(f"\rstart: round {turn} of {STARTS}", end="", file=sys.stderr, flush=True)
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", IMPORTS], check=True)
        imported = time.perf_counter() - begun
        port = free_port()
        begun = time.perf_counter()
        process = start(OURS, port, *ONE_SYNC_WORKER)
        try:
            wait_for_answer(process, port)
            answered = time.perf_counter() - begun
        finally:
            process.terminate()
            process.wait()
        if turn:  # the first fills the disk cache
            results["imports alone"].append(imported)
            results["start to first answer"].append(answered)
    print(file=sys.stderr)
    return results


def ratio(over: list[float], under: list[float]) -> str:
    """Median and quartiles of the ratio within each round."""
    ratios = [a / b for a, b in zip(over, under, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def report(rates: dict[str, list[float]], starts: dict[str, list[float]]) -> str:
    """Write both tables in Markdown."""
    ours = rates["this service"]
    lines = [
        f"Median of {ROUNDS} interleaved rounds of {SECONDS:g} s, {ROUNDS // ROUNDS_A_START} starts.",
        f"One sync worker, {CONNECTIONS} connections.",
        "Ratios are taken within each round (quartiles in brackets).",
        "",
        "| `GET /predict/<client_id>` | answers a second | this service against it | goal |",
        "|---|---|---|---|",
    ]
    goals = {"constant route": ">= 0.85", "this service": "", "pandas + scikit-learn per request": ">= 15"}
    for name, measured in rates.items():
        against = ratio(ours, measured) if goals[name] else ""
        lines.append(f"| {name} | {statistics.median(measured):.0f} | {against} | {goals[name]} |")
    imports, first = starts["imports alone"], starts["start to first answer"]
    lines += [
        "",
        f"Median of {STARTS} interleaved starts.",
        "",
        "| Start | seconds | against imports alone | goal |",
        "|---|---|---|---|",
        f"| `{IMPORTS}` | {statistics.median(imports):.2f} | | |",
        f"| gunicorn to the first decision | {statistics.median(first):.2f} | {ratio(first, imports)} | <= 1.2 |",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print and write the dated table."""
    from benchmarks import posts, recorded, shadow  # they import this module

    posts.check_agreement()
    body = report(measure_throughput(SERVICES, lookups()), measure_start())
    body += "\n" + posts.report(measure_throughput(posts.SERVICES, posts.requests()))
    body += "\n" + report_keys(measure_keys())
    body += "\n" + recorded.report(recorded.measure())
    body += "\n" + shadow.report(shadow.measure())
    path = write_result("serving", "make bench", body)
    print(f"{body}\nwritten: {path.relative_to(PROJECT)}")


if __name__ == "__main__":
    main()
