"""What every worker counts. Labels have few values: never a client number, an address or a text of a caller."""

from collections import Counter as Counts
from collections.abc import Sequence
from functools import cache
from itertools import product
from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

from scoring.model.decision import Decision

Source = Literal["lookup", "application", "list", "page"]
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ANSWER_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_WRITE_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0)
_PROBABILITIES = (0.01, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)


class _ManyHistogram(Histogram):
    """A histogram that takes many values with few writes to the file of its process."""

    def observe_many(self, values: Sequence[float]) -> None:
        """Count values, as ``observe`` counts one."""
        if len(values) <= 1:
            for value in values:
                self.observe(value)
            return
        counts = [0] * len(self._upper_bounds)
        for value in values:
            counts[next(i for i, bound in enumerate(self._upper_bounds) if value <= bound)] += 1
        self._sum.inc(sum(values))
        for bucket, count in zip(self._buckets, counts, strict=True):
            if count:
                bucket.inc(count)


class Counters:
    """The counters and histograms of a process; threads may share them."""

    def __init__(self) -> None:
        disable_created_metrics()  # they would double the number of series, and Prometheus needs them only for few
        self.registry = CollectorRegistry()
        self._answers = Histogram(
            "scoring_request_duration_seconds",
            "Seconds from a complete request to its answer; the count is the number of answers.",
            ("method", "route", "status"),
            registry=self.registry,
            buckets=_ANSWER_SECONDS,
        )
        self._problems = self._counter("scoring_problems", "Answers with a status from 400, by kind.", "kind")
        self._decisions = self._counter(
            "scoring_decisions", "Decisions that were answered.", "source", "outcome", "review"
        )
        self._model_refusals = Counter(
            "scoring_model_refusals",
            "Answered decisions in which the model refuses, whatever the policy says.",
            registry=self.registry,
        )
        self._probabilities = _ManyHistogram(
            "scoring_calibrated_probability",
            "Calibrated probability of default (0 to 1) of the decisions that were answered.",
            registry=self.registry,
            buckets=_PROBABILITIES,
        )
        self._writes = Histogram(
            "scoring_record_write_seconds",
            "Seconds until what was handed to the decision record was durable.",
            registry=self.registry,
            buckets=_WRITE_SECONDS,
        )
        self._record_failures = self._counter(
            "scoring_record_failures", "What could not be written to the decision record, or read from it.", "what"
        )
        self._reloads = self._counter("scoring_reloads", "Reloads of the model, by what came of them.", "outcome")
        # A counter that is there from the beginning, with 0, can be compared with its later value.
        self._failed = {what: self._record_failures.labels(what) for what in ("written", "read")}
        self._reloaded = {outcome: self._reloads.labels(outcome) for outcome in ("loaded", "refused")}
        self._problems.labels("clients-unavailable")
        for labels in product(get_args(Source), ("ACCEPTED", "REFUSED"), ("true", "false")):
            self._decisions.labels(*labels)
        # The library looks labels up in a microsecond; these dictionaries have as few keys as the labels have values.
        self._answer = cache(self._answers.labels)
        self._decision = cache(self._decisions.labels)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def count_answer(self, method: str, route: str, status: str, seconds: float, problem: str = "") -> None:
        """Count an answer.

        Parameters
        ----------
        method : any; those that no route has are counted together, since callers can make up as many as they want.
        route : such as ``/predict/<client_id>``.
        status : three digits.
        seconds : from the complete request to the answer that is ready to be sent; for an answer that waits for the
            decision record, with this time.
        problem : name of its kind; empty for a status below 400.
        """
        self._answer(method if method in METHODS else "other", route, status).observe(seconds)
        if problem:
            self._problems.labels(problem).inc()

    def count_decisions(self, source: Source, decisions: Sequence[Decision]) -> None:
        """Count decisions that somebody gets to see, by outcome, and their calibrated probabilities."""
        if len(decisions) == 1:
            self._decision(source, decisions[0]["decision"], _describe(decisions[0]["review"])).inc()
        else:
            counts = Counts((one["decision"], _describe(one["review"])) for one in decisions)
            for key, count in counts.items():
                self._decision(source, *key).inc(count)
        if refusals := sum(one["prediction"] for one in decisions):
            self._model_refusals.inc(refusals)
        # Models without a manifest have no calibration.
        self._probabilities.observe_many([p for one in decisions if (p := one["calibrated_probability"]) is not None])

    def count_record(self, what: Literal["written", "read"], seconds: float, failure: Exception | None) -> None:
        """Count what the decision record wrote or read, or could not."""
        if failure is not None:
            self._failed[what].inc()
        elif what == "written":
            self._writes.observe(seconds)

    def count_reload(self, outcome: Literal["loaded", "refused"]) -> None:
        """Count a reload; ``refused``: the service goes on with the former model."""
        self._reloaded[outcome].inc()


def _describe(review: bool | None) -> str:
    """Write a label; a model without a review band tells of no case whether a person should look."""
    return "unknown" if review is None else "true" if review else "false"


@cache
def shared_counters() -> Counters:
    """Return the one set of counters of this process; a reload of the model goes on counting with it."""
    return Counters()
