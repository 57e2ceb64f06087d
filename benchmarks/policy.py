"""Measure what a policy costs: microseconds for a decision, and milliseconds for an action of a refused client.

``python -m benchmarks.policy`` writes benchmarks/policy-DATE.md. All figures are of one run on one machine.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.machine import write_result
from scoring.model.compile import RawRecord
from scoring.model.scorer import Score
from scoring.policy.open_policy import open_policy
from scoring.service import Service, today
from scoring.storage.artefacts import load_bundle

PROJECT = Path(__file__).resolve().parent.parent
EXAMPLE = PROJECT / "docs" / "examples" / "policy.json"
_ROUNDS = 7
_EXPLAINED = 50  # refused clients


def measure() -> list[str]:
    """Return the lines of the result."""
    bundle = load_bundle(PROJECT)
    policy, day = open_policy(EXAMPLE, bundle.manifest), today()
    plain, ruled = Service(bundle), Service(bundle, policy=policy)
    ids = [bundle.identity.format_id(one) for one in bundle.clients.page(None, 1000).client_ids]
    cases = [plain.score_client(one) for one in ids]
    scored: list[tuple[Score, RawRecord | None]] = [(bundle.scorer.score_one(one.row), one.record) for one in cases]
    refused = [one for one in ids if ruled.decide_client(one)["decision"] == "REFUSED"][:_EXPLAINED]
    for service in (plain, ruled):
        service.explain_client(refused[0])  # what is made once

    def apply_all() -> None:
        for score, record in scored:
            policy.apply(score, record, day)

    def decide_all(service: Service) -> Callable[[], None]:
        return lambda: [service.score_client(one) for one in ids] and None

    def explain_all(service: Service) -> Callable[[], None]:
        return lambda: [service.explain_client(one) for one in refused] and None

    rows = [
        ("the policy alone, one client", 1e6 * _time(apply_all) / len(ids), "µs"),
        ("a decision on a known client without a policy", 1e6 * _time(decide_all(plain)) / len(ids), "µs"),
        ("the same with the policy", 1e6 * _time(decide_all(ruled)) / len(ids), "µs"),
        ("an explanation of a refused client without a policy", 1e3 * _time(explain_all(plain)) / len(refused), "ms"),
        ("the same with the policy", 1e3 * _time(explain_all(ruled)) / len(refused), "ms"),
    ]
    lines = [f"| {what} | {value:.1f} {unit} |" for what, value, unit in rows]
    return [f"{len(policy.file.rules)} rules, {len(ids)} clients.", "", "| Work | Median |", "|---|---|", *lines]


def _time(work: Callable[[], None]) -> float:
    """Return the median of some rounds, in seconds."""
    taken = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


if __name__ == "__main__":
    print(write_result("policy", "python -m benchmarks.policy", "\n".join(measure()) + "\n"))
