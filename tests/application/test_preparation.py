import numpy as np
import pytest

from scoring.application.preparation import Preparer
from scoring.model.plan import BinnedColumn, Derived, GroupedColumn, NumberColumn, Plan
from scoring.model.schema import Identity, InputSchema
from tests.fields import field


@pytest.fixture
def preparer():
    schema = InputSchema(
        identity=Identity(name="client"),
        target="default",
        fields=(
            field("debt", required=True, minimum=0),
            field("income", minimum=0),
            field("job", "category", categories=("baker",), missing=("XNA",)),
            field("shoe_size"),
        ),
    )
    plan = Plan(
        missing_values={"job": ("XNA",)},
        derived=(Derived(name="share", operation="ratio", inputs=("debt", "income")),),
        columns=(
            NumberColumn(name="share", source="share", fill=0.5),
            GroupedColumn(name="job", source="job", values={"baker": 1.0}, missing=2.0, unseen=3.0),
            BinnedColumn(name="late", source="bureau_late", edges=(1.0,), values=(-1.0, 1.0), missing=0.25),
        ),
    )
    return Preparer(schema, plan)


def test_history_is_imputed_with_a_warning(preparer):
    read = preparer.reader.parse({"debt": 1, "income": 4, "job": "baker"})
    assert preparer.make_row(read) == [0.25, 1.0, 0.25]
    assert preparer.history == (2,)
    (warning,) = preparer.warnings_about(read)
    assert warning.message == "history: not provided; 1 of 3 model columns come from credit history and were imputed"
    assert warning.detail.code == "history_imputed"


def test_stored_history_takes_the_place_of_the_imputed_and_of_nothing_else(preparer):
    read = preparer.reader.parse({"debt": 1, "income": 4})
    assert preparer.make_row(read, np.array([9.0, 9.0, -1.0])) == [0.25, 2.0, -1.0]
    assert preparer.warnings_about(read, stored=True) == ()


def test_an_absurd_ratio_is_cut_off(preparer):
    read = preparer.reader.parse({"debt": 1e15, "income": 1e-300})
    assert preparer.make_row(read)[0] in {1e30, 0.5}  # too large to be finite is missing
    assert preparer.make_row(preparer.reader.parse({"debt": 1, "income": 1e-200}))[0] == 1e30


def test_what_the_model_does_not_read_is_known(preparer):
    assert preparer.inspect({})["not_used"] == ["shoe_size"]
    assert preparer.used == {"debt", "income", "job", "bureau_late"}


def test_a_report_says_how_everything_was_read(preparer):
    report = preparer.inspect(
        {"client": 5, "debt": -1, "income": None, "job": "XNA", "shoe_size": 41.5, "shoes": 2, "history": []}
    )
    assert report["valid"] is False
    assert report["client_id"] == 5
    assert report["parsed"] == {"shoe_size": 41.5}
    assert report["missing"] == ["debt", "income", "job"]
    assert report["imputed"] == ["debt", "income", "job", "bureau_late"]
    assert report["unknown"] == ["shoes", "history"]
    assert report["out_of_range"] == ["debt"]
    assert report["not_used"] == ["shoe_size"]
    assert [error["field"] for error in report["errors"]] == ["debt", "shoes", "history"]


def test_a_report_of_a_sound_application_has_no_error(preparer):
    report = preparer.inspect({"debt": 3, "income": 4})
    assert report["valid"] is True
    assert report["errors"] == report["unknown"] == report["out_of_range"] == []


def test_a_report_of_nothing_names_what_is_missing(preparer):
    report = preparer.inspect({})
    assert report["parsed"] == {}
    assert report["missing"] == ["debt", "income", "job", "shoe_size"]


@pytest.mark.parametrize("value", ["1", True, float("nan"), None, []])
def test_only_a_number_can_be_out_of_range(preparer, value):
    assert preparer.inspect({"debt": value})["out_of_range"] == []
