import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.model.scorer import ReviewBand
from scoring.web.pages.view_models import build_gauge

SHARES = st.floats(0, 1)


@given(SHARES, SHARES, SHARES, SHARES)
def test_everything_lies_on_the_drawing_in_the_right_order(risk, threshold, one, other):
    drawn = build_gauge(risk, threshold, ReviewBand(low=min(one, other), high=max(one, other)))
    low, high = drawn.band
    assert all(0 <= place <= 100 for place in (drawn.value, drawn.threshold, low, high))
    assert low <= high
    if risk > threshold:
        assert drawn.value >= drawn.threshold
    assert drawn.ticks[0] == (0.0, 0.0)
    assert drawn.ticks[-1] == (100.0, drawn.end)


def test_a_risk_near_the_threshold_of_the_costs_is_drawn_on_the_first_fifth():
    drawn = build_gauge(0.05, 1 / 11)
    assert drawn.end == 0.2
    assert drawn.value == pytest.approx(25)
    assert drawn.threshold == pytest.approx(45.455)
    assert drawn.fits_words == (True, True)
