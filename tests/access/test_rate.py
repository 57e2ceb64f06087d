import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.access.rate import NANO, parse_rate, take

UNITS = st.sampled_from(["second", "minute"])
RATES = st.builds(lambda count, unit: parse_rate(f"{count}/{unit}"), st.integers(1, 50), UNITS)


@given(RATES, st.lists(st.integers(0, 5 * NANO), max_size=200))
def test_in_any_time_no_more_come_than_the_burst_and_one_for_each_interval(rate, pauses):
    due, now, allowed = 0, NANO, []
    for pause in pauses:
        now += pause
        due, wait = take(due, now, rate)
        if not wait:
            allowed.append(now)
    for i, first in enumerate(allowed):
        for j in range(i, len(allowed)):
            assert j - i + 1 <= rate.most + (allowed[j] - first) / rate.interval


@given(RATES, st.integers(0, 10**15))
def test_a_burst_is_allowed_whole_and_the_next_one_after_exactly_the_wait(rate, start):
    due = 0
    for _ in range(rate.most):
        due, wait = take(due, start, rate)
        assert wait == 0
    same, wait = take(due, start, rate)
    assert same == due
    assert wait == rate.interval
    assert take(due, start + wait - 1, rate)[1] == 1
    assert take(due, start + wait, rate)[1] == 0


@pytest.mark.parametrize("text", ["", "600", "0/minute", "-1/second", "1/week", "1 / minute", "٣/minute"])
def test_other_texts_are_not_rates(text):
    with pytest.raises(ValueError, match="expected a number, / and second"):
        parse_rate(text)
