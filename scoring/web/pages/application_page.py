"""``/application``: a new application as a form, and its decision as a page."""

from flask import Blueprint, Response, request

from scoring.application.times import DAYS
from scoring.decisions.recorder import DecisionRecorder
from scoring.errors import InvalidApplication, NoStoredHistory, RequestError, UnknownClient
from scoring.web.body.request_body import read_form
from scoring.web.gate.current_caller import require_scope, seen_by_caller
from scoring.web.gate.lookups import count_lookups
from scoring.web.pages import Pages
from scoring.web.pages.form import build_form, hidden_inputs
from scoring.web.pages.form_input import FormInput, parse_form
from scoring.web.pages.words import load_texts
from scoring.web.problem_kinds import KINDS
from scoring.web.problems import note_problem
from scoring.web.request_headers import language, request_facts


def blueprint(recorder: DecisionRecorder, pages: Pages) -> Blueprint:
    """Serve the form and its answer; both are pages only, whatever a request accepts."""
    service = recorder.service
    # The templates of all pages share a folder with those of /docs, which also serves the static files.
    routes = Blueprint("pages", __name__, template_folder="../templates")

    def show_form(given: FormInput, error: RequestError | None = None) -> Response:
        lang, history = language(), bool(service.require_preparer().history)
        if error:
            note_problem(KINDS[type(error)].name)
        return pages.renderer.render(
            "application.html",
            KINDS[type(error)].status if error else 200,
            form=build_form(pages.order, lang, given, error, history=history),
            given=given,
            units=[(unit, load_texts(lang)[unit]) for unit in DAYS],
            history=history,
            carried=hidden_inputs(given.pairs),
        )

    @routes.get("/application")
    def show_empty_form() -> Response:
        return show_form(parse_form([], pages.order.schema))

    @routes.post("/application")
    def decide() -> Response:
        given = parse_form(read_form(request), pages.order.schema)
        if given.edit:
            return show_form(given)
        try:
            application = service.read_application(given.record)
            if given.check:
                return show_form(given)
            if given.stored:
                require_scope("read", "stored history")
                count_lookups(seen_by_caller(service).clients, [application.client_id])
            prepared = seen_by_caller(service).prepare([application], "stored" if given.stored else "imputed")
        except (InvalidApplication, NoStoredHistory, UnknownClient) as error:
            return show_form(given, error)
        (explanation,) = service.explain(prepared, recorder.decide(prepared, request_facts()))
        return pages.show_decision(explanation, application.record, given.pairs)

    return routes
