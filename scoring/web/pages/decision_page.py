"""The page of one decision, on a known client or on a new application."""

from collections.abc import Sequence

from flask import Response

from scoring.explanation.answer import Explanation
from scoring.model.compile import RawRecord
from scoring.model.scorer import Policy
from scoring.readable.numbers import format_percent
from scoring.web.negotiation import language
from scoring.web.pages.field_order import FieldOrder, build_facts
from scoring.web.pages.form import hidden_inputs
from scoring.web.pages.gauge import text_anchor
from scoring.web.pages.population_chart import PopulationChart
from scoring.web.pages.render import PageRenderer
from scoring.web.pages.view_models import build_change, build_contributions, build_reasons, build_risk
from scoring.web.routes.population import Population


class DecisionPage:
    """Renders the pages of decisions.

    Parameters
    ----------
    population : all known clients, to compare with.
    order : fields of an application; None for a model without a manifest.
    """

    def __init__(
        self, renderer: PageRenderer, policy: Policy, population: Population, order: FieldOrder | None
    ) -> None:
        self._renderer, self._policy, self._scores, self._order = renderer, policy, population.scores, order
        self._chart = PopulationChart(population)

    def render(
        self,
        explanation: Explanation,
        record: RawRecord | None,
        warnings: Sequence[str],
        carried: Sequence[tuple[str, str]],
        client_id: str | None = None,
    ) -> Response:
        """Render a decision.

        Parameters
        ----------
        record : the raw application; None where only the model-ready row is known.
        warnings : what is unusual about it, in words.
        carried : the application as the form sends it, to change it and score it again.
        client_id : of a known client; None for a new application.
        """
        lang = language()
        base = explanation["base_value"].calibrated_probability
        return self._renderer.render(
            "decision.html",
            explanation=explanation,
            client_id=client_id,
            risk=build_risk(explanation, self._policy, self._scores, lang),
            text_anchor=text_anchor,
            reasons=build_reasons(explanation, lang),
            contributions=build_contributions(explanation, lang),
            base=None if base is None else format_percent(base, lang),
            comparisons=[] if record is None else self._chart.compare_client(explanation, record, lang),
            change=build_change(explanation["counterfactual"], self._policy, lang),
            notes=[getattr(note, lang) for note in explanation["notes"]],
            facts=build_facts(self._order, record, lang) if self._order and record is not None else None,
            warnings=warnings,
            carried=hidden_inputs(carried),
        )
