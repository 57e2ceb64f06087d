"""The scorecard's preprocessor: few monotone weight-of-evidence terms, weakly correlated, with positive coefficients.

Bins are learnt with optbinning and stored in a plan, so that serving does not need optbinning.
The preprocessor of the splines, which uses the same terms, is also here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from scoring.errors import DataError
from scoring.model.calibration import Floats
from scoring.model.plan import BinnedColumn, Plan, complete, read_off
from scoring.model.preprocessor import (
    HISTORY,
    Inputs,
    Planned,
    Preprocessor,
    TermBins,
    choose_history,
    make_names_unique,
)
from scoring.training.candidates.bins import BinnedField, bin_category, bin_number, weigh_bins, weigh_groups
from scoring.training.candidates.codes import code_numbers

_ALIKE = 0.75  # a term whose correlation with a better one is higher is dropped
PENALTY = 0.001  # ``C``: a strong penalty keeps reasons the same between refits (docs/scorecard.md)


class Scorecard(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Weight-of-evidence terms for a class-balanced logistic regression with no negative coefficient.

    Every field and derived number is binned. Terms with little information are dropped; of correlated terms only the
    best stays; then terms are dropped until every coefficient is clearly above 0.

    Parameters
    ----------
    inputs : the fields and derived numbers that may be used; if they have ``bins``, these are the terms.
    history : how many of the history features to consider.
    information : a term with a smaller information value is dropped.
    limit : how many terms to keep at most; None for all.
    certainty : how many standard errors every coefficient must lie above 0.
    penalty : ``C`` of the logistic regression that the terms are for.
    terms : the fields and derived numbers to use, without a choice; None to choose them.
    codes : the numbers that are codes in disguise, without a test; None to find them.

    Attributes
    ----------
    plan_ : the terms, most informative first.
    information_ : information value of each term.
    """

    plan_: Plan
    information_: dict[str, float]

    def __init__(
        self,
        inputs: Inputs,
        *,
        history: int = HISTORY,
        information: float = 0.001,
        limit: int | None = 60,
        certainty: float = 2.0,
        penalty: float = PENALTY,
        terms: Sequence[str] | None = None,
        codes: Sequence[str] | None = None,
    ) -> None:
        self.inputs = inputs
        self.history = history
        self.information = information
        self.limit = limit
        self.certainty = certainty
        self.penalty = penalty
        self.terms = terms
        self.codes = codes

    def fit(self, X: pd.DataFrame, y: NDArray[Any], sample_weight: Floats | None = None) -> Self:  # noqa: N803
        """Learn bins and choose terms from raw applications, shape (n, fields), and outcomes, shape (n,), 0 or 1.

        ``sample_weight``, shape (n,), is how often each client counts; once by default.

        Raises
        ------
        DataError
            When no term separates defaults from others, or ``terms`` has a name that is not an input.
        """
        target = np.asarray(y)
        terms, columns = self._bin_inputs(X, target, sample_weight)
        if self._given() is None:
            rows = np.column_stack([read_off(term.column, columns[term.column.source]) for term in terms])
            terms = [terms[i] for i in self._choose(terms, rows, target, sample_weight)]
        if not terms:
            raise DataError(
                f"no field separates defaults from others: none has an information value of {self.information} and a "
                "coefficient above 0\nCheck that the target is the right column, or use more clients."
            )
        terms = sorted(terms, key=lambda term: -term.information)
        self.information_ = {term.column.name: term.information for term in terms}
        self.plan_ = replace(self.inputs.draft(), columns=tuple(term.column for term in terms)).pruned()
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """Turn raw applications, shape (n, fields), into weights of evidence, shape (n, terms)."""
        return Planned(self.plan_).transform(X)

    def _bin_inputs(
        self, frame: pd.DataFrame, target: NDArray[Any], weights: Floats | None
    ) -> tuple[list[BinnedField], Mapping[str, NDArray[Any]]]:
        """Bin all candidates, or the fixed terms."""
        inputs = self.inputs
        given = self._given()
        if given is None:
            history = choose_history(frame, target, inputs.history, self.history)
        else:
            history = [name for name in inputs.history if name in given]
        columns = complete(inputs.draft(), inputs.raw(frame, history))
        names = [*inputs.numbers, *(step.name for step in inputs.derived), *history]
        wanted = self._select_names([*names, *inputs.categories])
        terms = [self._bin_number(name, columns[name], target, weights) for name in names if name in wanted]
        codes = self.codes if inputs.bins is None else [name for name, one in inputs.bins.items() if one.codes]
        terms = code_numbers(terms, columns, target, inputs.draft(), codes, weights)
        categories = [name for name in inputs.categories if name in wanted]
        terms += [self._bin_category(name, columns[name], target, weights) for name in categories]
        return terms, columns

    def _given(self) -> Sequence[str] | None:
        """Name the terms where they are not to be chosen."""
        return self.terms if self.terms is not None or self.inputs.bins is None else tuple(self.inputs.bins)

    def _bin_number(self, name: str, values: Floats, target: NDArray[Any], weights: Floats | None) -> BinnedField:
        given = (self.inputs.bins or {}).get(name, TermBins())
        binning = self.inputs.binning
        found = bin_number(name, values, target, weights, binning) if given.edges is None else None
        if found and given.missing == "own" and given.direction == "any":
            return found
        edges = found.column.edges if found and isinstance(found.column, BinnedColumn) else given.edges or ()
        counted, missing = np.ones(len(target)) if weights is None else weights, _missing_weight(given)
        return weigh_bins(name, values, target, counted, edges, given.direction, missing, binning.thin)

    def _bin_category(
        self, name: str, texts: NDArray[Any], target: NDArray[Any], weights: Floats | None
    ) -> BinnedField:
        given = (self.inputs.bins or {}).get(name, TermBins())
        if given.groups is None:
            found = bin_category(name, texts, target, weights, self.inputs.binning)
            return found if given.missing == "own" else replace(found, column=replace(found.column, missing=0.0))
        counted, missing = np.ones(len(target)) if weights is None else weights, _missing_weight(given)
        return weigh_groups(name, texts, target, counted, given.groups, missing, self.inputs.binning.thin)

    def _select_names(self, names: Sequence[str]) -> set[str]:
        given = self._given()
        wanted = set(names if given is None else given)
        unknown = wanted - set(names)
        if unknown:
            raise DataError(
                f"scorecard: terms that are not inputs: {', '.join(sorted(unknown))}\n"
                "Expected fields, derived numbers or history features of the inputs."
            )
        return wanted

    def _choose(
        self, terms: Sequence[BinnedField], rows: Floats, target: NDArray[Any], weights: Floats | None
    ) -> list[int]:
        informative = [i for i, term in enumerate(terms) if term.information >= self.information]
        informative.sort(key=lambda i: -terms[i].information)
        distinct = drop_correlated(rows, informative, weights)
        return drop_until_positive(rows, target, distinct, self.limit, self.certainty, self.penalty, weights)


def _missing_weight(given: TermBins) -> float | None:
    return 0.0 if given.missing == "neutral" else None


class CodedInputs(Preprocessor):
    """Columns of a ``Preprocessor``, and another column of each number that is a code in disguise (``codes``).

    The other column has the weights of the frequent values. It does not count towards the limit of columns.
    """

    def fit(self, X: pd.DataFrame, y: NDArray[Any], sample_weight: Floats | None = None) -> Self:  # noqa: N803
        """Learn both from raw applications, shape (n, fields), and outcomes, shape (n,), 0 or 1."""
        inputs, target = self.inputs, np.asarray(y)
        own = super().fit(X, y, sample_weight).plan_.columns
        history = [column.source for column in own if column.source in inputs.history]
        columns = complete(inputs.draft(), inputs.raw(X, history))
        names = [*inputs.numbers, *(step.name for step in inputs.derived), *dict.fromkeys(history)]
        unbinned = [BinnedColumn(name=name, source=name, edges=(), values=(0.0,), missing=0.0) for name in names]
        terms = [BinnedField(column, 0.0) for column in unbinned]
        found = [term.column for term in code_numbers(terms, columns, target, inputs.draft(), None, sample_weight)]
        coded = [column for column in found if isinstance(column, BinnedColumn) and column.codes]
        named = [replace(column, name=f"{column.name} (codes)") for column in coded]
        self.plan_ = replace(inputs.draft(), columns=tuple(make_names_unique([*own, *named]))).pruned()
        return self


class SplineInputs(Preprocessor):
    """Columns of a ``Preprocessor`` and terms of a ``Scorecard``, of the same inputs.

    A spline is smooth and a bin jumps, and missing values have a bin of their own: a regression on both ranks better
    than on either (benchmarks/tries.py). The terms count towards the limit of columns.
    """

    def fit(self, X: pd.DataFrame, y: NDArray[Any], sample_weight: Floats | None = None) -> Self:  # noqa: N803
        """Learn both from raw applications, shape (n, fields), and outcomes, shape (n,), 0 or 1.

        Raises
        ------
        DataError
            When no term separates defaults from others.
        """
        terms = Scorecard(self.inputs, history=self.history).fit(X, y, sample_weight).plan_.columns
        left = None if self.limit is None else max(self.limit - len(terms), 0)
        own = Preprocessor(self.inputs, self.history, left, self.min_count).fit(X, y, sample_weight).plan_.columns
        renamed = [replace(term, name=f"{term.name} (bins)") for term in terms]
        self.plan_ = replace(self.inputs.draft(), columns=tuple(make_names_unique([*own, *renamed]))).pruned()
        return self


def drop_correlated(rows: Floats, order: Sequence[int], weights: Floats | None = None) -> list[int]:
    """Choose the best column of each group of correlated columns.

    Parameters
    ----------
    rows : shape (n, columns).
    order : columns to choose from, best first.
    weights : shape (n,), how often each client counts; once by default.

    >>> rows = np.array([[0.0, 0.0, 1.0], [1.0, 1.0, 0.0], [2.0, 2.1, 1.0], [3.0, 3.0, 0.0]])
    >>> drop_correlated(rows, [1, 0, 2])
    [1, 2]
    """
    varying = [i for i in order if rows[:, i].min() < rows[:, i].max()]
    if not varying:
        return []
    correlation = np.abs(np.atleast_2d(_correlate(rows[:, varying], weights)))
    kept: list[int] = []
    for place in range(len(varying)):
        if not kept or correlation[place, kept].max() <= _ALIKE:
            kept.append(place)
    return [varying[place] for place in kept]


def _correlate(rows: Floats, weights: Floats | None) -> Floats:
    if weights is None:
        correlation: Floats = np.asarray(np.corrcoef(rows, rowvar=False))
        return correlation
    covariance = np.atleast_2d(np.cov(rows, rowvar=False, aweights=weights))
    deviation = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(deviation, deviation))


def drop_until_positive(
    rows: Floats,
    target: NDArray[Any],
    columns: Sequence[int],
    limit: int | None,
    certainty: float,
    penalty: float,
    weights: Floats | None = None,
) -> list[int]:
    """Drop columns until all remaining coefficients are clearly above 0.

    The column whose coefficient has the fewest standard errors above 0 is dropped first. After each fit, columns are
    dropped by a quadratic approximation of the fit; then the others are fitted again.

    Parameters
    ----------
    rows : shape (n, all columns).
    target : shape (n,), 0 or 1, both present.
    columns : the columns to begin with.
    limit : how many may stay; None for all.
    certainty : how many standard errors above 0.
    penalty : ``C`` of the logistic regression.
    weights : shape (n,), how often each client counts; once by default.

    Source: Lawless and Singhal (1978), Efficient screening of nonnormal regression models; standard errors by
    White (1982), Maximum likelihood estimation of misspecified models, because class weights are no likelihood.
    """
    kept = list(columns)
    while kept:
        scaled = StandardScaler().fit_transform(rows[:, kept], sample_weight=weights)
        model = LogisticRegression(class_weight="balanced", solver="newton-cholesky", C=penalty, max_iter=200)
        stay = _eliminate(scaled, target, model.fit(scaled, target, weights), limit, certainty, weights)
        if len(stay) == len(kept):
            break
        kept = [kept[i] for i in stay]
    return kept


def _eliminate(
    scaled: Floats,
    target: NDArray[Any],
    model: LogisticRegression,
    limit: int | None,
    certainty: float,
    weights: Floats | None,
) -> list[int]:
    """Find the coefficients that stay, by backward elimination on the fit's quadratic approximation."""
    counted = np.ones(len(target)) if weights is None else weights
    share = counted @ target / counted.sum()
    weight = np.where(target == 1, 0.5 / share, 0.5 / (1 - share))
    chance = model.predict_proba(scaled)[:, 1]
    design = np.column_stack([np.ones(len(scaled)), scaled])
    curvature = (design * (counted * weight * chance * (1 - chance))[:, None]).T @ design
    curvature[1:, 1:] += np.eye(scaled.shape[1]) / model.C
    scores = design * (weight * (target - chance))[:, None]
    scores *= np.sqrt(counted)[:, None]
    spread = scores.T @ scores
    pull = curvature @ np.append(model.intercept_, model.coef_[0])
    stay = list(range(scaled.shape[1]))
    while stay:
        places = [0, *(i + 1 for i in stay)]
        inverse = np.linalg.inv(curvature[np.ix_(places, places)])
        errors = np.sqrt(np.diag(inverse @ spread[np.ix_(places, places)] @ inverse))
        ratio = (inverse @ pull[places] / errors)[1:]
        if (limit is None or len(stay) <= limit) and ratio.min() > certainty:
            break
        stay.pop(int(np.argmin(ratio)))
    return stay
