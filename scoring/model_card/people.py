"""How the model treats people (tiers of fields, what they reveal, groups of clients), and its limits."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from scoring.model.manifest import Manifest
from scoring.model.report import DisparityRow, Fairness, ParcelRow, Predictability, RejectRow, Report
from scoring.model.schema import InputSchema
from scoring.model_card.card_texts import CardTexts, Part, Section
from scoring.model_card.plots import draw_ratios, in_order
from scoring.readable.numbers import format_date

_VARIANT = "name:name auc:fixed4 auc_difference:difference4 cost_per_client:fixed4 cost_difference:difference4"


def fields(manifest: Manifest, texts: CardTexts) -> Section:
    """Fields by tier, what other fields would change, what fewer features would do, what columns reveal."""
    report = manifest.report or Report()
    protected = {one.label.en for one in manifest.input_schema.fields if one.tier == "protected"}
    revealed = [one for one in report.predictability if one.auc is not None and one.attribute in protected]
    return texts.section(
        "fields",
        Part(points=tuple(_tiers(manifest.input_schema, texts))),
        texts.table(texts.say("tiers"), report.tiers, _VARIANT),
        texts.table(texts.say("selection"), report.selection, _VARIANT),
        _predictability(revealed, texts),
    )


def _tiers(schema: InputSchema, texts: CardTexts) -> Iterator[str]:
    tiers = ("protected", "proxy", "justified")
    protected, proxy, justified = ([one for one in schema.fields if one.tier == tier] for tier in tiers)
    yield texts.say("fields_protected", names=texts.labels(protected) or texts.say("fields_none"))
    if proxy:
        yield texts.say("fields_proxy", names=texts.labels(proxy))
    hidden = [(one, ", ".join(texts.group(text, one) for text in one.proxy_categories)) for one in schema.fields]
    listed = [f"{texts.label(one.label)} ({categories})" for one, categories in hidden if categories]
    if named := texts.say("semicolon").join(listed):
        yield texts.say("fields_categories", names=named)
    reasons = [f"{texts.label(one.label)} ({texts.label(why)})" for one in justified if (why := one.justification)]
    if named := texts.say("semicolon").join(reasons):
        yield texts.say("fields_stated", names=named)
    with_age = any(one.concept == "age" for one in justified)
    yield texts.say("fields_justified_age" if with_age else "fields_justified", n=len(justified))


def _predictability(revealed: Sequence[Predictability], texts: CardTexts) -> Part:
    points = []
    for one in revealed:
        field = texts.field_labelled(one.attribute)
        groups = ", ".join(f"{texts.group(group, field)} {texts.fixed(auc)}" for group, auc in one.by_group.items())
        points.append(f"{_attribute(one.attribute, texts)}{texts.say('colon')}{texts.fixed(one.auc or 0)} ({groups})")
    how = (texts.say("predictability_how"),) if points else ()
    return Part(texts.say("predictability"), how, tuple(points), folded=True)


def fairness(manifest: Manifest, texts: CardTexts) -> Section:
    """Compare groups of clients with the largest one of each attribute."""
    parts = [part for part in (manifest.report or Report()).fairness if len(part.groups) > 1]
    justified = [one for one in manifest.input_schema.fields if one.tier == "justified"]
    stated = texts.labels(one for one in justified if one.justification)
    reads = texts.say("fairness_stated", names=stated) if stated else texts.say("fairness_never")
    how = Part(text=(f"{texts.say('fairness_how')} {reads}",)) if parts else Part()
    report = manifest.report or Report()
    return texts.section(
        "fairness", how, *(_groups(part, texts) for part in parts), _disparity(report.disparity, texts)
    )


def _disparity(rows: Sequence[DisparityRow], texts: CardTexts) -> Part:
    """Tabulate quality against disparity, the fairest first."""
    return texts.table(
        texts.say("disparity"),
        rows,
        "auc:fixed4 log_loss:fixed5 lowest:metric3 gain:difference3",
        first=("candidate", [texts.candidate(row.name) + texts.say("equal") * row.equal for row in rows]),
        text=(texts.say("disparity_how"),),
    )


def _groups(part: Fairness, texts: CardTexts) -> Part:
    field = texts.field_labelled(part.attribute)
    groups = in_order(part.groups)
    names = [texts.group(group.group, field) + texts.say("small") * group.small for group in groups]
    table = texts.table(
        _attribute(part.attribute, texts),
        groups,
        "clients:count acceptance_rate:percent acceptance_ratio:metric2 true_positive_rate:percent "
        "false_positive_rate:percent false_positive_ratio:metric2 observed:percent calibration_mean:metric2",
        first=("group", names),
        note=texts.say("small_is", n=part.small_under) if any(group.small for group in groups) else "",
        folded=False,
    )
    plot = draw_ratios(groups, names, texts)
    return replace(table, plots=(plot,) if plot else ())


def _attribute(label: str, texts: CardTexts) -> str:
    field = texts.field_labelled(label)
    return texts.label(field.label) if field else label


def limits(manifest: Manifest, texts: CardTexts) -> Section:
    """Granted credits only, no later period, external scores, and what is not measured."""
    report = manifest.report or Report()
    scores = [one for one in manifest.input_schema.fields if one.concept == "external_score"]
    external = Part(texts.say("external"), text=(texts.say("external_is", names=texts.labels(scores)),))
    in_money = any("money_per_client" in metrics for metrics in manifest.metrics.values())
    unknown = ("effect", "groups", *(() if in_money else ("money",)))
    missing = tuple(texts.say(f"not_measured_{what}") for what in unknown)
    return texts.section(
        "limits",
        Part(texts.say("booked"), text=(texts.say("booked_is"),)),
        _rejects(report.rejects, texts),
        _parcelling(report.parcelling, texts),
        Part() if report.over_time else Part(texts.say("time"), text=(say_no_periods(manifest, texts),)),
        external if scores else Part(),
        texts.table(texts.say("stress"), report.stress, _VARIANT, note=texts.say("stress_how")),
        Part(texts.say("not_measured"), points=missing),
    )


def say_no_periods(manifest: Manifest, texts: CardTexts) -> str:
    """Say why it is not known how good the model is on later clients."""
    dates = [name for name, why in manifest.input_schema.left_out_codes.items() if why.code == "dates"]
    return texts.say("time_unused", columns=", ".join(dates)) if dates else texts.say("time_is")


def _rejects(rows: Sequence[RejectRow], texts: CardTexts) -> Part:
    older = any(row.optimum_cost is None for row in rows)
    more = "threshold:percent refusal_rate:percent" if older else "optimum_cost:fixed3"
    return texts.table(
        texts.say("rejects"),
        rows,
        "refused_default_rate:percent default_rate:percent auc:fixed3 calibration_mean:fixed2 recall:percent "
        f"cost_per_client:fixed3 optimum:percent {more}",
        first=("factor", [f"{texts.number(row.factor)} ×" for row in rows]),
        text=(texts.say("rejects_older" if older else "rejects_how"),),
        note=texts.say("rejects_note"),
    )


def _parcelling(rows: Sequence[ParcelRow], texts: CardTexts) -> Part:
    return texts.table(
        texts.say("parcelling"),
        rows,
        "assumed_rate:percent auc:fixed3 auc_difference:difference4 refused_before:percent refused_now:percent "
        "changed:percent",
        first=("factor", [f"{texts.number(row.factor)} ×" for row in rows]),
        text=(texts.say("parcelling_how"),),
    )


def versions(manifest: Manifest, texts: CardTexts) -> Section:
    """When the model was made, and with which libraries."""
    packages = ", ".join(f"{name} {version}" for name, version in manifest.versions.items())
    date, of_type = format_date(manifest.created_at, texts.language), manifest.model.type
    sentence = texts.say("versions_are", date=date, packages=packages, type=of_type, format=manifest.format_version)
    return texts.section("versions", Part(text=(sentence,)))
