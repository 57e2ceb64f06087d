"""Whom the model treats how: tiers of fields, what they cost, groups of clients."""

from collections.abc import Collection, Sequence

from scoring.model.manifest import Manifest
from scoring.model.report import Fairness, PairedRow, Report
from scoring.training.card.markdown import Lines, percent, points, section, signed, table, text, with_interval

_HOW = "AUC of a regression on the model's columns, out of fold; 0.5 would be not at all."


def fields(manifest: Manifest) -> Lines:
    """Fields by tier, what each tier is worth, and what fewer features would do."""
    schema, report = manifest.input_schema, manifest.report or Report()
    named = {
        tier: ", ".join(field.label.en for field in schema.fields if field.tier == tier)
        for tier in ("protected", "proxy")
    }
    parts = [
        f"{field.label.en}: {', '.join(field.proxy_categories)}" for field in schema.fields if field.proxy_categories
    ]
    allowed = sum(field.tier == "justified" for field in schema.fields)
    listed = [f"protected, never a feature: {named['protected'] or 'none declared'}"]
    listed += [f"proxies of those, left out: {named['proxy']}"] if named["proxy"] else []
    listed += [f"answers read as missing, as they give a protected attribute away: {'; '.join(parts)}"] if parts else []
    listed += (
        [f"justified by what they say about repayment, free to use: {allowed} fields, age among them"]
        if any(field.concept == "age" and field.tier == "justified" for field in schema.fields)
        else [f"justified by what they say about repayment, free to use: {allowed} fields"]
    )
    return section(
        "Fields",
        points(listed),
        section("What other fields would change, out of fold", paired(report.tiers), level=3),
        section("Number of features, out of fold", paired(report.selection), level=3),
        _giveaway(report, {field.label.en for field in schema.fields if field.tier == "protected"}),
    )


def paired(rows: Sequence[PairedRow]) -> Lines:
    """Tell other ways to do it beside the model."""
    header = ["", "AUC", "difference of AUC", "cost per client", "difference of cost"]
    return table(
        header,
        [
            [
                row.name,
                f"{row.auc:.4f}",
                signed(row.auc_difference),
                f"{row.cost_per_client:.4f}",
                signed(row.cost_difference),
            ]
            for row in rows
        ],
    )


def _giveaway(report: Report, protected: Collection[str]) -> Lines:
    rows = [
        [one.attribute, f"{one.auc:.3f}", ", ".join(f"{name} {auc:.3f}" for name, auc in one.by_group.items())]
        for one in report.predictability
        if one.auc is not None and one.attribute in protected
    ]
    return section(
        "How well the model's columns tell a protected attribute",
        text(
            f"Leaving a column out is not enough where the others tell it: {_HOW}" if rows else "",
        ),
        table(["attribute", "AUC", "by group"], rows),
        level=3,
    )


def fairness(manifest: Manifest) -> Lines:
    """Compare groups of clients with the largest one of each attribute."""
    report = manifest.report or Report()
    told = [part for part in report.fairness if len(part.groups) > 1]
    if not told:
        return []
    return section(
        "Fairness",
        text(
            "Out of fold, at the served threshold. Ratios are to the largest group of each attribute, with 95 %",
            "intervals. Defaults refused is the true positive rate, good clients refused the false positive rate.",
            "No rule of equal shares is imposed: groups differ in how often they default, and one threshold holds for",
            "all.",
        ),
        *(_attribute(part) for part in told),
    )


def _attribute(part: Fairness) -> Lines:
    rows = [
        [
            f"{group.group}{' (small)' if group.small else ''}",
            f"{group.clients:,}",
            percent(group.acceptance_rate),
            with_interval(group.acceptance_ratio, 2) if group is not part.groups[0] else "1",
            percent(group.true_positive_rate),
            percent(group.false_positive_rate),
            with_interval(group.false_positive_ratio, 2) if group is not part.groups[0] else "1",
            percent(group.observed),
            with_interval(group.calibration_mean, 2),
        ]
        for group in part.groups
    ]
    header = ["group", "clients", "accepted", "ratio", "defaults refused", "good refused", "ratio", "default rate"]
    small = any(group.small for group in part.groups)
    return section(
        part.attribute,
        table([*header, "predicted over observed"], rows),
        text(f"Small: fewer than {part.small_under} clients." if small else ""),
        level=3,
    )
