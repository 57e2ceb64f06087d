"""Every test of current clients against a reference, with one correction for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from scoring.model.population.client_counts import Counts, NumberCounts
from scoring.model.schema import Text
from scoring.monitoring.drift.drift_report import Movement
from scoring.monitoring.drift.drift_statistics import (
    Distribution,
    Joint,
    Tolerance,
    compare_bins,
    compare_distances,
    compare_jointly,
    compare_rates,
)
from scoring.monitoring.drift.features import Feature, list_features
from scoring.monitoring.drift.references import Reference
from scoring.monitoring.drift.samples import Sample
from scoring.monitoring.drift.wording.drift_texts import say
from scoring.monitoring.statistics import holm
from scoring.validation.figures import Model

SCORE, REFUSALS, JOINT = "score", "refusals", "joint"
_NOISE_LEVEL = 0.05  # of the PSI that chance alone gives
_FEWEST_JOINT = 100  # clients of the smaller sample
_MOST_JOINT = 40  # columns


@dataclass(frozen=True)
class Options:
    """How samples are compared.

    Attributes
    ----------
    level : chance of an alarm without drift, at most, 0-1.
    tolerated : multiple of the usual tolerance; 0 for none.
    by_month : compare each month too; all months and the whole share the level.
    explain : measure effects on the score.
    """

    level: float = 0.05
    tolerated: float = 1.0
    by_month: bool = False
    explain: bool = True
    seed: int = 0


class Tested(NamedTuple):
    """One test: of what, what about it, and its p-value."""

    name: str
    movement: Movement
    p_value: float


@dataclass(frozen=True)
class Compared:
    """All tests of two samples.

    Attributes
    ----------
    counts : of each feature, in the current sample.
    adjusted : by feature, the smallest corrected p-value; ``movements`` has what is significant.
    """

    features: Sequence[Feature]
    counts: Mapping[str, Counts]
    distributions: Mapping[str, tuple[Distribution, float | None]]
    score: NumberCounts
    joint: Joint | None
    tests: int
    adjusted: Mapping[str, float]
    movements: Mapping[str, tuple[Movement, ...]]
    notes: tuple[Text, ...]


def compare(model: Model, reference: Reference, current: Sample, level: float, options: Options) -> Compared:
    """Test every feature, the score, the refusals and the features together, with Holm's correction over all tests."""
    tolerance = Tolerance().times(options.tolerated)
    features, notes = list_features(model, reference, current)
    tests: list[Tested] = []
    counts: dict[str, Counts] = {}
    distributions = {}
    for feature in features:
        before = feature.counts(reference)
        now = counts[feature.name] = before.count(feature.values(current, model.manifest))
        found, own = _test_feature(feature.name, before, now, tolerance)
        tests += own
        distributions[feature.name] = found
    score = reference.score.count(current.calibrated)
    _, own = _test_feature(SCORE, reference.score, score, tolerance)
    tests += [Tested(SCORE, "score", one.p_value) for one in own if one.movement == "distribution"]
    n = len(current.rows)
    p_value = compare_rates(reference.refused, reference.clients, int(current.refused.sum()), n, tolerance.rate)
    if p_value is not None:
        tests.append(Tested(REFUSALS, "refusals", p_value))
    joint = _test_jointly(model, reference, current, tolerance, options)
    if joint:
        tests.append(Tested(JOINT, "joint", joint.p_value))
    elif reference.sample is None:
        notes = (*notes, say("no_joint"))
    else:
        notes = (*notes, say("few_joint", n=_FEWEST_JOINT))
    adjusted: dict[str, float] = {}
    movements: dict[str, tuple[Movement, ...]] = {}
    for test, p_value in zip(tests, holm([test.p_value for test in tests]).tolist(), strict=True):
        adjusted[test.name] = min(adjusted.get(test.name, 1.0), p_value)
        if p_value <= level and test.movement not in movements.get(test.name, ()):
            movements[test.name] = (*movements.get(test.name, ()), test.movement)
    return Compared(features, counts, distributions, score, joint, len(tests), adjusted, movements, notes)


def _test_feature(
    name: str, before: Counts, now: Counts, tolerance: Tolerance
) -> tuple[tuple[Distribution, float | None], list[Tested]]:
    tests: list[tuple[Movement, float | None]] = []
    known, distance = (before.known(), now.known()), None
    if isinstance(before, NumberCounts) and isinstance(now, NumberCounts):
        found = compare_bins(before.counts, now.counts, tolerance.psi, _NOISE_LEVEL, ordered=True)
        distance, p_value = compare_distances(before.counts, now.counts, tolerance.distance)
        tests.append(("distribution", p_value if len(before.counts) > 2 else None))
        if len(before.counts) > 2:
            p_value_outside = compare_rates(before.outside, known[0], now.outside, known[1], tolerance.unusual)
            tests.append(("unusual", p_value_outside))
    else:
        bins = [[*one.counts.values(), one.others] for one in (before, now)]  # type: ignore[union-attr]
        found = compare_bins(bins[0], bins[1], tolerance.psi, _NOISE_LEVEL, ordered=False)
        tests.append(("unseen", compare_rates(bins[0][-1], known[0], bins[1][-1], known[1], tolerance.rate)))
    tests.append(("distribution", found.p_value if found.noise > 0 else None))
    sizes = [whole + one.missing for whole, one in zip(known, (before, now), strict=True)]
    tests.append(("missing", compare_rates(before.missing, sizes[0], now.missing, sizes[1], tolerance.rate)))
    own = [Tested(name, movement, p_value) for movement, p_value in tests if p_value is not None]
    return (found, distance), own


def _test_jointly(
    model: Model, reference: Reference, current: Sample, tolerance: Tolerance, options: Options
) -> Joint | None:
    """Compare the columns that the model reads, of the clients at hand; of many columns, those that weigh most."""
    sample, n = reference.sample, len(current.rows)
    if sample is None or min(n, len(sample.rows)) < _FEWEST_JOINT:
        return None
    manifest = model.manifest
    names = sorted(manifest.features, key=lambda name: -manifest.importances.get(name, 0.0))[:_MOST_JOINT]
    places = [manifest.features.index(name) for name in names]
    return compare_jointly(sample.rows[:, places], current.rows[:, places], tolerance.auc, options.seed)
