"""The report on decisions made again, as one HTML file for a credit committee."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from scoring.model.schema import InputSchema
from scoring.monitoring.report.report_frame import Block, Picture, ReportSection, write_report
from scoring.monitoring.small_groups import FEWEST
from scoring.readable.numbers import Language, format_date
from scoring.replay.replay_figures import Comparison, Differences, Expected, Grouping, Measured, Part
from scoring.replay.replay_plots import draw_groups, draw_months
from scoring.replay.replay_texts import ReplayTexts
from scoring.validation.document_plots import embed

_RATES = ("accepted_before", "accepted", "to_refused", "to_accepted", "review_before", "review")
_COLUMNS = ("accepted_before", "accepted", "to_refused", "to_accepted", "review")
_DEFAULT_RATES = ("default_rate_before", "default_rate", "default_rate_to_refused", "default_rate_to_accepted")


def write_replay_report(comparison: Comparison, schema: InputSchema, language: Language) -> str:
    """Write the report; it holds numbers of decisions, and names nobody.

    Parameters
    ----------
    schema : of the applications, for the names of fields and categories.
    """
    texts = ReplayTexts(language, schema)
    about = texts.say("subtitle", what=", ".join(_tried(comparison, texts)), period=_period(comparison, texts))
    verdict, *others = _summary(comparison, texts)
    summary = ReportSection("summary", texts.say("s_summary"), (_block(text=[about, *others]),))
    sections = (summary, *_sections(comparison, texts))
    title = texts.say("title_shadow" if comparison.shadow else "title")
    return write_report(Comparison.page_beginning, language, title, verdict, sections, alarm=False)


class _Table(NamedTuple):
    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def _block(
    title: str = "",
    text: Sequence[str] = (),
    points: Sequence[str] = (),
    picture: Picture | None = None,
    table: _Table | None = None,
    note: str = "",
) -> Block:
    """Make a part of a section; a table without another title is titled by its caption."""
    if table is None:
        return Block(title, tuple(text), tuple(points), picture, note=note)
    rows = tuple(map(tuple, table.rows))
    return Block(title or table.caption, tuple(text), tuple(points), picture, tuple(table.header), rows, note)


def _tried(comparison: Comparison, texts: ReplayTexts) -> Iterator[str]:
    if comparison.model_version is not None:
        yield texts.say("what_shadow" if comparison.shadow else "what_model", version=comparison.model_version)
    if comparison.policy_version is not None:
        yield texts.say("what_policy", version=comparison.policy_version)
    if comparison.threshold is not None:
        yield texts.say("what_threshold", threshold=texts.number(comparison.threshold))


def _period(comparison: Comparison, texts: ReplayTexts) -> str:
    days = (one and date.fromisoformat(one[:10]) for one in (comparison.since, comparison.until))
    since, until = (format_date(day, texts.language) if day else None for day in days)
    name = {(False, False): "all", (True, False): "from", (False, True): "to", (True, True): "both"}[
        since is not None, until is not None
    ]
    return texts.say(f"period_{name}", since=since, until=until)


def _summary(comparison: Comparison, texts: ReplayTexts) -> Iterator[str]:
    overall = comparison.overall
    if not overall.decisions:
        yield texts.say("nothing_shadow" if comparison.shadow else "nothing")
        return
    changed = overall.to_refused.count + overall.to_accepted.count
    if changed:
        yield texts.say(
            "sum_changed",
            changed=texts.count(changed),
            decisions=texts.count(overall.decisions),
            share=texts.percent(changed / overall.decisions),
            to_refused=texts.count(overall.to_refused.count),
            to_accepted=texts.count(overall.to_accepted.count),
        )
    else:
        yield texts.say("sum_same", decisions=texts.count(overall.decisions))
    before, after = (texts.percent(rate.share) for rate in (overall.accepted_before, overall.accepted))
    yield texts.say("sum_accepted", before=before, after=after)
    before, after = (texts.count(rate.count) for rate in (overall.review_before, overall.review))
    yield texts.say("sum_review", before=before, after=after)
    for one in comparison.expected:
        yield texts.say(
            "sum_cost",
            difference=texts.show_difference(one.cost_difference),
            before=texts.fixed(one.cost_before, decimals=4),
            after=texts.fixed(one.cost, decimals=4),
            judge=texts.say(f"judge_{one.judge}"),
        )
    if left := sum(comparison.not_replayable.values()):
        yield texts.say("sum_left_shadow" if comparison.shadow else "sum_left", count=texts.count(left))


def _sections(comparison: Comparison, texts: ReplayTexts) -> Iterator[ReportSection]:
    if comparison.overall.decisions:
        yield ReportSection("moved", texts.say("s_moved"), (_moved(comparison, texts),))
        if comparison.differences is not None:
            yield ReportSection(
                "differences", texts.say("s_differences"), (_differences(comparison.differences, texts),)
            )
        yield ReportSection("expected", texts.say("s_expected"), (*_expected(comparison, texts),))
        if comparison.measured is not None:
            yield ReportSection("measured", texts.say("s_measured"), (_measured(comparison.measured, texts),))
        yield ReportSection("months", texts.say("s_months"), (_months(comparison, texts),))
        yield ReportSection("groups", texts.say("s_groups"), (*_groups(comparison, texts),))
    yield ReportSection("base", texts.say("s_base"), (*_base(comparison, texts),))
    limits = ["limit_people", "limit_behaviour"]
    if comparison.threshold is not None:
        limits += ["limit_band", *(["limit_versions"] if len(comparison.versions) > 1 else [])]
    yield ReportSection("limits", texts.say("s_limits"), (_block(points=[*map(texts.say, limits)]),))


def _moved(comparison: Comparison, texts: ReplayTexts) -> Block:
    overall = comparison.overall
    rows = [
        (texts.say(name), texts.count(getattr(overall, name).count), texts.show_rate(getattr(overall, name)))
        for name in _RATES
    ]
    header = [texts.say(name) for name in ("figure", "count", "share")]
    return _block(text=[texts.say("moved_text")], table=_Table(texts.say("moved"), header, rows))


def _differences(found: Differences, texts: ReplayTexts) -> Block:
    def show(difference: float) -> str:
        return texts.fixed(100 * difference, decimals=2, signed=True)

    rows = [(texts.say("difference_mean"), show(found.mean)), (texts.say("difference_size"), show(found.mean_size))]
    for share, value in found.quantiles.items():
        rows.append((texts.say("difference_quantile", share=texts.percent(share)), show(value)))
    header = [texts.say("figure"), texts.say("points")]
    return _block(text=[texts.say("differences_text")], table=_Table(texts.say("differences"), header, rows))


def _expected(comparison: Comparison, texts: ReplayTexts) -> Iterator[Block]:
    costs = comparison.costs
    if not comparison.expected:
        yield _block(text=[texts.say("expected_none")])
        return
    numbers = {name: texts.number(getattr(costs, name)) for name in ("false_negative", "false_positive")}
    yield _block(text=[texts.say("expected_text", **numbers)], note=texts.say("expected_note"))
    for one in comparison.expected:
        yield _block(table=_expected_table(one, texts))


def _expected_table(one: Expected, texts: ReplayTexts) -> _Table:
    rows = [(texts.say(name), texts.show_default_rate(getattr(one, name))) for name in _DEFAULT_RATES]
    rows += [(texts.say(name), texts.fixed(getattr(one, name), decimals=4)) for name in ("cost_before", "cost")]
    rows.append((texts.say("cost_difference"), texts.show_difference(one.cost_difference)))
    return _Table(texts.say(f"expected_{one.judge}"), [texts.say("figure"), texts.say("value")], rows)


def _measured(measured: Measured, texts: ReplayTexts) -> Block:
    rows = [(texts.say(f"measured_{name}"), texts.show_rate(getattr(measured, name))) for name in _DEFAULT_RATES]
    rows.append((texts.say("cost_difference"), texts.show_difference(measured.cost_difference)))
    header = [texts.say("figure"), texts.say("value")]
    return _block(
        text=[texts.say("measured_text", known=texts.count(measured.known))],
        table=_Table(texts.say("measured"), header, rows),
    )


def _months(comparison: Comparison, texts: ReplayTexts) -> Block:
    hidden = comparison.hidden_months
    note = texts.say("months_hidden", months=texts.count(hidden), fewest=FEWEST) if hidden else ""
    if not comparison.months:
        return _block(note=note)
    words = [texts.say(name) for name in ("before", "after", "acceptance")]
    picture = Picture(embed(draw_months(comparison.months, *words)), texts.say("months_alt"))
    names = [part.name for part in comparison.months]
    table = _movement_table(texts.say("months"), texts.say("month"), comparison.months, names, texts)
    return _block(picture=picture, table=table, note=note)


def _groups(comparison: Comparison, texts: ReplayTexts) -> Iterator[Block]:
    if not comparison.groupings:
        return
    yield _block(text=[texts.say("groups_text", fewest=FEWEST)])
    for grouping in comparison.groupings:
        yield _grouping(grouping, texts)


def _grouping(grouping: Grouping, texts: ReplayTexts) -> Block:
    field = texts.schema.field(grouping.field)
    label = texts.label(field.label)
    names = [texts.group(part.name, field) for part in grouping.groups]
    hidden = {"groups": texts.count(grouping.hidden_groups), "decisions": texts.count(grouping.hidden_decisions)}
    note = texts.say("groups_hidden", **hidden) if grouping.hidden_groups else ""
    if not grouping.groups:
        return _block(title=label, note=note)
    words = [texts.say(name) for name in ("before", "after", "acceptance")]
    drawn = embed(draw_groups(grouping.groups, names, *words))
    picture = Picture(drawn, texts.say("groups_alt", field=label))
    table = _movement_table(label, texts.say("group"), grouping.groups, names, texts)
    return _block(title=label, picture=picture, table=table, note=note)


def _movement_table(
    caption: str, first: str, parts: Sequence[Part], names: Sequence[str], texts: ReplayTexts
) -> _Table:
    header = [first, texts.say("decisions"), *(texts.say(f"col_{name}") for name in _COLUMNS)]
    rows = []
    for name, part in zip(names, parts, strict=True):
        moved = [texts.count(getattr(part, column).count) for column in ("to_refused", "to_accepted", "review")]
        rates = [texts.show_rate(getattr(part, column)) for column in ("accepted_before", "accepted")]
        rows.append((name, texts.count(part.decisions), *rates, *moved))
    return _Table(caption, header, rows)


def _base(comparison: Comparison, texts: ReplayTexts) -> Iterator[Block]:
    text = [
        texts.say("base_text_shadow" if comparison.shadow else "base_text"),
        texts.say("base_clients", clients=texts.count(comparison.clients)),
    ]
    if comparison.differing:
        text.append(texts.say("base_differing", count=texts.count(comparison.differing)))
    elif comparison.overall.decisions and not comparison.shadow:
        text.append(texts.say("base_same"))
    header = [texts.say("version"), texts.say("decisions")]
    rows = [(version, texts.count(count)) for version, count in comparison.versions.items()]
    yield _block(text=text, table=_Table(texts.say("versions"), header, rows) if rows else None)
    if comparison.not_replayable:
        left = [(texts.say(f"reason_{name}"), texts.count(count)) for name, count in comparison.not_replayable.items()]
        header = [texts.say("reason"), texts.say("decisions")]
        yield _block(table=_Table(texts.say("left_out_shadow" if comparison.shadow else "left_out"), header, left))
