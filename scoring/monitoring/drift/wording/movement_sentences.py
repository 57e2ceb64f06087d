"""What moved, in words, with its effect on decisions."""

from collections.abc import Mapping, Sequence

from scoring.model.schema import Text
from scoring.monitoring.drift.drift_report import Effect, Moved
from scoring.monitoring.drift.drift_tests import JOINT, REFUSALS, SCORE, Compared
from scoring.monitoring.drift.features import Feature
from scoring.monitoring.drift.references import Marginal, Reference, take_marginal
from scoring.monitoring.drift.samples import Sample
from scoring.monitoring.drift.score_effects import Effects
from scoring.monitoring.drift.wording import drift_sentences as sentences
from scoring.monitoring.drift.wording.drift_texts import join, say
from scoring.validation.figures import Model


def tell_moved(
    model: Model, reference: Reference, current: Sample, whole: Compared, effects: Effects | None
) -> tuple[Moved, ...]:
    """Tell the features that moved, those with the largest effect first; the score, the refusals and all together too.

    Parameters
    ----------
    effects : None where effects are not measured.
    """
    told = []
    sample, manifest = reference.sample, model.manifest
    features = [one for one in whole.features if one.name in whole.movements]
    labels = {one.name: one.label for one in features}
    marginals = {
        one.name: take_marginal(one.counts(reference), one.values(sample, manifest) if sample else None)
        for one in features
    }
    measured = _measure_effects(features, marginals, effects)
    for feature in features:
        counts = feature.counts(reference), whole.counts[feature.name]
        values = feature.values(current, manifest)
        effect, movements = measured.get(feature.name), whole.movements[feature.name]
        told_feature = sentences.tell_feature(feature, movements, counts, marginals[feature.name], values)
        sentence = join(told_feature, sentences.tell_effect(feature, effect, labels))
        told.append(_moved(feature.name, feature.label, whole, sentence, effect))
    told.sort(key=lambda one: (-abs(one.effect.refusal_rate if one.effect else 0.0), one.p_value))
    fed = any(feature.reads and feature.name in whole.movements for feature in whole.features)
    if SCORE in whole.movements:
        alone = not fed and JOINT not in whole.movements
        sentence = sentences.tell_score(reference.calibrated, float(current.calibrated.mean()), alone=alone)
        told.insert(0, _moved(SCORE, say("label_score"), whole, sentence, None))
    if REFUSALS in whole.movements:
        rates = reference.refused / reference.clients, float(current.refused.mean())
        told.insert(0, _moved(REFUSALS, say("label_refusals"), whole, sentences.tell_refusals(*rates), None))
    if JOINT in whole.movements and whole.joint and sample:
        sentence = sentences.tell_joint(model, sample.rows, current.rows, whole.joint.auc, alone=not fed)
        told.append(_moved(JOINT, say("label_joint"), whole, sentence, None))
    return tuple(told)


def _measure_effects(
    features: Sequence[Feature], marginals: Mapping[str, Marginal], effects: Effects | None
) -> dict[str, Effect]:
    if effects is None:
        return {}
    fields = [one.name for one in features if one.reads and not one.ready]
    columns = [one.name for one in features if one.ready]
    measured = effects.measure({name: marginals[name] for name in fields})
    return measured | {name: effects.measure_column(name, marginals[name]) for name in columns}


def _moved(name: str, label: Text, whole: Compared, sentence: Text, effect: Effect | None) -> Moved:
    movements = whole.movements[name]
    return Moved(
        name=name, label=label, movements=movements, p_value=whole.adjusted[name], sentence=sentence, effect=effect
    )
