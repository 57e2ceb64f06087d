import numpy as np
import pytest
from pydantic import TypeAdapter

from scoring.core.plan import CategoryColumn, Derived, MissingColumn, NumberColumn, Plan, derive, model_ready

NAN = float("nan")


@pytest.mark.parametrize(
    ("operation", "inputs", "expected"),
    [
        ("ratio", [[6.0, 1.0, 0.0], [3.0, 0.0, 0.0]], [2.0, NAN, NAN]),
        ("product", [[2.0, 2.0], [3.0, NAN]], [6.0, NAN]),
        ("mean", [[1.0, 1.0, NAN], [3.0, NAN, NAN]], [2.0, 1.0, NAN]),
        ("minimum", [[1.0, NAN, NAN], [3.0, 5.0, NAN]], [1.0, 5.0, NAN]),
        ("maximum", [[1.0, NAN, NAN], [3.0, 5.0, NAN]], [3.0, 5.0, NAN]),
        ("missing_count", [[1.0, NAN], [NAN, NAN]], [1.0, 2.0]),
        ("log", [[np.e - 1, 1 - np.e, NAN]], [1.0, 1.0, NAN]),
        ("square", [[3.0, -3.0, NAN]], [9.0, 9.0, NAN]),
    ],
)
def test_each_operation_gives_what_was_worked_out_by_hand(operation, inputs, expected):
    result = derive(operation, [np.array(values) for values in inputs])
    np.testing.assert_allclose(result, expected, rtol=1e-15)


@pytest.fixture
def plan():
    return Plan(
        missing_values={"days": (365243,), "trade": ("XNA",)},
        derived=(Derived(name="days_to_age", operation="ratio", inputs=("days", "age")),),
        columns=(
            NumberColumn(name="days", source="days", fill=-100.0),
            MissingColumn(name="days_missing", source="days"),
            NumberColumn(name="days_to_age", source="days_to_age", fill=0.5),
            CategoryColumn(name="trade_baker", source="trade", value="baker"),
            CategoryColumn(name="trade_missing", source="trade", value=None),
        ),
    )


@pytest.fixture
def raw():
    return {
        "days": np.array([-50.0, 365243.0, NAN]),
        "age": np.array([100.0, 100.0, 100.0]),
        "trade": np.array(["baker", "XNA", "astronaut"], dtype=object),
    }


def test_a_raw_application_becomes_the_row_worked_out_by_hand(plan, raw):
    expected = [
        [-50.0, 0.0, -0.5, 1.0, 0.0],
        [-100.0, 1.0, 0.5, 0.0, 1.0],  # a sentinel and a stand-in text are missing values
        [-100.0, 1.0, 0.5, 0.0, 0.0],  # an unseen category is nobody's
    ]
    assert model_ready(plan, raw).tolist() == expected


def test_carrying_out_a_plan_leaves_the_application_as_it_was(plan, raw):
    before = {name: values.copy() for name, values in raw.items()}
    model_ready(plan, raw)
    assert set(raw) == set(before)
    for name, values in before.items():
        np.testing.assert_array_equal(raw[name], values)


def test_a_plan_survives_the_manifest(plan, raw):
    adapter = TypeAdapter(Plan)
    again = adapter.validate_json(adapter.dump_json(plan))
    np.testing.assert_array_equal(model_ready(again, raw), model_ready(plan, raw))
