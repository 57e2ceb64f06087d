"""Limits of the model: what the data does not show, what it depends on, what was not measured."""

from scoring.model.manifest import Manifest
from scoring.model.report import Report
from scoring.model_card.card_texts import CardTexts
from scoring.model_card.people import VARIANT
from scoring.model_card.sections import Part, Section


def limits(manifest: Manifest, texts: CardTexts) -> Section:
    """Granted credits only, no later period, external scores, and what is not measured."""
    report = manifest.report or Report()
    scores = [one for one in manifest.input_schema.fields if one.concept == "external_score"]
    external = Part(texts.say("external"), text=(texts.say("external_is", names=texts.labels(scores)),))
    missing = tuple(texts.say(f"not_measured_{what}") for what in ("effect", "groups", "money"))
    return texts.section(
        "limits",
        Part(texts.say("booked"), text=(texts.say("booked_is"),)),
        texts.table(
            texts.say("rejects"),
            report.rejects,
            "refused_default_rate:percent default_rate:percent auc:fixed3 calibration_mean:fixed2 recall:percent "
            "cost_per_client:fixed3 optimum:percent threshold:percent refusal_rate:percent",
            first=("factor", [f"{texts.number(row.factor)} ×" for row in report.rejects]),
            text=(texts.say("rejects_how"),),
            note=texts.say("rejects_note"),
        ),
        Part(texts.say("time"), text=(texts.say("time_is"),)),
        external if scores else Part(),
        texts.table(texts.say("stress"), report.stress, VARIANT, note=texts.say("stress_how")),
        Part(texts.say("not_measured"), points=missing),
    )


def versions(manifest: Manifest, texts: CardTexts) -> Section:
    """When the model was made, and with which libraries."""
    packages = ", ".join(f"{name} {version}" for name, version in manifest.versions.items())
    date, of_type = f"{manifest.created_at:%Y-%m-%d}", manifest.model.type
    sentence = texts.say("versions_are", date=date, packages=packages, type=of_type, format=manifest.format_version)
    return texts.section("versions", Part(text=(sentence,)))
