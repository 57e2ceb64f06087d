"""The officer's pages: what a browser is shown where a program gets JSON."""

from functools import cached_property
from http import HTTPStatus
from urllib.parse import quote

from flask import Response, request
from werkzeug.exceptions import HTTPException

from scoring.errors import (
    BodyTooLarge,
    FactsUnavailable,
    InvalidClientNumber,
    RequestError,
    RowsOnly,
    UnknownClient,
    UnreadableBody,
    UnsupportedBody,
)
from scoring.model.compile import Record
from scoring.storage.bundle import Bundle
from scoring.web import request_id
from scoring.web.bodies import Bodies
from scoring.web.known_clients import KnownClients
from scoring.web.negotiation import language
from scoring.web.pages.card_page import card_of
from scoring.web.pages.decision_page import DecisionPage
from scoring.web.pages.field_order import FieldOrder
from scoring.web.pages.form_input import STORED, texts_of
from scoring.web.pages.render import Frame, link
from scoring.web.pages.words import counted, fixed, form_of_ids, words
from scoring.web.routes.explain import Explained
from scoring.web.routes.population import Population

_ECHOED = 40  # characters of a faulty client number that a page repeats
_TOLD = {
    BodyTooLarge: "problem_too_large",
    UnreadableBody: "problem_unreadable",
    UnsupportedBody: "problem_unreadable",
    RowsOnly: "problem_rows_only",
}
_FRAMEWORK = {HTTPStatus.NOT_FOUND: "problem_not_found", HTTPStatus.METHOD_NOT_ALLOWED: "problem_method"}


class Pages:
    """Pages about known clients, the model, and whatever went wrong; ``application`` has those of new applications."""

    def __init__(
        self, bundle: Bundle, clients: KnownClients, bodies: Bodies, explained: Explained, population: Population
    ) -> None:
        self._bundle, self._clients, self._explained = bundle, clients, explained
        self._bodies, self._population = bodies, population
        self.frame = Frame(bundle)

    @cached_property
    def order(self) -> FieldOrder:
        """Fields of an application by what they matter; raises RowsOnly where the model came without a manifest."""
        manifest = self._bundle.manifest
        return FieldOrder(self._bodies.raw(), manifest.importances if manifest else {})

    @cached_property
    def decisions(self) -> DecisionPage:
        """Writes the pages of decisions."""
        order = self.order if self._bodies.intake else None
        return DecisionPage(self.frame, self._bundle.scorer.policy, self._population, order)

    def search(self) -> Response:
        """Show the search form; what was searched for leads to the client.

        Raises
        ------
        InvalidClientNumber, UnknownClient
        """
        asked = request.args.get("client_id")
        if asked is None:
            return self._search()
        found = self._typed(asked)
        self._clients.number(found)
        return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": link(f"/predict/{quote(found)}")})

    def client(self, client_id: str) -> Response:
        """Show a known client's decision; raises InvalidClientNumber or UnknownClient."""
        explanation = self._explained.client(client_id)
        facts = self._bundle.facts.record(self._clients.number(client_id)) if self._bundle.facts else None
        return self.decisions.show(explanation, facts, (), self._carried(client_id, facts), client_id=client_id)

    def _carried(self, client_id: str, facts: Record | None) -> list[tuple[str, str]]:
        """Write a known client's application as the form sends it, with the stored history."""
        intake = self._bodies.intake
        if facts is None or intake is None:
            return []
        history = [(STORED, "1")] if intake.history else []
        return [(intake.schema.identity.name, client_id), *texts_of(intake.schema, facts), *history]

    def model(self) -> Response:
        """Show the model card."""
        lang, manifest = language(), self._bundle.manifest
        threshold = fixed(self._bundle.scorer.policy.threshold, lang, 4)
        card = card_of(manifest, lang) if manifest else None
        return self.frame.page("model.html", card=card, threshold=threshold)

    def problem(self, status: HTTPStatus, error: Exception) -> Response:
        """Show what went wrong, with the words of the problem document in the reader's language."""
        said = words(language())
        if isinstance(error, InvalidClientNumber | UnknownClient):
            return self._not_found(status, error)
        if isinstance(error, RequestError):
            told, detail = said[_TOLD.get(type(error), "problem_other")], str(error)
        elif isinstance(error, HTTPException):
            told, detail = said[_FRAMEWORK.get(status, "problem_other")], ""
        else:
            told, detail = said["problem_failed"].format(request=request_id.of(request)), ""
        if isinstance(error, FactsUnavailable):
            told, detail = said["no_facts"], ""
        faults = error.faults if isinstance(error, RequestError) else ()
        return self.frame.page("problem.html", status, told=told, detail=detail, faults=faults[:20], code=int(status))

    def _not_found(self, status: HTTPStatus, error: Exception) -> Response:
        lang, identity = language(), self._clients.identity
        said, value = words(lang), str((request.view_args or {}).get("client_id") or request.args.get("client_id", ""))
        shown = value if len(value) <= _ECHOED else value[:_ECHOED] + "…"
        if isinstance(error, UnknownClient):
            fault = said["nobody"].format(value=shown)
        else:
            kind = "not_an_id" if value.strip() else "no_id"
            fault = said[kind].format(value=shown, expected=form_of_ids(identity, lang))
        return self._search(status, value=value[:_ECHOED], fault=fault)

    def _search(self, status: int = HTTPStatus.OK, value: str = "", fault: str = "") -> Response:
        lang, identity = language(), self._clients.identity
        return self.frame.page(
            "search.html",
            status,
            value=value,
            fault=fault,
            numeric=identity.kind == "number",
            expected=form_of_ids(identity, lang),
            example=self._clients.page(None, 1)[0] if self._bundle.synthetic_clients else None,
            known=counted(len(self._clients), lang),
            raw=self._bodies.intake is not None,
        )

    def _typed(self, text: str) -> str:
        """Take spaces out of a number as people write it."""
        return "".join(text.split()) if self._clients.identity.kind == "number" else text.strip()
