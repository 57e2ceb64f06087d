"""The preprocessor as a scikit-learn transformer: ``fit`` makes a plan, ``transform`` carries it out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from scoring.core.plan import (
    CategoryColumn,
    Column,
    Derived,
    MissingColumn,
    NumberColumn,
    Plan,
    complete,
    model_ready,
)
from scoring.core.select import strongest


class Preprocessor(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Impute numbers by their median, flag missing ones, encode categories as 0/1 columns.

    Parameters
    ----------
    numbers : numeric fields to use as they are.
    categories : text fields to encode.
    derived : numbers to compute from other numbers, in order; all become features too.
    missing_values : for each field, the values that stand for "missing".
    candidates : further numeric fields, of which only the ``keep`` strongest are used, chosen by ``fit``. A frame
        to transform may lack them; they count as missing there.
    keep : how many candidates to use.
    min_count : a category, missing values of a field, or all but a number's commonest value, seen less often
        get no column.
    """

    plan_: Plan
    chosen_: list[str]

    def __init__(
        self,
        numbers: Sequence[str],
        categories: Sequence[str] = (),
        derived: Sequence[Derived] = (),
        missing_values: Mapping[str, tuple[float | str, ...]] | None = None,
        candidates: Sequence[str] = (),
        keep: int = 0,
        min_count: int = 100,
    ) -> None:
        self.numbers = numbers
        self.categories = categories
        self.derived = derived
        self.missing_values = missing_values
        self.candidates = candidates
        self.keep = keep
        self.min_count = min_count

    def fit(self, X: pd.DataFrame, y: NDArray[Any] | None = None) -> Self:  # noqa: N803
        """Learn medians and categories from raw applications, shape (n, fields), and choose among candidates.

        ``y``, shape (n,), 0 or 1, is needed where there are candidates.
        """
        draft = Plan(missing_values=self.missing_values or {}, derived=tuple(self.derived), columns=())
        self.chosen_ = self._choose(X, y)
        columns = complete(draft, self._raw(X))
        names = [*self.numbers, *(step.name for step in self.derived), *self.chosen_]
        fitted = [column for name in names for column in self._number_columns(name, columns[name])]
        for name in self.categories:
            fitted += self._category_columns(name, columns[name])
        self.plan_ = replace(draft, columns=tuple(_without_copies(fitted, columns)))
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """Turn raw applications, shape (n, fields), into model-ready rows, shape (n, features)."""
        rows = model_ready(self.plan_, self._raw(X))
        return pd.DataFrame(rows, columns=self.plan_.feature_names(), index=X.index)

    def _choose(self, frame: pd.DataFrame, target: NDArray[Any] | None) -> list[str]:
        if not self.candidates or target is None:
            return []
        candidates = list(self.candidates)
        values = frame[candidates].to_numpy(dtype=float, na_value=np.nan)
        return sorted(candidates[i] for i in strongest(values, target, self.keep))

    def _raw(self, frame: pd.DataFrame) -> dict[str, NDArray[Any]]:
        needed = dict.fromkeys(
            [
                *self.numbers,
                *(name for name in self.chosen_ if name in frame),
                *(name for step in self.derived for name in step.inputs),
            ]
        )
        made = {step.name for step in self.derived}
        raw: dict[str, NDArray[Any]] = {
            name: frame[name].to_numpy(dtype=float, na_value=np.nan) for name in needed if name not in made
        }
        for name in set(self.chosen_) - set(frame):
            raw[name] = np.full(len(frame), np.nan)
        for name in self.categories:
            texts = frame[name].astype(object)
            raw[name] = texts.where(texts.notna(), None).to_numpy()
        return raw

    def _number_columns(self, name: str, values: NDArray[np.float64]) -> list[Column]:
        absent = np.isnan(values)
        known = values[~absent]
        counts = np.unique(known, return_counts=True)[1]
        if len(known) - counts.max(initial=0) < self.min_count:
            return []
        columns: list[Column] = [NumberColumn(name=name, source=name, fill=float(np.median(known)))]
        if self.min_count <= np.count_nonzero(absent):
            columns.append(MissingColumn(name=f"{name}_missing", source=name))
        return columns

    def _category_columns(self, name: str, values: NDArray[Any]) -> list[Column]:
        counts = pd.Series(values).value_counts(dropna=False)
        frequent = [value for value, count in counts.items() if count >= self.min_count]
        texts = [None if value is None or value != value else str(value) for value in frequent]
        return [
            CategoryColumn(name=f"{name}_{'missing' if text is None else text}", source=name, value=text)
            for text in sorted(texts, key=lambda text: (text is None, text or ""))
        ]


def _without_copies(fitted: list[Column], columns: Mapping[str, NDArray[Any]]) -> list[Column]:
    """Drop "missing" columns that say the same as an earlier one (fields that are missing together)."""
    seen: set[bytes] = set()
    kept = []
    for column in fitted:
        if isinstance(column, MissingColumn):
            pattern = np.isnan(columns[column.source]).tobytes()
            if pattern in seen:
                continue
            seen.add(pattern)
        kept.append(column)
    return kept
