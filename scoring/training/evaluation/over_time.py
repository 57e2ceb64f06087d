"""The model over time: risk, ranking and score by period, and what has drifted since training."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2

from scoring.errors import list_some
from scoring.model.calibration import Floats
from scoring.model.report import Metric, OverTime, PeriodRow
from scoring.training.candidates.out_of_fold import Folds, Result, score_without
from scoring.training.data.time_split import name_periods
from scoring.training.evaluation.bootstrap import measure_with_intervals
from scoring.training.evaluation.ranking import Ranking

SHIFTED = 0.1  # a population stability index from which a shift matters; by convention 0.25 is a large one
_BINS = 10
_SURE = 0.999  # without drift, an index is below its bound with this probability
_FEW = 20  # with at most this many values, each is a bin
_OFF = 1.25  # a factor between observed and predicted defaults that matters
_FAR = 3.3  # standard errors, the same certainty on both sides


def stability_index(before: NDArray[Any], after: NDArray[Any]) -> tuple[float, float]:
    """Compute the population stability index of a number, and the bound that chance alone rarely exceeds.

    The index is the sum over deciles of ``before``, or over values where there are few, of
    ``(share after - share before) * ln(share after / share before)``.

    Source: Yurdakul (2018), Statistical Properties of Population Stability Index: without drift the index is
    ``(1/n + 1/m)`` times a chi-squared variable.

    >>> stability_index(np.arange(1000.0), np.arange(1000.0))[0]
    0.0
    >>> round(stability_index(np.repeat([0.0, 1], [50, 50]), np.repeat([0.0, 1], [75, 25]))[0], 2)
    0.27
    """
    values = np.unique(before)
    edges = values[1:] if len(values) <= _FEW else np.unique(np.quantile(before, np.arange(1, _BINS) / _BINS))
    bins = len(edges) + 1
    shares = []
    for part in (before, after):
        counts = np.bincount(np.searchsorted(edges, part, side="right"), minlength=bins) + 0.5  # no share is 0
        shares.append(counts / counts.sum())
    index = float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))
    noise = (1 / len(before) + 1 / len(after)) * float(chi2.ppf(_SURE, max(bins - 1, 1)))
    return index, noise


def score_like_held_out(folds: Folds, champion: Result, later: pd.DataFrame) -> Floats:
    """Score later clients as those of the training are scored out of fold, shape (n,).

    Each client is scored by the fit without one of the folds, in turn, so that scores that differ from those out of
    fold differ because of the clients and not because of the fit.
    """
    scores, turn = np.empty(len(later)), np.arange(len(later)) % folds.count
    for k in range(folds.count):
        scores[turn == k] = score_without(folds, champion, k, later[turn == k])
    return scores


def measure_over_time(
    column: str,
    known: tuple[NDArray[Any], NDArray[Any], Floats],
    tested: tuple[NDArray[Any], NDArray[Any], Floats],
    rows: tuple[pd.DataFrame, pd.DataFrame],
    scores: Floats,
    seed: int,
    weights: tuple[Floats | None, Floats | None] = (None, None),
) -> OverTime:
    """Compare later clients with those of the training.

    Parameters
    ----------
    column : the column of times.
    known, tested : of training clients and of later ones: times, outcomes (0 or 1) and calibrated probabilities, each
        of shape (n,). Those of training clients are out of fold.
    rows : model-ready rows of both.
    scores : of later clients, shape (n,), as ``score_like_held_out`` makes them, for comparison with those of training.
    weights : of both, how often each client counts; once by default.
    """
    index, noise = stability_index(known[2], scores)
    periods = [
        *_measure_periods("training", *known, known[2], known[2], seed, weights[0]),
        *_measure_periods("test", *tested, scores, known[2], seed, weights[1]),
    ]
    figures = [_measure_auc(part[1], part[2], seed, own) for part, own in zip((known, tested), weights, strict=True)]
    observed, predicted = (float(np.average(tested[i], weights=weights[1])) for i in (1, 2))
    counts = np.ones(len(tested[2])) if weights[1] is None else weights[1]
    error = float(np.sqrt(np.sum(counts**2 * tested[2] * (1 - tested[2])))) / float(counts.sum())
    is_off = not 1 / _OFF < observed / predicted < _OFF and abs(observed - predicted) > _FAR * error
    is_worse = all(figures) and figures[1].high < figures[0].low  # type: ignore[union-attr]
    return OverTime(
        column=column,
        first=str(tested[0].min()),
        periods=tuple(periods),
        index=index,
        bound=max(noise, SHIFTED),
        shifted=_find_shifted(*rows),
        score_drifted=index > max(noise, SHIFTED),
        rate_drifted=bool(is_off),
        ranking_drifted=bool(is_worse),
        observed=observed,
        predicted=predicted,
        auc_before=figures[0],
        auc_after=figures[1],
    )


def _find_shifted(before: pd.DataFrame, after: pd.DataFrame) -> Mapping[str, float]:
    """Find the model-ready columns that shifted, the one that shifted most first."""
    found = {str(name): stability_index(before[name].to_numpy(), after[name].to_numpy()) for name in before}
    shifted = {name: index for name, (index, noise) in found.items() if index > max(noise, SHIFTED)}
    return dict(sorted(shifted.items(), key=lambda item: -item[1]))


def _measure_periods(
    part: Any,
    times: NDArray[Any],
    target: NDArray[Any],
    calibrated: Floats,
    scores: Floats,
    reference: Floats,
    seed: int,
    weights: Floats | None,
) -> Iterator[PeriodRow]:
    names = name_periods(times)
    for name in dict.fromkeys(names[np.argsort(times, kind="stable")]):
        own = names == name
        counts = None if weights is None else weights[own]
        index, noise = stability_index(reference, scores[own])
        yield PeriodRow(
            period=name,
            part=part,
            clients=int(own.sum()),
            default_rate=float(np.average(target[own], weights=counts)),
            predicted=float(np.average(calibrated[own], weights=counts)),
            auc=_measure_auc(target[own], calibrated[own], seed, counts),
            index=index,
            bound=max(noise, SHIFTED),
        )


def _measure_auc(target: NDArray[Any], calibrated: Floats, seed: int, weights: Floats | None) -> Metric | None:
    if not 0 < np.sum(target) < len(target):
        return None
    ranking = Ranking(target, calibrated)
    return measure_with_intervals(target, lambda counts: {"auc": ranking.auc(counts)}, seed, weights=weights)["auc"]


def list_drifts(found: OverTime) -> list[str]:
    """Warn about what drifted, each time with what to do."""
    since, warnings = f"--time {found.column}: clients from {found.first} on", []
    if found.score_drifted:
        what = f"{since} have other scores than those before (PSI {found.index:.3f}, bound {found.bound:.3f})"
        named = [f"{name} ({index:.2f})" for name, index in found.shifted.items()]
        of = f"; shifted most: {list_some(named, most=5)}" if named else ""
        warnings.append(f"{what}{of}: find out why, train on recent clients, or --drop what will go on changing")
    if found.rate_drifted:
        rates = f"{found.observed:.1%} instead of the predicted {found.predicted:.1%}".replace("%", " %")
        remedy = (
            "train on recent clients, so that the shown risk and the threshold follow; check that outcomes are ripe"
        )
        warnings.append(f"{since} default at another rate: {rates}: {remedy}")
    if found.ranking_drifted and found.auc_before and found.auc_after:
        what = f"{since} are ranked worse: AUC {found.auc_after.value:.3f} instead of {found.auc_before.value:.3f}"
        warnings.append(f"{what}: train on recent clients, and look for fields whose meaning has changed")
    return warnings
