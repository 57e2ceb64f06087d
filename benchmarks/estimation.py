"""How often the interval of an estimate has what is measured later; ``make drill``.

``python -m benchmarks.estimation``: synthetic clients, whose chance of default is known, and real ones (``--real
DIR``): a model, a labelled reference that it was not fitted on, and current clients who are others than the reference;
the relation between facts and default is the same. Then the same with a changed relation, which no estimate can see,
and the first outcomes.
"""

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import binomtest
from tqdm import tqdm

from benchmarks.estimation_shifts import SHIFTS, pick
from benchmarks.machine import write_result
from scoring.model.calibration import Floats
from scoring.model.costs import cost_of_decisions
from scoring.model.manifest import Manifest
from scoring.monitoring.estimation.contradiction import contradicts
from scoring.monitoring.estimation.estimation import estimate
from scoring.monitoring.estimation.expected import FIGURES, Decided, compute_figures
from scoring.monitoring.estimation.read_clients import TablePlace, read_reference
from scoring.monitoring.estimation.scored_clients import ScoredClients
from scoring.storage.artefacts import load_bundle
from tests.commands import run_command
from tools.synthetic.generate import whole_blocks
from tools.synthetic.parameters import load

PROJECT = Path(__file__).resolve().parent.parent
REFERENCE, CURRENT = 9000, 3000
BLOCKS = 14  # of 8,192 synthetic clients
COMPARED = 4  # one draw in so many is estimated without weights too
ODDS = 1.5  # times as high, where the relation changes
Result = TypeVar("Result")
METHODS = ("estimate", "unweighted", "as in the reference")


@dataclass(frozen=True)
class Lab:
    """Clients to draw from; ``chances`` are None where only the outcomes are known."""

    manifest: Manifest
    references: ScoredClients
    currents: ScoredClients
    chances: tuple[Floats, Floats] | None

    def draw_reference(self, chance: np.random.Generator) -> ScoredClients:
        """Draw a labelled reference."""
        place = chance.choice(len(self.references), min(REFERENCE, len(self.references)), replace=False)
        drawn = self.references.select(place)
        if self.chances is None:
            return drawn
        return replace(drawn, target=(chance.random(len(place)) < self.chances[0][place]).astype(float))

    def draw_current(
        self, logs: Floats, chance: np.random.Generator, odds: float = 1.0
    ) -> tuple[ScoredClients, Floats]:
        """Draw current clients, and outcomes that the estimate does not see."""
        place = pick(logs, CURRENT, chance)
        drawn = self.currents.select(place)
        if self.chances is None:
            return replace(drawn, target=None), np.asarray(drawn.target, dtype=float)
        risk = expit(logit(self.chances[1][place]) + np.log(odds))
        return replace(drawn, target=None), (chance.random(CURRENT) < risk).astype(float)


class Tried(NamedTuple):
    """An interval, and what was measured."""

    covered: bool
    width: float
    error: float


def synthetic_lab(folder: Path) -> Lab:
    """Train a scorecard on synthetic applications, and draw many more clients with their chances of default."""
    _run("synthesize", "--clients", "24000", "--seed", "1", "--out", folder / "data", "--applications-only")
    _train(folder)
    blocks = [*whole_blocks(8192 * BLOCKS, 77, load())]
    frame = pd.concat([block.applications for block in blocks], ignore_index=True)
    frame.to_parquet(folder / "pool.parquet", index=False)
    manifest, clients = _read(folder)
    chances = np.concatenate([block.probability for block in blocks])
    half = len(clients) // 2
    first, second = np.arange(half), np.arange(half, len(clients))
    return Lab(manifest, clients.select(first), clients.select(second), (chances[first], chances[second]))


def real_lab(folder: Path, data: Path) -> Lab:
    """Train a scorecard on a third of the real applications; the others are reference and current clients."""
    frame = pd.read_parquet(data / "application_train.parquet").sample(frac=1, random_state=0)
    third = len(frame) // 3
    (folder / "data").mkdir()
    frame[:third].to_parquet(folder / "data" / "application_train.parquet", index=False)
    _train(folder)
    frame[third:].to_parquet(folder / "pool.parquet", index=False)
    manifest, clients = _read(folder)
    return Lab(manifest, clients.select(slice(0, third)), clients.select(slice(third, None)), None)


def _train(folder: Path) -> None:
    few = ("--candidates", "scorecard", "--folds", "3", "--refits", "2", "--sample", "100", "--no-tracking")
    _run("train", "--data", folder / "data", "--out", folder / "model", *few)


def _run(*arguments: object) -> None:
    done = run_command(*arguments, cwd=PROJECT)
    if done.returncode:
        raise SystemExit(done.stderr)


def _read(folder: Path) -> tuple[Manifest, ScoredClients]:
    bundle = load_bundle(folder / "model")
    if bundle.manifest is None:
        raise SystemExit("the model has no manifest")
    return bundle.manifest, read_reference(bundle.manifest, bundle.scorer, TablePlace(folder / "pool.parquet"))


def measure(clients: ScoredClients, outcomes: Floats, manifest: Manifest) -> dict[str, float]:
    """Measure all figures on outcomes."""
    decided = Decided(clients.refused, clients.probability, manifest.costs)
    return {name: float(one[0]) for name, one in compute_figures(outcomes[None], decided, decided.ranking()).items()}


def last_year(reference: ScoredClients, current: ScoredClients, manifest: Manifest) -> dict[str, tuple[float, float]]:
    """Take the figures of the reference for those of the current clients: value, and half the 95 % interval."""
    target = np.asarray(reference.target, dtype=float)
    cost = cost_of_decisions(target, reference.refused, manifest.costs)
    values = {
        "default_rate": (target, len(current)),
        "default_rate_accepted": (target[~reference.refused], int((~current.refused).sum())),
        "default_rate_refused": (target[reference.refused], int(current.refused.sum())),
        "cost_per_client": (cost, len(current)),
    }
    return {
        name: (float(known.mean()), 1.96 * float(known.std()) * (1 / len(known) + 1 / number) ** 0.5)
        for name, (known, number) in values.items()
    }


def try_shifts(lab: Lab, draws: int, jobs: int, what: str) -> tuple[list[str], list[str]]:
    """Draw each shift equally often; return the lines of the table, and sentences."""
    tried: dict[tuple[str, str, str], list[Tried]] = defaultdict(list)
    answers: dict[str, int] = defaultdict(int)
    for answer, found in _each(partial(_try_shift, lab), draws, jobs, what):
        answers[answer] += 1
        for key, one in found:
            tried[key].append(one)
    return _tabulate(tried), [f"Answers: {', '.join(f'{count} {answer}' for answer, count in answers.items())}."]


def _each(work: Callable[[int], Result], draws: int, jobs: int, what: str) -> Iterator[Result]:
    """Work on each draw in processes that share the clients."""
    with ProcessPoolExecutor(jobs, get_context("fork"), _share, (work,)) as pool:
        yield from tqdm(pool.map(_work, range(draws)), desc=what, total=draws)


_shared: list[Callable[[int], Any]] = []


def _share(work: Callable[[int], Any]) -> None:
    _shared.append(work)


def _work(number: int) -> Any:
    return _shared[0](number)


def _try_shift(lab: Lab, number: int) -> tuple[str, list[tuple[tuple[str, str, str], Tried]]]:
    """Draw once; the answer of the estimate, and what came of each figure by each method."""
    chance = np.random.default_rng([2026, number])
    name = [*SHIFTS][number % len(SHIFTS)]
    reference = lab.draw_reference(chance)
    current, outcomes = lab.draw_current(SHIFTS[name](lab.currents, lab.manifest), chance)
    found = measure(current, outcomes, lab.manifest)
    tried, answer = [], ""
    for method, resamples in zip(METHODS[:2], (400, 100), strict=True):
        reweight = method == "estimate"
        if not reweight and number // len(SHIFTS) % COMPARED:
            continue
        result = estimate(lab.manifest, current, reference, seed=number, reweight=reweight, resamples=resamples)
        answer = answer or result.answer
        for figure, one in result.figures.items():
            if one.value is not None and one.low is not None and one.high is not None:
                inside = one.low <= found[figure] <= one.high
                made = Tried(inside, one.high - one.low, one.value - found[figure])
                tried.append(((name, method, figure), made))
    for figure, (value, half) in last_year(reference, current, lab.manifest).items():
        difference = value - found[figure]
        tried.append(((name, METHODS[2], figure), Tried(abs(difference) <= half, 2 * half, difference)))
    return answer, tried


def _tabulate(tried: dict[tuple[str, str, str], list[Tried]]) -> list[str]:
    lines = [
        "| Who applies | Figure | "
        + " | ".join(f"{method}: covered | width | mean error" for method in METHODS)
        + " |",
        "|---|---|" + "---:|---:|---:|" * len(METHODS),
    ]
    for shift in ("all", *SHIFTS):
        for figure in FIGURES:
            cells = []
            for method in METHODS:
                found = [
                    one
                    for (name, by, which), ones in tried.items()
                    if (by, which) == (method, figure) and shift in {"all", name}
                    for one in ones
                ]
                cells.append(_summarize(found, figure, bounds=shift == "all"))
            lines.append(f"| {shift} | {figure} | {' | '.join(cells)} |")
    return lines


def _summarize(found: list[Tried], figure: str, *, bounds: bool) -> str:
    if not found:
        return "– | – | –"
    covered = sum(one.covered for one in found)
    between = binomtest(covered, len(found)).proportion_ci(method="wilson")
    inside = f"{covered} of {len(found)}" + (f" ({between.low:.1%} to {between.high:.1%})" if bounds else "")
    rate = figure.startswith("default_rate")
    width, error = np.mean([one.width for one in found]), np.mean([one.error for one in found])
    return f"{inside} | {width:.2%} | {error:+.2%}" if rate else f"{inside} | {width:.3f} | {error:+.3f}"


def try_changed_relation(lab: Lab, draws: int, jobs: int) -> str:
    """Count how often the first outcomes of accepted clients contradict the estimate, with and without a change."""
    told: dict[float, int] = defaultdict(int)
    for odds, contradicted in _each(partial(_try_relation, lab), 2 * draws, jobs, "changed relation"):
        told[odds] += contradicted
    return (
        f"With a changed relation (younger clients, and odds of default {ODDS} times as high), the outcomes of the "
        f"first {CURRENT:,} clients, of the accepted ones only, contradict the estimate in {told[ODDS]} of {draws} "
        f"draws; with younger clients and the same relation in {told[1.0]} of {draws}."
    )


def _try_relation(lab: Lab, number: int) -> tuple[float, bool]:
    chance = np.random.default_rng([1, number])
    odds = (1.0, ODDS)[number % 2]
    current, outcomes = lab.draw_current(SHIFTS["younger clients"](lab.currents, lab.manifest), chance, odds)
    found = estimate(lab.manifest, current, lab.draw_reference(chance), seed=number, resamples=200)
    accepted = ~current.refused
    return odds, contradicts(found, int(outcomes[accepted].sum()), int(accepted.sum()))


@click.command()
@click.option("--draws", type=click.IntRange(1), default=500, show_default=True, help="Draws on synthetic clients.")
@click.option("--changed", type=click.IntRange(1), default=50, show_default=True, help="Draws of a changed relation.")
@click.option("--real", type=click.Path(path_type=Path, exists=True), help="Folder of the real applications.")
@click.option("--real-draws", type=click.IntRange(1), default=104, show_default=True, help="Draws on real clients.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="Processes.")
def main(draws: int, changed: int, real: Path | None, real_draws: int, jobs: int) -> None:
    """Measure coverage on synthetic and on real clients."""
    parts = []
    with tempfile.TemporaryDirectory() as name:
        lab = synthetic_lab(Path(name))
        lines, told = try_shifts(lab, draws, jobs, "synthetic")
        about = (
            f"Each draw: a reference of {REFERENCE:,} clients with outcomes, {CURRENT:,} current clients; outcomes are "
            "drawn from the chances that the generator knows."
        )
        parts += ["## Synthetic clients", f"{draws} draws. {about}", "\n".join(lines), *told]
        parts += ["## A changed relation", try_changed_relation(lab, changed, jobs)]
    if real is not None:
        with tempfile.TemporaryDirectory() as name:
            lines, told = try_shifts(real_lab(Path(name), real), real_draws, jobs, "real")
        about = (
            "A third of the applications for the model, a third for the reference, the current clients from the rest."
        )
        parts += ["## Real applications", f"{real_draws} draws. {about}", "\n".join(lines), *told]
    given = " --real DIR" if real else ""
    body = "\n\n".join(parts) + "\n"
    click.echo(f"{body}\nwritten: {write_result('estimation', f'python -m benchmarks.estimation{given}', body)}")


if __name__ == "__main__":
    main()
