from dataclasses import replace
from itertools import pairwise

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
        ("days", Range(1100.0, 1130.5), "36 to 37 months", "de 36 à 37 mois"),
        ("days", Range(1122.0, 1250.0), "37 to 41 months", "de 37 à 41 mois"),
        ("days", Range(1100.0, 1105.0), "1,100 to 1,105 days", f"de 1{NARROW}100 à 1{NARROW}105 jours"),
        ("days", Range(24.0, 128.0), "24 days to 4 months", "de 24 jours à 4 mois"),
        ("days", 1.0, "1 day", "1 jour"),
        ("days", 0.0, "0 days", "0 jour"),
        ("years", 1.5, "1.5 years", "1,5 an"),
        ("months", Range(1.0, 5.63), "1 to 5.6 months", "de 1 à 5,6 mois"),
        ("currency", 0.004, "less than 0.01", "moins de 0,01"),
        ("currency", Range(None, 1.4e-13), "0 or less", "0 ou moins"),
        ("currency", Range(1.4e-13, 4.4e-12), "0", "0"),
        ("currency EUR", Range(4.4e-12, 7034.0), "above €0 to €7,034", f"de plus de 0\u00a0€ à 7{NARROW}034\u00a0€"),
        ("share", 2e-14, "less than 0.1%", f"moins de 0,1{NARROW}%"),
        ("share", Range(None, 0.000005), "0%", f"0{NARROW}%"),
        ("share", Range(0.000005, None), "above 0%", f"plus de 0{NARROW}%"),
        ("share", Range(0.0005, 0.02), "0.05% to 2%", f"de 0,05{NARROW}% à 2{NARROW}%"),
        ("share", 4.5e307, "1.7976931349\u00a0×\u00a010³⁰⁸%", f"1,7976931349\u00a0×\u00a010³⁰⁸{NARROW}%"),
        ("share", Range(0.12341, 0.12344), "12.341% to 12.344%", f"de 12,341{NARROW}% à 12,344{NARROW}%"),
    ],
)
def test_a_value_is_said_with_its_unit(unit, value, english, french):
    assert describe_value(term(unit), value) == Text(en=english, fr=french)


def test_bins_of_whole_numbers_have_no_number_in_common_and_the_usual_range_includes_its_ends():
    rating, edges = replace(term(), whole=True), (None, 0.5, 2.0, 2.5, 4.0, None)
    said = [describe_value(rating, Range(*ends)).fr for ends in pairwise(edges)]
    assert said == ["0 ou moins", "1", "2", "3", "au moins 4"]
    for one in (rating, term("count")):
        assert describe_value(one, Range(0.0, 7.0, closed=True)).en == "0 to 7"


def test_a_score_on_a_known_scale_is_told_to_a_thousandth_of_it():
    known, unknown = replace(term(), full_scale=1.0), term()
    assert [describe_value(one, 0.0000853).en for one in (known, unknown)] == ["less than 0.001", "0.0000853"]


def test_bins_that_share_the_end_of_a_length_of_time_write_it_alike():
    edges = (None, 420.0, 857.5, 1012.0, 1186.5, 3650.0, None)
    told = [describe_value(term("days"), Range(*ends)).en for ends in pairwise(edges)]
    assert told == [
        "less than 14 months",
        "14 to 28 months",
        "28 to 33 months",
        "33 to 39 months",
        "39 months to 10 years",
        "at least 10 years",
    ]


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        (Range(-1200.0, -500.0), "16 to 39 months ago", "il y a 16 à 39 mois"),
        (Range(-500.0, 19.0), "16 months ago to 19 days ahead", "d'il y a 16 mois à dans 19 jours"),
        (Range(None, -1200.0), "more than 39 months ago", "il y a plus de 39 mois"),
        (Range(-500.0, None), "less than 16 months ago, or ahead", "il y a moins de 16 mois, ou à venir"),
        (Range(19.0, 2922.0), "19 days to 8 years", "de 19 jours à 8 ans"),
        (Range(None, 19.0), "less than 19 days", "moins de 19 jours"),
    ],
)
def test_a_time_to_an_event_that_is_over_is_told_without_a_sign(value, english, french):
    left = replace(term("days"), passing="falls")
    assert describe_value(left, value) == Text(en=english, fr=french)


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
    st.floats(min_value=0.01, max_value=1e3, exclude_max=True),
    st.floats(min_value=1.0001, max_value=1e9),
)
def test_the_ends_of_a_range_differ_as_they_are_written(unit, low, factor):
    said = describe_value(term(unit), Range(low, low * factor)).en
    ends = said.removesuffix(f" {unit}").removesuffix("h").strip().split(" to ")
    assert len(set(ends)) == 2, said
