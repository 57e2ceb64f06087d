"""``GET /population``: all known clients, or similar ones, for comparison with one client."""

import difflib
import re
from functools import cache, lru_cache
from typing import Any

import numpy as np
from flask import Blueprint, Response, request
from numpy.typing import NDArray

from scoring.errors import InputError, InvalidParameter, input_error
from scoring.model.schema import Text
from scoring.service import MOST_PORTFOLIOS, Service
from scoring.web.answers import FeatureHistogram, PopulationSummary, Sample, json_answer
from scoring.web.gate.current_caller import seen_by_caller
from scoring.web.histogram import count_categories, count_numbers
from scoring.web.parameters import takes

MOST_FEATURES = 10
MOST_CONDITIONS = 10
SAMPLE = 500
_SEED = 20
_HINTS = 5  # unknown names for which a similar one is searched; the search takes far longer than everything else
NUMBER = r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?"
_RANGE = re.compile(rf"({NUMBER})?\.\.({NUMBER})?", re.ASCII)


class Population:
    """Values of all known clients by feature.

    Attributes
    ----------
    fields : raw fields by name; empty where only model-ready rows are known.
    texts : names of the features that are categories.
    numbers : names of all other features: fields with numbers, and model-ready columns.
    scores : scores of all known clients, n of them.
    known, defaulted : shape (n,); whether a client's outcome is known, and whether the client defaulted.
    values : function of a feature's name that returns its values: an array of shape (n,) with NaN, or a list of texts
        with None.
    """

    def __init__(self, service: Service) -> None:
        self._service, bundle = service, service.bundle
        self._part = lru_cache(MOST_PORTFOLIOS)(Population)
        self._bundle = bundle
        schema = bundle.manifest.input_schema if bundle.manifest and bundle.facts else None
        self.fields = {field.name: field for field in schema.fields} if schema else {}
        self.texts = [name for name, field in self.fields.items() if field.type == "category"]
        columns = [name for name in bundle.scorer.features if name not in self.fields]
        self.numbers = [*(name for name in self.fields if name not in set(self.texts)), *columns]
        self._column = {name: i for i, name in enumerate(bundle.scorer.features)}
        self.scores = service.scores
        outcomes = bundle.clients.outcomes
        if outcomes is None:
            outcomes = np.full(len(bundle.clients.client_ids), np.nan)
        self.known, self.defaulted = ~np.isnan(outcomes), outcomes == 1.0
        # The order is random but fixed: the first clients of a table that is sorted would not be a fair sample.
        self._order = np.random.default_rng(_SEED).permutation(len(bundle.clients.client_ids))
        self.values = cache(self._read_values)

    def seen_by_caller(self) -> "Population":
        """Return the clients that the caller of the current request may see."""
        service = seen_by_caller(self._service)
        return self if service is self._service else self._part(service)

    def _read_values(self, name: str) -> Any:
        facts, table = self._bundle.facts, self._bundle.clients
        if facts is None or name not in self.fields:
            return table.rows[:, self._column[name]]
        values = facts.column(name, table.client_ids)
        return values if name in self.texts else np.array(values, dtype=np.float64)

    def select(self, conditions: list[str]) -> NDArray[np.bool_]:
        """Select the clients that meet all conditions, shape (n,); raises InvalidParameter listing invalid ones."""
        chosen = np.ones(len(self._order), dtype=bool)
        met = {condition: self._met(condition) for condition in conditions}
        expected = "<feature>:<value>, <feature>:<low>..<high> or <feature>: (missing)"
        if errors := [input_error("where", one, expected) for one in conditions if met[one] is None]:
            raise InvalidParameter(f"where: {len(errors)} invalid conditions. See errors.", *errors)
        for clients in met.values():
            chosen &= clients
        return chosen

    def _met(self, condition: str) -> Any:
        names = [name for name in (*self.numbers, *self.texts) if condition.startswith(f"{name}:")]
        if not names:
            return None
        name = max(names, key=len)  # a lender's names may contain colons
        wanted, values = condition[len(name) + 1 :], self.values(name)
        if name in self.texts:
            return np.array([value == (wanted or None) for value in values], dtype=bool)
        if not wanted:
            return np.isnan(values)
        if between := _RANGE.fullmatch(wanted):
            low, high = (float(text) if text else None for text in between.groups())
            at_least = ~np.isnan(values) if low is None else values >= low
            return at_least if high is None else at_least & (values <= high)
        return values == float(wanted) if re.fullmatch(NUMBER, wanted, re.ASCII) else None

    def summarise(self, features: list[str], conditions: list[str]) -> PopulationSummary:
        """Count the clients that meet the conditions, with histograms by decision and a sample."""
        chosen, refused = self.select(conditions), self.scores.refused
        sampled = self._order[chosen[self._order]][:SAMPLE]
        calibrated = self.scores.calibrated_probability
        defaulted, known = self.defaulted, chosen & self.known
        return PopulationSummary(
            total=len(chosen),
            clients=int(chosen.sum()),
            accepted=int((chosen & ~refused).sum()),
            refused=int((chosen & refused).sum()),
            repaid=int((known & ~defaulted).sum()) if self.known.any() else None,
            defaulted=int((known & defaulted).sum()) if self.known.any() else None,
            features=[self._histogram(name, chosen) for name in features],
            sample=Sample(
                features={name: self._some(name, sampled) for name in features},
                probability=self.scores.probability[sampled].tolist(),
                calibrated_probability=None if calibrated is None else calibrated[sampled].tolist(),
                decision=["REFUSED" if refused[i] else "ACCEPTED" for i in sampled],
                outcome=[("DEFAULTED" if defaulted[i] else "REPAID") if self.known[i] else None for i in sampled],
            ),
        )

    def _histogram(self, name: str, chosen: NDArray[np.bool_]) -> FeatureHistogram:
        count = count_categories if name in self.texts else count_numbers
        counts = count(self.values(name), self.scores.refused, chosen)
        happened = count(self.values(name), self.defaulted, chosen & self.known) if self.known.any() else {}
        field = self.fields.get(name)
        label, unit = (field.label, field.unit) if field else (Text(en=name, fr=name), None)
        outcomes = {"repaid": happened.get("accepted"), "defaulted": happened.get("refused")}
        return FeatureHistogram(name=name, label=label, unit=unit, **counts, **outcomes)

    def _some(self, name: str, sampled: NDArray[np.intp]) -> list[Any]:
        values = self.values(name)
        if name in self.texts:
            return [values[i] for i in sampled]
        return [None if value != value else value for value in values[sampled].tolist()]


def blueprint(population: Population) -> Blueprint:
    """Serve ``/population``."""
    routes = Blueprint("population", __name__)

    @routes.get("/population")
    @takes(many=("features", "where"))
    def compare() -> Response:
        names = {*population.numbers, *population.texts}
        features = _names(request.args.getlist("features"), names)
        conditions = request.args.getlist("where")
        if len(conditions) > MOST_CONDITIONS:
            raise InvalidParameter(f"where: {len(conditions)} conditions; expected at most {MOST_CONDITIONS}.")
        return json_answer(population.seen_by_caller().summarise(features, conditions))

    return routes


def _names(given: list[str], known: set[str]) -> list[str]:
    """Split names at commas; a lender's names may contain commas themselves."""
    names: list[str] = []
    for text in given:
        rest = text
        while rest and len(names) <= MOST_FEATURES:
            fitting = [name for name in known if rest == name or rest.startswith(f"{name},")]
            name = max(fitting, key=len) if fitting else rest.split(",")[0]
            names.append(name)
            rest = rest[len(name) + 1 :]
    if max(len(names), len(given)) > MOST_FEATURES:
        error = input_error("features", ",".join(given), f"at most {MOST_FEATURES} names")
        raise InvalidParameter(f"features: more than {MOST_FEATURES} names; expected at most {MOST_FEATURES}.", error)
    errors: list[InputError] = []
    for name in (one for one in names if one not in known):
        close = difflib.get_close_matches(name[:100], sorted(known), n=1) if len(errors) < _HINTS else []
        errors.append(input_error("features", name, f"a feature; did you mean {close[0]}?" if close else "a feature"))
    if errors:
        raise InvalidParameter(
            f"features: {len(errors)} unknown names. See errors; /features and /model list the names.", *errors
        )
    return list(dict.fromkeys(names))
