"""How steady the weights of codes in disguise are, and how many clients have a known one."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats
from scoring.model.plan import BinnedColumn, Plan, complete, read_off
from scoring.model.preprocessor import raw_columns
from scoring.model.report import CodeFigures
from scoring.training.candidates.out_of_fold import Folds, Result


def measure_codes(folds: Folds, champion: Result) -> tuple[CodeFigures, ...]:
    """Measure the codes of a champion on its fits without each fold; empty if it has none.

    Source: Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 11, for the standard error of the
    jackknife with groups of clients left out.
    """
    plans = [folds.prepare_rows(champion.recipe.preprocessor, k).preprocessor.plan for k in range(folds.count)]
    found = [{column.name: column for column in _list_coded(plan)} for plan in plans]
    names = dict.fromkeys(name for one in found for name in one)
    return tuple(_measure(folds, plans, [one.get(name) for one in found]) for name in names)


def _list_coded(plan: Plan) -> Iterator[BinnedColumn]:
    yield from (column for column in plan.columns if isinstance(column, BinnedColumn) and column.codes)


def _measure(folds: Folds, plans: Sequence[Plan], columns: Sequence[BinnedColumn | None]) -> CodeFigures:
    fitted = [k for k, column in enumerate(columns) if column is not None]
    weights, on_code = [], np.zeros(len(folds.target), dtype=bool)
    values: Floats = np.full(len(folds.target), np.nan)
    for k, column in enumerate(columns):
        if column is not None:
            plan = plans[k]
            raw = raw_columns(folds.applications, plan.raw_numbers(), plan.raw_categories())
            values = complete(plan, raw)[column.source]
            weights.append(read_off(column, values))
            own = folds.fold == k
            on_code[own] = _has_code(column, values[own])
    known = ~np.isnan(values) & np.isin(folds.fold, fitted)
    every, middle = np.array(weights)[:, known], np.mean(np.array(weights)[:, known], axis=0)
    error = np.sqrt((len(fitted) - 1) / len(fitted) * np.sum((every - middle) ** 2, axis=0))
    other = known & ~on_code
    first = next(column for column in columns if column is not None)
    each = np.ones(len(on_code)) if folds.weights is None else folds.weights

    def mean(values: NDArray[Any], members: NDArray[np.bool_]) -> float | None:
        return float(np.average(values[members], weights=each[members])) if members.any() else None

    return CodeFigures(
        term=first.name,
        folds=len(fitted),
        codes=round(float(np.median([len(column.codes) for column in columns if column is not None]))),
        known=float(np.average(on_code[known], weights=each[known])),
        known_default_rate=mean(folds.target, on_code),
        other_default_rate=mean(folds.target, other),
        other_weight=mean(np.mean(weights, axis=0), other),
        spread=float(middle.std()),
        error=float(error.mean()),
    )


def _has_code(column: BinnedColumn, values: Floats) -> NDArray[np.bool_]:
    """Whether each value lies in the bin of a code."""
    bins = np.zeros(len(column.values) + 1, dtype=bool)
    bins[np.searchsorted(column.edges, column.codes, side="right")] = True
    found: NDArray[np.bool_] = bins[np.searchsorted(column.edges, values, side="right")] & ~np.isnan(values)
    return found
