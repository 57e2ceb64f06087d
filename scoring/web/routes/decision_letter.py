"""The letter to the applicant: ``GET /decisions/<decision_id>/letter``."""

from datetime import date
from functools import cache

from flask import Blueprint, Response, request

from scoring.decisions.explaining import DecisionExplainer, has_imputed_history
from scoring.decisions.history import DecisionHistory
from scoring.decisions.reviews import find_last_review
from scoring.record.entries import StoredEntry
from scoring.service import Service
from scoring.web.answers import json_answer
from scoring.web.letter.letter import Letter, Review, make_letter
from scoring.web.letter.rendering import LetterRenderer
from scoring.web.request_headers import asks_for_page, language
from scoring.web.routes.decision_history import visible_to_caller

# Nothing from other servers, nothing inline.
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'"


def blueprint(service: Service, history: DecisionHistory, renderer: LetterRenderer, currency: str = "") -> Blueprint:
    """Serve letters: a page for a browser, the content for a program; ``currency`` is that of amounts without one."""
    routes = Blueprint("letter", __name__)

    @cache
    def explainer() -> DecisionExplainer:
        return DecisionExplainer(history.require_replayer(), service.most_instalment, currency)

    def make(decision_id: str) -> Letter:
        entry = history.find(decision_id, visible_to_caller(service))
        last = find_last_review(history.require_replayer().record.about(entry.id))
        return make_letter(
            explainer().explain(entry),
            entry.id,
            _day(entry),
            history_imputed=has_imputed_history(entry),
            review=Review(last.content["decision"], _day(last)) if last else None,
        )

    @routes.get("/decisions/<decision_id>/letter")
    def letter(decision_id: str) -> Response:
        made = make(decision_id)
        if not asks_for_page():
            return json_answer(made)
        chosen = language()
        headers = {
            "Content-Security-Policy": _POLICY,
            "Referrer-Policy": "no-referrer",
            "Content-Language": chosen,
            "Vary": "Accept, Accept-Language",
        }
        page = renderer.render(made, chosen, request.script_root)
        return Response(page, headers=headers, content_type="text/html; charset=utf-8")

    return routes


def _day(entry: StoredEntry) -> date:
    return date.fromisoformat(entry.time[:10])
