"""An estimate as a page to read, in French or English."""

from collections.abc import Iterator

from matplotlib.figure import Figure

from scoring.monitoring.estimation.estimate import Estimate, FigureName, WhatIf
from scoring.monitoring.estimation.scored_clients import estimation_texts
from scoring.monitoring.report.report_frame import Block, Picture, ReportSection, write_report
from scoring.readable.numbers import (
    NO_NUMBER,
    Language,
    format_count,
    format_date,
    format_fixed,
    format_percent,
    with_interval,
)
from scoring.training.plots import style
from scoring.validation.document_plots import embed

_RATES: tuple[FigureName, ...] = ("default_rate", "default_rate_accepted", "default_rate_refused")


def write_page(found: Estimate, language: Language) -> str:
    """Write the estimate as HTML that needs no other file."""
    page = _Page(found, language)
    title, verdict = page.say("title"), page.verdict()
    return write_report(
        Estimate.page_beginning, language, title, verdict, tuple(page.sections()), alarm=found.answer != "known"
    )


class _Page:
    """Writes one estimate in one language."""

    def __init__(self, found: Estimate, language: Language) -> None:
        self.found, self.language = found, language

    def say(self, name: str, **values: object) -> str:
        return estimation_texts(self.language)[name].format(**values)

    def count(self, number: float) -> str:
        return format_count(number, self.language)

    def write(self, name: FigureName, value: float | None) -> str:
        if name in _RATES:
            return format_percent(value, self.language, 2)
        return format_fixed(value, self.language, 3)

    def interval(self, name: FigureName) -> str:
        one = self.found.figures[name]
        if one.value is None:
            return NO_NUMBER
        value, low, high = (self.write(name, number) for number in (one.value, one.low, one.high))
        return with_interval(value, low, high, self.language)

    def verdict(self) -> str:
        found, support = self.found, self.found.support
        share = format_percent(support.unseen_share if support else 0.0, self.language)
        if found.answer == "unknown":
            return self.say("unknown_many" if "many_unseen" in found.reasons else "unknown_few", share=share)
        rates = {"rate": self.interval("default_rate"), "accepted": self.interval("default_rate_accepted")}
        if found.method == "calibration":
            return self.say("not_reweighted")
        first = self.say("known", **rates)
        return f"{first} {self.say('partly', share=share)}" if found.answer == "partly" else first

    def sections(self) -> Iterator[ReportSection]:
        yield self.section("summary", Block(header=self.header("fact", "value"), rows=tuple(self.facts())))
        yield self.section("figures", self.figures())
        if self.found.support:
            yield self.section("support", *self.support())
        if supposed := tuple(map(self.suppose, self.found.what_if)):
            header = self.header("factor", "default_rate", "default_rate_accepted", "cost_per_client")
            yield self.section("what_if", Block(text=(self.say("what_if_is"),), header=header, rows=supposed))
        if self.found.warning_texts:
            points = tuple(getattr(text, self.language) for text in self.found.warning_texts)
            yield self.section("notes", Block(points=points))
        if self.found.method == "reweighted":
            method = tuple(self.say(f"method_{name}") for name in ("seen", "weights", "interval"))
            yield self.section("method", Block(text=method))

    def section(self, name: str, *blocks: Block) -> ReportSection:
        return ReportSection(name, self.say(name), blocks)

    def header(self, *names: str) -> tuple[str, ...]:
        return tuple(self.say(name) for name in names)

    def facts(self) -> Iterator[tuple[str, str]]:
        current, reference = self.found.current, self.found.reference
        yield self.say("made"), format_date(self.found.made_at.date(), self.language)
        numbers = {"n": self.count(current.clients), "refused": self.count(current.refused)}
        yield self.say("current"), self.say("current_is", what=current.name, **numbers)
        if reference is None:
            yield self.say("reference"), self.say("no_reference")
        else:
            numbers = {"n": self.count(reference.clients), "defaults": self.count(reference.defaults or 0)}
            yield self.say("reference"), self.say("reference_is", what=reference.name, **numbers)
        yield self.say("version"), self.found.model_version
        if self.found.synthetic:
            yield self.say("synthetic_name"), self.say("synthetic")

    def figures(self) -> Block:
        measured, unweighted = self.found.measured, self.found.unweighted
        rows = tuple(
            (
                self.say(name),
                self.interval(name),
                self.write(name, measured.get(name)),
                self.write(name, unweighted.get(name)),
            )
            for name in self.found.figures
        )
        return Block(
            text=(self.say("figures_are"),),
            picture=self.picture(),
            header=self.header("figure", "estimate", "measured", "unweighted"),
            rows=rows,
        )

    def picture(self) -> Picture | None:
        shown = [name for name in _RATES if self.found.figures[name].value is not None]
        if not shown:
            return None
        told = [
            self.say(
                "plot_one",
                what=self.say(name),
                value=self.interval(name),
                measured=self.write(name, self.found.measured.get(name)),
            )
            for name in shown
        ]
        return Picture(embed(self.draw(shown)), self.say("plot", all="; ".join(told)))

    def draw(self, shown: list[FigureName]) -> Figure:
        """Draw each default rate: the estimate with its interval, and what was measured on the reference."""
        figure, axes = style.plot(7.4, 1.1 + 0.4 * len(shown))
        for place, name in enumerate(shown):
            one, measured = self.found.figures[name], self.found.measured.get(name)
            labels = (self.say("plot_estimate"), self.say("reference").lower()) if place == 0 else (None, None)
            if one.value is None or one.low is None or one.high is None:
                continue
            axes.plot([one.low, one.high], [place, place], color="black", linewidth=1.3)
            axes.plot([one.value], [place], "o", color="black", markersize=5, linestyle="", label=labels[0])
            if measured is not None:
                axes.plot(
                    [measured], [place + 0.22], "s", markerfacecolor="white", markeredgecolor="black", markersize=5,
                    linestyle="", label=labels[1],
                )  # fmt: skip
        style.label_rows(axes, [self.say(name) for name in shown], longest=34)
        axes.set_xlim(left=0)
        axes.xaxis.set_major_formatter(lambda share, _: format_percent(share, self.language))
        axes.tick_params(axis="both", labelsize=8)
        style.finish(axes)
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=8, frameon=False)
        return figure

    def support(self) -> Iterator[Block]:
        support = self.found.support
        if support is None:
            return
        rows = (
            (self.say("support_share"), format_percent(support.unseen_share, self.language, 2)),
            (self.say("support_clients"), self.count(support.effective_clients)),
            (self.say("support_defaults"), self.count(support.effective_defaults)),
            (self.say("support_weight"), format_fixed(support.largest_weight, self.language, 1)),
            (self.say("support_balanced"), ", ".join(support.balanced) or self.say("none")),
        )
        yield Block(header=self.header("fact", "value"), rows=rows)
        regions = tuple((", ".join(one.columns), self.count(one.clients)) for one in support.regions)
        if regions:
            header = self.header("region_columns", "region_clients")
            yield Block(title=self.say("regions"), header=header, rows=regions)

    def suppose(self, row: WhatIf) -> tuple[str, ...]:
        return (
            format_fixed(row.odds_factor, self.language, 2),
            self.write("default_rate", row.default_rate),
            self.write("default_rate_accepted", row.default_rate_accepted),
            self.write("cost_per_client", row.cost_per_client),
        )
