"""Estimate default rate, cost and AUC of current clients whose outcomes are not known yet."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm

from scoring.model.calibration import Bools, Floats, log_odds
from scoring.model.manifest import Manifest
from scoring.model.report import effective_number
from scoring.model.schema import Text
from scoring.monitoring.estimation.density_ratio import DensityRatio, fit_density_ratio
from scoring.monitoring.estimation.estimate import Estimate, Estimated, Reason, Side, Support, WhatIf
from scoring.monitoring.estimation.expected import FIGURES, Decided, bound, compute_figures, gather
from scoring.monitoring.estimation.recalibration import fit_sides, predict, predict_resampled
from scoring.monitoring.estimation.scored_clients import ClientsNote, ScoredClients
from scoring.monitoring.estimation.shared_cells import Cells, cut_score, make_cells
from scoring.monitoring.estimation.support import find_unseen

RESAMPLES = 400
NEGLIGIBLE = 0.005  # share of clients unlike the reference that moves no figure by more than its interval
MOST_UNSEEN = 0.1  # share of clients unlike the reference from which no figure is given
FEWEST_DEFAULTS = 20.0  # effective ones, of the weighted reference
_AT_ONCE = 2_000_000  # numbers in one array
_FACTORS = (0.8, 1.25, 1.5, 2.0)  # of the odds

Progress = Callable[[Iterable[int]], Iterable[int]]


class Chances(NamedTuple):
    """Chances of default of m clients.

    Attributes
    ----------
    expected : shape (m,).
    draw : yields chances of resamples, arrays of shape (b, m): how sure ``expected`` is.
    """

    expected: Floats
    draw: Callable[[], Iterator[Floats]]


class _Compared(NamedTuple):
    """How the two populations were made alike."""

    seen: Bools  # shape (m,), current clients who are like the reference
    support: Support
    weights: Floats  # shape (n,)
    ratio: DensityRatio | None
    warnings: tuple[ClientsNote, ...]


def estimate(
    manifest: Manifest,
    current: ScoredClients,
    reference: ScoredClients | None = None,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
    reweight: bool = True,
    progress: Progress = iter,
) -> Estimate:
    """Estimate the performance of a model on current clients.

    Parameters
    ----------
    reference : clients whose outcomes are known, and whom the model was not fitted on. Without them, figures follow
        from the calibration in the manifest, and are not reweighted.
    resamples : how often the reference and the outcomes are drawn.
    reweight : False leaves the reference as it is; for comparison.
    progress : goes through the steps of the work, and shows how far it is.
    """
    chance = np.random.default_rng(seed)
    if reference is None or reference.target is None:
        chances = _from_calibration(manifest, current, chance, resamples, progress)
        everybody = np.ones(len(current), dtype=bool)
        figures, what_if = _figures(manifest, current, everybody, chances, chance)
        return _result(manifest, current, None, figures, what_if, None, ("not_reweighted",), current.warnings)
    compared = compare(manifest, reference, current, reweight=reweight)
    reasons = _reasons(compared.support)
    if {"many_unseen", "few_defaults"} & {*reasons}:
        figures, what_if = dict.fromkeys(FIGURES, Estimated(value=None, low=None, high=None, error=None)), ()
    else:
        chances = _from_reference(
            manifest, reference, current.select(compared.seen), compared, chance, resamples, progress
        )
        figures, what_if = _figures(manifest, current, compared.seen, chances, chance)
    warnings = (*reference.warnings, *current.warnings, *compared.warnings)
    return _result(manifest, current, reference, figures, what_if, compared.support, reasons, warnings)


def compare(
    manifest: Manifest, reference: ScoredClients, current: ScoredClients, *, reweight: bool = True
) -> _Compared:
    """Find out which current clients are like the reference, and weigh the reference to resemble these."""
    read = {*manifest.plan.raw_numbers(), *manifest.plan.raw_categories()}
    columns = _cells(manifest, reference, current)
    known = [cells for cells in columns if cells.column in read or cells.column in manifest.features]
    unseen, regions = find_unseen(known, manifest.features, reference.rows, current.rows)
    seen = ~unseen if unseen.mean() > NEGLIGIBLE else np.ones(len(current), dtype=bool)
    ratio, weights, dropped = None, np.ones(len(reference)), []
    if reweight and seen.any():
        like = current.select(seen)
        odds, there = log_odds(reference.probability), log_odds(like.probability)
        kept = columns if seen.all() else _cells(manifest, reference, like)
        dropped = [cells.column for cells in kept if cells.unseen().mean() > MOST_UNSEEN]
        usable = [cells for cells in kept if cells.column not in dropped]
        ratio = fit_density_ratio(cut_score(odds, there, _threshold(manifest)), usable)
        weights = ratio.weights()
    outcomes: Any = reference.target
    support = Support(
        unseen_share=float(unseen.mean()),
        regions=regions,
        effective_clients=effective_number(weights),
        effective_defaults=effective_number(weights[outcomes == 1]),
        largest_weight=float(weights.max()),
        balanced=ratio.balanced if ratio else (),
    )
    warnings = [
        ClientsNote("unseen_column", {"name": name})
        for name in dropped
        if name not in read and name not in manifest.features
    ]
    return _Compared(seen, support, weights, ratio, tuple(warnings))


def _cells(manifest: Manifest, reference: ScoredClients, current: ScoredClients) -> list[Cells]:
    """Cut every column that both populations have."""
    cells = [make_cells(name, reference.rows[:, i], current.rows[:, i]) for i, name in enumerate(manifest.features)]
    both = [
        name
        for name, values in reference.fields.items()
        if name in current.fields and values.dtype.kind == current.fields[name].dtype.kind
    ]
    taken = {*manifest.features}
    return cells + [
        make_cells(name, reference.fields[name], current.fields[name]) for name in both if name not in taken
    ]


def _threshold(manifest: Manifest) -> float:
    return float(log_odds(np.array([manifest.threshold.value]))[0])


def _reasons(support: Support) -> tuple[Reason, ...]:
    reasons: list[Reason] = []
    if support.unseen_share > NEGLIGIBLE:
        reasons.append("many_unseen" if support.unseen_share > MOST_UNSEEN else "some_unseen")
    if support.effective_defaults < FEWEST_DEFAULTS:
        reasons.append("few_defaults")
    return tuple(reasons)


def _from_reference(
    manifest: Manifest,
    reference: ScoredClients,
    current: ScoredClients,
    compared: _Compared,
    chance: np.random.Generator,
    resamples: int,
    progress: Progress,
) -> Chances:
    """Learn the chances from the weighted reference; resamples of it give how sure they are."""
    outcomes: Any = np.asarray(reference.target, dtype=float)
    odds, there = log_odds(reference.probability), log_odds(current.probability)
    sides = fit_sides(outcomes, odds, compared.weights, there, _threshold(manifest))

    def draw() -> Iterator[Floats]:
        size = max(1, _AT_ONCE // max(len(odds), len(there)))
        for start in progress(range(0, resamples, size)):
            number = min(size, resamples - start)
            counts = _draw_counts(len(odds), number, chance)
            weights = counts if compared.ratio is None else compared.ratio.of_resamples(counts)
            yield predict_resampled(sides, outcomes, odds, weights, there)

    return Chances(predict(sides, there), draw)


def _draw_counts(clients: int, number: int, chance: np.random.Generator) -> Floats:
    """Draw clients with replacement; how often each was drawn, shape (number, clients)."""
    drawn = chance.integers(0, clients, (number, clients)) + clients * np.arange(number)[:, None]
    return np.bincount(drawn.ravel(), minlength=number * clients).reshape(number, clients).astype(float)


def _from_calibration(
    manifest: Manifest, current: ScoredClients, chance: np.random.Generator, resamples: int, progress: Progress
) -> Chances:
    """Take the calibrated probabilities; how sure they are follows from the test set's predicted over observed."""
    calibrated = manifest.calibration.apply(current.probability)
    odds, ratio = logit(calibrated), manifest.metrics.get("test", {}).get("calibration_mean")
    spread = 0.0
    if ratio is not None and ratio.low > 0:
        spread = float(np.log(ratio.high / ratio.low) / (2 * norm.ppf(0.975)))

    def draw() -> Iterator[Floats]:
        size = max(1, _AT_ONCE // len(odds))
        for start in progress(range(0, resamples, size)):
            moved = chance.normal(0.0, spread, size=min(size, resamples - start))
            yield expit(odds + moved[:, None])

    return Chances(calibrated, draw)


def _figures(
    manifest: Manifest, current: ScoredClients, seen: Bools, chances: Chances, chance: np.random.Generator
) -> tuple[dict[str, Estimated], tuple[WhatIf, ...]]:
    """Compute the figures of the clients in ``seen``, and the intervals of all."""
    part = current.select(seen)
    decided = Decided(part.refused, part.probability, manifest.costs)
    ranking = decided.ranking()
    realised, expected = [], []
    for drawn in chances.draw():
        expected.append(compute_figures(drawn, decided, ranking))
        outcomes = (chance.random(drawn.shape) < drawn).astype(float)
        realised.append(compute_figures(outcomes, decided, ranking))
    everybody = Decided(current.refused, current.probability, manifest.costs)
    bounds = bound(gather(realised), everybody, ~seen)
    spread = {name: float(np.std(values)) for name, values in gather(expected).items()}
    values = compute_figures(chances.expected[None], decided, ranking)
    figures = {name: _estimated(values[name], bounds.get(name), spread[name]) for name in FIGURES}
    what_if = tuple(
        _suppose(factor, compute_figures(expit(logit(chances.expected) + np.log(factor))[None], decided, ranking))
        for factor in _FACTORS
    )
    return figures, what_if


def _estimated(value: Floats, bounds: tuple[float, float] | None, error: float) -> Estimated:
    if bounds is None or np.isnan(value[0]):
        return Estimated(value=None, low=None, high=None, error=None)
    return Estimated(value=float(value[0]), low=bounds[0], high=bounds[1], error=error)


def _suppose(factor: float, figures: dict[str, Floats]) -> WhatIf:
    accepted = float(figures["default_rate_accepted"][0])
    return WhatIf(
        odds_factor=factor,
        default_rate=float(figures["default_rate"][0]),
        default_rate_accepted=None if np.isnan(accepted) else accepted,
        cost_per_client=float(figures["cost_per_client"][0]),
    )


def _measure(outcomes: Floats, clients: ScoredClients, manifest: Manifest) -> dict[str, float]:
    decided = Decided(clients.refused, clients.probability, manifest.costs)
    figures = compute_figures(outcomes[None], decided, decided.ranking())
    return {name: float(values[0]) for name, values in figures.items() if not np.isnan(values[0])}


def _describe(clients: ScoredClients) -> Side:
    defaults = None if clients.target is None else int(np.sum(clients.target))
    return Side(name=clients.name, clients=len(clients), refused=int(clients.refused.sum()), defaults=defaults)


def _result(
    manifest: Manifest,
    current: ScoredClients,
    reference: ScoredClients | None,
    figures: dict[str, Estimated],
    what_if: tuple[WhatIf, ...],
    support: Support | None,
    reasons: tuple[Reason, ...],
    warnings: tuple[ClientsNote, ...],
) -> Estimate:
    notes = {str(note): note for note in warnings}  # both tables may have the same
    partly = "partly" if "some_unseen" in reasons else "known"
    measured = {} if reference is None else _measure(np.asarray(reference.target, dtype=float), reference, manifest)
    return Estimate(
        model_version=manifest.version(),
        synthetic=manifest.training.synthetic,
        made_at=datetime.now(UTC).replace(microsecond=0),
        method="calibration" if reference is None else "reweighted",
        answer="unknown" if {"many_unseen", "few_defaults"} & {*reasons} else partly,
        reasons=reasons,
        reference=None if reference is None else _describe(reference),
        current=_describe(current),
        figures=figures,
        measured=measured,
        unweighted=_measure(manifest.calibration.apply(current.probability), current, manifest),
        support=support,
        what_if=what_if,
        warnings=(*notes,),
        warning_texts=tuple(Text(en=english, fr=note.describe("fr")) for english, note in notes.items()),
    )
