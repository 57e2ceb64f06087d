"""How explanations do: reasons and actions over the refused clients of a sample, and the route's throughput."""

import argparse
import contextlib
import random
import statistics
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks.machine import write_result
from benchmarks.serving import CONNECTIONS, PROJECT, client_numbers, get, ratio, serving
from scoring.core.decision import decision_of
from scoring.core.explanation import Explanation
from scoring.core.explanations import Explanations
from scoring.core.scorer import FusedLogistic
from scoring.storage.artefacts import load_bundle

ROUTES = {
    "constant route": ("benchmarks.routes:constant()", "/predict/{}"),
    "GET /explain/<client_id>": ("fonction_api_prediction:app", "/explain/{}"),
}
ROUNDS = 15
SECONDS = 1.0


def explain_all(folder: Path) -> tuple[list[Explanation], int, float]:
    """Explain every refused client of a folder's sample; gives how many clients there are, and milliseconds each."""
    bundle = load_bundle(folder)
    explanations = Explanations(bundle.scorer, bundle.manifest)
    scores = bundle.scorer.score(bundle.clients.rows)
    explained, seconds = [], 0.0
    for place in np.flatnonzero(scores.refused).tolist():
        number = bundle.clients.numbers[place].item()
        record = bundle.facts.record(number) if bundle.facts else None
        decision = decision_of(
            scores, place, client_id=number, threshold=bundle.scorer.policy.threshold, version=bundle.version
        )
        begun = time.perf_counter()
        (one,) = explanations.of(bundle.clients.rows[[place]], [record], [decision])
        one.model_dump_json()
        seconds += time.perf_counter() - begun
        explained.append(one)
    if isinstance(bundle.scorer.probability_of_default, FusedLogistic):
        off = max(_off(one) for one in explained)
        print(f"largest |base + contributions - log-odds|: {off:.1e}", file=sys.stderr)
    return explained, len(scores.refused), 1000 * seconds / max(len(explained), 1)


def _off(one: Explanation) -> float:
    total = one.base_value.log_odds + sum(part.contribution for part in one.contributions)
    return abs(total - float(np.log(one.probability / (1 - one.probability))))


def shares(folder: Path, name: str) -> list[str]:
    """Write what the refused clients of one sample are told."""
    explained, clients, each = explain_all(folder)
    reasons = Counter(len(one.reasons) for one in explained)
    offered = [one.counterfactual for one in explained if one.counterfactual]
    actions = Counter(offer.action for offer in offered)
    return [
        f"### {name}",
        "",
        f"- refused: {len(explained)} of {clients} clients; {explained[0].method}",
        f"- reasons each: {', '.join(f'{count} for {reasons[count]}' for count in sorted(reasons))}",
        f"- an action is offered to {len(offered)} ({100 * len(offered) / len(explained):.0f} %): "
        + ", ".join(f"{action} {count}" for action, count in actions.most_common())
        + f"; median size {100 * statistics.median(offer.size for offer in offered):.0f} % of credit or term"
        if offered
        else "- an action is offered to nobody",
        f"- {each:.2f} ms an explanation of a refused client, JSON included, nothing kept from before",
        "",
    ]


def throughput(port: int, numbers: list[str], path: str) -> float:
    """Answers a second over a few concurrent connections; every answer must be a 200."""
    counts = [0] * CONNECTIONS
    deadline = time.perf_counter() + SECONDS

    def ask(slot: int) -> None:
        draw = random.Random(f"{slot} {deadline}")  # other clients each round, so that most have been asked for before
        while time.perf_counter() < deadline:
            if not get(port, path.format(draw.choice(numbers))).startswith(b"HTTP/1.1 200"):
                raise RuntimeError("an answer was not 200")
            counts[slot] += 1

    begun = time.perf_counter()
    threads = [threading.Thread(target=ask, args=(slot,)) for slot in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - begun)


def speeds() -> list[str]:
    """Measure both routes in turn, round after round, and the first pass over all clients by itself."""
    numbers = client_numbers()
    results: dict[str, list[float]] = {name: [] for name in ROUTES}
    first: dict[str, float] = {}
    with contextlib.ExitStack() as stack:
        ports = {name: stack.enter_context(serving(target)) for name, (target, _) in ROUTES.items()}
        for name, port in ports.items():
            begun = time.perf_counter()
            for number in numbers:
                get(port, ROUTES[name][1].format(number))
            first[name] = len(numbers) / (time.perf_counter() - begun)
        for turn in range(ROUNDS):
            print(f"\rround {turn + 1} of {ROUNDS}", end="", file=sys.stderr, flush=True)
            for name, port in ports.items():
                results[name].append(throughput(port, numbers, ROUTES[name][1]))
    print(file=sys.stderr)
    constant, ours = (results[name] for name in ROUTES)
    once, asked = (first[name] for name in ROUTES)
    return [
        (
            f"Median of {ROUNDS} interleaved rounds of {SECONDS:g} s, one sync worker, {CONNECTIONS} connections; the "
            f"{len(numbers)} clients of the sample, asked for again and again."
        ),
        "",
        "| Route | answers a second | against the constant route | goal |",
        "|---|---|---|---|",
        f"| constant | {statistics.median(constant):.0f} | | |",
        f"| `GET /explain/<client_id>` | {statistics.median(ours):.0f} | {ratio(ours, constant)} | >= 0.5 |",
        f"| the same, each client for the first time, one connection | {asked:.0f} | {asked / once:.2f} | |",
        "",
    ]


def main() -> None:
    """Measure, print and write the dated figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--artefacts", type=Path, help="Explain this folder's sample too; only printed.")
    options.add_argument("--no-speed", action="store_true", help="Measure no throughput; write nothing.")
    chosen = options.parse_args()
    lines = shares(PROJECT, "Bundled sample of made-up clients")
    if chosen.artefacts:
        print("\n".join(shares(chosen.artefacts, chosen.artefacts.name)))
    if chosen.no_speed:
        print("\n".join(lines))
        return
    body = "\n".join([*lines, *speeds()])
    path = write_result("explanations", "python -m benchmarks.explanations", body)
    print(f"{body}\nwritten: {path.relative_to(PROJECT)}")


if __name__ == "__main__":
    main()
