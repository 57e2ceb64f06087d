import pickle
import re

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from scoring.model.operations import derive_column
from scoring.model.plan import (
    CHECKED,
    BinnedColumn,
    CategoryColumn,
    Derived,
    GroupedColumn,
    MissingColumn,
    NumberColumn,
    Plan,
    PossibleValues,
    model_ready,
)

NAN = float("nan")
AGE = BinnedColumn(name="age", source="age", edges=(30.0,), values=(0.5, -0.5), missing=0.0)
JOB = GroupedColumn(name="job", source="job", values={"cook": 0.2}, missing=0.1, unseen=-0.3)
FLAG = MissingColumn(name="flag", source="age")
KIND = CategoryColumn(name="kind", source="kind", value="a")
PRICE = NumberColumn(name="price", source="price", fill=1.0)
POSSIBLE = PossibleValues((AGE, JOB, FLAG, KIND, PRICE))


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
    result = derive_column(operation, [np.array(values) for values in inputs])
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


@pytest.fixture
def scorecard():
    return Plan(
        missing_values={"days": (365243,)},
        derived=(),
        columns=(
            BinnedColumn(name="days", source="days", edges=(-100.0, 0.1), values=(-0.4, 1 / 3, 0.7), missing=0.2),
            GroupedColumn(name="trade", source="trade", values={"baker": -0.1, "mason": 0.3}, missing=0.05, unseen=0.0),
            BinnedColumn(name="flat", source="age", edges=(), values=(0.0,), missing=0.9),
        ),
    )


def test_a_bin_holds_its_lower_edge_and_not_its_upper_one(scorecard):
    days = np.array([-1e9, -100.0, np.nextafter(0.1, 0), 0.1, 1e9, 365243.0, NAN])
    raw = {"days": days, "trade": np.full(7, None), "age": np.full(7, 1.0)}
    assert model_ready(scorecard, raw)[:, 0].tolist() == [-0.4, 1 / 3, 1 / 3, 0.7, 0.7, 0.2, 0.2]


def test_missing_and_unseen_categories_have_values_of_their_own(scorecard):
    trades = np.array(["mason", "baker", "astronaut", None, NAN], dtype=object)
    raw = {"days": np.zeros(5), "trade": trades, "age": np.full(5, NAN)}
    assert model_ready(scorecard, raw)[:, 1].tolist() == [0.3, -0.1, 0.0, 0.05, 0.05]
    assert model_ready(scorecard, raw)[:, 2].tolist() == [0.9] * 5


def test_a_single_application_is_read_as_in_a_table(scorecard):
    draws = np.random.default_rng(0)
    raw = {
        "days": np.where(draws.random(50) < 0.2, NAN, draws.normal(0, 100, 50)),
        "trade": draws.choice(np.array(["baker", "mason", "other", None], dtype=object), 50),
        "age": draws.normal(size=50),
    }
    table = model_ready(scorecard, raw)
    for i in range(50):
        single = model_ready(scorecard, {name: values[i : i + 1] for name, values in raw.items()})
        assert single.tolist() == [table[i].tolist()]


def test_bins_and_groups_survive_the_manifest_and_a_pickle(scorecard):
    adapter = TypeAdapter(Plan)
    assert adapter.validate_json(adapter.dump_json(scorecard)) == scorecard
    assert pickle.loads(pickle.dumps(scorecard)) == scorecard


@pytest.mark.parametrize(
    ("edges", "values", "message"),
    [
        ((1.0, 2.0), (0.0, 0.1), "days: 2 edges and 2 values, expected one more"),
        ((2.0, 2.0), (0.0, 0.1, 0.2), "days: edges [2.0, 2.0] are not ascending"),
        ((1.0, NAN), (0.0, 0.1, 0.2), "days: edges [1.0, nan] are not ascending"),
    ],
)
def test_bins_that_do_not_fit_together_are_refused(edges, values, message):
    with pytest.raises(ValidationError, match=re.escape(message)):
        BinnedColumn(name="days", source="days", edges=edges, values=values, missing=0.0)


@pytest.mark.parametrize(
    ("name", "values"),
    [("age", [0.5, -0.5, 0.0]), ("job", [0.2, 0.1, -0.3]), ("flag", [0, 1]), ("kind", [0, 1]), ("price", [17.25])],
)
def test_what_the_plan_gives_is_possible(name, values):
    assert [POSSIBLE.expected(name, value) for value in values] == [None] * len(values)


@pytest.mark.parametrize("name", ["age", "job", "flag", "kind"])
@pytest.mark.parametrize("value", [35.0, 0.4999, -1.0, float("inf")])
def test_anything_else_is_not(name, value):
    assert POSSIBLE.expected(name, value).startswith("one of the model's")


def test_a_missing_value_is_left_to_the_reader_of_cells():
    assert POSSIBLE.expected("age", float("nan")) is None


def test_a_value_with_six_decimals_or_in_single_precision_is_possible():
    third = PossibleValues((BinnedColumn(name="a", source="a", edges=(), values=(1 / 3,), missing=-2 / 3),))
    assert third.expected("a", 0.333333) is None
    assert third.expected("a", float(np.float32(-2 / 3))) is None


def test_each_column_of_a_table_is_reported_with_its_first_impossible_value():
    columns = {"age": np.array([0.5, 41.0, 42.0]), "job": np.array([0.2, 0.2, 0.2]), "price": np.array([1.0, 2.0, 3.0])}
    assert POSSIBLE.find_others(columns, 10, "line") == [
        "column age: received 41 (line 12), expected one of the model's 3 values, from -0.5 to 0.5"
    ]


def test_only_the_first_rows_of_a_batch_are_compared():
    assert POSSIBLE.find_others({"age": np.array([0.5] * CHECKED + [41.0] * 2 * CHECKED)}) == []


def test_without_a_plan_every_value_is_possible():
    assert PossibleValues.of(None).find_others({"age": np.array([41.0])}) == []


def test_a_single_impossible_value_is_no_sign_of_another_table():
    assert POSSIBLE.find_others({"age": np.array([0.5, 41.0]), "job": np.array([np.inf, 0.2, 0.1])}) == []
