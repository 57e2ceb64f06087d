"""The explanation of one decision, as it is served: contributions, reasons, and what would change the decision."""

from typing import Literal

from pydantic import ConfigDict, with_config

from scoring.explanation.contract import Contract
from scoring.explanation.counterfactual import Counterfactual, Limits
from scoring.explanation.reasons import Reason
from scoring.explanation.waiting import Waiting
from scoring.model.decision import AppliedRule, Decision
from scoring.model.schema import Frozen, Text
from scoring.policy.telling import tell_rule
from scoring.readable.numbers import Language, format_sum, with_currency

_NO_CHANGE = Text(
    en="No realistic change was found with which this application would certainly be accepted: {limits}.",
    fr="Aucun changement réaliste ne ferait accepter cette demande de façon sûre\u00a0: {limits}.",
)
_LIMITS = {
    "least_credit": Text(en="no smaller credit down to {}", fr="aucun crédit plus petit jusqu'à {}"),
    "most_deposit": Text(en="no deposit of up to {}", fr="aucun apport allant jusqu'à {}"),
    "most_months": Text(en="no other term from {} to {} months", fr="aucune autre durée de {} à {} mois"),
}
_INSTALMENT = Text(en=", with an instalment of at most {}", fr=", avec une mensualité de {} au plus")
_IN_STEPS = Text(en=" (amounts in steps of 1%)", fr=" (montants par pas de 1\u202f%)")
NOT_TRIED = Text(
    en="The amount of the credit is not known, or the application does not belong to the row that was scored, so the "
    "change that would be accepted cannot be computed.",
    fr="Le montant du crédit n'est pas connu, ou la demande ne correspond pas à la ligne évaluée\u00a0: le changement "
    "qui serait accepté ne peut pas être calculé.",
)
MOST_WEIGHT = Text(
    en="What weighs most: {concepts}.",
    fr="Ce qui pèse le plus\u00a0: {concepts}.",
)
NOTHING_CHANGEABLE = Text(
    en="This model uses no part of the credit (amount, instalment, price) that the client could change.",
    fr="Ce modèle n'utilise aucun élément du crédit (montant, échéance, prix) que le client pourrait changer.",
)
_RULE_REFUSES = Text(
    en="No change of the credit asked for would change this decision, because of this rule of the lender: {rule}",
    fr="Aucun changement du crédit demandé ne modifierait cette décision, en raison de cette règle du prêteur\u00a0: "
    "{rule}",
)
NO_APPLICATION = Text(
    en="Only the model-ready row is known, not the application itself, so the change that would be accepted cannot be "
    "computed.",
    fr="Seule la ligne prête pour le modèle est connue, pas la demande elle-même\u00a0: le changement qui serait "
    "accepté ne peut pas être calculé.",
)
NO_SCHEMA = Text(
    en="The model came without a description of its fields, so it is not known which of them may be named as a reason.",
    fr="Le modèle a été fourni sans description de ses champs\u00a0: on ne sait pas lesquels peuvent être cités comme "
    "motif.",
)


class Level(Frozen):
    """A risk on three scales; both calibrated values are null for a model without a calibration.

    Attributes
    ----------
    log_odds : log-odds of the model's own probability.
    calibrated_log_odds : log-odds of the calibrated probability.
    calibrated_probability : the risk to show to a person, 0-1.
    """

    log_odds: float
    calibrated_log_odds: float | None
    calibrated_probability: float | None


class Contribution(Frozen):
    """How much one term adds to the base value.

    Attributes
    ----------
    name : field, derived number or history feature.
    label, concept : readable names.
    value : the client's value, in the field's own unit; null if it is missing, or if only a range is known.
    shown : the value in words, with its unit.
    contribution : in log-odds of the model's own probability; base value and contributions add up to the client's
        log-odds.
    calibrated_log_odds : the contribution in calibrated log-odds; these add up to the client's calibrated log-odds.
    percentage_points : the contribution in percentage points; these add up to the difference between the calibrated
        probabilities of the client and of the base value.
    points : score points of the client's bins, rounded; more is better. Null unless the model is a scorecard.
    """

    name: str
    label: Text
    concept: Text
    value: int | float | str | None
    unit: str | None
    shown: Text
    contribution: float
    scale: Literal["log-odds"] = "log-odds"
    calibrated_log_odds: float | None
    percentage_points: float | None
    points: int | None


class ConceptContribution(Frozen):
    """How much all terms of one concept add to the base value together.

    Attributes
    ----------
    concept : the subject, in words.
    names : the terms of the concept, in the order of ``contributions``.
    contribution, calibrated_log_odds, percentage_points, points : sums of the terms'.
    """

    concept: Text
    names: tuple[str, ...]
    contribution: float
    scale: Literal["log-odds"] = "log-odds"
    calibrated_log_odds: float | None
    percentage_points: float | None
    points: int | None


@with_config(ConfigDict(extra="forbid"))
class Explanation(Decision):
    """A decision with everything that explains it.

    Attributes
    ----------
    method : how contributions were computed, in words.
    exact : False where they are an estimate.
    error : largest standard error of a contribution, log-odds; 0 where exact.
    base_value : the risk of the typical client, to which contributions are added.
    contributions : of single terms, largest first.
    concepts : the same contributions by concept, largest first.
    points : the client's score: the sum of the points of all contributions; null unless the model is a scorecard.
    compared_with : contributions and reasons compare with a typical client: that of the accepted clients, or that of
        all training clients. Null for a model without a manifest, whose contributions compare with the mean training
        client.
    reasons : of the model, at most four; none if the client is accepted, or if only rules of ``policy`` refuse, which
        have texts of their own.
    contract : the credit asked for, with all its parts; null if the application or its amount is not known.
    counterfactual : the smallest action that would be accepted, without review if possible; null for an accepted
        client, or if none is found.
    limits : what was tried to find it; null for an accepted client, or if nothing could be tried.
    waiting : only if there is no counterfactual: the time after which the application would be accepted if nothing else
        changes; null if no such time was found.
    notes : why reasons or a counterfactual are absent.
    """

    method: str
    exact: bool
    error: float
    base_value: Level
    contributions: tuple[Contribution, ...]
    concepts: tuple[ConceptContribution, ...]
    points: int | None
    compared_with: Literal["accepted clients", "all clients"] | None
    reasons: tuple[Reason, ...]
    contract: Contract | None
    counterfactual: Counterfactual | None
    limits: Limits | None
    waiting: Waiting | None
    notes: tuple[Text, ...]


def tell_fixed(rule: AppliedRule) -> Text:
    """Say that a rule of the policy refuses the application, however the credit asked for is changed.

    Of a rule that refuses because it could not be checked, the words say that information is missing.
    """
    if not rule.checked:
        return tell_rule(rule)
    return Text(en=_RULE_REFUSES.en.format(rule=rule.text.en), fr=_RULE_REFUSES.fr.format(rule=rule.text.fr))


def tell_limits(limits: Limits, currency: str) -> Text:
    """Say within which limits ``CounterfactualSearch`` has found no action that would surely be accepted."""

    def write(language: Language) -> str:
        amounts = {
            name: with_currency(format_sum(amount, language), currency, language)
            for name in ("least_credit", "most_deposit", "most_instalment")
            if (amount := getattr(limits, name)) is not None
        }
        told = [getattr(_LIMITS[name], language).format(amounts[name]) for name in _LIMITS if name in amounts]
        if limits.most_months is not None:
            months = limits.least_months, limits.most_months
            told.append(getattr(_LIMITS["most_months"], language).format(*months))
        end = getattr(_INSTALMENT, language).format(amounts["most_instalment"]) if "most_instalment" in amounts else ""
        end += "" if limits.exact else getattr(_IN_STEPS, language)
        sentence: str = getattr(_NO_CHANGE, language)
        return sentence.format(limits=", ".join(told) + end)

    return Text(en=write("en"), fr=write("fr"))
