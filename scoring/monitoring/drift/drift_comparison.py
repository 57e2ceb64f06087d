"""Compares current clients with a reference: every test, one correction for all of them, and what moved in words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from scoring.model.population.client_counts import Counts, NumberCounts, hide_few
from scoring.model.report import share_with_interval
from scoring.model.schema import Text
from scoring.monitoring.drift import drift_sentences as sentences
from scoring.monitoring.drift.drift_report import (
    DriftReport,
    Effect,
    FeatureFigures,
    Month,
    Moved,
    Movement,
    ScoreFigures,
    Shares,
)
from scoring.monitoring.drift.drift_statistics import (
    Distribution,
    Joint,
    Tolerance,
    compare_bins,
    compare_distances,
    compare_jointly,
    compare_rates,
)
from scoring.monitoring.drift.drift_texts import join, say
from scoring.monitoring.drift.features import Feature, list_features
from scoring.monitoring.drift.references import Marginal, Reference, take_marginal
from scoring.monitoring.drift.samples import FEWEST_CLIENTS, Sample
from scoring.monitoring.drift.score_effects import Effects
from scoring.monitoring.small_groups import choose_shown
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


def measure_drift(model: Model, reference: Reference, current: Sample, options: Options) -> DriftReport:
    """Compare current clients with a reference; at most ``options.level`` of the reports without drift have an alarm.

    Parameters
    ----------
    current : shape (n, ...); where ``options.by_month`` is set, its months are known.
    """
    counts = Counter(current.months.tolist() if options.by_month and current.months is not None else [])
    months = sorted(choose_shown(counts, FEWEST_CLIENTS))
    level = options.level / (1 + len(months))
    whole = compare(model, reference, current, level, options)
    rates = [_month(model, reference, current, month, level, options) for month in months]
    effects = Effects(model, current, options.seed) if options.explain and whole.movements else None
    moved = _tell(model, reference, current, whole, effects)
    few = tuple(
        say("few_month" if counts[month] < FEWEST_CLIENTS else "hidden_month", month=month, n=FEWEST_CLIENTS)
        for month in sorted({*counts} - {*months})
    )
    score = _describe_score(reference, current, whole)
    each = {tuple(sorted((one.name, *one.effect.together_with))): one.effect for one in moved if one.effect}
    explained = sum(effect.refusal_rate for effect in each.values())
    return DriftReport(
        made_at=datetime.now(UTC).replace(microsecond=0),
        reference=reference.source,
        current=current.source,
        clients=len(current.rows),
        alarm=bool(moved) or any(month.alarm for month in rates),
        moved=moved,
        reference_clients=reference.clients,
        model_version=model.manifest.version(),
        level=options.level,
        tolerated=options.tolerated,
        tests=whole.tests,
        score=score,
        auc=whole.joint.auc if whole.joint else None,
        unexplained=score.refusal_rate.current - score.refusal_rate.reference - explained,
        features=tuple(_describe(one, reference, whole) for one in whole.features),
        months=tuple(rates),
        notes=(*current.notes, *whole.notes, *few),
    )


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


def _month(model: Model, reference: Reference, current: Sample, month: str, level: float, options: Options) -> Month:
    own = current.select(np.asarray(current.months == month))
    clients, refused = len(own.rows), int(own.refused.sum())
    rate = share_with_interval(refused / clients, clients)
    moved = compare(model, reference, own, level, options).movements
    return Month(
        month=month,
        clients=clients,
        refusal_rate=rate.value,
        low=rate.low,
        high=rate.high,
        calibrated_probability=float(own.calibrated.mean()),
        alarm=bool(moved),
        moved=tuple(moved),
    )


def _tell(
    model: Model, reference: Reference, current: Sample, whole: Compared, effects: Effects | None
) -> tuple[Moved, ...]:
    told = []
    sample, manifest = reference.sample, model.manifest
    features = [one for one in whole.features if one.name in whole.movements]
    labels = {one.name: one.label for one in features}
    marginals = {
        one.name: take_marginal(one.counts(reference), one.values(sample, manifest) if sample else None)
        for one in features
    }
    measured = _measure_effects(features, marginals, effects)
    for feature in features:
        counts = hide_few(feature.counts(reference)), hide_few(whole.counts[feature.name])
        values = feature.values(current, manifest)
        effect, movements = measured.get(feature.name), whole.movements[feature.name]
        told_feature = sentences.tell_feature(feature, movements, counts, marginals[feature.name], values)
        sentence = join(told_feature, sentences.tell_effect(feature, effect, labels))
        told.append(_moved(feature.name, feature.label, whole, sentence, effect))
    told.sort(key=lambda one: (-abs(one.effect.refusal_rate if one.effect else 0.0), one.p_value))
    fed = any(feature.reads and feature.name in whole.movements for feature in whole.features)
    if SCORE in whole.movements:
        alone = not fed and JOINT not in whole.movements
        sentence = sentences.tell_score(reference.calibrated, float(current.calibrated.mean()), alone=alone)
        told.insert(0, _moved(SCORE, say("label_score"), whole, sentence, None))
    if REFUSALS in whole.movements:
        rates = reference.refused / reference.clients, float(current.refused.mean())
        told.insert(0, _moved(REFUSALS, say("label_refusals"), whole, sentences.tell_refusals(*rates), None))
    if JOINT in whole.movements and whole.joint and sample:
        sentence = sentences.tell_joint(model, sample.rows, current.rows, whole.joint.auc, alone=not fed)
        told.append(_moved(JOINT, say("label_joint"), whole, sentence, None))
    return tuple(told)


def _measure_effects(
    features: Sequence[Feature], marginals: Mapping[str, Marginal], effects: Effects | None
) -> dict[str, Effect]:
    if effects is None:
        return {}
    fields = [one.name for one in features if one.reads and not one.ready]
    columns = [one.name for one in features if one.ready]
    measured = effects.measure({name: marginals[name] for name in fields})
    return measured | {name: effects.measure_column(name, marginals[name]) for name in columns}


def _moved(name: str, label: Text, whole: Compared, sentence: Text, effect: Effect | None) -> Moved:
    movements = whole.movements[name]
    return Moved(
        name=name, label=label, movements=movements, p_value=whole.adjusted[name], sentence=sentence, effect=effect
    )


def _describe(feature: Feature, reference: Reference, whole: Compared) -> FeatureFigures:
    before, now = hide_few(feature.counts(reference)), hide_few(whole.counts[feature.name])
    found, distance = whole.distributions[feature.name]
    is_number = isinstance(before, NumberCounts)
    known = [one.known() for one in (before, now)]
    return FeatureFigures(
        name=feature.name,
        label=feature.label,
        reads=feature.reads,
        psi=found.psi,
        noise=found.noise,
        distance=distance,
        missing=_shares(before.missing, known[0] + before.missing, now.missing, known[1] + now.missing),
        unseen=None if is_number else _shares(before.others, known[0], now.others, known[1]),  # type: ignore[union-attr]
        unusual=_shares(before.outside, known[0], now.outside, known[1]) if is_number else None,  # type: ignore[union-attr]
        p_value=whole.adjusted.get(feature.name, 1.0),
        bins=sentences.list_shares(feature.term, before, now, weighted=feature.weighted),
    )


def _shares(before: int, m: int, now: int, n: int) -> Shares:
    return Shares(reference=before / m if m else 0.0, current=now / n if n else 0.0)


def _describe_score(reference: Reference, current: Sample, whole: Compared) -> ScoreFigures:
    n, refused = len(current.rows), int(current.refused.sum())
    rate = share_with_interval(refused / n, n)
    return ScoreFigures(
        refusal_rate=_shares(reference.refused, reference.clients, refused, n),
        low=rate.low,
        high=rate.high,
        calibrated_probability=Shares(reference=reference.calibrated, current=float(np.mean(current.calibrated))),
        bins=sentences.list_shares(sentences.RISK, reference.score, whole.score, weighted=False),
    )
