"""Decisions of the last days in words: counts, figures against what was expected, and a plot of the refusal rate."""

from dataclasses import dataclass
from datetime import date

from scoring.model_card.drawing import Axis, Mark, Place, Plot
from scoring.monitoring.overview.comparison import Compared
from scoring.monitoring.overview.look_parts import DecisionFigures, PeriodFigures
from scoring.readable.numbers import NO_NUMBER, format_date, format_fixed, format_percent
from scoring.web.pages.monitor.monitor_words import MonitorWords

_TICKS = 7  # days from one date of the plot to the next


@dataclass(frozen=True, slots=True)
class Table:
    """A table in words; the first cell of a row is its name."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def describe_count(decisions: DecisionFigures, words: MonitorWords) -> str:
    """Say when decisions were counted, or from which day on they were counted so far."""
    if decisions.is_complete:
        return words.say("counted_at", time=words.moment(decisions.counted_at))
    if decisions.complete_since is None:
        return words.say("counting")
    return words.say("counting_since", day=format_date(decisions.complete_since, words.language))


def count_table(decisions: DecisionFigures, words: MonitorWords) -> Table:
    """Write how many decisions there were, by outcome."""
    header = words.header("column_period", "column_decisions", "column_accepted", "column_refused")
    return Table(header, tuple(_count_row(one, words) for one in decisions.periods))


def _count_row(one: PeriodFigures, words: MonitorWords) -> tuple[str, ...]:
    def with_marked(count: int, marked: int) -> str:
        return words.say("of_which_marked", n=words.count(count), marked=words.count(marked))

    return (
        words.say(f"period_{one.days}"),
        words.count(one.accepted + one.refused),
        with_marked(one.accepted, one.accepted_marked),
        with_marked(one.refused, one.refused_marked),
    )


def figure_table(decisions: DecisionFigures, words: MonitorWords) -> Table:
    """Write what was observed, and what was expected."""
    header = words.header("column_figure", "column_words", "column_observed", "column_expected", "column_difference")
    rows = [
        _figure_row(f"{words.say(name)}, {words.say(f'period_{one.days}')}", getattr(one, name), words)
        for name in ("refusal_rate", "mean_risk")
        for one in decisions.periods
    ]
    return Table(header, tuple(rows))


def _figure_row(name: str, found: Compared, words: MonitorWords) -> tuple[str, ...]:
    difference = NO_NUMBER if found.difference is None else _points(found.difference, words)
    expected = format_percent(found.expected.value if found.expected else None, words.language)
    verdict = found.verdict or _why_not_compared(found)
    return name, words.say(f"verdict_{verdict}"), words.percent(found.observed), expected, difference


def _points(difference: float, words: MonitorWords) -> str:
    return words.say("points", n=format_fixed(100 * difference, words.language, 1, signed=True))


def _why_not_compared(found: Compared) -> str:
    if found.observed is None:
        return "no_decisions"
    return "no_expectation" if found.expected is None else "too_few"


def other_versions(decisions: DecisionFigures, words: MonitorWords) -> str:
    """Say how many decisions were counted, but not compared; empty where all were compared."""
    count = max((one.other_versions for one in decisions.periods), default=0)
    return words.say("other_versions", n=words.count(count)) if count else ""


def draw_rates(decisions: DecisionFigures, words: MonitorWords) -> Plot | None:
    """Draw the refusal rate of each day with its interval, and the expected one as a line; None without decisions."""
    days, period = decisions.by_day, decisions.periods[-1] if decisions.periods else None
    rates = [(place, day.refusal_rate) for place, day in enumerate(days) if day.refusal_rate]
    if not rates:
        return None
    expected = period.refusal_rate.expected if period else None
    axis = Axis.around([*(rate.high for _, rate in rates), *([expected.value] if expected else [])], whole=True)

    def at(day: int, share: float) -> Place:
        return round(100 * (day + 0.5) / len(days), 3), 100 - axis.place(share)

    dates = [day for day in range(len(days)) if (len(days) - 1 - day) % _TICKS == 0]
    return Plot(
        title=words.say("plot_rates"),
        description=words.say("plot_rates_is"),
        x_name=words.say("plot_days"),
        y_name=words.say("refusal_rate"),
        height=200,
        x_ticks=tuple((at(day, 0)[0], _short(days[day].day, words)) for day in dates),
        y_ticks=tuple((at(0, tick)[1], format_percent(tick, words.language, 0)) for tick in axis.ticks),
        marks=tuple(Mark(at(day, rate.value), (at(day, rate.low), at(day, rate.high))) for day, rate in rates),
        lines=_expected_line(axis, expected.value, words) if expected else (),
        header=words.header("plot_days", "column_decisions", "refusal_rate"),
        rows=tuple(
            (format_date(day.day, words.language), words.count(day.decisions), words.percent(day.refusal_rate))
            for day in reversed(days)
        ),
    )


def _expected_line(axis: Axis, rate: float, words: MonitorWords) -> tuple[tuple[Place, Place, str], ...]:
    level = 100 - axis.place(rate)
    return (((0, level), (100, level), words.say("plot_expected", value=format_percent(rate, words.language))),)


def _short(day: date, words: MonitorWords) -> str:
    """Write a date in few characters.

    >>> from datetime import datetime
    >>> [_short(date(2026, 11, 3), MonitorWords(language, datetime.now())) for language in ("fr", "en")]
    ['03/11', '03 Nov']
    """
    return f"{day:%d/%m}" if words.language == "fr" else f"{day:%d} {format_date(day, 'en').split(chr(0xA0))[1][:3]}"
