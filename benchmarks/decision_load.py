"""Callers who ask a recording service for decisions, and the service, which can be killed and started again."""

import contextlib
import http.client
import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from benchmarks.machine import children
from benchmarks.serving import free_port

PROJECT = Path(__file__).resolve().parent.parent
CONNECTIONS = 16
WORKERS = 4
_ON_A_CONNECTION = 50  # requests; then a new connection is opened, so that no worker is left out for long
_PATIENCE = 120  # seconds that something may take to happen on a busy machine
_ID = re.compile(rb'"decision_id":"([^"]+)"')
_GONE = (OSError, http.client.HTTPException)


def wait_until(happens: Callable[[], bool], what: str) -> None:
    """Wait until something happens; raises TimeoutError, which names it."""
    deadline = time.monotonic() + _PATIENCE
    while not happens():
        if time.monotonic() > deadline:
            raise TimeoutError(f"did not happen within {_PATIENCE} s: {what}")
        time.sleep(0.02)


class Service:
    """The service under gunicorn; ``environment`` has its settings.

    Attributes
    ----------
    log : what all its processes have said.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port, self.log = free_port(), folder / "service.log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SCORING_")}
        self._environment = {**kept, "PORT": str(self.port), "WEB_CONCURRENCY": str(WORKERS), **environment}

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "gunicorn"]
            self.process = subprocess.Popen(command, cwd=PROJECT, env=self._environment, stdout=log, stderr=log)
        wait_until(self._answers, "a service that answers")

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise ChildProcessError(f"the service ended: {self.log.read_text(encoding='utf-8')[-2000:]}")
        with contextlib.suppress(*_GONE):
            return send(self.port, "GET", "/health/live").status == 200
        return False

    def kill(self) -> None:
        """Kill master and workers at the same moment."""
        for pid in (self.process.pid, *children(self.process.pid)):
            os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def kill_a_worker(self) -> None:
        """Kill one worker."""
        os.kill(random.choice(children(self.process.pid)), signal.SIGKILL)

    def reload(self) -> None:
        """Have the service load its model again."""
        self.process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """Let the service finish what it does, and end."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(_PATIENCE)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Answer(NamedTuple):
    """An answer that was received to its end."""

    status: int
    body: bytes
    headers: http.client.HTTPMessage


def send(port: int, method: str, path: str, body: bytes | None = None) -> Answer:
    """Ask once on a connection of its own."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        return _ask(connection, method, path, body)


def _ask(connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None) -> Answer:
    connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
    answer = connection.getresponse()
    return Answer(answer.status, answer.read(), answer.headers)


def applications(draw: random.Random, count: int) -> bytes:
    """Write a list of applications, no two alike."""
    drawn = [
        {
            "NAME_CONTRACT_TYPE": draw.choice(["Cash loans", "Revolving loans"]),
            "AMT_CREDIT": draw.randrange(50_000, 2_000_000, 500),
            "AMT_INCOME_TOTAL": draw.randrange(30_000, 500_000, 500),
            "AMT_ANNUITY": draw.randrange(5_000, 100_000, 500),
            "DAYS_BIRTH": -draw.randrange(8_000, 25_000),
            **{f"EXT_SOURCE_{number}": draw.choice([None, draw.random()]) for number in (1, 2, 3)},
        }
        for _ in range(count)
    ]
    return json.dumps({"applications": drawn}).encode()


class Callers:
    """Connections on which decisions are asked for until the block ends; nine in ten requests are lookups.

    A caller who loses a connection opens another one, and goes on.

    Attributes
    ----------
    ids : of the decisions that were answered.
    statuses : how often each status was answered.
    lost : requests that got no whole answer.
    longest : seconds that the slowest answer took, by status.
    took : seconds that each answer took.
    wrong : 503 without ``Retry-After``, and answers without an id.
    """

    def __init__(self, port: int, clients: Sequence[int], count: int = CONNECTIONS) -> None:
        self.ids: list[str] = []
        self.took: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.longest: dict[int, float] = {}
        self.lost = self.wrong = 0
        self._port, self._clients = port, clients
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._ask_on, args=(seed,), daemon=True) for seed in range(count)]

    def _requests(self, seed: int) -> Iterator[tuple[str, str, bytes | None]]:
        draw = random.Random(seed)
        for number in itertools.count():
            if number % 10:
                yield "GET", f"/predict/{draw.choice(self._clients)}", None
            else:
                yield "POST", "/predict", applications(draw, 2)

    def _ask_on(self, seed: int) -> None:
        connection, left = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60), _ON_A_CONNECTION
        for request in self._requests(seed):
            if self._stop.is_set():
                break
            begun = time.monotonic()
            try:
                answer = _ask(connection, *request)
            except _GONE:
                connection.close()
                with self._lock:
                    self.lost += 1
                time.sleep(0.05)
                continue
            self._note(answer, time.monotonic() - begun)
            left -= 1
            if not left:
                connection.close()
                left = _ON_A_CONNECTION
        connection.close()

    def _note(self, answer: Answer, seconds: float) -> None:
        found = [one.decode() for one in _ID.findall(answer.body)] if answer.status == 200 else []
        with self._lock:
            self.ids += found
            self.took.append(seconds)
            self.statuses[answer.status] += 1
            self.longest[answer.status] = max(seconds, self.longest.get(answer.status, 0.0))
            self.wrong += (answer.status == 200 and not found) or (
                answer.status == 503 and not answer.headers["Retry-After"]
            )

    def wait_for_more(self, count: int = 100) -> None:
        """Wait until so many further decisions were answered."""
        before = len(self.ids)
        wait_until(lambda: len(self.ids) >= before + count, f"{count} further decisions; statuses: {self.statuses}")

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def train_models(folder: Path) -> list[Path]:
    """Train three small models of two families; returns the folders of their files."""
    data = folder / "data"
    _run("synthesize", "--clients", "3000", "--out", str(data))
    made = []
    for name, chosen in {
        "first": ("--candidates", "scorecard"),
        "second": ("--candidates", "scorecard,lightgbm", "--force", "lightgbm"),
        "third": ("--candidates", "scorecard", "--seed", "7"),
    }.items():
        made.append(folder / name)
        few = ("--folds", "2", "--refits", "2", "--sample", "300", "--no-tracking")
        _run("train", "--data", str(data), "--out", str(made[-1]), *few, *chosen)
    return made


def _run(*arguments: str) -> None:
    command = [sys.executable, "-m", "scoring", *arguments]
    subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def chosen_model(models: Sequence[Path]) -> Iterator[tuple[Path, Callable[[Path], None]]]:
    """Give the path of a link to the first model, and what makes it a link to another one, in one step."""
    with tempfile.TemporaryDirectory() as folder:
        link, new = Path(folder) / "model", Path(folder) / "new"

        def choose(model: Path) -> None:
            new.symlink_to(model.absolute())
            new.replace(link)

        choose(models[0])
        yield link, choose
