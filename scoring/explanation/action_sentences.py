"""An action that a client can take, and what it leads to, as a sentence."""

from scoring.explanation.alternatives import Action
from scoring.explanation.better_outcomes import MEANINGS, Outcome
from scoring.explanation.contract import Contract
from scoring.model.schema import Text
from scoring.readable.numbers import Language, format_sum, with_currency

_TERM = Text(
    en="Repay in about {months_then} months instead of {months_now}, with an instalment of {instalment_then} instead "
    "of {instalment_now}",
    fr="Rembourser en {months_then} mois environ au lieu de {months_now}, avec une mensualité de {instalment_then} au "
    "lieu de {instalment_now}",
)
_CHEAPER = Text(
    en="Make a cheaper purchase, at {price_then} instead of {price_now}, and borrow {credit_then} instead of "
    "{credit_now} over the same term",
    fr="Choisir un achat moins cher, à {price_then} au lieu de {price_now}, et emprunter {credit_then} au lieu de "
    "{credit_now} sur la même durée",
)
_ACTIONS = {
    "smaller amount": Text(
        en="Borrow {credit_then} instead of {credit_now}, over the same term",
        fr="Emprunter {credit_then} au lieu de {credit_now}, sur la même durée",
    ),
    "deposit": Text(
        en="Pay a deposit of {deposit_then} on the same purchase, and borrow {credit_then} instead of {credit_now} "
        "over the same term",
        fr="Verser un apport de {deposit_then} pour le même achat, et emprunter {credit_then} au lieu de {credit_now} "
        "sur la même durée",
    ),
    "longer term": _TERM,
    "shorter term": _TERM,
}


def write_action(action: Action, present: Contract, contract: Contract, outcome: Outcome, currency: str) -> Text:
    """Write an action and what it leads to, in both languages.

    Parameters
    ----------
    present, contract : before and after the action.
    currency : of the amounts; empty if it is not known.

    >>> present, smaller = Contract(credit=12000.0), Contract(credit=9000.0)
    >>> write_action("smaller amount", present, smaller, "accepted", "EUR").en
    'Borrow €9,000 instead of €12,000, over the same term: this application would be accepted without review.'
    >>> write_action("smaller amount", Contract(credit=12.5), Contract(credit=12.4), "review", "").en.partition(",")[0]
    'Borrow 12.40 instead of 12.50'
    """
    template = _CHEAPER if action == "smaller amount" and contract.price is not None else _ACTIONS[action]

    def write(sentence: str, language: Language) -> str:
        words = {
            f"{name}_{when}": with_currency(
                format_sum(amount, language), "" if name == "months" else currency, language
            )
            for when, one in (("now", present), ("then", contract))
            for name in ("credit", "instalment", "price", "deposit", "months")
            if (amount := getattr(one, name)) is not None
        }
        return sentence.format(**words)

    meaning = MEANINGS[outcome]
    return Text(en=f"{write(template.en, 'en')}: {meaning.en}", fr=f"{write(template.fr, 'fr')}\u00a0: {meaning.fr}")
