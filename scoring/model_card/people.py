"""How the model treats people: tiers of fields, what they reveal, groups of clients."""

from collections.abc import Iterator, Sequence

from scoring.model.manifest import Manifest
from scoring.model.report import Fairness, Predictability, Report
from scoring.model.schema import InputSchema
from scoring.model_card.card_texts import CardTexts
from scoring.model_card.sections import Part, Section

VARIANT = "name:name auc:fixed4 auc_difference:difference4 cost_per_client:fixed4 cost_difference:difference4"


def fields(manifest: Manifest, texts: CardTexts) -> Section:
    """Fields by tier, what other fields would change, what fewer features would do, what columns reveal."""
    report = manifest.report or Report()
    protected = {one.label.en for one in manifest.input_schema.fields if one.tier == "protected"}
    revealed = [one for one in report.predictability if one.auc is not None and one.attribute in protected]
    return texts.section(
        "fields",
        Part(points=tuple(_tiers(manifest.input_schema, texts))),
        texts.table(texts.say("tiers"), report.tiers, VARIANT),
        texts.table(texts.say("selection"), report.selection, VARIANT),
        _predictability(revealed, texts),
    )


def _tiers(schema: InputSchema, texts: CardTexts) -> Iterator[str]:
    tiers = ("protected", "proxy", "justified")
    protected, proxy, justified = ([one for one in schema.fields if one.tier == tier] for tier in tiers)
    yield texts.say("fields_protected", names=texts.labels(protected) or texts.say("fields_none"))
    if proxy:
        yield texts.say("fields_proxy", names=texts.labels(proxy))
    hidden = [(one, ", ".join(texts.name(text, one) for text in one.proxy_categories)) for one in schema.fields]
    if named := "; ".join(f"{texts.label(one.label)} ({categories})" for one, categories in hidden if categories):
        yield texts.say("fields_categories", names=named)
    with_age = any(one.concept == "age" for one in justified)
    yield texts.say("fields_justified_age" if with_age else "fields_justified", n=len(justified))


def _predictability(revealed: Sequence[Predictability], texts: CardTexts) -> Part:
    points = []
    for one in revealed:
        field = texts.field_labelled(one.attribute)
        groups = ", ".join(f"{texts.name(group, field)} {texts.fixed(auc)}" for group, auc in one.by_group.items())
        points.append(f"{_attribute(one.attribute, texts)}{texts.say('colon')}{texts.fixed(one.auc or 0)} ({groups})")
    how = (texts.say("predictability_how"),) if points else ()
    return Part(texts.say("predictability"), how, tuple(points), folded=True)


def fairness(manifest: Manifest, texts: CardTexts) -> Section:
    """Compare groups of clients with the largest one of each attribute."""
    parts = [part for part in (manifest.report or Report()).fairness if len(part.groups) > 1]
    how = Part(text=(texts.say("fairness_how"),)) if parts else Part()
    return texts.section("fairness", how, *(_groups(part, texts) for part in parts))


def _groups(part: Fairness, texts: CardTexts) -> Part:
    field = texts.field_labelled(part.attribute)
    names = [texts.name(group.group, field) + texts.say("small") * group.small for group in part.groups]
    return texts.table(
        _attribute(part.attribute, texts),
        part.groups,
        "clients:count acceptance_rate:percent acceptance_ratio:metric2 true_positive_rate:percent "
        "false_positive_rate:percent false_positive_ratio:metric2 observed:percent calibration_mean:metric2",
        first=("group", names),
        note=texts.say("small_is", n=part.small_under) if any(group.small for group in part.groups) else "",
        folded=False,
    )


def _attribute(label: str, texts: CardTexts) -> str:
    field = texts.field_labelled(label)
    return texts.label(field.label) if field else label
