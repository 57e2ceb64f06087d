"""The table of metrics in the docs says what the code counts."""

import re

from scoring.monitoring.metrics.counters import Counters
from scoring.monitoring.metrics.expectation import Expectation
from scoring.monitoring.metrics.exposition import ServiceState

ROW = re.compile(r"\| `(\w+)` \| (\w+) \| (.*?) ?\| (.*) \|")


def exposed():
    """Name, type, labels and text of every metric; each has at least one series."""
    counters = Counters()
    counters.count_answer("GET", "/", "404", 0.0, "not-found")
    state = ServiceState("a", "b", Expectation(0.3, 0.08, 1000), lambda: 0, lambda: (0.0, 0))
    for metric in (*counters.registry.collect(), *state.collect()):
        labels = [label for label in metric.samples[0].labels if label != "le"]
        name = f"{metric.name}_total" if metric.type == "counter" else metric.name
        yield name, metric.type, labels, metric.documentation


def test_the_table_of_metrics_has_every_metric_with_type_labels_and_text(project):
    page = (project / "docs" / "metrics_and_logs.md").read_text(encoding="utf-8")
    rows = [ROW.fullmatch(line) for line in page.split("\n## Metrics\n")[1].split("\n## ")[0].splitlines()]
    listed = [(row[1], row[2], re.findall(r"`(\w+)`", row[3]), row[4]) for row in rows if row]
    assert sorted(listed) == sorted(exposed())
