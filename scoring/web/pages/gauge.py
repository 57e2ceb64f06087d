"""Where a risk lies on a scale with its threshold: places of a drawing, in per cent of its width."""

from dataclasses import dataclass

from scoring.model.scorer import ReviewBand

_ENDS = (0.2, 0.4, 0.6, 0.8, 1.0)  # fourths of these are round numbers
_WIDE = 25.0  # per cent of the width that a word needs


@dataclass(frozen=True, slots=True)
class Gauge:
    """Places from 0 to 100.

    Attributes
    ----------
    end : risk (0-1) at the right end.
    value, threshold : places.
    band : places where the review band begins and ends; none where there is none.
    ticks : places and the risks (0-1) that stand there.
    """

    end: float
    value: float
    threshold: float
    band: tuple[float, float] | None
    ticks: tuple[tuple[float, float], ...]

    @property
    def roomy(self) -> tuple[bool, bool]:
        """Whether a word fits to the left and to the right of the threshold."""
        return self.threshold >= _WIDE, 100 - self.threshold >= _WIDE


def gauge(risk: float, threshold: float, band: ReviewBand | None = None) -> Gauge:
    """Choose a scale that shows both the risk and the threshold well.

    >>> drawn = gauge(0.05, 0.1)
    >>> drawn.end, drawn.value, drawn.threshold
    (0.4, 12.5, 25.0)
    """
    wanted = max(2 * threshold, 1.1 * risk)
    end = next((end for end in _ENDS if end > wanted), 1.0)
    places = None if band is None else (_place(band.low, end), _place(band.high, end))
    ticks = tuple((25.0 * i, end * i / 4) for i in range(5))
    return Gauge(end, _place(risk, end), _place(threshold, end), places, ticks)


def anchor(place: float) -> str:
    """Side on which a text at a place begins, so that it stays within the drawing."""
    return "start" if place < 20 else "end" if place > 80 else "middle"


def _place(risk: float, end: float) -> float:
    return round(min(100 * risk / end, 100.0), 3)
