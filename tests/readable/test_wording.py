import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.model.schema import Text
from scoring.readable.terms import Range, Term
from scoring.readable.wording import describe_value

NARROW = "\u202f"


def term(unit=None, scale=1.0, texts=None):
    return Term("x", Text(en="X", fr="X"), unit, "x", (0,), frozenset(), scale=scale, texts=texts or {})


@pytest.mark.parametrize(
    ("unit", "value", "english", "french"),
    [
        ("currency", 1234567.4, "1,234,567", f"1{NARROW}234{NARROW}567"),
        ("share", 0.1234, "12.3%", f"12,3{NARROW}%"),
        ("share (0-1)", 1.0, "100%", f"100{NARROW}%"),
        ("flag", 1.0, "yes", "oui"),
        ("flag", 0.0, "no", "non"),
        ("count", 3.0, "3", "3"),
        ("hour", 14.0, "14 h", "14 h"),
        ("years", 12.0, "12 years", "12 ans"),
        ("months", 7.0, "7 months", "7 mois"),
        ("days", 14610.0, "40 years", "40 ans"),
        ("days", 400.0, "13 months", "13 mois"),
        ("days", 20.0, "20 days", "20 jours"),
        (None, 0.12345, "0.123", "0,123"),
        (None, None, "not known", "non renseigné"),
        (None, Range(None, 0.25), "less than 0.25", "moins de 0,25"),
        (None, Range(2.0, None), "at least 2", "au moins 2"),
        ("years", Range(20.0, 25.0), "20 to 25 years", "de 20 à 25 ans"),
        ("days", Range(1100.0, 1130.5), "1,100 to 1,130 days", f"de 1{NARROW}100 à 1{NARROW}130 jours"),
        ("currency", Range(None, 1.4e-13), "less than 1.4\u00a0×\u00a010⁻¹³", "moins de 1,4\u00a0×\u00a010⁻¹³"),
        (
            "currency",
            Range(1.4e-13, 7034.0),
            "1.4\u00a0×\u00a010⁻¹³ to 7,034",
            f"de 1,4\u00a0×\u00a010⁻¹³ à 7{NARROW}034",
        ),
        ("share", 2e-14, "2\u00a0×\u00a010⁻¹²%", f"2\u00a0×\u00a010⁻¹²{NARROW}%"),
        ("share", 4.5e307, "1.7976931349\u00a0×\u00a010³⁰⁸%", f"1,7976931349\u00a0×\u00a010³⁰⁸{NARROW}%"),
        ("share", Range(0.12341, 0.12344), "12.341% to 12.344%", f"de 12,341{NARROW}% à 12,344{NARROW}%"),
    ],
)
def test_a_value_is_said_with_its_unit(unit, value, english, french):
    assert describe_value(term(unit), value) == Text(en=english, fr=french)


def test_days_before_the_application_are_a_time_and_their_range_turns_round():
    back = term("days", scale=-1.0)
    assert describe_value(back, -731.0).en == "2 years"
    assert describe_value(back, Range(-3653.0, -731.0)).en == "2 to 10 years"
    assert describe_value(back, Range(None, -3653.0)).fr == "au moins 10 ans"


def test_a_category_is_said_in_readers_words_and_as_it_is_where_there_are_none():
    housing = term(texts={"With parents": Text(en="With parents", fr="Chez les parents")})
    assert describe_value(housing, "With parents").fr == "Chez les parents"
    assert describe_value(housing, "Igloo") == Text(en="Igloo", fr="Igloo")


@given(
    st.sampled_from([None, "currency", "share", "days", "flag", "count", "years", "months", "hour", "ratio"]),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_any_number_can_be_said(unit, value):
    said = describe_value(term(unit), value)
    assert said.en
    assert "-0" not in {said.en, said.fr}


@given(
    st.sampled_from([None, "currency", "share", "years", "months", "hour", "ratio"]),
    st.floats(min_value=1e-30, max_value=1e3, exclude_max=True),
    st.floats(min_value=1.0001, max_value=1e9),
)
def test_the_ends_of_a_range_differ_as_they_are_written(unit, low, factor):
    said = describe_value(term(unit), Range(low, low * factor)).en
    ends = said.removesuffix(f" {unit}").removesuffix("h").strip().split(" to ")
    assert len(set(ends)) == 2, said
