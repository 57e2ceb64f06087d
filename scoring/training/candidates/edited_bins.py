"""Bins that a person gave a scorecard: how they differ from those that training finds, and what is unusual in them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.base import clone

from scoring.errors import DataError, list_some
from scoring.model.manifest import BinEdit
from scoring.model.plan import BinnedColumn, GroupedColumn, Plan
from scoring.model.preprocessor import Inputs, TermBins
from scoring.training.candidates.bins_file import describe_bins, write_bins, write_number
from scoring.training.candidates.families import SCORECARD
from scoring.training.candidates.out_of_fold import Folds, Result
from scoring.training.candidates.scorecard import Scorecard
from scoring.training.fit import Fitted


def write_scorecard(
    path: Path, results: Sequence[Result], fitted: Fitted, champion: Result, folds: Folds, seen: Folds
) -> None:
    """Write the bins of the champion, or of the best scorecard where the champion is none, into a file.

    Parameters
    ----------
    fitted, seen : the champion and the clients that it is fitted to.

    Raises
    ------
    DataError
        When the file cannot be written.
    """
    target, weights = seen.target, seen.weights
    scorecards = [result for result in results if result.recipe.family == SCORECARD]
    if champion.recipe.family == SCORECARD:
        plan, recipe = fitted.preprocessor.plan, champion.recipe
    else:
        recipe = min(scorecards, key=lambda result: result.log_loss(folds.target, folds.weights)).recipe
        plan = clone(recipe.preprocessor).fit(seen.applications, target, weights).plan_
    try:
        write_bins(path, plan, seen.applications, target, weights, recipe.preprocessor.inputs.bins)
    except OSError as error:
        raise DataError(
            f"--write-bins {path}: cannot be written ({error.strerror})\nThe model is published; only this file is "
            "missing. Name a file in a folder that can be written, and train again to have it."
        ) from error


def require_codes(given: Mapping[str, TermBins], inputs: Inputs, folds: Folds) -> None:
    """Raise DataError for terms that are to have codes, but would be binned like any other number."""
    asked = [name for name, term in given.items() if term.codes]
    if not asked:
        return
    made = Scorecard(inputs).fit(folds.applications, folds.target, folds.weights).plan_.columns
    coded = {column.name for column in made if isinstance(column, BinnedColumn) and column.codes}
    if lacking := [name for name in asked if name not in coded]:
        raise DataError(
            f"--bins: terms with codes = true that are no codes in disguise: {list_some(lacking)}\nExpected numbers "
            "above 0, of which at least half are frequent values, no counts such as years, and one such term for each "
            "field. Remove codes, or give edges instead."
        )


def find_edits(given: Mapping[str, TermBins], inputs: Inputs, folds: Folds) -> tuple[BinEdit, ...]:
    """List how given bins differ from those that training finds on the same clients."""
    own = Scorecard(replace(inputs, bins=None)).fit(folds.applications, folds.target, folds.weights)
    return list_edits(given, own.plan_)


def find_unusual(given: Mapping[str, TermBins], fitted: Fitted, applications: pd.DataFrame) -> list[str]:
    """Warn about terms whose weight in the regression contradicts their bins, and about texts that no client has."""
    if hasattr(fitted.model, "coef_"):
        signs = zip(fitted.preprocessor.plan.feature_names(), fitted.model.coef_[0].tolist(), strict=True)
        wrong = [name for name, weight in signs if weight <= 0 and name in given]
    else:
        wrong = []
    remedy = "drop them, or terms that go along with them"
    what = f"--bins: terms of which a riskier bin does not raise the risk: {list_some(wrong)}: {remedy}"
    return [*([what] if wrong else []), *_find_unknown_texts(given, applications)]


def _find_unknown_texts(bins: Mapping[str, TermBins], applications: pd.DataFrame) -> list[str]:
    warnings = []
    for name, term in bins.items():
        if term.groups is not None:
            seen = {*applications[name].dropna().astype(str)}
            if unknown := [text for group in term.groups for text in group if text not in seen]:
                warnings.append(f"--bins: term {name}: no client has {list_some(unknown)}: check how they are written")
    return warnings


def list_edits(given: Mapping[str, TermBins], found: Plan) -> tuple[BinEdit, ...]:
    """List how given bins differ from those that training finds by itself, in the order of the terms found."""
    own = {
        column.name: describe_bins(column) if isinstance(column, BinnedColumn | GroupedColumn) else TermBins()
        for column in found.columns
    }
    edits = [BinEdit(term=name, change="dropped") for name in own if name not in given]
    edits += [BinEdit(term=name, change="added") for name in given if name not in own]
    for name, before in own.items():
        if name in given:
            edits += _compare(name, before, given[name])
    return tuple(edits)


def _compare(name: str, before: TermBins, after: TermBins) -> Iterator[BinEdit]:
    if after.edges is not None and before.edges is not None and after.edges != before.edges:
        old, new = set(before.edges), set(after.edges)
        change: Any = "merged" if new < old else "split" if old < new else "edges"
        shown = [", ".join(map(write_number, edges)) for edges in (before.edges, after.edges)]
        yield BinEdit(term=name, change=change, before=shown[0], after=shown[1])
    if after.groups is not None and before.groups is not None and _as_sets(after.groups) != _as_sets(before.groups):
        shown = [" | ".join(", ".join(group) for group in groups) for groups in (before.groups, after.groups)]
        yield BinEdit(term=name, change="groups", before=shown[0], after=shown[1])
    if after.codes != before.codes:
        yield BinEdit(term=name, change="codes", before=str(before.codes).lower(), after=str(after.codes).lower())
    if (after.edges or after.direction != "any") and after.direction != before.direction:
        yield BinEdit(term=name, change="direction", before=before.direction, after=after.direction)
    if after.missing != before.missing:
        yield BinEdit(term=name, change="missing", before=before.missing, after=after.missing)


def _as_sets(groups: Sequence[Sequence[str]]) -> set[frozenset[str]]:
    return {frozenset(group) for group in groups}
