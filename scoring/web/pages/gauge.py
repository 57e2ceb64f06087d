"""Where a risk lies on a scale with its threshold: places of a drawing, in percent of its width."""

from dataclasses import dataclass

from scoring.model.scorer import ReviewBand

_ENDS = (0.2, 0.4, 0.6, 0.8, 1.0)  # a quarter of each is a round number
_WORD_WIDTH = 25.0  # percent of the width that a word needs


@dataclass(frozen=True, slots=True)
class Gauge:
    """Places from 0 to 100.

    Attributes
    ----------
    end : risk (0-1) at the right end.
    value, threshold : places.
    band : places where the review band begins and ends; None without a band.
    ticks : places and their risks (0-1).
    """

    end: float
    value: float
    threshold: float
    band: tuple[float, float] | None
    ticks: tuple[tuple[float, float], ...]

    @property
    def fits_words(self) -> tuple[bool, bool]:
        """Whether a word fits to the left and to the right of the threshold."""
        return self.threshold >= _WORD_WIDTH, 100 - self.threshold >= _WORD_WIDTH


def build_gauge(risk: float, threshold: float, band: ReviewBand | None = None) -> Gauge:
    """Choose a scale on which risk and threshold can both be seen.

    >>> gauge = build_gauge(0.05, 0.1)
    >>> gauge.end, gauge.value, gauge.threshold
    (0.4, 12.5, 25.0)
    """
    wanted = max(2 * threshold, 1.1 * risk)
    end = next((end for end in _ENDS if end > wanted), 1.0)
    places = None if band is None else (_place(band.low, end), _place(band.high, end))
    ticks = tuple((25.0 * i, end * i / 4) for i in range(5))
    return Gauge(end, _place(risk, end), _place(threshold, end), places, ticks)


def text_anchor(place: float) -> str:
    """SVG ``text-anchor`` that keeps a text at a place within the drawing."""
    return "start" if place < 20 else "end" if place > 80 else "middle"


def _place(risk: float, end: float) -> float:
    return round(min(100 * risk / end, 100.0), 3)
