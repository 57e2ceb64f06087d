import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scoring.application.fields import LARGEST, describe_field, field_type, id_type, json_schema, strict_object
from scoring.errors import DuplicateKey
from scoring.model.schema import Identity, SchemaField, Text


def field(kind="number", **more):
    return SchemaField(name="it", type=kind, label=Text(en="It", fr="Ça"), **more)


def takes(field, value):
    try:
        strict_object("Application", {"it": field_type(field)}).validate_python({"it": value})
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    "value", [True, "1", [], {}, DuplicateKey(1), math.nan, math.inf, -math.inf, 10**400, LARGEST + 1]
)
@pytest.mark.parametrize("kind", ["number", "integer"])
def test_a_value_that_is_not_a_finite_number_within_the_limits_is_an_error(kind, value):
    assert not takes(field(kind), value)


@pytest.mark.parametrize("value", [True, [], {}, DuplicateKey(1), math.nan, math.inf])
def test_a_category_is_a_text_or_a_number(value):
    category = field("category")
    assert not takes(category, value)
    assert takes(category, "any")
    assert takes(category, 1)
    assert takes(category, 2.5)


def test_null_is_taken_where_the_field_is_not_required():
    assert takes(field(), None)
    assert not takes(field(required=True), None)


def test_an_integral_float_is_an_integer_and_another_is_not():
    whole = field("integer", minimum=0, maximum=3)
    assert takes(whole, 3.0)
    assert takes(whole, 0)
    assert not takes(whole, 2.5)
    assert not takes(whole, 4.0)


@pytest.mark.parametrize(("exclusive", "zero"), [(True, False), (False, True)])
def test_an_exclusive_minimum_is_out_of_range_itself(exclusive, zero):
    for kind in ("number", "integer"):
        assert takes(field(kind, minimum=0, exclusive=exclusive), 0) is zero


@given(st.integers(), st.integers(-10, 10), st.integers(0, 20))
def test_bounds_are_what_the_json_schema_says(value, low, width):
    bounded = field("integer", minimum=low, maximum=low + width)
    schema = json_schema(bounded)
    assert takes(bounded, value) is (schema["minimum"] <= value <= schema["maximum"])


@pytest.mark.parametrize(
    ("bounds", "received", "expected"),
    [
        ({"minimum": 0, "exclusive": True}, 1e20, "a number above 0, at most 1e+15, or null"),
        ({"minimum": 0}, LARGEST + 1, "a number from 0 to 1e+15, or null"),
        ({"maximum": 9}, -1e20, "a number from -1e+15 to 9, or null"),
        ({"minimum": 0, "exclusive": True}, -1, "a number above 0, or null"),
        ({"minimum": 0}, -1, "a number of at least 0, or null"),
        ({"maximum": 9}, 10, "a number of at most 9, or null"),
        ({}, 1e20, "a number from -1e+15 to 1e+15, or null"),
    ],
)
def test_a_number_beyond_what_any_field_takes_is_refused_with_the_range_it_is_outside_of(bounds, received, expected):
    assert not takes(field(**bounds), received)
    assert describe_field(field(**bounds).as_refusing(received)) == expected


def test_a_missing_value_marker_is_valid_outside_the_range():
    schema = json_schema(field("integer", maximum=0, missing=(365243.0,)))
    assert schema["anyOf"][1] == {"enum": [365243]}
    assert json_schema(field("number", missing=("?", -9.0)))["anyOf"][1] == {"enum": [-9, "?"]}
    assert describe_field(field("integer", maximum=0, missing=(365243.0,))) == (
        "a whole number of at most 0, 365243 (missing), or null"
    )


@pytest.mark.parametrize(
    ("identity", "good", "bad"),
    [
        (Identity(name="id", digits=6), [100000, 999999, 500000.0, None], [99999, 1000000, "500000", True, 5e5 + 0.5]),
        (Identity(name="id"), [0, 10**18 - 1], [-1, 10**18]),
        (Identity(name="id", kind="text"), ["A-1", "007"], ["a b", "", 7, "é"]),
    ],
)
def test_an_id_has_the_form_of_the_table(identity, good, bad):
    adapter = strict_object("Application", {"id": id_type(identity)})
    for value in good:
        read = adapter.validate_python({"id": value})["id"]
        assert read == value
        assert not isinstance(read, float)
    for value in bad:
        with pytest.raises(ValidationError):
            adapter.validate_python({"id": value})
