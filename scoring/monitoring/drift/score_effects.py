"""What a feature's drift does to decisions: the current clients scored with the reference's values of this feature."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats
from scoring.model.compile import raw_sources
from scoring.model.plan import model_ready
from scoring.monitoring.drift.drift_report import Effect
from scoring.monitoring.drift.references import Marginal
from scoring.monitoring.drift.samples import Sample
from scoring.validation.figures import Model

_MOST = 20_000  # clients scored again for each feature


class Effects:
    """Measures effects on the decisions about a sample of clients; at most 20,000 of them, drawn at random."""

    def __init__(self, model: Model, sample: Sample, seed: int = 0) -> None:
        self._model, self._seed = model, seed
        draws = np.random.default_rng(seed)
        chosen = np.sort(draws.permutation(len(sample.rows))[:_MOST])
        self._sample = sample.select(chosen)
        self._refused, self._risk = self._score(self._sample.rows)

    def measure(self, marginals: Mapping[str, Marginal]) -> dict[str, Effect]:
        """Measure the effect of each raw field that moved: as it is, minus as the reference has it.

        Fields from which the model computes one number, such as a ratio, get the reference's values together: to change
        only one of them would make clients who do not exist.

        Parameters
        ----------
        marginals : in the reference, by the fields' names.
        """
        plan = self._model.manifest.plan
        effects = {}
        for group in group_fields([raw_sources(plan, column.source) for column in plan.columns], [*marginals]):
            draws = np.random.default_rng(self._seed)
            fields = dict(self._sample.fields)
            for name in group:
                fields[name] = give_marginal(fields[name], marginals[name], draws)
            rows = self._sample.rows.copy()
            self._prepare_again(rows, {*group}, fields)
            whole = self._compare(rows)
            for name in group:
                others = tuple(one for one in group if one != name)
                effects[name] = whole.model_copy(update={"together_with": others})
        return effects

    def measure_column(self, name: str, marginal: Marginal) -> Effect:
        """Measure the effect of a model-ready column that no raw field explains."""
        rows, place = self._sample.rows.copy(), self._model.manifest.features.index(name)
        rows[:, place] = give_marginal(rows[:, place], marginal, np.random.default_rng(self._seed))
        return self._compare(rows)

    def _compare(self, rows: Floats) -> Effect:
        refused, risk = self._score(rows)
        return Effect(refusal_rate=self._refused - refused, calibrated_probability=self._risk - risk)

    def _prepare_again(self, rows: Floats, changed: set[str], fields: Mapping[str, NDArray[Any]]) -> None:
        """Compute the columns again that depend on changed fields, where everything else that they need is known."""
        plan = self._model.manifest.plan
        needs = [raw_sources(plan, column.source) for column in plan.columns]
        places = [place for place, needed in enumerate(needs) if changed & needed and needed <= fields.keys()]
        if places:
            part = replace(plan, columns=tuple(plan.columns[place] for place in places)).pruned()
            read = {one: fields[one] for one in (*part.raw_numbers(), *part.raw_categories())}
            rows[:, places] = model_ready(part, read)

    def _score(self, rows: Floats) -> tuple[float, float]:
        scores = self._model.scorer().score(rows)
        calibrated = self._model.manifest.calibration.apply(scores.probability)
        return float(scores.refused.mean()), float(calibrated.mean())


def group_fields(needs: Iterable[frozenset[str]], names: Sequence[str]) -> list[list[str]]:
    """Group names that stand together in one of the sets, directly or through others.

    >>> group_fields([frozenset("ab"), frozenset("bc"), frozenset("d")], ["a", "c", "b", "d"])
    [['a', 'b', 'c'], ['d']]
    """
    groups = [{name} for name in names]
    for together in needs:
        touched = [group for group in groups if group & together]
        if len(touched) > 1:
            groups = [group for group in groups if group not in touched]
            groups.append(set().union(*touched))
    return sorted(sorted(group) for group in groups)


def give_marginal(values: NDArray[Any], marginal: Marginal, draws: np.random.Generator) -> NDArray[Any]:
    """Change values as little as possible so that they are distributed as in the reference.

    Numbers keep their order (quantile mapping). Of the texts that are too frequent, clients drawn at random get those
    that are too rare. Missing values are filled in, or made, for clients drawn at random.

    >>> draws = np.random.default_rng(0)
    >>> give_marginal(np.array([1.0, 3.0, 2.0]), Marginal(0.0, np.array([10.0, 20.0, 30.0]), None, {}), draws).tolist()
    [10.0, 30.0, 20.0]
    """
    if values.dtype.kind != "f":
        return _give_texts(values, marginal, draws)
    given = values.copy()
    known = np.flatnonzero(~np.isnan(values))
    absent = np.flatnonzero(np.isnan(values))
    wanted = round((1 - marginal.missing) * len(values)) if len(marginal.values) else 0
    if len(known) and len(marginal.values):  # equal values are spread over their quantiles at random
        order = np.lexsort((draws.random(len(known)), values[known]))
        places = np.empty(len(known))
        places[order] = (np.arange(len(known)) + 0.5) / len(known)
        given[known] = marginal.quantiles(places)
    if len(known) > wanted:
        given[draws.permutation(known)[: len(known) - wanted]] = np.nan
    elif wanted > len(known):
        filled = draws.permutation(absent)[: wanted - len(known)]
        given[filled] = marginal.quantiles(draws.random(len(filled)))
    return given


def _give_texts(values: NDArray[Any], marginal: Marginal, draws: np.random.Generator) -> NDArray[Any]:
    targets: dict[str | None, float] = {None: marginal.missing}
    targets |= {name: share * (1 - marginal.missing) for name, share in marginal.shares.items()}
    given = values.copy()
    places: dict[str | None, list[int]] = {}
    for place, text in enumerate(values.tolist()):
        places.setdefault(None if text is None or text != text else str(text), []).append(place)
    free: list[int] = []
    lacking: list[str | None] = []
    for name in [*targets, *(one for one in places if one not in targets)]:
        here, wanted = places.get(name, []), round(targets.get(name, 0.0) * len(values))
        if len(here) > wanted:
            free += draws.permutation(here)[: len(here) - wanted].tolist()
        else:
            lacking += [name] * (wanted - len(here))
    for place, name in zip(draws.permutation(free).tolist(), lacking, strict=False):
        given[place] = name
    return given
