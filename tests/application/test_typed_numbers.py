"""A typed number has the same readings in the errors of the API and in a file."""

import csv
import io

import pytest

from scoring.application.reader import ApplicationReader
from scoring.application.uploads import read_upload
from scoring.errors import InvalidApplication, UnreadableTable
from scoring.model.schema import Identity, InputSchema
from tests.fields import field
from tests.typed_numbers import TYPED

SCHEMA = InputSchema(
    identity=Identity(name="id"),
    target="y",
    fields=(field("amount"), field("rate", unit="%"), field("job", "category"), field("rooms", "integer")),
)


def errors_of(**given):
    with pytest.raises(InvalidApplication) as caught:
        ApplicationReader(SCHEMA).parse(given)
    return {error["field"]: error for error in caught.value.errors}


def upload(text, column="amount"):
    content = io.StringIO()
    csv.writer(content, delimiter=";", quoting=csv.QUOTE_ALL).writerows([["job", column], ["baker", text]])
    return read_upload(content.getvalue().encode(), SCHEMA)


@pytest.mark.parametrize("text", TYPED)
def test_an_error_about_a_text_lists_the_numbers_that_it_can_mean(text):
    readings = errors_of(amount=text)["amount"].get("readings", {})
    assert set(readings.values()) == set(TYPED[text])


def read_file(text):
    """What a file has for a text: its value, or both readings where the reader asks."""
    try:
        return upload(text).rows[0].application.get("amount"), {}
    except UnreadableTable as refusal:
        return refusal.code, refusal.readings or {}


@pytest.mark.parametrize("text", TYPED)
def test_a_file_has_the_same_number_or_asks_for_the_decimal_mark(text):
    value, readings = read_file(text)
    if readings:
        assert value == "ambiguous_number"
        assert set(readings.values()) == set(TYPED[text])
    elif TYPED[text]:
        assert [value] == list(TYPED[text])
    else:
        assert value is None or isinstance(value, str)


def test_only_a_number_has_readings_and_a_whole_one_too():
    errors = errors_of(amount=True, rooms="1.000", rate="7,5 %", job=[])
    assert "readings" not in errors["amount"]
    assert "readings" not in errors["job"]
    assert errors["rooms"]["readings"] == {"point": 1, "comma": 1000}
    assert errors["rate"]["readings"] == {"comma": 7.5}
    assert upload("7,5 %", "rate").rows[0].application["rate"] == 7.5


def test_there_are_enough_forms():
    assert len(TYPED) >= 60
    assert {len(values) for values in TYPED.values()} == {0, 1, 2}


BOUNDED = InputSchema(
    identity=Identity(name="Id"),
    target="y",
    fields=(field("share", minimum=0, maximum=1), field("rooms", "integer", minimum=0), field("debt")),
)


def error_of(name, value):
    with pytest.raises(InvalidApplication) as caught:
        ApplicationReader(BOUNDED).parse({name: value})
    return caught.value.errors[0]


@pytest.mark.parametrize(
    ("name", "text", "readings"),
    [
        ("share", "1,000", {"comma": 1}),
        ("rooms", "1.500", {"comma": 1500}),
        ("rooms", "1,500", {"point": 1500}),
        ("debt", "1.500", {"point": 1.5, "comma": 1500}),
        ("share", "2", {"point": 2, "comma": 2}),  # the range can be named
        ("rooms", "-5", {"point": -5, "comma": -5}),
        ("debt", "(5)", {"point": -5, "comma": -5}),
    ],
)
def test_readings_that_the_field_cannot_have_are_not_offered(name, text, readings):
    assert error_of(name, text)["readings"] == readings


@pytest.mark.parametrize("text", ["(5)", "5-", "5 -", "1.234,5-"])
def test_an_unusual_minus_in_a_field_without_negative_numbers_is_refused_and_explained(text):
    error = error_of("rooms", text)
    assert "readings" not in error
    assert "of at least 0" in error["expected"]
    assert f"{text!r} means -" in error["expected"]


@pytest.mark.parametrize(("name", "known"), [("ID", "Id"), ("Share", "share"), ("ROOMS", "rooms")])
def test_names_in_json_are_exact_and_one_in_another_letter_case_is_named(name, known):
    assert f"did you mean {known}? Letter case matters in JSON" in error_of(name, 1)["expected"]
