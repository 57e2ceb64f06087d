"""Try a service before it serves: make, within the process, one answer of each kind that bad artefacts could break."""

from http import HTTPStatus
from urllib.parse import quote

import numpy as np
from flask import Flask
from flask.ctx import RequestContext
from werkzeug.test import create_environ

from scoring.access.caller import ANYONE
from scoring.errors import ArtefactError, RequestError, refusing
from scoring.storage.bundle import Bundle
from scoring.web.gate.guard import CALLER

_ANSWERS = ("/health", "/predict/{client}", "/explain/{client}")
_SCORED = 200  # clients: a model that agrees on the golden records may fail for others
_PAGES = ("/", "/predict/{client}", "/model", "/application")
_REMEDY = "Publish the model again with this version of the service."


def try_answers(app: Flask, bundle: Bundle) -> None:
    """Check the golden records, score some clients, decide on one and explain it; raises ArtefactError on failure."""
    with refusing("model files: the clients cannot be scored", "Fit the model again."):
        rows = bundle.clients.find_rows(bundle.clients.page(None, _SCORED).client_ids)
        bundle.scorer.score(np.array([row for row in rows if row is not None]))
    _try(app, bundle, _ANSWERS, "application/json")


def try_pages(app: Flask, bundle: Bundle) -> None:
    """Show the pages that depend on the model; raises ArtefactError where that fails."""
    _try(app, bundle, _PAGES, "text/html")


def _try(app: Flask, bundle: Bundle, addresses: tuple[str, ...], accepted: str) -> None:
    client = bundle.identity.format_id(bundle.clients.page(None, 1).client_ids[0])
    for address in addresses:
        path = address.format(client=quote(client))
        failed = f"the artefacts: the service cannot answer {path} with them"
        with refusing(failed, _REMEDY), _rehearse(app, path, accepted):
            try:
                answer = app.make_response(app.dispatch_request())
            except RequestError:  # some models have no form for applications: a refusal is right too
                continue
            if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise ArtefactError(f"{failed}: {answer.get_data(as_text=True)}\n{_REMEDY}")


def _rehearse(app: Flask, path: str, accepted: str) -> RequestContext:
    # Flask's ``test_request_context`` would import a debugger.
    environ = create_environ(path, headers={"Accept": accepted})
    return app.request_context({**environ, CALLER: ANYONE})
