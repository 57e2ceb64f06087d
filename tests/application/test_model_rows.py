import pytest

from scoring.application.model_rows import RowReader
from scoring.errors import InvalidApplication
from scoring.model.schema import Identity


@pytest.fixture
def reader():
    return RowReader(["a", "b c"], Identity(name="id", digits=6), "target")


def faults(read, given):
    with pytest.raises(InvalidApplication) as caught:
        read(given)
    return {fault["field"]: fault["received"] for fault in caught.value.faults}


def test_a_row_by_names_is_put_in_order(reader):
    assert reader.named({"b c": 2, "a": 1.5, "id": 123456}) == ([1.5, 2.0], 123456, ())


def test_a_target_beside_it_is_ignored_with_a_warning(reader):
    assert reader.named({"a": 1, "b c": 2, "target": 1}).warnings == ("target: ignored; it is what the model predicts",)


@pytest.mark.parametrize("value", [None, True, "1", float("nan"), float("inf"), 1e16, []])
def test_every_column_needs_a_finite_number(reader, value):
    assert list(faults(reader.named, {"a": value, "b c": value})) == ["a", "b c"]
    assert list(faults(reader.positional, [value, value])) == ["a", "b c"]


def test_missing_and_unknown_columns_are_named(reader):
    assert faults(reader.named, {"a": 1, "d": 2, "id": "x"}) == {"b c": None, "d": 2, "id": "x"}


def test_a_row_by_position_has_one_number_a_column(reader):
    assert reader.positional([1, 2.5]) == [1.0, 2.5]
    assert faults(reader.positional, [1]) == {"(all)": "1 values"}
    assert faults(reader.positional, [1, 2, 3]) == {"(all)": "3 values"}


def test_a_report_names_what_is_missing_and_unknown(reader):
    report = reader.report({"a": 1, "d": 2})
    assert (report["valid"], report["missing"], report["unknown"]) == (False, ["b c"], ["d"])
    assert reader.report([1, 2])["parsed"] == {"a": 1.0, "b c": 2.0}
