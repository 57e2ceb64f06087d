"""What counting, logging and keys add to the processor time of a lookup; ``make bench``."""

import contextlib
import itertools
import os
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.machine import children, processor_seconds, write_result
from benchmarks.serving import OURS, ask, lookups, ratio, serving
from scoring.access.key_file import change_key_file, new_key

ROUNDS = 24
LOOKUPS = 1000  # in a round
GOAL = 1.08
PLAIN = "without metrics"
_OFF = {"SCORING_METRICS": "0"}
_LOG = {"GUNICORN_CMD_ARGS": f"--access-logfile {os.devnull}"}


def measure(folder: Path) -> dict[str, list[float]]:
    """Microseconds of a worker's processor time for a lookup: all services in turn, round after round."""
    key, stored = new_key("benchmark", ["read"], bulk=True)
    change_key_file(folder / "keys.json", lambda keys: keys.replacing(None, stored))
    keys = {"SCORING_API_KEYS": str(folder / "keys.json"), "SCORING_RATE_LIMIT": "9999999/second"}
    variants = {
        PLAIN: (_OFF, "off"),
        "metrics": ({}, "off"),
        "metrics, access log": (_LOG, "off"),
        "metrics, access log as JSON": ({**_LOG, "SCORING_LOG_FORMAT": "json"}, "off"),
        "metrics, access log, keys and limit": ({**_LOG, **keys}, "off"),
        "each decision recorded, without metrics": (_OFF, str(folder / "without.db")),
        "each decision recorded, metrics": ({}, str(folder / "with.db")),
    }
    requests = itertools.cycle(lookups(key=key.reveal()))
    results: dict[str, list[float]] = {name: [] for name in variants}
    with contextlib.ExitStack() as stack:
        workers = {}
        for name, (settings, decisions) in variants.items():
            started = serving(OURS, "--workers", "1", decisions=decisions, settings=settings)
            port, master = stack.enter_context(started)
            workers[name] = port, children(master)[0]
        for turn in range(ROUNDS + 1):
            print(f"\rmetrics: round {turn} of {ROUNDS}", end="", file=sys.stderr, flush=True)
            for name, (port, pid) in workers.items():
                begun = processor_seconds(pid)
                for _ in range(LOOKUPS):
                    if not ask(port, next(requests)).startswith(b"HTTP/1.1 200"):
                        raise RuntimeError("an answer was not 200")
                if turn:  # the first fills the caches
                    results[name].append(1e6 * (processor_seconds(pid) - begun) / LOOKUPS)
    print(file=sys.stderr)
    return results


def report(results: dict[str, list[float]]) -> str:
    """Write the table in Markdown."""
    lines = [
        f"Median of {ROUNDS} interleaved rounds of {LOOKUPS} lookups, each on a connection of its own.",
        "One worker of 4 threads.",
        "Ratios are taken within each round (quartiles in brackets).",
        "",
        "| `GET /predict/<client_id>` | us of processor time | against the same without metrics | goal |",
        "|---|---|---|---|",
    ]
    for name, measured in results.items():
        recorded = name.startswith("each")
        base = results["each decision recorded, without metrics" if recorded else PLAIN]
        compared = "" if measured is base else ratio(measured, base)
        goal = f"<= {GOAL}" if compared and "JSON" not in name else ""
        lines.append(f"| {name} | {statistics.median(measured):.0f} | {compared} | {goal} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print and write the dated table."""
    with tempfile.TemporaryDirectory() as folder:
        body = report(measure(Path(folder)))
    path = write_result("metrics", "python -m benchmarks.metrics", body)
    print(f"{body}\nwritten: {path.name}")


if __name__ == "__main__":
    main()
