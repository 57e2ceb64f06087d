import pytest

from scoring.monitoring.metrics.counters import Counters


def decision(outcome="ACCEPTED", review=False, calibrated=0.05):
    return {
        "decision": outcome,
        "prediction": int(outcome == "REFUSED"),
        "review": review,
        "calibrated_probability": calibrated,
    }


@pytest.fixture
def counters():
    return Counters()


@pytest.fixture
def value(counters):
    return lambda name, **labels: counters.registry.get_sample_value(name, labels)


def test_an_answer_is_counted_by_method_route_and_status_with_its_seconds(counters, value):
    for seconds in (0.002, 0.03, 0.03):
        counters.count_answer("GET", "/predict/<client_id>", "200", seconds)
    labels = {"method": "GET", "route": "/predict/<client_id>", "status": "200"}
    name = "scoring_request_duration_seconds"
    assert value(f"{name}_count", **labels) == 3
    assert value(f"{name}_sum", **labels) == pytest.approx(0.062)
    assert [value(f"{name}_bucket", **labels, le=le) for le in ("0.001", "0.0025", "0.025", "0.05")] == [0, 1, 1, 3]


def test_methods_that_callers_make_up_are_one_value_of_the_label(counters, value):
    for method in ("BREW", "PROPFIND", ""):
        counters.count_answer(method, "none", "405", 0.0, "method-not-allowed")
    name = "scoring_request_duration_seconds_count"
    assert value(name, method="other", route="none", status="405") == 3
    assert value("scoring_problems_total", kind="method-not-allowed") == 3


def test_one_decision_and_many_are_counted_alike(counters, value):
    many = [decision(), decision("REFUSED", True, 0.1), decision("REFUSED", True, 0.35), decision(calibrated=1.0)]
    counters.count_decisions("list", many)
    one_by_one = Counters()
    for one in many:
        one_by_one.count_decisions("list", [one])
    labels = {"source": "list", "review": "true", "outcome": "REFUSED"}
    assert value("scoring_decisions_total", **labels) == 2
    assert value("scoring_calibrated_probability_sum") == pytest.approx(1.5)
    assert value("scoring_calibrated_probability_bucket", le="0.1") == 2  # 0.1 itself is in the bucket up to 0.1
    assert [*counters.registry.collect()] == [*one_by_one.registry.collect()]


def test_what_the_model_refuses_is_counted_whatever_the_policy_says(counters, value):
    by_policy = {**decision("REFUSED"), "prediction": 0}
    at_random = {**decision("ACCEPTED"), "prediction": 1}
    counters.count_decisions("list", [by_policy, at_random, decision("REFUSED")])
    counters.count_decisions("lookup", [by_policy])
    assert value("scoring_model_refusals_total") == 2


def test_a_model_without_a_manifest_has_decisions_but_no_calibrated_probabilities(counters, value):
    counters.count_decisions("lookup", [decision(review=None, calibrated=None)])
    assert value("scoring_decisions_total", source="lookup", outcome="ACCEPTED", review="unknown") == 1
    assert value("scoring_calibrated_probability_count") == 0


def test_what_the_record_writes_has_its_seconds_and_what_it_cannot_do_is_counted(counters, value):
    counters.count_record("written", 0.004, None)
    counters.count_record("written", 1.9, OSError())
    counters.count_record("read", 0.1, None)
    counters.count_record("read", 0.1, OSError())
    assert value("scoring_record_write_seconds_count") == 1
    assert value("scoring_record_failures_total", what="written") == 1
    assert value("scoring_record_failures_total", what="read") == 1


def test_counters_of_what_should_never_happen_are_there_from_the_beginning(value):
    assert value("scoring_reloads_total", outcome="refused") == 0
    assert value("scoring_record_failures_total", what="written") == 0
    assert value("scoring_problems_total", kind="clients-unavailable") == 0
    assert value("scoring_decisions_total", source="page", outcome="REFUSED", review="false") == 0
