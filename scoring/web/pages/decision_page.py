"""The page of one decision, on a known client or on a new application."""

from collections.abc import Sequence

from flask import Response

from scoring.explanation.answer import Explanation
from scoring.model.compile import Record
from scoring.model.scorer import Policy
from scoring.web.negotiation import language
from scoring.web.pages.field_order import FieldOrder, facts_of
from scoring.web.pages.form import hidden
from scoring.web.pages.gauge import anchor
from scoring.web.pages.population_chart import Beside
from scoring.web.pages.render import Frame
from scoring.web.pages.view_models import change_of, moves_of, reasons_of, risk_of
from scoring.web.pages.words import percent, words
from scoring.web.routes.population import Population


class DecisionPage:
    """Writes pages of decisions.

    Parameters
    ----------
    population : all known clients, to compare with.
    order : fields of an application; none where the model came without a manifest.
    """

    def __init__(self, frame: Frame, policy: Policy, population: Population, order: FieldOrder | None) -> None:
        self._frame, self._policy, self._known, self._order = frame, policy, population.scores, order
        self._beside = Beside(population)

    def show(
        self,
        explanation: Explanation,
        record: Record | None,
        warnings: Sequence[str],
        carried: Sequence[tuple[str, str]],
        client_id: str | None = None,
    ) -> Response:
        """Show a decision.

        Parameters
        ----------
        record : the raw application; none where only the model-ready row is known.
        warnings : what was unusual about it, in words.
        carried : the application as the form sends it, to change it and score again.
        client_id : of a known client; none for a new application.
        """
        lang = language()
        base = explanation.base_value.calibrated_probability
        return self._frame.page(
            "decision.html",
            explanation=explanation,
            client_id=client_id,
            risk=risk_of(explanation, self._policy, self._known, lang),
            anchor=anchor,
            reasons=reasons_of(explanation, lang),
            moves=moves_of(explanation, lang),
            base=None if base is None else percent(base, lang),
            beside=self._beside.of(explanation, record, lang) if record is not None else [],
            change=change_of(explanation.counterfactual, self._policy, lang),
            notes=[getattr(note, lang) for note in explanation.notes],
            facts=facts_of(self._order, record, lang) if self._order and record is not None else None,
            warnings=warnings,
            carried=hidden(carried),
            posted=client_id is None,
            colon=words(lang)["colon"],
        )
