import pytest

from scoring.application.model_rows import ModelRowReader
from scoring.errors import InvalidApplication
from scoring.model.plan import BinnedColumn, PossibleValues
from scoring.model.schema import Identity


@pytest.fixture
def reader():
    return ModelRowReader(["a", "b c"], Identity(name="id", digits=6), "target")


def errors(read, given):
    with pytest.raises(InvalidApplication) as caught:
        read(given)
    return {error["field"]: error["received"] for error in caught.value.errors}


def test_a_row_by_names_is_put_in_order(reader):
    assert reader.parse({"b c": 2, "a": 1.5, "id": 123456}) == ([1.5, 2.0], 123456, ())


def test_a_given_target_is_ignored_with_a_warning(reader):
    (warning,) = reader.parse({"a": 1, "b c": 2, "target": 1}).warnings
    assert warning.message == "target: ignored; it is what the model predicts"
    assert warning.detail.code == "ignored_field"


@pytest.mark.parametrize("value", [None, True, "1", float("nan"), float("inf"), 1e16, []])
def test_every_column_needs_a_finite_number(reader, value):
    assert list(errors(reader.parse, {"a": value, "b c": value})) == ["a", "b c"]
    assert list(errors(reader.parse, [value, value])) == ["a", "b c"]


def test_missing_and_unknown_columns_are_listed(reader):
    assert errors(reader.parse, {"a": 1, "d": 2, "id": "x"}) == {"b c": None, "d": 2, "id": "x"}


def test_a_row_by_position_has_one_number_a_column(reader):
    assert reader.parse([1, 2.5]).row == [1.0, 2.5]
    assert errors(reader.parse, [1]) == {"(all)": "[1]"}
    assert errors(reader.parse, [1, 2, 3]) == {"(all)": "[1,2,3]"}


def test_a_report_lists_what_is_missing_and_unknown(reader):
    report = reader.inspect({"a": 1, "d": 2}, dict)
    assert (report["valid"], report["missing"], report["unknown"]) == (False, ["b c"], ["d"])
    assert reader.inspect([1, 2], list)["parsed"] == {"a": 1.0, "b c": 2.0}


def test_a_report_of_the_wrong_form_says_which_one_was_expected(reader):
    for given, form, expected in (([1, 2], dict, "an object"), ({"a": 1}, list, "a list")):
        (error,) = reader.inspect(given, form)["errors"]
        assert (error["field"], error["expected"]) == ("(record)", expected)


def test_raw_values_in_columns_with_the_names_of_fields_are_refused():
    age = BinnedColumn(name="a", source="a", edges=(30.0,), values=(0.5, -0.5), missing=0.0)
    possible = PossibleValues((age,))
    reader = ModelRowReader(["a", "b c"], Identity(name="id", digits=6), "target", possible=possible)
    assert reader.parse({"a": -0.5, "b c": 7}).row == [-0.5, 7.0]
    with pytest.raises(InvalidApplication) as raised:
        reader.parse([41, 7])
    (error,) = raised.value.errors
    assert (error["field"], error["received"]) == ("a", 41.0)
    assert error["expected"].endswith("from -0.5 to 0.5; send raw applications under applications")
