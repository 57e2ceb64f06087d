"""Compares current clients with a reference: what moved, in figures and in words."""

from collections import Counter
from datetime import UTC, datetime

import numpy as np

from scoring.model.population.client_counts import NumberCounts, hide
from scoring.model.report import share_with_interval
from scoring.monitoring.drift.drift_report import (
    DriftReport,
    FeatureFigures,
    Month,
    ScoreFigures,
    Shares,
)
from scoring.monitoring.drift.drift_tests import Compared, Options, compare
from scoring.monitoring.drift.features import Feature
from scoring.monitoring.drift.references import Reference
from scoring.monitoring.drift.samples import FEWEST_CLIENTS, Sample
from scoring.monitoring.drift.score_effects import Effects
from scoring.monitoring.drift.wording import drift_sentences as sentences
from scoring.monitoring.drift.wording.drift_texts import say
from scoring.monitoring.drift.wording.movement_sentences import tell_moved
from scoring.monitoring.small_groups import choose_shown
from scoring.validation.figures import Model


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
    moved = tell_moved(model, reference, current, whole, effects)
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


def _describe(feature: Feature, reference: Reference, whole: Compared) -> FeatureFigures:
    before, now = feature.counts(reference), whole.counts[feature.name]
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
    """Divide counts of clients by all whose value counts; one to four clients are shown as none."""
    return Shares(reference=hide(before) / m if m else 0.0, current=hide(now) / n if n else 0.0)


def _describe_score(reference: Reference, current: Sample, whole: Compared) -> ScoreFigures:
    n, refused = len(current.rows), int(current.refused.sum())
    rate = share_with_interval(refused / n, n)
    return ScoreFigures(
        refusal_rate=Shares(reference=reference.refused / reference.clients, current=refused / n),
        low=rate.low,
        high=rate.high,
        calibrated_probability=Shares(reference=reference.calibrated, current=float(np.mean(current.calibrated))),
        bins=sentences.list_shares(sentences.RISK, reference.score, whole.score, weighted=False),
    )
