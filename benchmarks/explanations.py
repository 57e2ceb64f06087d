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
from scoring.explanation.better_outcomes import OUTCOMES
from scoring.explanation.contract import Contract, annuity
from scoring.explanation.explainer import Explainer
from scoring.model.calibration import Floats
from scoring.model.compile import RawRecord, compile_plan, raw_sources
from scoring.readable.terms import group_into_terms
from scoring.service import Service
from scoring.storage.artefacts import load_bundle
from scoring.storage.bundle import Bundle

_CENT = 0.01
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
    kept : how many of the offered actions reach their outcome when the whole application is read and scored again.
    adding_up : how many contracts add up to the cent: those asked for and those offered.
    contracts : how many there are.
    """

    explained: list[Explanation]
    clients: int
    each: float
    reasons: int = 0
    true: int = 0
    kept: int = 0
    contracts: int = 0
    adding_up: int = 0


def explain_all(folder: Path) -> Sample:
    """Explain every refused client of a folder's sample, and check the explanations."""
    bundle = load_bundle(folder)
    if bundle.manifest is None or not bundle.clients.has_facts:
        raise SystemExit(f"{folder}: needs a manifest and the clients' applications")
    service, explainer = Service(bundle), Explainer(bundle.scorer, bundle.manifest)
    sample, seconds = Sample([], len(service.clients), 0.0), 0.0
    for client_id in bundle.clients.page(None, bundle.clients.count()).client_ids:
        case = service.score_client(bundle.identity.format_id(client_id))
        if case.decision["decision"] != "REFUSED":
            continue
        begun = time.perf_counter()
        one = service.explain_client(bundle.identity.format_id(client_id))
        to_json(one)
        seconds += time.perf_counter() - begun
        sample.explained.append(one)
        _check(bundle, explainer, sample, one, np.array(case.row), case.record or {})
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
    offer = one["counterfactual"]
    contracts = [contract for contract in (one["contract"], offer and offer.contract) if contract]
    sample.contracts += len(contracts)
    sample.adding_up += sum(map(_adds_up, contracts))
    if offer:
        plan, schema = manifest.plan, manifest.input_schema
        changed = {**record, **{change.name: change.after for change in offer.changes}}
        again = np.array(compile_plan(plan)(changed))
        fields = {field.name for field in schema.fields}
        stored = [i for i, column in enumerate(plan.columns) if raw_sources(plan, column.source).isdisjoint(fields)]
        again[stored] = row[stored]
        score = bundle.scorer.score(again[None, :]).pick(0)
        sample.kept += int(not score.refused and (offer.outcome == "review" or not score.review))


def _adds_up(contract: Contract) -> bool:
    """Whether credit = price - deposit + fees, and the instalments repay the credit, both to the cent."""
    total = contract.credit if contract.price is None else contract.price - contract.deposit + contract.fees
    due = contract.instalment
    if contract.months is not None:
        due = contract.credit * float(annuity(contract.yearly_rate, contract.months))
    right = abs(total - contract.credit) < _CENT
    return right and (due is None or abs(due - contract.instalment) < _CENT)


def shares(folder: Path, name: str) -> list[str]:
    """Summarise the explanations of the refused clients of one sample."""
    sample = explain_all(folder)
    explained = sample.explained
    reasons = Counter(len(one["reasons"]) for one in explained)
    missing = [one["reasons"][0] for one in explained if one["reasons"] and one["reasons"][0].direction == "missing"]
    remedies = sum(reason.remedy is not None for reason in missing)
    share = f"{len(missing)} ({len(missing) / len(explained):.0%})"
    return [
        f"### {name}",
        "",
        f"- refused: {len(explained)} of {sample.clients} clients; {explained[0]['method']}",
        f"- reasons each: {', '.join(f'{count} for {reasons[count]}' for count in sorted(reasons))}",
        f"- {sample.true} of {sample.reasons} reasons are true on their own",
        f"- first reasons about something missing: {share}, {remedies} of them with what to do",
        f"- {sample.adding_up} of {sample.contracts} contracts, asked for or offered, add up to the cent",
        *_count_outcomes(sample),
        f"- {sample.each:.2f} ms per explanation of a refused client, JSON included, without a cache",
        "",
    ]


def _count_outcomes(sample: Sample) -> list[str]:
    """Count what would change the decision, or why it would not."""
    offered = [one["counterfactual"] for one in sample.explained if one["counterfactual"]]
    waits = [one["waiting"] for one in sample.explained if one["waiting"]]
    total, lines = len(sample.explained), []
    for outcome in OUTCOMES:
        found = [offer for offer in offered if offer.outcome == outcome]
        actions = Counter(offer.action for offer in found).most_common()
        size = f"; median size {statistics.median(one.size for one in found):.0%}" if found else ""
        listed = ", ".join(f"{action} {count}" for action, count in actions)
        lines.append(f"- an action that leads to: {outcome}: {len(found)} ({len(found) / total:.0%}) {listed}{size}")
    lines.append(f"- {sample.kept} of {len(offered)} actions reach their outcome when scored again")
    for outcome in OUTCOMES:
        months = [wait.months for wait in waits if wait.outcome == outcome]
        after = f", after {statistics.median(months):g} months (median)" if months else ""
        lines.append(
            f"- no action, but time alone leads to: {outcome}: {len(months)} ({len(months) / total:.0%}){after}"
        )
    rest = total - len(offered) - len(waits)
    return [*lines, f"- neither: {rest} ({rest / total:.0%}) are told what weighs most"]


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
