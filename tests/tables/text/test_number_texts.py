import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.tables.text.number_texts import parse_number, split_number


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [
        ("1234", 1234, 1234),
        ("007", 7, 7),
        ("1,234", 1234, 1.234),
        ("1.234", 1.234, 1234),
        ("1,234,567", 1234567, None),
        ("1.234.567", None, 1234567),
        ("1,234.5", 1234.5, None),
        ("1.234,5", None, 1234.5),
        ("12,34,567.8", 1234567.8, None),  # lakh and crore
        ("1 234", 1234, 1234),
        ("1\u00a0234,5", None, 1234.5),
        ("1\u202f234\u202f567", 1234567, 1234567),
        ("1'234.5", 1234.5, None),
        ("1’234", 1234, 1234),
        (".5", 0.5, None),
        (",5", None, 0.5),
        ("5.", 5.0, None),
        ("0.125", 0.125, None),  # a group does not begin with 0
        ("1e3", 1000.0, 1000.0),
        ("1,5E-03", None, 0.0015),
        ("-5", -5, -5),
        ("−5", -5, -5),
        ("–5", -5, -5),
        ("5-", -5, -5),
        ("+5", 5, 5),
        ("5.-", 5.0, None),  # five francs
        ("39.000,- €", None, 39000.0),
        ("1'200.--", 1200.0, None),
        ("(1,234.50)", -1234.5, None),
        ("13.5%", 13.5, None),
        ("13,5 %", None, 13.5),
        ("(13.5) %", -13.5, None),
        ("$1,200.5", 1200.5, None),
        ("-$5", -5, -5),
        ("$-5", -5, -5),
        ("5 €", 5, 5),
        ("CHF 5", 5, 5),
        ("R$ 5", 5, 5),
    ],
)
def test_a_number_has_the_value_of_its_decimal_mark(text, point, comma):
    assert (parse_number(text, "."), parse_number(text, ",")) == (point, comma)


NOT_NUMBERS = (
    *("", "-", "$", "%", "--5", "-5-", "(5", "5)", "(-5)", "12 34", "1,2,3", "1.2.3", "1 2345", "0 123", "1'23"),
    *("1,234.567,8", "5 EUR €", "5 km", "NaN", "0x10", "1_000", "5%%", "1e", "e5", "12:30", "2015-03", "3/4"),
)


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_what_is_no_number_is_none(text):
    assert split_number(text) is None


@given(st.integers(-(10**299), 10**299))
def test_whole_numbers_are_exact(number):
    assert parse_number(str(number), ".") == number
    assert parse_number(f"{number:,}".replace(",", " "), ",") == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back_to_the_last_bit(number):
    assert parse_number(repr(number), ".") == number
    assert parse_number(repr(number).replace(".", ","), ",") == number


def test_thousands_of_digits_are_a_number_too_large():
    assert parse_number("9" * 5000, ".") == float("inf")
