"""How good the model is: metrics, calibration, decisions."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from scoring.model.manifest import Manifest
from scoring.model.report import (
    CalibrationComparison,
    Metric,
    NestedThreshold,
    Optimum,
    OverTime,
    Report,
    SegmentFigures,
)
from scoring.model_card.card_texts import CardTexts, Part, Section
from scoring.model_card.plots import draw_calibration, draw_costs, in_order

_PARTS = ("test", "out_of_fold")
_RATES = {"refusal_rate", "recall", "precision"}
_BIN = "predicted:percent observed:rate clients:count"


def performance(manifest: Manifest, texts: CardTexts) -> Section:
    """Metrics on each part of the data, gains, rating bands, approval rates, decisions compared."""
    report, served = manifest.report or Report(), texts.say("served")
    return texts.section(
        "performance",
        _metrics(manifest, texts),
        texts.table(
            texts.say("gains"),
            report.gains,
            "tenth:count clients:count default_rate:percent predicted:percent captured:percent lift:fixed2",
        ),
        texts.table(
            texts.say("bands"),
            report.bands,
            "clients:count share:percent default_rate:percent predicted:percent",
            first=("band", [f"{b.letter} ({texts.percent(b.low)} – {texts.percent(b.high)})" for b in report.bands]),
            note=texts.say("bands_how"),
        ),
        texts.table(
            texts.say("approval"),
            report.approval,
            "threshold:percent bad_rate:rate",
            first=("accepted", [texts.percent(row.approval_rate) + served * row.served for row in report.approval]),
        ),
        _swap(report, texts),
        tabulate_periods(report.over_time, texts) if report.over_time else Part(),
    )


def _metrics(manifest: Manifest, texts: CardTexts) -> Part:
    parts = sorted(manifest.metrics, key=lambda part: _PARTS.index(part) if part in _PARTS else len(_PARTS))
    names = dict.fromkeys(name for part in parts for name in manifest.metrics[part])
    rows = tuple(
        (
            texts.texts.get(f"metric_{name}", name.replace("_", " ")),
            *(_metric(name, manifest.metrics[part].get(name), texts) for part in parts),
        )
        for name in names
    )
    header = (texts.say("measure"), *(texts.texts.get(f"part_{part}", part) for part in parts))
    return Part(text=(texts.say("performance_how"),), header=header, rows=rows)


def _metric(name: str, metric: Metric | None, texts: CardTexts) -> str:
    return texts.rate(metric, metric.value) if metric and name in _RATES else texts.metric(metric)


def tabulate_periods(found: OverTime, texts: CardTexts) -> Part:
    """Tabulate the periods of the training data and of the test set, and say what has drifted."""
    index, bound = texts.fixed(found.index, decimals=3), texts.fixed(found.bound, decimals=3)
    rates = {"observed": texts.percent(found.observed), "predicted": texts.percent(found.predicted)}
    aucs = {"before": texts.metric(found.auc_before), "after": texts.metric(found.auc_after)}
    drifts = [
        *([texts.say("drift_score", index=index, bound=bound)] if found.score_drifted else []),
        *([texts.say("drift_rate", **rates)] if found.rate_drifted else []),
        *([texts.say("drift_ranking", **aucs)] if found.ranking_drifted else []),
    ]
    return texts.table(
        texts.say("over_time"),
        found.periods,
        "period:name part:name clients:count default_rate:percent predicted:percent auc:metric3 index:fixed3 "
        "bound:fixed3",
        text=(texts.say("over_time_how", first=found.first, column=found.column),),
        note=" ".join(drifts or [texts.say("drift_none")]),
        folded=False,
    )


def _swap(report: Report, texts: CardTexts) -> Part:
    swap = report.swap
    if swap is None:
        return Part()
    models = {"before": texts.candidate(swap.before), "after": texts.candidate(swap.after)}
    names = ("both_accepted", "swapped_in", "swapped_out", "both_refused")
    return texts.table(
        texts.say("swap"),
        [getattr(swap, name) for name in names],
        "clients:count share:percent default_rate:percent",
        first=("decision", [texts.say(name, **models) for name in names]),
    )


def calibration(manifest: Manifest, texts: CardTexts) -> Section:
    """How the model's probabilities become the shown ones, and how well these agree with what happened."""
    report, fitted = manifest.report or Report(), manifest.calibration
    intercept, slope = (texts.fixed(number, decimals=4) for number in (fitted.intercept, fitted.slope))
    how = texts.say("calibration_how", intercept=intercept, slope=slope)
    note = texts.say("reliability_how")
    reliability = texts.table(texts.say("reliability"), report.reliability, _BIN, note=note, folded=False)
    return texts.section(
        "calibration",
        Part(text=(how,)),
        replace(reliability, plots=(draw_calibration(report.reliability, texts),)) if reliability.rows else Part(),
        _methods(report.calibration, texts) if report.calibration else Part(),
        texts.table(texts.say("around"), report.around_threshold, _BIN),
        _segments(report.segments, texts),
    )


def _segments(rows: Sequence[SegmentFigures], texts: CardTexts) -> Part:
    rows = [row for _, groups in groupby(rows, key=lambda one: one.segment) for row in in_order(list(groups))]
    fields = [texts.field_labelled(row.segment) for row in rows]
    named = [texts.label(field.label) if field else row.segment for field, row in zip(fields, rows, strict=True)]
    groups = [texts.group(row.group, field) for field, row in zip(fields, rows, strict=True)]
    colon, mark = texts.say("colon"), texts.say("segments_differ")
    cells = [
        f"{name}{colon}{group}{mark * (row.differs or row.slope_differs)}"
        for name, group, row in zip(named, groups, rows, strict=True)
    ]
    columns = "clients:count predicted:percent observed:percent mean:metric2 slope:metric2"
    return texts.table(
        texts.say("segments"), rows, columns, first=("group", cells), note=texts.say("segments_how") if rows else ""
    )


def _methods(compared: CalibrationComparison, texts: CardTexts) -> Part:
    columns = "name:name slope:metric3 mean:metric3 log_loss:fixed5 brier:fixed5"
    verdict = " ".join(_verdict(compared, texts))
    return texts.table(texts.say("methods"), compared.methods, columns, note=verdict)


def _verdict(compared: CalibrationComparison, texts: CardTexts) -> Iterator[str]:
    """State whether prior correction would do as well, and what balancing cost."""
    worse = "prior_worse" if compared.difference.low > 0 else "prior_misses"
    verdict = texts.say("prior_as_good" if compared.as_good else worse)
    yield texts.say("prior_difference", verdict=verdict, difference=texts.metric(compared.difference, 5, signed=True))
    if compared.to_unweighted:
        costs = {name: texts.metric(one, 5, signed=True) for name, one in compared.to_unweighted.items()}
        yield texts.say("balancing_cost", **costs)


def decisions(manifest: Manifest, texts: CardTexts) -> Section:
    """Threshold, what a tuned one would gain, review band."""
    report, costs, band = manifest.report or Report(), manifest.costs, manifest.review_band
    nested = report.nested
    threshold = texts.say(
        "threshold_tuned" if nested and nested.gains else "threshold_is",
        threshold=texts.percent(manifest.threshold.calibrated, decimals=2),
        own=texts.fixed(manifest.threshold.value, decimals=4),
        fn=texts.number(costs.false_negative),
        fp=texts.number(costs.false_positive),
    )
    points = [threshold, *_optimum(report.optimum, texts), *_nested(nested, texts)]
    points.append(texts.say("review_is", low=texts.percent(band.low), high=texts.percent(band.high)))
    if report.review_share is not None:
        points.append(texts.say("review_share", share=texts.percent(report.review_share)))
    curve = draw_costs(manifest, texts)
    return texts.section("decisions", Part(points=tuple(points), plots=(curve,) if curve else ()))


def _optimum(found: Optimum | None, texts: CardTexts) -> Iterator[str]:
    if found:
        yield texts.say(
            "optimum_is",
            best=texts.rate(found.threshold, found.threshold.value),
            cost=texts.fixed(found.cost, decimals=4),
            served=texts.fixed(found.served_cost, decimals=4),
            tolerance=texts.percent(found.tolerance, decimals=0),
            low=texts.percent(found.flat_low),
            high=texts.percent(found.flat_high),
        )


def _nested(found: NestedThreshold | None, texts: CardTexts) -> Iterator[str]:
    if found:
        theoretical = texts.fixed(found.theoretical_cost, decimals=4)
        said = texts.say(
            "nested_is",
            tuned=texts.fixed(found.tuned_cost, decimals=4),
            theoretical=theoretical,
            difference=texts.metric(found.difference, 4, signed=True),
            verdict=texts.say("nested_gains" if found.gains else "nested_no_gain"),
        )
        if found.excess_in_hindsight is not None:
            excess = texts.percent(found.excess_in_hindsight, decimals=2)
            said = f"{said} {texts.say('nested_excess', theoretical=theoretical, excess=excess)}"
        yield said
