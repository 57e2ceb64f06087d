"""The texts of the report on decisions made again, in both languages."""

from functools import partial

from scoring.model_card.card_texts import CardTexts
from scoring.readable.numbers import with_interval
from scoring.readable.texts import read_texts
from scoring.replay.replay_figures import Estimate, Rate

replay_texts = partial(read_texts, __package__, "replay_texts.csv")


class ReplayTexts(CardTexts):
    """Writes one language: the report's own texts, and the names of groups as in the model card."""

    own = staticmethod(replay_texts)

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
