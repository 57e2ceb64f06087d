import math

from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import DuplicateKey, InvalidApplication, input_error

values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner), inner.map(DuplicateKey)),
)


@given(values)
def test_a_received_value_is_short_and_valid_json(value):
    received = input_error("x", value, "anything")["received"]
    assert received is None or isinstance(received, bool | int | float | str)
    assert len(str(received)) <= 40
    assert not isinstance(received, float) or math.isfinite(received)


@given(st.text())
def test_a_received_text_is_repeated_and_marked_where_truncated(text):
    error = input_error("x", text, "anything")
    assert error["received"] == text[:40]
    assert error.get("truncated", False) is (len(text) > 40)


def test_of_a_very_deep_or_long_list_only_the_beginning_is_written():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert input_error("x", deep, "a number")["received"] == "[" * 40
    assert input_error("x", [0] * 10**6, "a number")["truncated"] is True


def test_a_duplicate_key_is_received_with_its_last_value():
    assert input_error("x", DuplicateKey(2), "the key once")["received"] == 2


def test_a_single_error_is_announced_in_the_singular():
    assert str(InvalidApplication.listing([input_error("x", 1, "2")])).startswith("1 validation error,")
