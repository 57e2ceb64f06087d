"""Texts, numbers and times of the page, in one language."""

from collections.abc import Mapping
from datetime import datetime

from scoring.model.report import Metric
from scoring.readable.numbers import (
    NO_NUMBER,
    Language,
    format_count,
    format_percent,
    with_interval,
)
from scoring.web.pages.recorded_page import format_moment
from scoring.web.pages.words import load_texts

_UNITS = (("days", 1440), ("hours", 60), ("minutes", 1))  # in minutes


class MonitorWords:
    """Writes in one language.

    Parameters
    ----------
    now : the time from which ages are counted.
    """

    def __init__(self, language: Language, now: datetime) -> None:
        self.language, self._now = language, now
        self.texts: Mapping[str, str] = load_texts(language)

    def say(self, name: str, **values: str) -> str:
        """Write a text with its values."""
        return self.texts[name].format(**values)

    def header(self, *names: str) -> tuple[str, ...]:
        """Write several texts."""
        return tuple(self.texts[name] for name in names)

    def count(self, number: float) -> str:
        """Write a whole number."""
        return format_count(number, self.language)

    def percent(self, metric: Metric | None) -> str:
        """Write a share with its interval."""
        if metric is None:
            return NO_NUMBER
        value, low, high = (format_percent(one, self.language) for one in (metric.value, metric.low, metric.high))
        return with_interval(value, low, high, self.language)

    def moment(self, time: str) -> str:
        """Write a time."""
        return format_moment(time, self.language)

    def since(self, time: str | None) -> str:
        """Write a time with its age."""
        if time is None:
            return self.texts["monitor_none"]
        return f"{self.moment(time)} ({self.age(datetime.fromisoformat(time))})"

    def age(self, moment: datetime) -> str:
        """Write how long ago something was, in the largest unit of which at least two have passed.

        >>> from datetime import UTC
        >>> words = MonitorWords("en", datetime(2026, 11, 26, 12, tzinfo=UTC))
        >>> [words.age(datetime(2026, 11, day, 10, minute, tzinfo=UTC)) for day, minute in ((24, 0), (25, 0), (26, 1))]
        ['2 days ago', '26 hours ago', '119 minutes ago']
        """
        minutes = max(0.0, (self._now - moment).total_seconds() / 60)
        for unit, length in _UNITS:
            if minutes >= 2 * length:
                return self.say(f"age_{unit}", n=self.count(int(minutes / length)))
        return self.texts["age_now"]
