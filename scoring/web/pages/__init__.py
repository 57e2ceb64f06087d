"""The loan officer's pages. At the same address a browser gets a page, and a program gets JSON."""

from collections.abc import Sequence
from functools import cache, cached_property
from http import HTTPStatus
from urllib.parse import quote

from flask import Response, request
from werkzeug.exceptions import HTTPException

from scoring import errors
from scoring.decisions.recorder import DecisionRecorder
from scoring.errors import RequestError, shorten
from scoring.explanation.answer import Explanation
from scoring.model.compile import RawRecord
from scoring.model_card.card import build_card
from scoring.model_card.card_texts import Card
from scoring.readable.numbers import Language, format_count, format_date, format_fixed, format_percent
from scoring.service import Service
from scoring.web.gate.current_caller import current_caller, recorder_of_caller, require_scope, seen_by_caller
from scoring.web.pages.field_order import FieldOrder, build_facts
from scoring.web.pages.form import hidden_inputs
from scoring.web.pages.form_input import STORED, format_record
from scoring.web.pages.population_chart import PopulationChart
from scoring.web.pages.render import PageRenderer, link
from scoring.web.pages.view_models import (
    build_change,
    build_contributions,
    build_reasons,
    build_risk,
    build_rules,
    build_score,
)
from scoring.web.pages.words import describe_id_form, load_texts
from scoring.web.request_headers import language, request_facts, request_id
from scoring.web.routes.population import Population

_MOST_CHARACTERS = 40  # a page repeats at most this many characters of an invalid client number
_MOST_ERRORS = 20  # the page of a problem lists at most this many errors
_REQUEST_ERRORS = {
    errors.BodyTooLarge: "problem_too_large",
    errors.UnreadableBody: "problem_unreadable",
    errors.UnsupportedBody: "problem_unreadable",
    errors.RowsOnly: "problem_rows_only",
    errors.KeyRequired: "problem_key",
    errors.NotAllowed: "problem_not_allowed",
    errors.TooManyRequests: "problem_too_many",
    errors.RecordUnavailable: "problem_record",
    errors.ClientsUnavailable: "problem_clients",
    errors.NoRecord: "problem_no_record",
    errors.UnknownDecision: "problem_unknown_decision",
    errors.NotExplainable: "problem_not_explainable",
}
_AUDITING = {"decide", "audit"}  # with one of these scopes, a caller may see recorded decisions
_HTTP_ERRORS = {HTTPStatus.NOT_FOUND: "problem_not_found", HTTPStatus.METHOD_NOT_ALLOWED: "problem_method"}


class Pages:
    """Pages about known clients, the model and errors; ``application_page`` has those about new applications."""

    def __init__(self, recorder: DecisionRecorder, population: Population) -> None:
        self._recorder = recorder
        service = recorder.service
        self._service, self._bundle = service, service.bundle
        self._population, self._chart = population, PopulationChart()
        self._currency = service.preparer.schema.currency if service.preparer else ""
        self.renderer = PageRenderer(service.bundle)
        self._card = cache(self._build_card)  # in two languages

    @property
    def _seen(self) -> Service:
        return seen_by_caller(self._service)

    @cached_property
    def order(self) -> FieldOrder:
        """Fields of an application by importance; raises RowsOnly for a model without a manifest."""
        manifest = self._bundle.manifest
        return FieldOrder(self._service.require_preparer(), manifest.importances if manifest else {})

    def show_search(self) -> Response:
        """Show the search form, or redirect to the client found; raises InvalidClientNumber or UnknownClient."""
        typed = request.args.get("client_id")
        if typed is None:
            return self._show_search()
        require_scope("read", "a search")
        found = "".join(typed.split()) if self._bundle.identity.kind == "number" else typed.strip()
        self._seen.clients.find_row(found)
        return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": link(f"/predict/{quote(found)}")})

    def show_client(self, client_id: str) -> Response:
        """Show a known client's decision; raises InvalidClientNumber or UnknownClient."""
        case = recorder_of_caller(self._recorder).score_client(client_id, request_facts())
        explanation, facts = self._service.explain_case(case), case.record
        return self.show_decision(explanation, facts, self._carried(client_id, facts), client_id=client_id)

    def show_decision(
        self,
        explanation: Explanation,
        record: RawRecord | None,
        carried: Sequence[tuple[str, str]],
        client_id: str | None = None,
    ) -> Response:
        """Show a decision on a known client or on a new application.

        Parameters
        ----------
        record : the raw application; None where only the model-ready row is known.
        carried : names and texts of the application as the form sends them, so that a link can open the form with them.
        client_id : the known client's number or text ID; None for a new application.
        """
        lang, policy, warnings = language(), self._bundle.scorer.policy, explanation["warning_details"]
        base, scopes = explanation["base_value"].calibrated_probability, current_caller().scopes
        others = self._population.seen_by_caller() if "read" in scopes else None
        manifest = self._bundle.manifest
        return self.renderer.render(
            "decision.html",
            explanation=explanation,
            client_id=client_id,
            risk=build_risk(explanation, policy, others, lang, verified=manifest is not None),
            rules=build_rules(explanation, lang, self._currency),
            reasons=build_reasons(explanation, lang),
            contributions=build_contributions(explanation, lang),
            score=build_score(explanation, manifest.scaling, lang) if manifest else "",
            base=None if base is None else format_percent(base, lang),
            comparisons=self._chart.compare_client(explanation, record, others, lang) if record and others else [],
            change=build_change(explanation, policy, lang, self._currency),
            notes=[getattr(note, lang) for note in explanation["notes"]],
            facts=build_facts(self.order, record, lang) if self._service.preparer and record is not None else None,
            doubts=[getattr(one.text, lang) for one in warnings if one.is_doubt],
            warnings=[getattr(one.text, lang) for one in warnings if not one.is_doubt],
            carried=hidden_inputs(carried if "score" in scopes else []),
            may_audit=not _AUDITING.isdisjoint(scopes),
        )

    def _carried(self, client_id: str, facts: RawRecord | None) -> list[tuple[str, str]]:
        """Write a known client's application as the form sends it, with the stored history."""
        preparer = self._service.preparer
        if facts is None or preparer is None:
            return []
        history = [(STORED, "1")] if preparer.history else []
        return [(preparer.schema.identity.name, client_id), *format_record(preparer.schema, facts), *history]

    def show_model(self) -> Response:
        """Show the model card."""
        lang = language()
        threshold = format_fixed(self._bundle.scorer.policy.threshold, lang, 4)
        manifest = self._bundle.manifest
        published = format_date(manifest.created_at, lang) if manifest else ""
        return self.renderer.render("model.html", card=self._card(lang), threshold=threshold, published=published)

    def _build_card(self, lang: Language) -> Card | None:
        manifest, scorer = self._bundle.manifest, self._bundle.scorer
        return build_card(manifest, lang, scorer.probability_of_default) if manifest else None

    def show_problem(self, status: HTTPStatus, error: Exception) -> Response:
        """Show an error in the reader's language, with the details of the problem document."""
        texts, detail = load_texts(language()), ""
        if isinstance(error, errors.InvalidClientNumber | errors.UnknownClient):
            return self._show_search_again(status, error)
        if isinstance(error, errors.FactsUnavailable):
            message = texts["no_facts"]
        elif isinstance(error, RequestError):
            name = _REQUEST_ERRORS.get(type(error), "problem_other")
            reads = "decision_id" in (request.view_args or {}) or request.endpoint == "monitoring.monitor"
            if name == "problem_record" and reads:
                name = "problem_record_read"
            message, detail = texts[name], str(error)
        elif isinstance(error, HTTPException):
            message = texts[_HTTP_ERRORS.get(status, "problem_other")]
        else:
            message = texts["problem_failed"].format(request=request_id())
        listed = error.errors[:_MOST_ERRORS] if isinstance(error, RequestError) else ()
        return self.renderer.render(
            "problem.html", status, message=message, detail=detail, errors=listed, code=int(status)
        )

    def _show_search_again(self, status: HTTPStatus, error: Exception) -> Response:
        texts = load_texts(language())
        value = str((request.view_args or {}).get("client_id") or request.args.get("client_id", ""))
        unknown = isinstance(error, errors.UnknownClient)
        kind = "unknown_client" if unknown else "not_an_id" if value.strip() else "no_id"
        expected = describe_id_form(self._bundle.identity, language())
        message = texts[kind].format(value=shorten(value), expected=expected)
        return self._show_search(status, value=value[:_MOST_CHARACTERS], error=message)

    def _show_search(self, status: int = HTTPStatus.OK, value: str = "", error: str = "") -> Response:
        lang, identity = language(), self._bundle.identity
        try:
            some, known = self._seen.clients.store.page(None, 1)
        except errors.ClientsUnavailable:  # the page is there all the same, for what needs no client
            some, known = [], None
        return self.renderer.render(
            "search.html",
            status,
            value=value,
            error=error,
            expected=describe_id_form(identity, lang),
            example=identity.format_id(some[0]) if some and self._bundle.synthetic_clients else None,
            known=None if known is None else format_count(known, lang),
            raw=self._service.preparer is not None,
        )
