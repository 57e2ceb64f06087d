"""The drift report as a page to read, in French or English."""

from collections.abc import Iterator, Sequence

from scoring.model.schema import Text
from scoring.monitoring.drift.drift_report import BinShares, DriftReport, FeatureFigures, Moved, Shares
from scoring.monitoring.drift.wording.drift_plots import draw_bins, draw_months
from scoring.monitoring.drift.wording.drift_texts import fixed, in_percent, in_points, say
from scoring.monitoring.report.report_frame import Block, Picture, ReportSection, write_report
from scoring.readable.numbers import NO_NUMBER, Language, format_count, format_date, with_interval
from scoring.validation.document_plots import embed

_MOST_SHOWN = 25  # features with a plot
_HEADER = ("feature", "reads", "psi", "noise", "distance", "missing", "rare", "p_value")


def write_page(report: DriftReport, language: Language) -> str:
    """Write the report as HTML that needs no other file."""
    page = _Page(report, language)
    return write_report(
        DriftReport.page_beginning,
        language,
        page.say("title"),
        page.verdict(),
        tuple(page.sections()),
        alarm=report.alarm,
    )


class _Page:
    """Writes one report in one language."""

    def __init__(self, report: DriftReport, language: Language) -> None:
        self.report, self.language = report, language

    def text(self, both: Text) -> str:
        return both.fr if self.language == "fr" else both.en

    def say(self, name: str, **values: Text | str | int) -> str:
        return self.text(say(f"page_{name}", **values))

    def verdict(self) -> str:
        report = self.report
        if not report.alarm:
            return self.say("calm", level=in_percent(report.level))
        if not report.moved:
            return self.say("months_moved", n=sum(month.alarm for month in report.months))
        return self.say("moved_n", n=len(report.moved)) if len(report.moved) > 1 else self.say("moved_one")

    def sections(self) -> Iterator[ReportSection]:
        yield self.section("summary", Block(header=self.header("fact", "value"), rows=tuple(self.facts())))
        moved = tuple(self.moved(one) for one in self.report.moved[:_MOST_SHOWN])
        rest = tuple(self.text(one.sentence) for one in self.report.moved[_MOST_SHOWN:])
        further = (Block(title=self.say("further"), points=rest),) if rest else ()
        nothing = (Block(text=(self.say("nothing"),)),) if not moved else ()
        explained = (Block(text=(self.say("effects_are", rest=in_points(self.report.unexplained, signed=True)),)),)
        yield self.section("moved", *nothing, *(explained if moved else ()), *moved, *further)
        if self.report.months:
            yield self.section("months", self.months())
        plot = self.picture(self.report.score.bins, self.say("score"))
        yield self.section("score", Block(text=(self.say("score_is"),), picture=plot))
        yield self.section("features", self.features())
        notes = tuple(self.text(note) for note in self.report.notes)
        yield self.section("method", Block(text=self.method()), *((Block(points=notes),) if notes else ()))

    def section(self, name: str, *blocks: Block) -> ReportSection:
        return ReportSection(name, self.say(name), blocks)

    def header(self, *names: str) -> tuple[str, ...]:
        return tuple(self.say(name) for name in names)

    def facts(self) -> Iterator[tuple[str, str]]:
        report, score = self.report, self.report.score
        yield self.say("made"), format_date(report.made_at.date(), self.language)
        yield self.say("current"), self.say("source", what=report.current, n=report.clients)
        yield self.say("reference"), self.say("source", what=report.reference, n=report.reference_clients)
        rate = (in_percent(one) for one in (score.refusal_rate.current, score.low, score.high))
        now, low, high = (self.text(one) for one in rate)
        against = self.say("against", before=in_percent(score.refusal_rate.reference))
        yield self.say("refused"), f"{with_interval(now, low, high, self.language)}{against}"
        risk = score.calibrated_probability
        yield (
            self.say("risk"),
            f"{self.text(in_percent(risk.current))}{self.say('against', before=in_percent(risk.reference))}",
        )
        yield self.say("version"), report.model_version
        yield self.say("level"), self.say("level_is", level=in_percent(report.level), n=report.tests)

    def moved(self, one: Moved) -> Block:
        figures = next((figures for figures in self.report.features if figures.name == one.name), None)
        label, bins = self.text(one.label), figures.bins if figures else ()
        if one.name == "score":
            bins = self.report.score.bins
        return Block(title=label, text=(self.text(one.sentence),), picture=self.picture(bins, label))

    def picture(self, bins: Sequence[BinShares], label: str) -> Picture | None:
        if len(bins) < 2:
            return None
        cells = [
            f"{self.text(one.label)}: {self.text(in_percent(one.reference))} → {self.text(in_percent(one.current))}"
            for one in bins
        ]
        return Picture(embed(draw_bins(bins, self.language)), self.say("plot", label=label, shares="; ".join(cells)))

    def months(self) -> Block:
        report = self.report
        labels = {one.name: one.label for one in report.features}
        labels |= {name: say(f"label_{name}") for name in ("score", "refusals", "joint")}
        rows = tuple(
            (
                month.month,
                format_count(month.clients, self.language),
                self.interval(month.refusal_rate, month.low, month.high),
                self.text(in_percent(month.calibrated_probability)),
                ", ".join(self.text(labels[name]) for name in month.moved) or NO_NUMBER,
            )
            for month in report.months
        )
        rate = report.score.refusal_rate.reference
        return Block(
            text=(self.say("months_are"),),
            picture=Picture(embed(draw_months(report.months, rate, self.language)), self.say("months_plot")),
            header=self.header("month", "clients", "refused", "risk", "moved"),
            rows=rows,
        )

    def interval(self, value: float, low: float, high: float) -> str:
        now, least, most = (self.text(in_percent(one)) for one in (value, low, high))
        return with_interval(now, least, most, self.language)

    def features(self) -> Block:
        ranked = sorted(self.report.features, key=lambda one: (one.p_value, -one.psi))
        return Block(
            text=(self.say("features_are"),), header=self.header(*_HEADER), rows=tuple(map(self.feature, ranked))
        )

    def feature(self, one: FeatureFigures) -> tuple[str, ...]:
        rare = one.unseen or one.unusual
        return (
            self.text(one.label),
            self.say("yes" if one.reads else "no"),
            self.text(fixed(one.psi, 3)),
            self.text(fixed(one.noise, 3)),
            NO_NUMBER if one.distance is None else self.text(fixed(one.distance, 3)),
            self.change(one.missing),
            NO_NUMBER if rare is None else self.change(rare),
            self.p_value(one.p_value),
        )

    def change(self, shares: Shares) -> str:
        if shares.reference == shares.current == 0:
            return NO_NUMBER
        return f"{self.text(in_percent(shares.reference))} → {self.text(in_percent(shares.current))}"

    def p_value(self, value: float) -> str:
        return self.text(fixed(value, 3)) if value >= 0.0005 else f"< {self.text(fixed(0.001, 3))}"

    def method(self) -> tuple[str, ...]:
        return tuple(self.say(f"method_{name}") for name in ("tests", "tolerated", "effects", "people"))
