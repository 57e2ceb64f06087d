"""``GET /population``: the known clients, or similar ones, for comparison with one client.

Where there are very many clients, a sample describes them, which is drawn once and scored at the first request.
"""

import re
from functools import cache
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from flask import Blueprint, Response, request
from numpy.typing import NDArray

from scoring.errors import InputError, InvalidParameter, find_similar, input_error
from scoring.model.schema import Text
from scoring.model.scorer import Scores
from scoring.service import Service
from scoring.storage.bundle import Bundle
from scoring.storage.clients.client_store import ClientSample
from scoring.tables.text.cells import compose
from scoring.web.answers import Coverage, FeatureHistogram, PopulationSummary, Sample, json_answer
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


class Features:
    """What clients can be compared by.

    Attributes
    ----------
    fields : raw fields by name; empty where only model-ready rows are known.
    texts : names of the features that are categories.
    numbers : names of all other features: fields with numbers, and model-ready columns.
    columns : places of the model-ready columns.
    """

    def __init__(self, bundle: Bundle) -> None:
        schema = bundle.manifest.input_schema if bundle.manifest and bundle.clients.has_facts else None
        self.fields = {field.name: field for field in schema.fields} if schema else {}
        self.texts = [name for name, field in self.fields.items() if field.type == "category"]
        columns = [name for name in bundle.scorer.features if name not in self.fields]
        self.numbers = [*(name for name in self.fields if name not in set(self.texts)), *columns]
        self.columns = {name: i for i, name in enumerate(bundle.scorer.features)}


class Population:
    """Describes the clients that a caller may see. They are scored once, when somebody asks.

    Attributes
    ----------
    features : what they can be compared by.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self.features = Features(service.bundle)
        # What was computed from a sample is dropped when the store has another sample.
        self._scored: WeakKeyDictionary[ClientSample, ScoredSample] = WeakKeyDictionary()
        self._lock = Lock()

    def seen_by_caller(self) -> "ScoredSample":
        """Return the clients that the caller of the current request may see; raises ClientsUnavailable."""
        sample = seen_by_caller(self._service).bundle.clients.sample()
        with self._lock:
            if sample not in self._scored:
                self._scored[sample] = ScoredSample(
                    sample, self._service.bundle.scorer.score(sample.rows), self.features
                )
            return self._scored[sample]


class ScoredSample:
    """Values of the clients in a sample by feature, with their scores.

    Attributes
    ----------
    total : number of all clients; the sample has n of them.
    features : what they can be compared by.
    scores : of n clients.
    known, defaulted : shape (n,); whether a client's outcome is known, and whether the client defaulted.
    values : function of a feature's name that returns its values: an array of shape (n,) with NaN, or a list of texts
        with None.
    """

    def __init__(self, sample: ClientSample, scores: Scores, features: Features) -> None:
        self.total, self.scores, self.features = sample.total, scores, features
        self._rows, self._field = sample.rows, sample.field
        outcomes = np.full(len(sample.rows), np.nan) if sample.outcomes is None else sample.outcomes
        self.known, self.defaulted = ~np.isnan(outcomes), outcomes == 1.0
        # The order is random but fixed: the first clients of a table that is sorted would not be a fair sample.
        self._order = np.random.default_rng(_SEED).permutation(len(sample.rows))
        self.values = cache(self._read_values)

    def _read_values(self, name: str) -> Any:
        if name not in self.features.fields:
            return self._rows[:, self.features.columns[name]]
        try:
            values = self._field(name)
        except KeyError:  # the table that replaced the former one has no applications
            values = [None] * len(self._rows)
        return values if name in self.features.texts else np.array(values, dtype=np.float64)

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
        condition = compose(condition)
        names = [name for name in (*self.features.numbers, *self.features.texts) if condition.startswith(f"{name}:")]
        if not names:
            return None
        name = max(names, key=len)  # a lender's names may contain colons
        wanted, values = condition[len(name) + 1 :], self.values(name)
        if name in self.features.texts:
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
            coverage=Coverage(described=len(chosen), known=self.total),
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
        count = count_categories if name in self.features.texts else count_numbers
        counts = count(self.values(name), self.scores.refused, chosen)
        happened = count(self.values(name), self.defaulted, chosen & self.known) if self.known.any() else {}
        field = self.features.fields.get(name)
        label, unit = (field.label, field.unit) if field else (Text(en=name, fr=name), None)
        outcomes = {"repaid": happened.get("accepted"), "defaulted": happened.get("refused")}
        return FeatureHistogram(name=name, label=label, unit=unit, **counts, **outcomes)

    def _some(self, name: str, sampled: NDArray[np.intp]) -> list[Any]:
        values = self.values(name)
        if name in self.features.texts:
            return [values[i] for i in sampled]
        return [None if value != value else value for value in values[sampled].tolist()]


def blueprint(population: Population) -> Blueprint:
    """Serve ``/population``."""
    routes = Blueprint("population", __name__)

    @routes.get("/population")
    @takes(many=("features", "where"))
    def compare() -> Response:
        names = {*population.features.numbers, *population.features.texts}
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
        close = find_similar(name, sorted(known)) if len(errors) < _HINTS else None
        errors.append(input_error("features", name, f"a feature; did you mean {close}?" if close else "a feature"))
    if errors:
        raise InvalidParameter(
            f"features: {len(errors)} unknown names. See errors; /features and /model list the names.", *errors
        )
    return list(dict.fromkeys(names))
