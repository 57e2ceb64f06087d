"""What a plot is made of: places on a drawing, and ranges of numbers."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor, log10

Place = tuple[float, float]  # from the left and from the top, in percent of the drawing


@dataclass(frozen=True, slots=True)
class Mark:
    """A figure on a drawing.

    Attributes
    ----------
    place : of the figure.
    ends : of its interval, or of a bar.
    name, value : written above the mark, for plots with one drawing for each mark.
    """

    place: Place
    ends: tuple[Place, Place]
    name: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot in one language.

    Attributes
    ----------
    title, description : what is drawn, and what it shows.
    x_name, y_name : of the axes.
    height : in pixels.
    x_ticks, y_ticks : places (0-100) with their texts.
    line : corners of a line.
    lines : straight lines to compare with, each with its ends and its text.
    area : left and right end of a shaded area, and its text.
    bars : marks are bars from the left.
    header, rows : the figures, where the card has no table of them.
    """

    title: str
    description: str
    x_name: str
    y_name: str = ""
    height: int = 260
    x_ticks: tuple[tuple[float, str], ...] = ()
    y_ticks: tuple[tuple[float, str], ...] = ()
    marks: tuple[Mark, ...] = ()
    line: tuple[Place, ...] = ()
    lines: tuple[tuple[Place, Place, str], ...] = ()
    area: tuple[float, float, str] | None = None
    bars: bool = False
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Axis:
    """A range of numbers on a drawing.

    >>> Axis(0, 0.5).place(0.1), Axis.around([0.02, 0.43], whole=True)
    (20.0, Axis(low=0.0, high=0.5))
    """

    low: float
    high: float

    @classmethod
    def around(cls, numbers: Iterable[float], *, whole: bool = False) -> "Axis":
        """Choose ends at ticks beyond all numbers; ``whole``: from zero."""
        numbers = list(numbers)
        low, high = (0.0 if whole else min(numbers)), max(numbers)
        high = high if high > low else low + 1
        step = choose_step(low, high)
        return cls(round(step * floor(low / step + 1e-9), 10), round(-step * floor(-high / step + 1e-9), 10))

    @property
    def ticks(self) -> list[float]:
        """Round numbers within the range."""
        step = choose_step(self.low, self.high)
        return [round(self.low + i * step, 10) for i in range(round((self.high - self.low) / step) + 1)]

    def place(self, number: float) -> float:
        """Place of a number, 0 at the low end to 100 at the high end."""
        return round(min(max(100 * (number - self.low) / (self.high - self.low), 0.0), 100.0), 3)


def choose_step(low: float, high: float) -> float:
    """Choose a round step with which a range has four to ten steps.

    >>> choose_step(0, 0.43), choose_step(0.5, 1.3), choose_step(0, 90)
    (0.1, 0.2, 20.0)
    """
    least = (high - low) / 5 or 1.0
    unit = 10.0 ** floor(log10(least))
    return round(next(times * unit for times in (1.0, 2.0, 5.0, 10.0) if times * unit >= 0.9 * least), 12)
