"""Rules and dashboard use only what the service exposes, and the rules fire when they should."""

import json
import re
import shutil
import subprocess

import pytest

from scoring.monitoring.metrics.counters import Counters
from scoring.monitoring.metrics.expectation import Expectation
from scoring.monitoring.metrics.exposition import ServiceState

# Of Prometheus itself, or added by it when it reads an address.
OF_PROMETHEUS = {"up": {"job"}}
TARGET = {"job", "instance"}
NAME = re.compile(r"\b(scoring_[a-z0-9_]+|up(?=\{))(\{[^}]*\})?")
RECORDED = re.compile(r"\bscoring:[a-z0-9_:]+")
LABEL = re.compile(r"(\w+)\s*(?:=~|!=|!~|=)")
GROUPED = re.compile(r"\b(?:by|without)\s*\(([^)]*)\)")


@pytest.fixture(scope="module")
def exposed():
    """Labels of every sample that the service exposes, by name."""
    counters = Counters()
    counters.count_answer("GET", "/", "404", 0.0, "not-found")
    state = ServiceState("a", "b", Expectation(0.3, 0.08, 1000), lambda: 0, lambda: (0.0, 0))
    labels = {}
    for metric in (*counters.registry.collect(), *state.collect()):
        labels.setdefault(metric.name, set())
        for sample in metric.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    return {**labels, **OF_PROMETHEUS}


def family(name):
    return re.sub(r"_(bucket|count|sum|total)$", "", name)


def expressions(project):
    rules = (project / "ops" / "prometheus" / "rules.yml").read_text(encoding="utf-8")
    listed = re.split(r"\n\s*- (?:record|alert): ", rules)[1:]
    panels = json.loads((project / "ops" / "grafana" / "dashboard.json").read_text(encoding="utf-8"))["panels"]
    return rules, [*listed, *(target["expr"] for panel in panels for target in panel["targets"])]


def test_every_metric_and_label_in_rules_and_dashboard_is_exposed(project, exposed):
    _, listed = expressions(project)
    used = set()
    for expression in listed:
        names = NAME.findall(expression)
        for name, selector in names:
            assert name in exposed, f"{name} in {expression}"
            assert {*LABEL.findall(selector)} <= exposed[name] | TARGET, f"{name}{selector}"
        known = set().union(TARGET, *(exposed[name] for name, _ in names))
        for group in GROUPED.findall(expression):
            assert {one.strip() for one in group.split(",")} <= known, expression
        used |= {name for name, _ in names}
    assert {family(name) for name in exposed} == {family(name) for name in used}


def test_every_recorded_ratio_that_is_used_is_defined(project):
    rules, listed = expressions(project)
    defined = set(re.findall(r"- record: (\S+)", rules))
    assert {name for expression in listed for name in RECORDED.findall(expression)} == defined


def test_each_alert_says_how_urgent_it_is_and_what_to_do(project):
    rules, _ = expressions(project)
    alerts = rules.split("- alert: ")[1:]
    assert len(alerts) >= 14
    for alert in alerts:
        assert re.search(r"severity: (page|ticket)\n", alert)
        assert "summary: " in alert
        assert "description: " in alert


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "config", "ops/prometheus/prometheus.yml"],
        ["check", "config", "ops/prometheus/compose.yml"],
        ["test", "rules", "tests/ops/rules_test.yml", "tests/ops/rules_of_days_test.yml"],
    ],
    ids=["check", "check of compose.yaml", "test"],
)
def test_prometheus_own_tool_accepts_and_tests_the_rules(project, arguments):
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("promtool is not on this machine: it is in the Debian package prometheus")
    ended = subprocess.run([tool, *arguments], cwd=project, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
