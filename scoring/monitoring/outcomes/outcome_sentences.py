"""Sentences of the report on outcomes, in French and English."""

from functools import partial

from scoring.model.report import Metric
from scoring.monitoring.outcomes.outcome_figures import OutcomeReport, Rate, Vintage
from scoring.monitoring.small_groups import FEWEST
from scoring.readable.numbers import Language, format_count, format_fixed, format_percent
from scoring.readable.texts import read_texts

outcome_texts = partial(read_texts, __package__, "outcome_texts.csv")


class Sentences:
    """Writes one language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._texts = outcome_texts(language)

    def say(self, text: str, /, **values: object) -> str:
        """Fill a text, by its name."""
        return self._texts[text].format(**values)

    def percent(self, share: float | None) -> str:
        """Write a share in per cent; None is a dash."""
        return format_percent(share, self.language)

    def count(self, number: float) -> str:
        """Write a whole number."""
        return format_count(number, self.language)

    def fixed(self, number: float | None) -> str:
        """Write a number with three decimals; None is a dash."""
        return format_fixed(number, self.language)

    def interval(self, figure: Metric | Rate | None, *, percent: bool = True) -> str:
        """Write a figure with its interval; None is a dash."""
        write = self.percent if percent else self.fixed
        if figure is None:
            return write(None)
        value = figure.rate if isinstance(figure, Rate) else figure.value
        return self.say("interval", value=write(value), low=write(figure.low), high=write(figure.high))

    def name(self, one: Vintage) -> str:
        """Name a vintage; all decisions together have a name of their own."""
        return self.say("total") if one.name == "total" else one.name

    def judge(self, one: Vintage, window: int | None) -> str:
        """Say what was measured of a vintage, what was expected, and whether these contradict each other."""
        name = self.name(one)
        if not one.accepted:
            return self.say("nobody", name=name)
        if one.measured is None:
            key = "is_too_early" if one.verdict == "too_early" else "is_no_outcomes"
            counts = {"accepted": self.count(one.accepted), "due": self.count(one.due), "window": window}
            return " ".join([self.say(key, name=name, **counts), *self._early(one)])
        seen = one.measured
        said = [
            self.say(
                "measured_alone" if one.expected is None else "measured",
                name=name,
                rate=self.percent(seen.rate),
                low=self.percent(seen.low),
                high=self.percent(seen.high),
                defaults=self.count(seen.defaults),
                clients=self.count(seen.clients),
                expected=self.percent(one.expected),
            )
        ]
        if one.expected is not None:
            said += self._compare(one)
        return " ".join([*said, *self._early(one)])

    def _compare(self, one: Vintage) -> list[str]:
        count = self.count(one.open)
        if one.verdict != "undecided" or one.bounds is None:
            whatever = [self.say("whatever", open=count)] if one.open else []
            return [self.say(f"is_{one.verdict}"), *whatever]
        lowest, highest = self.percent(one.bounds.lowest), self.percent(one.bounds.highest)
        depends = self.say("is_undecided", open=count, lowest=lowest, highest=highest)
        return [depends, self.say(f"alike_{one.verdict_if_alike}")]

    def _early(self, one: Vintage) -> list[str]:
        return [self.say("early_defaults", count=self.count(one.early_defaults))] if one.early_defaults else []

    def hidden(self, report: OutcomeReport) -> list[str]:
        """Say how many vintages are not shown."""
        counts = {"vintages": report.hidden_vintages, "decisions": report.hidden_decisions}
        said = self.say("hidden", fewest=FEWEST, **{name: self.count(count) for name, count in counts.items()})
        return [said] if report.hidden_vintages else []

    def limits(self, report: OutcomeReport) -> list[str]:
        """Say what the figures cannot say."""
        names = ["limit_accepted"] if report.population is None else []
        return [self.say(name) for name in (*names, "limit_open", "limit_small", "limit_auc")]


def write_lines(report: OutcomeReport) -> str:
    """Write a report for a terminal, in English."""
    words = Sentences("en")
    if report.total is None:
        return words.say("nothing")
    lines = [words.judge(one, report.window_months) for one in report.vintages] + words.hidden(report)
    if len(lines) > 1:
        lines += ["", words.judge(report.total, report.window_months)]
    if report.total.measured is None:
        return "\n".join([*lines, words.say("none_known")])
    share = report.total.measured.clients / report.total.due
    counts = {"known": words.count(report.total.measured.clients), "due": words.count(report.total.due)}
    lines += ["", words.say("share_known", **counts, share=words.percent(share))]
    reviewed = report.reviews.refused_to_accepted
    if reviewed.decisions:
        lines.append(words.say(f"worth_{reviewed.worth}"))
    if report.population is None:
        lines.append(words.say("population_none"))
    else:
        rate = words.interval(report.population.default_rate)
        lines.append(f"{words.say('fact_default_rate')}: {rate}")
    return "\n".join([*lines, *words.limits(report)])
