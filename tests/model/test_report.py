import pytest
from pydantic import ValidationError

from scoring.model.report import Metric, NestedThreshold, Report


def test_a_report_of_nothing_is_a_report():
    assert Report().gains == ()
    assert Report.model_validate_json(Report().model_dump_json()) == Report()


def test_a_report_read_back_is_the_same():
    metric = Metric(value=0.75, low=0.74, high=0.76)
    nested = NestedThreshold(
        tuned=(0.08, 0.1),
        tuned_cost=0.55,
        theoretical_cost=0.54,
        hindsight_cost=0.5,
        difference=metric,
        gains=False,
    )
    report = Report(nested=nested, review_share=0.1)
    assert Report.model_validate_json(report.model_dump_json()) == report


def test_excess_is_measured_against_the_best_threshold_in_hindsight():
    metric = Metric(value=0.0, low=0.0, high=0.0)
    costs = {"tuned_cost": 0.6, "theoretical_cost": 0.55, "hindsight_cost": 0.5}
    found = NestedThreshold(tuned=(0.1,), difference=metric, gains=False, **costs)
    assert found.excess_in_hindsight == pytest.approx(0.1)
    assert found.model_copy(update={"hindsight_cost": 0.0}).excess_in_hindsight is None


def test_a_misspelt_part_is_refused():
    with pytest.raises(ValidationError, match="gain\n  Extra inputs are not permitted"):
        Report(gain=())
