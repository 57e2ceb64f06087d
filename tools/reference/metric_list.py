"""The metrics, for docs/metrics_and_logs.md, from what the service exposes."""

from collections.abc import Iterator

from scoring.monitoring.metrics.counters import Counters
from scoring.monitoring.metrics.expectation import Expectation
from scoring.monitoring.metrics.exposition import ServiceState
from tools.reference.blocks import fill, table

NAME = "metrics"


def write_page(page: str) -> str:
    """Return docs/metrics_and_logs.md with the list of metrics written again."""
    return fill(page, {NAME: table(("Metric", "Type", "Labels", "Meaning"), list_metrics())})


def list_metrics() -> Iterator[tuple[str, str, str, str]]:
    """Yield name, type, labels and meaning of every metric."""
    counters = Counters()
    counters.count_answer("GET", "/", "404", 0.0, "not-found")  # so that each has a series with its labels
    state = ServiceState("a", "b", Expectation(0.3, 0.08, 1000), lambda: 0, lambda: (0.0, 0))
    for metric in (*counters.registry.collect(), *state.collect()):
        labels = [label for label in metric.samples[0].labels if label != "le"]
        name = f"{metric.name}_total" if metric.type == "counter" else metric.name
        yield f"`{name}`", metric.type, ", ".join(f"`{label}`" for label in labels), metric.documentation
