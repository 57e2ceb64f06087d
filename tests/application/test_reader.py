import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.application.fields import Twice
from scoring.application.reader import MOST_FAULTS, ApplicationReader, application_parser
from scoring.errors import InvalidApplication
from scoring.model.schema import Identity, InputSchema, SchemaField, Text


def field(name, kind="number", **more):
    return SchemaField(name=name, type=kind, label=Text(en=name, fr=name), **more)


INCOME = field("income", required=True, minimum=0, exclusive=True, usual=(20.0, 90.0))
DAYS = field("days", "integer", maximum=0, missing=(365243.0,))
JOB = field("job's name", "category", categories=("baker", "smith"), missing=("XNA",))


def schema(*fields):
    return InputSchema(identity=Identity(name="client", digits=6), target="default", fields=fields)


@pytest.fixture
def reader():
    return ApplicationReader(schema(INCOME, DAYS, JOB))


def faults(reader, given):
    with pytest.raises(InvalidApplication) as caught:
        reader.parse(given)
    return {fault["field"]: fault for fault in caught.value.faults}


def test_an_application_is_read_by_type(reader):
    read = reader.parse({"client": 123456.0, "income": 30, "days": -5.0, "job's name": "smith"})
    assert read.record == {"income": 30.0, "days": -5, "job's name": "smith"}
    assert read.client_id == 123456
    assert read.warnings == ()


def test_all_faults_are_named_at_once(reader):
    found = faults(reader, {"income": -1, "days": True, "job's name": [], "client": "1", "incom": 3, "history": {}})
    assert list(found) == ["client", "income", "days", "job's name", "incom", "history"]
    assert found["income"] == {"field": "income", "received": -1, "expected": "a number above 0 (required)"}
    assert found["incom"]["expected"] == "a field of this model; did you mean income?"
    assert "reserved" in found["history"]["expected"]
    assert found["job's name"]["received"] == "a list"


def test_a_required_field_is_named_when_it_is_left_out_or_null(reader):
    assert list(faults(reader, {})) == ["income"]
    assert list(faults(reader, {"income": None})) == ["income"]


def test_a_key_given_twice_is_a_fault_even_where_its_value_is_ignored(reader):
    found = faults(reader, {"income": Twice(), "default": Twice()})
    assert {fault["expected"] for fault in found.values()} == {"the key once"}


def test_values_that_stand_for_missing_are_taken_out_of_range(reader):
    assert reader.parse({"income": 30, "days": 365243}).record["days"] is None
    assert reader.parse({"income": 30, "job's name": "XNA"}).warnings == ()
    assert "days" in faults(reader, {"income": 30, "days": 365242})


def test_true_is_not_the_stand_in_one():
    reader = ApplicationReader(schema(INCOME, field("rank", maximum=0, missing=(1.0,))))
    assert "rank" in faults(reader, {"income": 30, "rank": True})


def test_the_target_is_ignored_with_a_warning(reader):
    read = reader.parse({"income": 30, "default": 1})
    assert "default" not in read.record
    assert read.warnings == ("default: ignored; it is what the model predicts",)


def test_a_number_given_for_a_category_is_its_text_and_unseen(reader):
    read = reader.parse({"income": 30, "job's name": 1})
    assert read.record["job's name"] == "1"
    assert read.warnings == ("job's name: '1' is not among the categories of training; read as unknown",)


@pytest.mark.parametrize(("income", "warned"), [(159.9, False), (160.1, True), (1.0, False), (1e15, True)])
def test_a_number_as_far_again_outside_the_usual_range_is_named(reader, income, warned):
    assert any("income" in warning for warning in reader.parse({"income": income}).warnings) is warned


def test_a_field_bounded_on_both_sides_is_never_far_outside():
    reader = ApplicationReader(schema(field("flag", "integer", minimum=0, maximum=1, usual=(0.0, 0.0))))
    assert reader.parse({"flag": 1}).warnings == ()


def test_where_nothing_is_required_something_must_be_said():
    reader = ApplicationReader(schema(field("data"), field("applications", "category")))
    assert list(faults(reader, {"client": 123456})) == ["(all)"]
    assert list(faults(reader, {"data": None})) == ["(all)"]
    assert reader.parse({"data": 1}).record == {"data": 1.0}


def test_of_a_million_unknown_fields_a_thousand_are_listed(reader):
    with pytest.raises(InvalidApplication, match=r"20001 faults.*the first 1000") as caught:
        reader.parse({f"x{i}": i for i in range(20_000)})
    assert len(caught.value.faults) == MOST_FAULTS


@given(st.dictionaries(st.text(max_size=8), st.one_of(st.none(), st.integers(), st.text(), st.floats())))
def test_any_object_is_read_or_faulty(given_object):
    parse = application_parser(schema(INCOME, DAYS, JOB))
    before = dict(given_object)
    with contextlib.suppress(InvalidApplication):
        parse(given_object)
    assert list(given_object) == list(before)


FIELDS = (
    INCOME,
    DAYS,
    JOB,
    field("score", minimum=0, maximum=1),
    field("rank", "integer", minimum=1, usual=(2.0, 5.0), missing=(0.0, 9.5)),
    field("branch", "category"),
    field("never", "category", categories=()),
)
values = st.one_of(
    st.sampled_from(
        [None, True, False, 0, 1, 1.0, 9.5, -1, -1.5, 30, 159.9, 160.1, 365243, 365243.0, 10**400, Twice()]
    ),
    st.sampled_from(["baker", "XNA", "1", "", [], {}]),
    st.floats(),
    st.integers(-20, 200),
    st.text(max_size=3),
)
OF_ALL = ApplicationReader(schema(*FIELDS))
keys = ["client", "default", "incom", *(one.name for one in FIELDS)]


def outcome(read, given_object):
    try:
        record, client_id, warnings = read(given_object)
    except InvalidApplication as error:
        return str(error), repr(error.faults)
    return list(record), repr(record), client_id, warnings


@given(st.dictionaries(st.sampled_from(keys), values), st.booleans())
def test_an_application_is_read_in_one_pass_as_it_is_read_closely(given_object, plain):
    if plain:  # most have only what is right
        given_object = {"income": 30, "days": -5, "job's name": "smith"} | dict(list(given_object.items())[:1])
    assert outcome(OF_ALL.parse, given_object) == outcome(OF_ALL._parse_closely, given_object)
