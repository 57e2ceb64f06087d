"""Makes 100,000 recorded decisions again under another threshold and rule set, and compares each with a fresh run.

``python -m benchmarks.policy_replay [--decisions 100000]``: for SQLite and PostgreSQL. Exit code 1 if a decision
differs from that of a service that runs with the change, or if it takes 30 seconds.
"""

import argparse
import random
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.machine import write_result
from benchmarks.posts import applications
from fonction_api_prediction import create_app
from scoring.decisions.served_model import begin_serving
from scoring.policy.open_policy import open_policy
from scoring.record.kept_record import open_store
from scoring.record.review_steps import Period
from scoring.replay.change import Change
from scoring.replay.policy_effects import TriedPolicy
from scoring.replay.replayed import replay
from scoring.settings import PROJECT, Settings
from scoring.storage.artefacts import read_manifest
from tests.other_models import publish_variant, with_threshold
from tests.postgres import Postgres

THRESHOLD = 0.45
POLICY = PROJECT / "docs" / "examples" / "policy.json"
MOST_SECONDS = 30.0
TOGETHER = 1000


def make_applications(number: int) -> list[dict[str, Any]]:
    """Vary the applications of the bundled sample, so that no two are alike."""
    draw, published = random.Random(18), applications()
    made = []
    for i in range(number):
        one = dict(published[i % len(published)])
        for name in ("AMT_CREDIT", "AMT_ANNUITY", "AMT_INCOME_TOTAL"):
            one[name] = round(one[name] * draw.uniform(0.7, 1.4), 1)
        one["EXT_SOURCE_2"] = draw.random()
        one.pop("SK_ID_CURR", None)
        made.append(one)
    return made


def decide(settings: Settings, asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ask a service for all decisions, a thousand at a time."""
    app = create_app(settings)
    record = app.extensions["decisions"]
    if record is not None:
        begin_serving(record, app.extensions["scoring"], "start", "benchmark")
    client, answers = app.test_client(), []
    for start in range(0, len(asked), TOGETHER):
        print(f"\rdecisions: {start} of {len(asked)}", end="", file=sys.stderr, flush=True)
        body = {"applications": asked[start : start + TOGETHER]}
        answers += [
            {name: one[name] for name in ("decision_id", "decision", "review")}
            for one in client.post("/predict", json=body).json["predictions"]
        ]
    print(file=sys.stderr)
    if record is not None:
        record.close()
    return answers


def measure(url: str, recorded: list[dict[str, Any]], anew: list[dict[str, Any]]) -> tuple[float, int, int]:
    """Make the decisions of a record again; gives the seconds, and how many differ from the fresh run and from then."""
    policy = open_policy(POLICY, read_manifest(PROJECT / "modele_retenu.json"))
    change = Change(THRESHOLD, policy=TriedPolicy(policy, datetime.now(UTC).date()))
    session = open_store(url).open_session()
    begun = time.perf_counter()
    found = replay(session, change, Period())
    took = time.perf_counter() - begun
    session.close()
    places = {decision_id: i for i, decision_id in enumerate(found.ids)}
    wrong = 0
    for before, after in zip(recorded, anew, strict=True):
        i = places.get(before["decision_id"])
        same = i is not None and (bool(found.refused[i]), bool(found.review[i])) == (
            after["decision"] == "REFUSED",
            after["review"],
        )
        wrong += not same
    return took, wrong, int((found.refused != found.refused_before).sum())


def main() -> None:
    """Record, make again, compare, and write the dated table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--decisions", type=int, default=100_000)
    number = parser.parse_args().decisions
    asked, failed, lines = make_applications(number), False, []
    with tempfile.TemporaryDirectory(dir=".") as folder:
        changed = publish_variant(Path(folder).resolve() / "changed", with_threshold(THRESHOLD))
        anew = decide(Settings(artefacts=changed, policy=POLICY), asked)
        server = Postgres()
        try:
            for name, url in (("SQLite", f"{folder}/decisions.db"), ("PostgreSQL", server.new_database())):
                recorded = decide(Settings(decisions=url), asked)
                took, wrong, moved = measure(url, recorded, anew)
                failed |= wrong > 0 or (number >= 100_000 and took > MOST_SECONDS)
                lines.append(f"| {name} | {number} | {moved} | {wrong} | {took:.1f} | <= {MOST_SECONDS:.0f} |")
        finally:
            server.end()
    body = "\n".join(
        [
            f"Threshold {THRESHOLD} and the rules of `docs/examples/policy.json`, against a service with both.",
            "",
            "| Record | Decisions | Decided differently than recorded | Other than the fresh run | Seconds | Goal |",
            "|---|---|---|---|---|---|",
            *lines,
            "",
        ]
    )
    path = write_result("policy-replay", f"python -m benchmarks.policy_replay --decisions {number}", body)
    print(f"{body}\nwritten: {path}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
