"""Measure explanations: reasons and actions for the refused clients of a sample, and the route's throughput."""

import argparse
import statistics
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic_core import to_json

from benchmarks.machine import write_result
from benchmarks.serving import (
    CONNECTIONS,
    ONE_SYNC_WORKER,
    PROJECT,
    ROUNDS,
    ROUNDS_A_START,
    SECONDS,
    ask,
    lookups,
    measure_throughput,
    ratio,
    serving,
)
from scoring.explanation.answer import Explanation
from scoring.explanation.explainer import Explainer
from scoring.model.calibration import Floats
from scoring.model.compile import RawRecord, compile_plan, raw_sources
from scoring.readable.terms import group_into_terms
from scoring.service import Service
from scoring.storage.artefacts import load_bundle
from scoring.storage.bundle import Bundle

ROUTES = {
    "constant route": ("benchmarks.routes:constant()", "predict"),
    "GET /explain/<client_id>": ("fonction_api_prediction:app", "explain"),
}


@dataclass
class Sample:
    """Explanations of the refused clients of a sample.

    Attributes
    ----------
    clients : how many there are, accepted ones included.
    each : milliseconds per explanation.
    reasons, true : number of reasons; number of reasons that are true on their own: the model gives a lower risk if
        only this value is replaced by the typical client's.
    accepted : how many of the offered actions are accepted when the whole application is read and scored again.
    """

    explained: list[Explanation]
    clients: int
    each: float
    reasons: int = 0
    true: int = 0
    accepted: int = 0


def explain_all(folder: Path) -> Sample:
    """Explain every refused client of a folder's sample, and check the explanations."""
    bundle = load_bundle(folder)
    if bundle.manifest is None or bundle.facts is None:
        raise SystemExit(f"{folder}: needs a manifest and the clients' applications")
    service, explainer = Service(bundle), Explainer(bundle.scorer, bundle.manifest)
    sample, seconds = Sample([], len(service.clients), 0.0), 0.0
    for place in np.flatnonzero(service.scores.refused).tolist():
        client_id = service.clients.client_ids[place]
        record = service.clients.record(client_id) or {}
        begun = time.perf_counter()
        one = service.explain_client(str(client_id))
        to_json(one)
        seconds += time.perf_counter() - begun
        sample.explained.append(one)
        _check(bundle, explainer, sample, one, bundle.clients.rows[place], record)
    sample.each = 1000 * seconds / max(len(sample.explained), 1)
    return sample


def _check(
    bundle: Bundle, explainer: Explainer, sample: Sample, one: Explanation, row: Floats, record: RawRecord
) -> None:
    """Check reasons and action by scoring rows that this function makes."""
    manifest = bundle.manifest
    terms = {term.name: term for term in group_into_terms(manifest.plan, manifest.input_schema, manifest.readable)}
    for reason in one["reasons"]:
        places = list(terms[reason.name].columns)
        other = row.copy()
        other[places] = explainer.typical.row[places]
        before, after = bundle.scorer.probability_of_default(np.vstack([row, other]))
        sample.reasons += 1
        sample.true += int(before > after)
    if one["counterfactual"]:
        plan, schema = manifest.plan, manifest.input_schema
        changed = {**record, **{change.name: change.after for change in one["counterfactual"].changes}}
        again = np.array(compile_plan(plan)(changed))
        fields = {field.name for field in schema.fields}
        stored = [i for i, column in enumerate(plan.columns) if raw_sources(plan, column.source).isdisjoint(fields)]
        again[stored] = row[stored]
        sample.accepted += int(not bundle.scorer.score(again[None, :]).refused[0])


def shares(folder: Path, name: str) -> list[str]:
    """Summarise the explanations of the refused clients of one sample."""
    sample = explain_all(folder)
    explained = sample.explained
    reasons = Counter(len(one["reasons"]) for one in explained)
    offered = [one["counterfactual"] for one in explained if one["counterfactual"]]
    actions = Counter(offer.action for offer in offered)
    return [
        f"### {name}",
        "",
        f"- refused: {len(explained)} of {sample.clients} clients; {explained[0]['method']}",
        f"- reasons each: {', '.join(f'{count} for {reasons[count]}' for count in sorted(reasons))}",
        (
            f"- {sample.true} of {sample.reasons} reasons are true on their own; {sample.accepted} of {len(offered)} "
            "offered actions are accepted when scored again"
        ),
        f"- an action is offered to {len(offered)} ({100 * len(offered) / len(explained):.0f} %): "
        + ", ".join(f"{action} {count}" for action, count in actions.most_common())
        + f"; median size {100 * statistics.median(offer.size for offer in offered):.0f} % of credit or term"
        if offered
        else "- no client is offered an action",
        f"- {sample.each:.2f} ms per explanation of a refused client, JSON included, without a cache",
        "",
    ]


def first_pass(target: str, requests: list[bytes]) -> float:
    """Answers a second if every client is asked for once, on one connection after the other."""
    with serving(target, *ONE_SYNC_WORKER) as (port, _):
        begun = time.perf_counter()
        for request in requests:
            if not ask(port, request).startswith(b"HTTP/1.1 200"):
                raise RuntimeError("an answer was not 200")
        return len(requests) / (time.perf_counter() - begun)


def speeds() -> list[str]:
    """Measure both routes in turn, round after round, and the first pass over all clients by itself."""
    requests = {name: lookups(route) for name, (_, route) in ROUTES.items()}
    targets = {name: target for name, (target, _) in ROUTES.items()}
    constant, ours = measure_throughput(targets, *requests.values()).values()
    once, asked = (first_pass(target, requests[name]) for name, target in targets.items())
    return [
        f"Median of {ROUNDS} interleaved rounds of {SECONDS:g} s, {ROUNDS // ROUNDS_A_START} starts.",
        f"One sync worker, {CONNECTIONS} connections; the clients of the sample, asked for again and again.",
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
    lines = shares(PROJECT, "Bundled sample of synthetic clients")
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
