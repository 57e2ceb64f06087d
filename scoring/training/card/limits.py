"""Where the model ends: what the data does not show, and what it leans on."""

from scoring.model.manifest import Manifest
from scoring.model.report import Report
from scoring.training.card.markdown import Lines, percent, points, section, table, text
from scoring.training.card.people import paired


def limits(manifest: Manifest) -> Lines:
    """Booked loans only, no later period, external scores, and what is not measured."""
    report = manifest.report or Report()
    return section("Limits", _booked(report), _time(), _external(manifest, report), _others())


def _booked(report: Report) -> Lines:
    rows = [
        [
            f"{row.factor:g} ×",
            percent(row.refused_default_rate),
            percent(row.default_rate),
            f"{row.auc:.3f}",
            f"{row.calibration_mean:.2f}",
            percent(row.recall),
            f"{row.cost_per_client:.3f}",
            percent(row.optimum),
            percent(row.threshold),
            percent(row.refusal_rate),
        ]
        for row in report.rejects
    ]
    header = ["refused clients default", "that is", "everybody", "AUC", "predicted over observed", "recall"]
    header += ["cost per client", "lowest point of the cost curve", "threshold after calibrating anew", "refused then"]
    return section(
        "Booked loans only",
        text(
            "The data holds credits that were granted. Applicants who were turned away are not in it, and those who",
            "resemble them were picked by somebody who knew more than the data says. Whoever applies next may be worse",
            "than these figures, above all where the model would refuse.",
        ),
        text(
            "What would hold if clients whom this model refuses defaulted several times as often as those observed:"
            if rows
            else ""
        ),
        table(header, rows),
        text(
            "A higher factor makes the ranking look better and the shown probabilities too low; the decision to refuse",
            "them stays right, and accepting some of them to learn more would cost more." if rows else "",
        ),
        level=3,
    )


def _time() -> Lines:
    return section(
        "No later period",
        text(
            "The data has no dates: training and test clients are from the same time. How the model holds when the",
            "economy, the offer or the applicants change is not measured; drift has to be watched in service.",
        ),
        level=3,
    )


def _external(manifest: Manifest, report: Report) -> Lines:
    scores = [field.label.en for field in manifest.input_schema.fields if field.concept == "external_score"]
    if not scores and not report.stress:
        return []
    return section(
        "Dependence on external scores",
        text(
            f"{', '.join(scores)} come from outside, and how they are made is not known." if scores else "",
            "If they stop coming in, the model goes on with what it gives to missing values:" if report.stress else "",
        ),
        paired(report.stress),
        level=3,
    )


def _others() -> Lines:
    return section(
        "Not measured",
        points(
            [
                "what a refusal does to the person refused",
                "groups that the data does not name (ethnic origin, health, religion), groups of several attributes",
                "losses in money: a default costs the same whatever the amount",
            ]
        ),
        level=3,
    )


def versions(manifest: Manifest) -> Lines:
    """When, and with which libraries."""
    listed = ", ".join(f"{name} {version}" for name, version in manifest.versions.items())
    made = f"Made on {manifest.created_at:%Y-%m-%d} with {listed}."
    return section("Versions", text(made, f"Model: {manifest.model.type}, format {manifest.format_version}."))
