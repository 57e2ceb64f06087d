"""PostgreSQL goes and comes back while its clients are looked up; ``python -m benchmarks.client_outages``. Linux only.

``[--clients 10000000] [--times 3] [--scratch FOLDER]``: real gunicorn with two workers, and connections that ask
without a pause for clients at random. The database is stopped, killed and made to hang. Each answer has to be the
client's own, or 503 with ``Retry-After``, in time; no worker may end. Exit code 1 if a promise was not kept.
"""

import argparse
import contextlib
import http.client
import json
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import psycopg

from benchmarks import client_store, client_store_postgres
from benchmarks.decision_load import Service, applications, send, wait_until
from benchmarks.machine import children, write_result

if TYPE_CHECKING:
    from numpy.typing import NDArray

CALLERS = 8
AWAY_SECONDS = 3.0
REFUSED_WITHIN = 3.0  # seconds; two, on a machine that is free
SETTINGS = {"SCORING_DECISIONS": "off", "SCORING_OPEN": "1", "WEB_CONCURRENCY": "2"}
COLUMNS = (
    "The database", "times", "clients answered", "refused (503)", "other answers, wrong ones", "slowest refusal, s",
    "first refusal after, s", "answers again after, s",
)  # fmt: skip


class Callers:
    """Connections on which clients are looked up until the block ends.

    Attributes
    ----------
    counts : answers that were right, refused or wrong.
    slowest : seconds that the slowest refusal took.
    wrong : some answers that should not be.
    """

    def __init__(self, port: int, expected: Sequence[float], rows: "NDArray[Any]") -> None:
        self.counts: Counter[str] = Counter()
        self.slowest, self.wrong = 0.0, list[str]()
        self._port, self._expected, self._rows = port, expected, rows
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._ask_on, args=(seed,), daemon=True) for seed in range(CALLERS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, kind: str, more: int = 20) -> float:
        """Wait for further answers of a kind; returns the seconds until the first of them."""
        begun, before = time.monotonic(), self.counts[kind]
        wait_until(lambda: self.counts[kind] > before, f"an answer that is {kind}; {self.counts}")
        first = time.monotonic() - begun
        wait_until(lambda: self.counts[kind] > before + more, f"{more} answers that are {kind}; {self.counts}")
        return first

    def _ask_on(self, seed: int) -> None:
        draw = random.Random(seed)
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)) as connection:
            while not self._ended.is_set():
                self._ask(connection, draw.randrange(len(self._rows)))

    def _ask(self, connection: http.client.HTTPConnection, place: int) -> None:
        begun = time.monotonic()
        try:
            connection.request("GET", f"/predict/{client_store.FIRST + place}")
            answer = connection.getresponse()
            status, content = answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            status, content = 0, {"lost": repr(error)}
        with self._lock:
            if status == 200 and content["probability"] == self._expected[self._rows[place]]:
                self.counts["right"] += 1
            elif status == 503 and answer.headers["Retry-After"]:
                self.counts["refused"] += 1
                self.slowest = max(self.slowest, time.monotonic() - begun)
            else:
                self.counts["wrong"] += 1
                self.wrong.append(f"client {client_store.FIRST + place}: {status} {content}"[:300])
        if status != 200:
            time.sleep(0.01)


class Outage(NamedTuple):
    """What happened while the database was away, some times in the same way."""

    name: str
    times: int
    counts: Counter[str]
    slowest: float
    first_refusal: float
    back: float

    def row(self) -> str:
        """Give the row of the table."""
        counted = [f"{self.counts[kind]:,}" for kind in ("right", "refused", "wrong")]
        seconds = [f"{one:.2f}" for one in (self.slowest, self.first_refusal, self.back)]
        return f"| {' | '.join([self.name, str(self.times), *counted, *seconds])} |\n"


def suffer(
    name: str, service: Service, callers: Callers, times: int, go: Callable[[], Any], come: Callable[[], Any]
) -> Outage:
    """Take the database away and bring it back, some times."""
    before, first_refusal, back = callers.counts.copy(), 0.0, 0.0
    callers.slowest = 0.0
    for turn in range(times):
        print(f"\r{name}: {turn + 1} of {times}   ", end="", file=sys.stderr, flush=True)
        callers.wait_for("right", 500)
        go()
        first_refusal = max(first_refusal, callers.wait_for("refused"))
        time.sleep(AWAY_SECONDS)  # callers go on asking
        status = send(service.port, "POST", "/predict", applications(random.Random(turn), 1)).status
        if status != 200:
            callers.wrong.append(f"{name}: POST /predict, which needs no client, was answered with {status}")
        come()
        back = max(back, callers.wait_for("right"))
    print(file=sys.stderr)
    return Outage(name, times, callers.counts - before, callers.slowest, first_refusal, back)


def expected_answers(folder: Path) -> list[float]:
    """Ask for the probabilities of the bundled clients, in the order of their table."""
    with Service(folder, **SETTINGS) as service:
        answers = [send(service.port, "GET", f"/predict/{one}").body for one in client_store.bundled_numbers()]
    return [json.loads(answer)["probability"] for answer in answers]


def measure(count: int, times: int, scratch: Path) -> tuple[str, list[str]]:
    """Load clients and take the database away in each way; gives the table, and the promises that were not kept."""
    import numpy as np

    table, expected = scratch / "clients.parquet", expected_answers(scratch)
    client_store.write_parquet(table, count)
    rows = np.concatenate([one.astype(np.uint16) for one in client_store.drawn_rows(count, len(expected))])
    with ExitStack() as stack:
        server = stack.enter_context(client_store_postgres.running(scratch))
        print("loading", file=sys.stderr)
        client_store.run("--load", str(table), server.url)
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CHECKPOINT")  # else a killed server replays the load
        own = {"SCORING_CLIENTS": server.url, "SCORING_CLIENT_ID_DIGITS": client_store.DIGITS}
        service = stack.enter_context(Service(scratch, **SETTINGS, **own))
        wait_until(lambda: len(children(service.process.pid)) == 2, "two workers")
        workers, postgres = set(children(service.process.pid)), server.postgres
        callers = stack.enter_context(Callers(service.port, expected, rows))
        ways: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
            "is stopped and started": (postgres.stop, postgres.start),
            "is killed and started": (postgres.kill, postgres.start),
            "hangs": (lambda: postgres.send(signal.SIGSTOP), lambda: postgres.send(signal.SIGCONT)),
        }
        outages = [suffer(name, service, callers, times, *how) for name, how in ways.items()]
        broken = list(callers.wrong)
        broken += [f"{one.name}: a refusal took {one.slowest:.1f} s" for one in outages if one.slowest > REFUSED_WITHIN]
        broken += [] if set(children(service.process.pid)) == workers else ["a worker ended"]
        broken += ["the log has a traceback"] if "Traceback" in service.log.read_text(encoding="utf-8") else []
    heading = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|\n"
    body = (
        f"{count:,} clients, {CALLERS} connections that ask without a pause for clients at random, two workers. Each "
        "answer is compared with that of the bundled client of which the client is a copy. The database is away for "
        f"{AWAY_SECONDS:g} s and the time that it takes to start. {'A' if 'a worker ended' in broken else 'No'} worker "
        f"ended.\n\n{heading}{''.join(one.row() for one in outages)}"
    )
    return body, broken


def main() -> None:
    """Measure, print and write the dated table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=client_store.CLIENTS)
    parser.add_argument("--times", type=int, default=3, help="Of each kind.")
    parser.add_argument("--scratch", type=Path, help="Folder for some GB.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.scratch) as scratch:
        body, broken = measure(given.clients, given.times, Path(scratch))
    command = f"python -m benchmarks.client_outages --clients {given.clients} --times {given.times}"
    path = write_result("client-outages", command, body)
    print(f"{body}\nwritten: {path.name}")
    if broken:
        sys.exit("Promises that were not kept:\n" + "\n".join(broken[:10]))


if __name__ == "__main__":
    main()
