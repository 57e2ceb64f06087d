"""The texts of the report on decisions made again, in both languages."""

from collections.abc import Mapping

from scoring.model_card.card_texts import CardTexts
from scoring.readable.numbers import Language, with_interval
from scoring.readable.texts import read_texts
from scoring.replay.replay_figures import Estimate, Rate


def replay_texts(language: Language) -> Mapping[str, str]:
    """Read all texts of the report in one language, by name, from ``replay_texts.csv``.

    >>> replay_texts("fr")["title"]
    'Rejeu des décisions'
    """
    return read_texts(__package__, "replay_texts.csv", language)


class ReplayTexts(CardTexts):
    """Writes one language: the report's own texts, and the names of groups as in the model card."""

    def say(self, name: str, **values: object) -> str:
        """Fill a text."""
        own = replay_texts(self.language)
        return own[name].format(**values) if name in own else super().say(name, **values)

    def show_rate(self, rate: Rate) -> str:
        """Write a share with its interval; a dash where there is no decision."""
        if rate.share is None or rate.low is None or rate.high is None:
            return self.percent(None)
        return self.rate(rate, rate.share)

    def show_default_rate(self, estimate: Estimate) -> str:
        """Write an expected default rate with its interval."""
        if estimate.value is None or estimate.low is None or estimate.high is None:
            return self.percent(None)
        return self.rate(estimate, estimate.value)

    def show_difference(self, estimate: Estimate) -> str:
        """Write a difference in cost with its sign and its interval."""
        shown = self.fixed(estimate.value, decimals=4, signed=True)
        if estimate.low is None or estimate.high is None:
            return shown
        low, high = (self.fixed(bound, decimals=4, signed=True) for bound in (estimate.low, estimate.high))
        return with_interval(shown, low, high, self.language)
