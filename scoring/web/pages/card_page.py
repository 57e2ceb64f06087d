"""The model card as a page: what the manifest says in public, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from scoring.model.manifest import Manifest
from scoring.model.report import Metric, Report
from scoring.model.schema import SchemaField
from scoring.readable.numbers import Language, format_count, format_fixed, format_percent
from scoring.readable.terms import terms_of
from scoring.web.pages.view_models import Bar
from scoring.web.pages.words import load_texts

_PARTS = ("test", "out_of_fold")
_SHARES = {"refusal_rate", "recall", "precision"}
_MOST_BARS = 15

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Texts of a table, the first column its rows' names."""

    title: str
    header: Row
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What the page shows of a manifest."""

    about: tuple[tuple[str, str], ...]
    quality: Table
    calibration: Table | None
    calibration_how: str
    decides: tuple[str, ...]
    importances: tuple[Bar, ...]
    fairness: tuple[Table, ...]
    limits: tuple[str, ...]


def card_of(manifest: Manifest, language: Language) -> Card:
    """Put a manifest into words."""
    said, report = load_texts(language), manifest.report or Report()
    fitted = manifest.calibration
    return Card(
        about=_about(manifest, language),
        quality=_quality(manifest, language),
        calibration=_reliability(report, language),
        calibration_how=said["calibration_how"].format(
            intercept=format_fixed(fitted.intercept, language), slope=format_fixed(fitted.slope, language)
        ),
        decides=tuple(_decides(manifest, report, language)),
        importances=_importances(manifest, language),
        fairness=_fairness(manifest, report, language),
        limits=_limits(manifest, language),
    )


def _about(manifest: Manifest, language: Language) -> tuple[tuple[str, str], ...]:
    said, training = load_texts(language), manifest.training
    return (
        (said["family"], f"{manifest.model.family} ({manifest.model.type})"),
        (said["made_on"], f"{manifest.created_at:%Y-%m-%d}"),
        (said["origin"], said["origin_synthetic" if training.synthetic else "origin_real"]),
        (said["trained_on"], format_count(training.rows, language)),
        (said["tested_on"], format_count(training.test_rows, language)),
        (said["default_rate"], format_percent(training.default_rate, language)),
        (said["predicted_column"], f"{manifest.input_schema.target} = 1"),
        (said["columns"], f"{len(manifest.input_schema.fields)}, {len(manifest.features)}"),
    )


def _quality(manifest: Manifest, language: Language) -> Table:
    said = load_texts(language)
    parts = [part for part in _PARTS if part in manifest.metrics]
    parts += [part for part in manifest.metrics if part not in parts]
    names = dict.fromkeys(name for part in parts for name in manifest.metrics[part])
    rows = [
        (
            said.get(f"metric_{name}", name.replace("_", " ")),
            *(_with_interval(manifest.metrics[part].get(name), name in _SHARES, language) for part in parts),
        )
        for name in names
    ]
    header = (said["measure"], *(said.get(f"part_{part}", part) for part in parts))
    return Table(said["quality"], header, tuple(rows))


def _with_interval(metric: Metric | None, share: bool, language: Language) -> str:
    if metric is None:
        return "–"
    value, low, high = (
        format_percent(one, language) if share else format_fixed(one, language)
        for one in (metric.value, metric.low, metric.high)
    )
    return f"{value} ({low} – {high})"


def _reliability(report: Report, language: Language) -> Table | None:
    said = load_texts(language)
    if not report.reliability:
        return None
    rows = tuple(
        (
            format_percent(one.predicted, language),
            "{} ({} – {})".format(*(format_percent(share, language) for share in (one.observed, one.low, one.high))),
            format_count(one.clients, language),
        )
        for one in report.reliability
    )
    return Table(said["calibration"], (said["shown_risk"], said["observed"], said["clients"]), rows)


def _decides(manifest: Manifest, report: Report, language: Language) -> Sequence[str]:
    said, threshold, costs, band = load_texts(language), manifest.threshold, manifest.costs, manifest.review_band
    told = [
        said["threshold_why"].format(
            fn=f"{costs.false_negative / costs.false_positive:g}",
            threshold=format_percent(threshold.calibrated, language, 2),
            own=format_fixed(threshold.value, language, 4),
        )
    ]
    if report.optimum:
        best = report.optimum.threshold
        low, high = format_percent(best.low, language), format_percent(best.high, language)
        told.append(said["optimum_told"].format(best=format_percent(best.value, language), low=low, high=high))
    told.append(
        said["band_told"].format(low=format_percent(band.low, language), high=format_percent(band.high, language))
    )
    if report.review_share is not None:
        told.append(said["band_share"].format(share=format_percent(report.review_share, language)))
    return told


def _importances(manifest: Manifest, language: Language) -> tuple[Bar, ...]:
    """Weigh terms by their columns together."""
    columns = manifest.plan.columns
    weighed = sorted(
        (
            (sum(manifest.importances.get(columns[place].name, 0.0) for place in term.columns), term)
            for term in terms_of(manifest.plan, manifest.input_schema, manifest.readable)
        ),
        key=lambda pair: -pair[0],
    )
    heaviest = (weighed[0][0] if weighed else 0.0) or 1.0
    return tuple(
        Bar(
            label=getattr(term.label, language),
            value="",
            effect=format_percent(weight / heaviest, language, 0),
            length=round(100 * weight / heaviest, 1),
        )
        for weight, term in weighed[:_MOST_BARS]
        if weight > 0
    )


def _fairness(manifest: Manifest, report: Report, language: Language) -> tuple[Table, ...]:
    said = load_texts(language)
    fields = {field.label.en: field for field in manifest.input_schema.fields}
    header = (
        said["group"],
        said["clients"],
        said["share_accepted"],
        said["bad_refused"],
        said["good_refused"],
        said["default_rate"],
    )
    return tuple(
        Table(
            getattr(fields[part.attribute].label, language) if part.attribute in fields else part.attribute,
            header,
            tuple(
                (
                    " ".join(
                        [_group(group.group, fields.get(part.attribute), language), *[said["small"]] * group.small]
                    ),
                    format_count(group.clients, language),
                    format_percent(group.acceptance_rate, language),
                    _share(group.true_positive_rate, language),
                    _share(group.false_positive_rate, language),
                    format_percent(group.observed, language),
                )
                for group in part.groups
            ),
            note=said["small_told"].format(n=part.small_under) if any(group.small for group in part.groups) else "",
        )
        for part in report.fairness
        if len(part.groups) > 1
    )


def _group(name: str, field: SchemaField | None, language: Language) -> str:
    """Name a group: a category as the field's texts have it, a band of ages, or clients of whom nothing is known."""
    if field and name in field.texts:
        return str(getattr(field.texts[name], language))
    return load_texts(language).get(f"group: {name}", name)


def _limits(manifest: Manifest, language: Language) -> tuple[str, ...]:
    said = load_texts(language)
    external = any(field.concept == "external_score" for field in manifest.input_schema.fields)
    more = (said["limit_external"],) if external else ()
    return (said["limit_booked"], said["limit_time"], *more)


def _share(share: float | None, language: Language) -> str:
    return "–" if share is None else format_percent(share, language)
