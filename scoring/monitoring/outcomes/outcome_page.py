"""The report on outcomes as one HTML page, in French or English."""

from collections.abc import Iterator
from datetime import date

from scoring.monitoring.outcomes.outcome_figures import OutcomeReport, ReviewedGroup, Vintage
from scoring.monitoring.outcomes.outcome_plots import draw_calibration, draw_vintages
from scoring.monitoring.outcomes.outcome_sentences import Sentences
from scoring.monitoring.report.report_frame import Block, Picture, ReportSection, write_report
from scoring.readable.numbers import Language, format_amount, format_date
from scoring.validation.document_plots import embed

_VINTAGE = ("vintage", "verdict", "accepted", "known", "open", "measured", "expected", "bounds")
_COST = ("vintage", "decisions", "cost_known", "cost_bounds", "cost_expected")
_GROUP = ("group", "decisions", "known", "measured", "expected", "threshold", "saved")


def write_outcome_page(report: OutcomeReport, language: Language) -> str:
    """Write the page; it needs no other file, and the same report gives the same text."""
    words = Sentences(language)
    total = report.total
    said = words.say("nothing") if total is None else words.judge(total, report.window_months)
    alarm = any(one.verdict == "worse" for one in (*report.vintages, *([total] if total else [])))
    return write_report(
        OutcomeReport.page_beginning, language, words.say("title"), said, [*_sections(report, words)], alarm=alarm
    )


def _sections(report: OutcomeReport, words: Sentences) -> Iterator[ReportSection]:
    total = report.total
    if total is None:
        return
    yield _section("summary", words, _summary(report, total, words))
    yield _section("vintages", words, *_vintages(report, words))
    yield _section("calibration", words, *_calibration(report, words))
    yield _section("costs", words, _costs(report, total, words))
    yield _section("population", words, _population(report, words))
    yield _section("reviews", words, *_reviews(report, words))
    yield _section("limits", words, Block(points=tuple(words.limits(report))))


def _section(name: str, words: Sentences, *blocks: Block) -> ReportSection:
    return ReportSection(name, words.say(name), blocks)


def _header(words: Sentences, *names: str) -> tuple[str, ...]:
    return tuple(words.say(f"column_{name}") for name in names)


def _summary(report: OutcomeReport, total: Vintage, words: Sentences) -> Block:
    days = {
        name: _say_day(time, words.language)
        for name, time in (("since", report.since), ("until", report.until))
        if time is not None
    }
    named = {("since", "until"): "period", ("since",): "period_from", ("until",): "period_to", (): "period_all"}
    period = words.say(named[tuple(days)], **days)
    months = report.window_months
    window = words.say("no_window") if months is None else words.say("window", months=months)
    known = total.measured.clients if total.measured else 0
    facts = {
        "fact_period": period,
        "fact_as_of": _say_day(report.as_of, words.language),
        "fact_window": window,
        "fact_decisions": words.count(total.decisions),
        "fact_accepted": words.count(total.accepted),
        "fact_due": words.count(total.due),
        "fact_known": words.count(known),
        "fact_open": words.count(total.open),
        "fact_rate": words.interval(total.measured),
        "fact_expected": words.percent(total.expected),
        "fact_auc": words.interval(total.auc, percent=False),
    }
    if total.amount_lost is not None:
        amount = format_amount(total.amount_lost, words.language)
        facts["fact_loss"] = words.say("loss", amount=amount, count=words.count(total.amounts))
    rows = tuple((words.say(name), text) for name, text in facts.items())
    none_known = () if known else (words.say("none_known"),)
    return Block(text=none_known, header=(words.say("fact"), words.say("value")), rows=rows)


def _vintages(report: OutcomeReport, words: Sentences) -> Iterator[Block]:
    sentences = tuple(words.judge(one, report.window_months) for one in report.vintages)
    picture = None
    if any(one.measured for one in report.vintages):
        drawn = draw_vintages(report.vintages, words)
        picture = Picture(embed(drawn), words.say("plot_vintages"))
    rows = tuple(_vintage_row(one, words) for one in report.vintages)
    yield Block(picture=picture)
    hidden = " ".join(words.hidden(report))
    if not rows:
        yield Block(text=(hidden,))
        return
    note = " ".join([words.say("vintages_how"), *words.hidden(report)])
    yield Block(points=sentences, header=_header(words, *_VINTAGE), rows=rows, note=note)


def _vintage_row(one: Vintage, words: Sentences) -> tuple[str, ...]:
    bounds = words.percent(None)
    if one.bounds is not None and one.measured is not None and one.open:
        bounds = f"{words.percent(one.bounds.lowest)}–{words.percent(one.bounds.highest)}"
    return (
        words.name(one),
        words.say(f"verdict_{one.verdict}"),
        words.count(one.accepted),
        words.count(one.measured.clients if one.measured else 0),
        words.count(one.open),
        words.interval(one.measured),
        words.percent(one.expected),
        bounds,
    )


def _calibration(report: OutcomeReport, words: Sentences) -> Iterator[Block]:
    if not report.calibration:
        yield Block(text=(words.say("calibration_none"),))
        return
    picture = Picture(embed(draw_calibration(report.calibration, words)), words.say("plot_calibration"))
    yield Block(picture=picture)
    rows = tuple(
        (
            words.percent(one.predicted),
            words.count(one.clients),
            words.say(
                "interval", value=words.percent(one.observed), low=words.percent(one.low), high=words.percent(one.high)
            ),
        )
        for one in report.calibration
    )
    yield Block(header=_header(words, "risk", "clients", "measured"), rows=rows, note=words.say("calibration_how"))


def _costs(report: OutcomeReport, total: Vintage, words: Sentences) -> Block:
    if total.cost is None:
        return Block(text=(words.say("none_known" if report.costs_known else "costs_unknown"),))
    rows = [
        (
            words.name(one),
            words.count(one.decisions),
            words.fixed(one.cost.defaults),
            f"{words.fixed(one.cost.bounds.lowest)}–{words.fixed(one.cost.bounds.highest)}",
            words.fixed(one.cost.expected),
        )
        for one in (*report.vintages, total)
        if one.cost is not None
    ]
    return Block(header=_header(words, *_COST), rows=tuple(rows), note=words.say("costs_how"))


def _population(report: OutcomeReport, words: Sentences) -> Block:
    found = report.population
    if found is None:
        return Block(text=(words.say("population_none"),))
    how = words.say(
        "population_how",
        known=words.count(found.known),
        at_random=words.count(found.at_random),
        covered=words.percent(found.covered),
    )
    rows = (
        (words.say("fact_refused_rate"), words.interval(found.refused_rate)),
        (words.say("fact_default_rate"), words.interval(found.default_rate)),
        (words.say("fact_expected_all"), words.percent(found.expected)),
        (words.say("fact_cost_all"), words.interval(found.cost, percent=False)),
    )
    return Block(text=(how,), header=(words.say("fact"), words.say("value")), rows=rows)


def _reviews(report: OutcomeReport, words: Sentences) -> Iterator[Block]:
    found = report.reviews
    groups = {
        "refused_to_accepted": found.refused_to_accepted,
        "acceptances_confirmed": found.acceptances_confirmed,
    }
    if not any(one.decisions for one in groups.values()) + found.accepted_to_refused + found.refusals_confirmed:
        yield Block(text=(words.say("reviews_none"),))
        return
    yield Block(
        text=(words.say(f"worth_{found.refused_to_accepted.worth}"),),
        header=_header(words, *_GROUP),
        rows=tuple(_group_row(name, one, words) for name, one in groups.items()),
    )
    refused = {"accepted_to_refused": found.accepted_to_refused, "refusals_confirmed": found.refusals_confirmed}
    yield Block(points=tuple(words.say(name, count=words.count(count)) for name, count in refused.items()))


def _group_row(name: str, one: ReviewedGroup, words: Sentences) -> tuple[str, ...]:
    return (
        words.say(name),
        words.count(one.decisions),
        words.count(one.measured.clients if one.measured else 0),
        words.interval(one.measured),
        words.percent(one.expected),
        words.percent(one.threshold),
        words.interval(one.saved, percent=False),
    )


def _say_day(time: str, language: Language) -> str:
    return format_date(date.fromisoformat(time[:10]), language)
