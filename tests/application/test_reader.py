import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.application.reader import ApplicationReader
from scoring.errors import MOST_ERRORS, DuplicateKey, InvalidApplication
from scoring.model.schema import Identity, InputSchema
from tests.fields import field

INCOME = field("income", required=True, minimum=0, exclusive=True, usual=(20.0, 90.0))
DAYS = field("days", "integer", maximum=0, missing=(365243.0,))
JOB = field("job's name", "category", categories=("baker", "smith"), missing=("XNA",))


def schema(*fields):
    return InputSchema(identity=Identity(name="client", digits=6), target="default", fields=fields)


@pytest.fixture
def reader():
    return ApplicationReader(schema(INCOME, DAYS, JOB))


def errors(reader, given):
    with pytest.raises(InvalidApplication) as caught:
        reader.parse(given)
    return {error["field"]: error for error in caught.value.errors}


def messages(application):
    return [warning.message for warning in application.warnings]


def test_an_application_is_read_by_type(reader):
    read = reader.parse({"client": 123456.0, "income": 30, "days": -5.0, "job's name": "smith"})
    assert read.record == {"income": 30.0, "days": -5, "job's name": "smith"}
    assert read.client_id == 123456
    assert read.warnings == ()


def test_all_errors_are_listed_at_once(reader):
    found = errors(reader, {"income": -1, "days": True, "job's name": [], "client": "1", "incom": 3, "history": {}})
    assert list(found) == ["client", "income", "days", "job's name", "incom", "history"]
    assert found["income"] == {"field": "income", "received": -1, "expected": "a number above 0 (required)"}
    assert found["incom"]["expected"] == "a field of this model; did you mean income?"
    assert "reserved" in found["history"]["expected"]
    assert found["job's name"]["received"] == "[]"


def test_a_required_field_is_named_when_it_is_left_out_or_null(reader):
    assert list(errors(reader, {})) == ["income"]
    assert list(errors(reader, {"income": None})) == ["income"]


def test_a_duplicate_key_is_an_error_even_where_its_value_is_ignored(reader):
    found = errors(reader, {"income": DuplicateKey(3), "default": DuplicateKey(1)})
    assert {error["expected"] for error in found.values()} == {"the key once"}
    assert {name: error["received"] for name, error in found.items()} == {"income": 3, "default": 1}


def test_missing_value_markers_become_none_without_a_warning(reader):
    expected = {"income": 30.0, "days": None, "job's name": None}
    for income, warned in ((30, False), (1e6, True)):  # read in one pass, and read for warnings
        read = reader.parse({"income": income, "days": 365243, "job's name": "XNA"})
        assert read.record == {**expected, "income": income}
        assert bool(read.warnings) is warned
    assert "days" in errors(reader, {"income": 30, "days": 365242})


def test_texts_that_mean_missing_are_markers_of_a_number_too():
    reader = ApplicationReader(schema(INCOME, field("months", "integer", missing=(-9.0, "Unknown", "?"))))
    for value in (-9, -9.0, "Unknown", "?", None):
        read = reader.parse({"income": 30, "months": value})
        assert read.record == {"income": 30.0, "months": None}
        assert read.warnings == ()
    assert reader.parse_json(b'{"income": 30, "months": -9}').record == {"income": 30.0, "months": None}
    for value in ("unknown", "-9", [], {}):
        found = errors(reader, {"income": 30, "months": value})
        assert found["months"]["expected"] == (
            "a whole number from -1e+15 to 1e+15, -9 (missing), '?' (missing), 'Unknown' (missing), or null"
        )


def test_codes_fill_their_category_where_it_is_not_given():
    months = field("months", "integer", missing=(-9.0, -7.0, "Unknown"))
    code = field("months (code)", "category", codes_of="months", categories=("-7", "-9", "number"))
    reader = ApplicationReader(schema(INCOME, months, code))
    for income in (30, 1e6):  # read in one pass, and read for warnings
        for value, text in ((-9, "-9"), (-7.0, "-7"), ("Unknown", None), (5, "number"), (None, None)):
            record = reader.parse({"income": income, "months": value}).record
            assert record.get("months (code)") == text
            assert record["months"] == (5 if value == 5 else None)
        assert reader.parse({"income": income, "months (code)": "-7"}).record["months (code)"] == "-7"
        assert reader.parse({"income": income, "months": -9, "months (code)": None}).record["months (code)"] == "-9"
    assert reader.parse_json(b'{"income": 30, "months": -9}').record["months (code)"] == "-9"
    assert "months" in errors(reader, {"income": 30, "months": True})


def test_columns_that_training_left_out_are_ignored_with_a_warning():
    left_out = {"opened": "holds dates", "account": "by --drop"}
    reader = ApplicationReader(schema(INCOME).model_copy(update={"left_out": left_out}))
    read = reader.parse({"income": 30, "account": 4970100060135719, "opened": {"any": "thing"}, "default": 0})
    assert read.record == {"income": 30.0}
    assert messages(read) == [
        "default: ignored; it is what the model predicts",
        "opened: ignored; training left this column out",
        "account: ignored; training left this column out",
    ]
    assert {warning.detail.code for warning in read.warnings} == {"ignored_field"}
    assert reader.parse({"income": 30, "opened": None}).warnings == ()
    assert list(errors(reader, {"income": 0, "account": DuplicateKey(1), "acount": 1})) == [
        "income",
        "account",
        "acount",
    ]


def test_true_is_not_the_marker_one():
    reader = ApplicationReader(schema(INCOME, field("rank", maximum=0, missing=(1.0,))))
    assert "rank" in errors(reader, {"income": 30, "rank": True})


def test_the_target_is_ignored_with_a_warning(reader):
    read = reader.parse({"income": 30, "default": 1})
    assert "default" not in read.record
    assert messages(read) == ["default: ignored; it is what the model predicts"]


@pytest.mark.parametrize("categories", [("forgé", "sellé"), None])
def test_a_category_is_the_same_however_its_accents_are_written(categories):
    reader = ApplicationReader(schema(INCOME, field("job", "category", categories=categories, missing=("liberé",))))
    for text, read in (("forge\u0301", "forgé"), ("forgé", "forgé"), ("libere\u0301", None)):
        given = {"income": 30, "job": text}
        from_json = reader.parse_json(json.dumps(given).encode()) or reader.parse(given)
        for application in (reader.parse(given), from_json):
            assert (application.record["job"], application.warnings) == (read, ())


def test_a_number_given_for_a_category_is_its_text_and_unseen(reader):
    read = reader.parse({"income": 30, "job's name": 1})
    assert read.record["job's name"] == "1"
    assert messages(read) == ["job's name: '1' is not among the categories of training; treated as unknown"]


@pytest.mark.parametrize(
    ("income", "warned"), [(159.9, False), (160.1, True), (11.3, False), (11.2, True), (1e15, True)]
)
def test_a_number_far_outside_the_usual_range_is_warned_about(reader, income, warned):
    assert any("income" in message for message in messages(reader.parse({"income": income}))) is warned


def test_a_warning_has_a_field_a_code_and_a_text_in_two_languages(reader):
    read = reader.parse({"income": 1e6, "job's name": "pilot", "default": 0})
    details = [warning.detail for warning in read.warnings]
    assert [(one.field, one.code) for one in details] == [
        ("default", "ignored_field"),
        ("job's name", "unknown_category"),
        ("income", "out_of_usual_range"),
    ]
    assert all(one.text.en and one.text.fr and one.text.en != one.text.fr for one in details)


def test_a_field_bounded_on_both_sides_is_never_far_outside():
    reader = ApplicationReader(schema(field("flag", "integer", minimum=0, maximum=1, usual=(0.0, 0.0))))
    assert reader.parse({"flag": 1}).warnings == ()


def test_where_no_field_is_required_one_must_have_a_value():
    reader = ApplicationReader(schema(field("data"), field("applications", "category")))
    assert list(errors(reader, {"client": 123456})) == ["(all)"]
    assert list(errors(reader, {"data": None})) == ["(all)"]
    assert reader.parse({"data": 1}).record == {"data": 1.0}


def test_of_a_million_unknown_fields_a_thousand_are_listed(reader):
    with pytest.raises(InvalidApplication, match=r"^20001 validation errors.*the first 1000\.$") as caught:
        reader.parse({f"x{i}": i for i in range(20_000)})
    assert len(caught.value.errors) == MOST_ERRORS


@given(st.dictionaries(st.text(max_size=8), st.one_of(st.none(), st.integers(), st.text(), st.floats())))
def test_any_object_is_read_or_invalid(given_object):
    parse = ApplicationReader(schema(INCOME, DAYS, JOB)).parse
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
        [None, True, False, 0, 1, 1.0, 9.5, -1, -1.5, 30, 159.9, 160.1, 365243, 365243.0, 10**400, DuplicateKey(1)]
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
        return str(error), repr(error.errors)
    return list(record), repr(record), client_id, warnings


@given(st.dictionaries(st.sampled_from(keys), values), st.booleans())
def test_an_application_is_read_in_one_pass_as_it_is_read_closely(given_object, plain):
    if plain:  # most have only what is right
        given_object = {"income": 30, "days": -5, "job's name": "smith"} | dict(list(given_object.items())[:1])
    assert outcome(OF_ALL.parse, given_object) == outcome(OF_ALL._parse_unusual, given_object)


@given(st.dictionaries(st.sampled_from(keys), values), st.booleans())
def test_an_application_is_read_from_json_as_it_is_read_after_parsing(given_object, plain):
    if plain:
        given_object = {"income": 30, "days": -5, "job's name": "smith"} | dict(list(given_object.items())[:1])
    content = json.dumps(given_object, default=lambda key: key.last).encode()
    read = outcome(OF_ALL.parse_json, content) if OF_ALL.parse_json(content) else None
    assert read in (None, outcome(OF_ALL.parse, json.loads(content)))


@pytest.mark.parametrize(
    "content",
    [b'{"income": 30, "income": 31}', b'{"income": 30, "other": 1}', b'{"income": NaN}', b'{"income": 30} x', b"[{}]"],
)
def test_json_with_a_duplicate_or_unknown_key_or_an_error_takes_the_longer_way(content):
    assert OF_ALL.parse_json(b'{"income": 30, "days": -5}') is not None
    assert OF_ALL.parse_json(content) is None
