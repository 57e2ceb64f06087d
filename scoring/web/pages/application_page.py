"""``/application``: a new application as a form, and its decision as a page."""

from flask import Blueprint, Response, request

from scoring.errors import InvalidApplication, NoStoredHistory, RequestError, UnknownClient
from scoring.readable.numbers import Language
from scoring.readable.wording import Said
from scoring.web.bodies import Bodies
from scoring.web.form_body import read_form
from scoring.web.negotiation import language
from scoring.web.pages import Pages
from scoring.web.pages.form import build_form, hidden_inputs, time_units
from scoring.web.pages.form_input import FormInput, parse_form
from scoring.web.problems import STATUS
from scoring.web.routes.explain import Explained


def blueprint(pages: Pages, bodies: Bodies, explained: Explained) -> Blueprint:
    """Serve the form and its answer; both are pages only, whatever a request accepts."""
    # The templates of all pages share a folder with those of /docs, which also serves the static files.
    routes = Blueprint("pages", __name__, template_folder="../templates")

    def show_form(given: FormInput, error: RequestError | None = None) -> Response:
        lang = language()
        return pages.renderer.render(
            "application.html",
            STATUS[type(error)][0] if error else 200,
            form=build_form(pages.order, lang, given, error),
            units=time_units(lang),
            history=bool(bodies.raw().history),
            carried=hidden_inputs(given.pairs),
        )

    @routes.get("/application")
    def show_empty_form() -> Response:
        return show_form(parse_form([], pages.order.schema, language()))

    @routes.post("/application")
    def decide() -> Response:
        given = parse_form(read_form(request), pages.order.schema, language())
        if given.edit:
            return show_form(given)
        try:
            batch = bodies.read({"applications": [dict(given.record)]}, stored=given.stored)
        except (InvalidApplication, NoStoredHistory, UnknownClient) as error:
            return show_form(given, error)
        explanation = explained.batch(batch, given.stored)[0]
        record = batch.applications[0].record if batch.applications else None
        warnings = [_translate(warning, language()) for warning in batch.warnings[0]]
        return pages.decisions.render(explanation, record, warnings, given.pairs)

    return routes


def _translate(warning: str, lang: Language) -> str:
    return str(getattr(warning.text, lang)) if isinstance(warning, Said) else warning
