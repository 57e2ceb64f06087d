import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import DuplicateKey
from scoring.model.schema import Identity, InputSchema
from scoring.web.pages.form_input import format_record, parse_form
from tests.fields import field

SCHEMA = InputSchema(
    identity=Identity(name="id", digits=6),
    target="y",
    fields=(
        field("born", "integer", unit="days", maximum=-1),
        field("since", "number", unit="days", maximum=0),
        field("term", "integer", unit="days", minimum=0),
        field("amount", "number"),
        field("job", "category", categories=("a", " b")),
    ),
)


def test_times_are_asked_for_as_lengths_and_counted_back():
    form_input = parse_form(
        [("born", "40"), ("since", "18"), (":unit:since", "months"), ("term", "30"), (":unit:term", "years")],
        SCHEMA,
    )
    assert form_input.record == {"born": -14610, "since": -18 * 365.25 / 12, "term": 30}
    assert parse_form([("born", "9000"), (":unit:born", "days")], SCHEMA).record == {"born": -9000}


@pytest.mark.parametrize("unit", ["centuries", "", "Years", "1"])
def test_a_length_in_a_unit_that_the_form_does_not_have_stays_a_text_that_is_refused(unit):
    form_input = parse_form([("born", "40"), (":unit:born", unit)], SCHEMA)
    assert form_input.record == {"born": "40"}
    assert form_input.numbers == {}


def test_a_reading_that_a_field_cannot_have_is_not_asked_about():
    schema = SCHEMA.model_copy(update={"fields": (field("rooms", "integer", minimum=0, maximum=20),)})
    assert parse_form([("rooms", "5,000")], schema).record == {"rooms": 5}
    assert parse_form([("rooms", "1.500")], schema).record == {"rooms": "1.500"}
    assert parse_form([("rooms", "(5)")], schema).record == {"rooms": "(5)"}


def test_a_blank_is_not_given_and_a_duplicate_is_marked():
    form_input = parse_form([("amount", " "), ("job", " b"), ("born", "1"), ("born", "2"), ("other", "x")], SCHEMA)
    assert set(form_input.record) == {"job", "born", "other"}
    assert form_input.record["job"] == " b"
    assert isinstance(form_input.record["born"], DuplicateKey)


def test_the_clients_number_and_the_switches_are_read():
    form_input = parse_form([("id", "500 024"), (":stored", "1"), (":edit", "1")], SCHEMA)
    assert form_input.record == {"id": 500024}
    assert form_input.stored
    assert form_input.edit


NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**15), 10**15)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "born": st.integers(-(10**6), -1), "since": st.floats(-1e6, 0), "term": st.integers(0, 10**6),
            "amount": NUMBERS, "job": st.sampled_from(["a", " b"]),
        },
    )
)  # fmt: skip
def test_an_application_carried_by_the_form_comes_back_the_same(record):
    assert parse_form(format_record(SCHEMA, record), SCHEMA).record == record


@pytest.mark.parametrize(
    ("typed", "unit", "days"),
    [("49", "years", -17898), ("50", "years", -18262), ("49", "months", -1491), ("49.1", "years", -17934)],
)
def test_a_length_is_exact_until_it_or_its_unit_is_changed(typed, unit, days):
    pairs = [("born", typed), (":unit:born", unit), (":days:born", "17898")]
    assert parse_form(pairs, SCHEMA).record == {"born": days}


@pytest.mark.parametrize("exact", ["", "x", "-17898", "1e400", "9" * 30, "١٢"])
def test_a_wrong_exact_length_is_ignored(exact):
    pairs = [("born", "49"), (":unit:born", "years"), (":days:born", exact)]
    assert parse_form(pairs, SCHEMA).record == {"born": -17897}
