"""Too long for every day; ``make drill`` runs it and keeps dated figures under ``benchmarks/``."""

import collections
import contextlib
import http.client
import json
import random
import statistics
import threading
import time

import pandas as pd
import pytest

from benchmarks.machine import write_result

BODIES = 100_000
THREADS = 4
MOST_TIMES = 3  # 99th percentile of single applications against the constant route's
_ODD = [
    None, True, False, 0, -1, 1, 1.5, -0.0, 1e308, -1e308, 5e-324, 10**30, 2**63, "", "1", "NaN", "é😀\u202e",
    "x" * 3000, [], {}, [[]], {"a": 1}, [None] * 50, "'; DROP TABLE clients; --", "{{7*7}}", "\x00", 365243, "XNA",
]  # fmt: skip
_RAW = [
    b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9" * 5000, b"01", b"+1", b"'x'", b'"\\ud800"', b"[" * 500, b'"\xff"',
    b"undefined", b"1,", b"", b'{"a":1,"a":2}',
]  # fmt: skip


def spoiled(draw: random.Random, application: dict, rows: list) -> bytes:
    """Make up a body that somebody careless or malicious might send."""
    record = dict(application)
    for _ in range(draw.choice([0, 1, 1, 2, 5, 40])):
        record[draw.choice([*application, "x", "", "history", "TARGET", "data", "é"])] = draw.choice(_ODD)
    for _ in range(draw.choice([0, 0, 1, 10, 110])):
        record.pop(draw.choice([*application]), None)
    row = [draw.choice([value, value, draw.choice(_ODD)]) if draw.random() < 0.05 else value for value in rows]
    shapes = [
        record, record, record, {"applications": [record] * draw.choice([0, 1, 2, 20])}, {"applications": record},
        {"data": [row]}, {"data": [row[: draw.randrange(len(row))]]}, {"data": [row] * draw.choice([1, 30])},
        {"data": [record]}, {"data": draw.choice(_ODD)}, {"data": [row], "x": 1}, draw.choice(_ODD), [record],
    ]  # fmt: skip
    body = json.dumps(draw.choice(shapes), ensure_ascii=draw.random() < 0.5).encode(errors="surrogatepass")
    if draw.random() < 0.15:
        place = draw.randrange(len(body) + 1)
        body = body[:place] + draw.choice(_RAW) + body[place + draw.choice([0, 1, 10]) :]
    if draw.random() < 0.05:
        body = body[: draw.randrange(len(body) + 1)]
    return body


class Asker(threading.Thread):
    """One connection that posts fuzzed bodies, sound applications and asks a constant route in turn."""

    def __init__(self, port: int, seed: int, applications: list, rows: list, count: int) -> None:
        super().__init__()
        self._draw, self._applications, self._rows, self._count = random.Random(seed), applications, rows, count
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.counts: collections.Counter[int] = collections.Counter()
        self.failed: list[bytes] = []
        self.seconds: dict[str, list[float]] = {"one application": [], "constant route": []}

    def run(self) -> None:
        with contextlib.closing(self._connection):
            self._work()

    def _work(self) -> None:
        draw = self._draw
        for i in range(self._count):
            application = draw.choice(self._applications)
            path = draw.choice(["/predict", "/predict", "/predict_proba", "/data", "/predict?history=stored"])
            self._ask("POST", path, spoiled(draw, application, draw.choice(self._rows)))
            if i % 10 == 0:
                self._timed("constant route", "GET", "/best_threshold", None)
                self._timed("one application", "POST", "/predict", json.dumps(application).encode())

    def _ask(self, method: str, path: str, body: bytes | None) -> int:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        answer.read()
        if body is not None:
            self.counts[answer.status] += 1
        if answer.status >= 500:
            self.failed.append((body or b"")[:500])
        return answer.status

    def _timed(self, name: str, method: str, path: str, body: bytes | None) -> None:
        begun = time.perf_counter()
        status = self._ask(method, path, body)
        self.seconds[name].append(time.perf_counter() - begun)
        if status != 200:
            self.failed.append((body or b"")[:500])


@pytest.mark.drill
def test_a_hundred_thousand_fuzzed_bodies_get_no_server_error_and_slow_nobody_down(project, serve):
    service = serve()
    applications = json.loads(pd.read_csv(project / "applications_sample.csv").head(200).to_json(orient="records"))
    table = pd.read_csv(project / "df_sample.csv").head(200)
    rows = table.drop(columns=[name for name in ("SK_ID_CURR", "TARGET") if name in table]).to_numpy().tolist()
    askers = [Asker(service.port, seed, applications, rows, BODIES // THREADS) for seed in range(THREADS)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert [body for asker in askers for body in asker.failed] == []
    counts = sum((asker.counts for asker in askers), collections.Counter())
    assert sum(counts.values()) >= BODIES
    assert {200, 400, 422} <= set(counts)
    slow = {
        name: statistics.quantiles([s for asker in askers for s in asker.seconds[name]], n=100)[98]
        for name in ("one application", "constant route")
    }
    times = slow["one application"] / slow["constant route"]
    answers = "".join(f"| {status} | {count} |\n" for status, count in sorted(counts.items()))
    waits = "".join(f"| {name} | {1000 * seconds:.1f} |\n" for name, seconds in slow.items())
    write_result(
        "fuzzed-bodies",
        "make drill",
        f"{BODIES} bodies over {THREADS} connections.\n\n| Status | Answers |\n|---|---|\n{answers}\n"
        f"| 99th percentile under that load | ms |\n|---|---|\n{waits}\n"
        f"Single applications against the constant route: {times:.2f} (goal <= {MOST_TIMES}).\n",
    )
    assert times <= MOST_TIMES
