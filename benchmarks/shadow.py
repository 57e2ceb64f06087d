"""Throughput of recorded decisions with a shadow model, against the same service without; part of ``make bench``."""

import os
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks import posts
from benchmarks.serving import OURS, lookups, ratio, serving, throughput
from tests.other_models import publish_variant, with_other_bins

WORKERS = ("--workers", "2", "--threads", "4")
CONNECTIONS = 16
ROUNDS = 12
REQUESTS = {"`GET /predict/<client_id>`": lookups, "`POST /predict`, one application": posts.requests}
GOAL = ">= 0.8"


def measure() -> dict[str, dict[str, list[float]]]:
    """Measure both services in turn, round after round; the shadow model computes one column in another way."""
    rates: dict[str, dict[str, list[float]]] = {name: {"without": [], "with": []} for name in REQUESTS}
    sent = {name: make() for name, make in REQUESTS.items()}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=".")))
        shadow = publish_variant(folder / "shadow", with_other_bins("EXT_SOURCE_2"))
        ports = {}
        for name, setting in {"without": "", "with": str(shadow.resolve())}.items():
            os.environ["SCORING_SHADOW"] = setting
            ports[name] = stack.enter_context(serving(OURS, *WORKERS, decisions=f"{folder}/{name}.db"))[0]
        os.environ["SCORING_SHADOW"] = ""
        for turn in range(ROUNDS + 1):
            print(f"\rshadow: round {turn} of {ROUNDS}", end="", file=sys.stderr, flush=True)
            for what, requests in sent.items():
                for name, port in ports.items():
                    rate = throughput(port, requests, connections=CONNECTIONS)
                    if turn:  # the first fills caches
                        rates[what][name].append(rate)
    print(file=sys.stderr)
    return rates


def report(rates: dict[str, dict[str, list[float]]]) -> str:
    """Write the table in Markdown."""
    lines = [
        f"2 workers of 4 threads, {CONNECTIONS} connections, {ROUNDS} interleaved rounds; recorded in SQLite.",
        "",
        "| Request | answers a second without a shadow model | with one | with against without | goal |",
        "|---|---|---|---|---|",
    ]
    for what, found in rates.items():
        without, second = (f"{statistics.median(found[name]):.0f}" for name in ("without", "with"))
        lines.append(f"| {what} | {without} | {second} | {ratio(found['with'], found['without'])} | {GOAL} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(report(measure()))
