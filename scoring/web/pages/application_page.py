"""``/application``: a new application as a form, and its decision as a page."""

from flask import Blueprint, Response, request

from scoring.errors import InvalidApplication, NoStoredHistory, RequestError, UnknownClient
from scoring.readable.wording import Said
from scoring.web.bodies import Bodies
from scoring.web.form_body import read_form
from scoring.web.negotiation import Language, language
from scoring.web.pages import Pages
from scoring.web.pages.form import form_of, hidden, time_units
from scoring.web.pages.form_input import Entered, read_entered
from scoring.web.problems import STATUS
from scoring.web.routes.explain import Explained


def blueprint(pages: Pages, bodies: Bodies, explained: Explained) -> Blueprint:
    """Serve the form and its answer; both are pages only, whatever is asked for."""
    # Templates of all pages lie beside those of /docs, which also serves the files.
    routes = Blueprint("pages", __name__, template_folder="../templates")

    def form(entered: Entered, error: RequestError | None = None) -> Response:
        lang = language()
        made = form_of(pages.order, lang, entered, error)
        return pages.frame.page(
            "application.html",
            STATUS[type(error)][0] if error else 200,
            form=made,
            units=time_units(lang),
            history=bool(bodies.raw().history),
            posted=request.method == "POST",
            carried=hidden(entered.pairs),
        )

    @routes.get("/application")
    def empty() -> Response:
        return form(read_entered([], pages.order.schema, language()))

    @routes.post("/application")
    def decide() -> Response:
        entered = read_entered(read_form(request), pages.order.schema, language())
        if entered.edit:
            return form(entered)
        try:
            batch = bodies.read({"applications": [dict(entered.record)]}, stored=entered.stored)
        except (InvalidApplication, NoStoredHistory, UnknownClient) as error:
            return form(entered, error)
        explanation = explained.batch(batch, entered.stored)[0]
        record = batch.applications[0].record if batch.applications else None
        return pages.decisions.show(explanation, record, _told(batch.warnings[0], language()), entered.pairs)

    return routes


def _told(warnings: tuple[str, ...], lang: Language) -> list[str]:
    return [getattr(one.text, lang) if isinstance(one, Said) else one for one in warnings]
