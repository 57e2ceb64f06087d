"""What the manifest records of a fitted model and its training data: aggregates only, never a row."""

import hashlib
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.model.calibration import Floats, log_odds
from scoring.model.manifest import FeatureReference, GoldenRecord
from scoring.model.plan import Plan, complete
from scoring.model.population.client_counts import NumberCounts, Population, count_columns, count_numbers, hide_few
from scoring.model.preprocessor import raw_columns
from scoring.model.schema import Comparison, InputSchema, Readable
from scoring.model.scorer import fuse
from scoring.readable.terms import Term, group_into_terms
from scoring.training.candidates.families import PACKAGES
from scoring.training.fit import Fitted

_DECILES = (0.001, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.999)
# Parameters that change the speed, that make a fit repeatable, or that are models themselves.
_TECHNICAL = {
    *("random_state", "random_seed", "n_jobs", "thread_count", "verbose", "verbosity", "allow_writing_files"),
    *("deterministic", "force_col_wise", "members"),
}
_FEWEST = 5  # a category of fewer clients is not shown


def add_observed_values(schema: InputSchema, applications: pd.DataFrame) -> InputSchema:
    """Add the categories of each text field, most frequent first, and the usual range of each number and comparison.

    The range is from the 0.1 % to the 99.9 % quantile of the known values; a field without any has none.
    """
    fields = []
    for field in schema.fields:
        if field.type == "category":
            counts = applications[field.name].value_counts()
            ranked = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
            seen = tuple(str(text) for text, count in ranked if count >= _FEWEST)
            field = field.model_copy(update={"categories": seen})
        else:
            field = field.model_copy(update={"usual": _find_usual_range(_numbers(applications[field.name]))})
        fields.append(field)
    compared = tuple(one.model_copy(update={"usual": _compare(one, applications)}) for one in schema.comparisons)
    return schema.model_copy(update={"fields": tuple(fields), "comparisons": compared})


def _numbers(column: "pd.Series[Any]") -> Floats:
    return column.to_numpy(dtype=float, na_value=np.nan)


def _compare(compared: Comparison, applications: pd.DataFrame) -> tuple[float, float] | None:
    first, second = (_numbers(applications[name]) for name in (compared.first, compared.second))
    if compared.kind == "difference":
        return _find_usual_range(first - second)
    return _find_usual_range(np.divide(first, second, out=np.full_like(first, np.nan), where=second != 0))


def _find_usual_range(values: Floats) -> tuple[float, float] | None:
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    low, high = np.quantile(known, (_DECILES[0], _DECILES[-1])).tolist()
    return low, high


def measure_importances(
    fitted: Fitted, applications: pd.DataFrame, seed: int, weights: Floats | None = None
) -> dict[str, float]:
    """Measure how far each feature moves the log-odds, largest first.

    For a logistic regression: the mean absolute contribution. For any other model: the mean absolute change when the
    values of the feature are exchanged between clients (once, at most 2,000 clients); a similar scale, not the same.
    ``weights``, shape (n,), say how often each client counts in the former.
    """
    rows = fitted.prepare(applications)
    fused = fuse(fitted.scaler, fitted.model)
    if fused is None:
        moved = _permute_features(fitted, rows, seed)
    else:
        moved = np.average(np.abs((rows.to_numpy() - fitted.scaler.mean_) * fused.weights), axis=0, weights=weights)
    ranked = sorted(zip(rows.columns, moved.tolist(), strict=True), key=lambda item: (-item[1], item[0]))
    return {name: round(value, 9) for name, value in ranked}


def _permute_features(fitted: Fitted, rows: pd.DataFrame, seed: int) -> Floats:
    draws = np.random.default_rng(seed)
    some = rows.iloc[np.sort(draws.permutation(len(rows))[:2000])]
    before, order = log_odds(fitted.predict_rows(some)), draws.permutation(len(some))
    moved = []
    for name in some:
        exchanged = some.assign(**{str(name): some[name].to_numpy()[order]})
        moved.append(float(np.abs(log_odds(fitted.predict_rows(exchanged)) - before).mean()))
    return np.array(moved)


def list_parameters(model: Any) -> dict[str, Any]:
    """List the parameters of a model as JSON values."""
    return {
        name: value if value is None or isinstance(value, bool | int | float | str) else repr(value)
        for name, value in sorted(model.get_params(deep=False).items())
        if not (isinstance(value, float) and not np.isfinite(value))
    }


def list_settings(model: Any) -> dict[str, Any]:
    """List the parameters of a model that differ from the defaults of its library, as JSON values.

    >>> from sklearn.ensemble import RandomForestClassifier
    >>> list_settings(RandomForestClassifier(min_samples_leaf=20, random_state=1))
    {'min_samples_leaf': 20}
    """
    usual = list_parameters(type(model)())
    own = {name: value for name, value in list_parameters(model).items() if name not in _TECHNICAL}
    return {name: value for name, value in own.items() if value is not None and value != usual.get(name)}


def summarize_features(
    fitted: Fitted, applications: pd.DataFrame, weights: Floats | None = None
) -> dict[str, FeatureReference]:
    """Compute mean and deciles of each model-ready column; ``weights``, shape (n,), say how often a client counts."""
    rows = fitted.prepare(applications)
    method: Any = "linear" if weights is None else "inverted_cdf"  # the only one with weights
    deciles = np.quantile(rows.to_numpy(), _DECILES, axis=0, weights=weights, method=method)
    return {
        name: FeatureReference(mean=_mean(rows[name], weights), deciles=tuple(deciles[:, i].tolist()))
        for i, name in enumerate(rows.columns)
    }


def describe_population(
    fitted: Fitted, schema: InputSchema, applications: pd.DataFrame, calibrated: Floats, refused: NDArray[np.bool_]
) -> Population:
    """Count the training clients by the values of each field, feature and score.

    Parameters
    ----------
    applications : raw, shape (n, fields).
    calibrated, refused : shape (n,), out of fold.
    """
    plan, rows = fitted.preprocessor.plan, fitted.prepare(applications)
    texts = [field.name for field in schema.fields if field.type == "category"]
    numbers = dict.fromkeys([*(field.name for field in schema.fields if field.type != "category"), *plan.raw_numbers()])
    fields = count_columns(raw_columns(applications, [*numbers], texts))
    columns = count_columns({str(name): rows[name].to_numpy(dtype=float) for name in rows})
    return Population(
        clients=len(applications),
        fields={name: hide_few(counts) for name, counts in fields.items()},
        columns={name: counts for name, counts in columns.items() if isinstance(counts, NumberCounts)},
        score=count_numbers(calibrated),
        calibrated_probability=float(calibrated.mean()),
        refused=int(refused.sum()),
    )


def _mean(column: "pd.Series[Any]", weights: Floats | None) -> float:
    return float(column.mean() if weights is None else np.average(column, weights=weights))


def make_golden_records(fitted: Fitted, applications: pd.DataFrame) -> tuple[GoldenRecord, ...]:
    """Make three synthetic rows (the mean client, and one standard deviation up and down) with their probabilities."""
    rows = fitted.prepare(applications)
    mean, deviation = rows.to_numpy().mean(axis=0), rows.to_numpy().std(axis=0)
    synthetic = np.vstack([mean, mean + deviation, mean - deviation])
    probability = fitted.predict_rows(pd.DataFrame(synthetic, columns=rows.columns))
    pairs = zip(synthetic.tolist(), probability.tolist(), strict=True)
    return tuple(GoldenRecord(row=tuple(row), probability=value) for row, value in pairs)


def select_readable_names(plan: Plan, schema: InputSchema, readable: Mapping[str, Readable]) -> dict[str, Readable]:
    """Select the readable names that a plan's terms need, and those of the numbers they are derived from."""
    fields = {field.name for field in schema.fields}
    used = {column.source for column in plan.columns} | {step.name for step in plan.derived}
    return {name: readable[name] for name in sorted(used & readable.keys() - fields)}


def find_typical_client(
    plan: Plan,
    schema: InputSchema,
    applications: pd.DataFrame,
    accepted: NDArray[np.bool_],
    weights: Floats | None = None,
) -> dict[str, float | str | None]:
    """Find a typical accepted client's value of each term.

    For a number, the lower median of the known values; for a text, the most frequent one; None if most are missing.
    Where a missing value may hide a category that gives a protected attribute away, only known values count.

    Parameters
    ----------
    applications : raw, shape (n, fields).
    accepted : shape (n,), the clients whom the model accepts; all clients count if it accepts nobody.
    weights : shape (n,), how often each client counts; once by default.
    """
    counts = np.ones(len(applications)) if weights is None else weights
    chosen, counts = (applications[accepted], counts[accepted]) if accepted.any() else (applications, counts)
    columns = complete(plan, raw_columns(chosen, plan.raw_numbers(), plan.raw_categories()))
    return {term.name: _middle(term, columns[term.name], counts) for term in group_into_terms(plan, schema, {})}


def _middle(term: Term, values: NDArray[Any], counts: Floats) -> float | str | None:
    present = ~pd.isna(values)
    known, weights = values[present], counts[present]
    if not len(known) or (weights.sum() * 2 < counts.sum() and not term.silent_when_missing):
        return None
    if values.dtype == object:
        texts, places = np.unique(known.astype(str), return_inverse=True)
        return str(texts[np.argmax(np.bincount(places, weights))])
    return float(np.quantile(known.astype(float), 0.5, method="inverted_cdf", weights=weights))


def fingerprint(applications: pd.DataFrame, schema: InputSchema, more: Sequence[str] = ()) -> str:
    """Compute the sha256 of the application table's values, whatever the order of its rows.

    ``more`` names further columns, such as history features or the weights of clients.
    """
    names = [schema.identity.name, schema.target, *(field.name for field in schema.fields), *more]
    ordered = applications[names].sort_values(schema.identity.name).reset_index(drop=True)
    digest = hashlib.sha256(",".join(map(str, ordered.columns)).encode())
    digest.update(pd.util.hash_pandas_object(ordered, index=False).to_numpy().tobytes())
    return digest.hexdigest()


def list_versions(family: str) -> dict[str, str]:
    """List the versions of the packages that fitted the objects and are needed to load them."""
    names = ("numpy", "pandas", "scikit-learn", *PACKAGES.get(family, ()))
    return {"python": platform.python_version(), **{name: version(name) for name in names}}
