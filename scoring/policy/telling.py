"""Rules in words for people: officers and applicants."""

from scoring.model.decision import AppliedRule, PolicyOutcome
from scoring.model.schema import Text

_UNCHECKED = Text(
    en="This rule of the lender could not be checked, because information is missing: {rule}",
    fr="Cette règle du prêteur n'a pas pu être vérifiée, car une information manque\u00a0: {rule}",
)


def tell_rule(rule: AppliedRule) -> Text:
    """Return a rule in words; of one that could not be checked, the words say so."""
    if rule.checked:
        return rule.text
    return Text(en=_UNCHECKED.en.format(rule=rule.text.en), fr=_UNCHECKED.fr.format(rule=rule.text.fr))


def list_refusals(told: PolicyOutcome | None) -> list[Text]:
    """Return the rules that refuse an application, in words."""
    return [tell_rule(one) for one in told.rules if one.outcome == "refused"] if told else []
