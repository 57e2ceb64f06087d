"""The text that Prometheus reads: what all workers have counted, and the state of the service at this moment."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from scoring.monitoring.metrics.counters import Counters
from scoring.monitoring.metrics.expectation import Expectation
from scoring.monitoring.metrics.worker_files import WorkerFiles


class ServiceState(Collector):
    """The model in use and what is expected of it; the same in all workers, but during a reload.

    Parameters
    ----------
    alarms : function that returns how many walk alarms there were since the start; None where no keys are needed.
    last_verified : function that returns when the decision record was last verified, in seconds since 1970, and the
        number of deviations, None if it never was; returns None where a verification leaves no result.
    """

    def __init__(
        self,
        model_version: str,
        service_version: str,
        expectation: Expectation | None,
        alarms: Callable[[], int] | None = None,
        last_verified: Callable[[], tuple[float, int | None] | None] = lambda: None,
    ) -> None:
        self._versions = {"model_version": model_version, "service_version": service_version}
        self._expectation, self._alarms, self._last_verified = expectation, alarms, last_verified

    def collect(self) -> Iterator[Metric]:
        """Yield every metric that there is."""
        model = GaugeMetricFamily(
            "scoring_model_info", "The model in use, by version; always 1.", labels=list(self._versions)
        )
        model.add_metric(list(self._versions.values()), 1)
        yield model
        if self._expectation is not None:
            yield GaugeMetricFamily(
                "scoring_expected_refusal_rate",
                "Share of clients refused (0 to 1) when the model was trained.",
                value=self._expectation.refusal_rate,
            )
            yield GaugeMetricFamily(
                "scoring_expected_calibrated_probability",
                "Mean calibrated probability of default (0 to 1) when the model was trained.",
                value=self._expectation.calibrated_mean,
            )
        if self._alarms is not None:
            yield CounterMetricFamily(
                "scoring_walk_alarms", "API keys that began to walk through client numbers.", value=self._alarms()
            )
        if (verified := self._last_verified()) is not None:
            yield GaugeMetricFamily(
                "scoring_record_verified_timestamp_seconds",
                "When the decision record was last verified, in seconds since 1970; 0 if it never was.",
                value=verified[0],
            )
        if verified is not None and verified[1] is not None:
            yield GaugeMetricFamily(
                "scoring_record_deviations",
                "Deviations that the last verification of the decision record found.",
                value=verified[1],
            )


class _Files(Collector):
    def __init__(self, files: WorkerFiles) -> None:
        self._files = files

    def collect(self) -> Iterable[Metric]:
        return self._files.read()


def write_metrics(counters: Counters, state: ServiceState, files: WorkerFiles | None) -> bytes:
    """Write all metrics in Prometheus' text format.

    Parameters
    ----------
    files : those of all workers; None where this process is the only one.
    """
    shown = CollectorRegistry(auto_describe=False)
    shown.register(state)
    shown.register(counters.registry if files is None else _Files(files))
    return generate_latest(shown)
