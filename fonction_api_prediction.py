"""The credit scoring service at a glance.

It loads a table of clients (``df_sample.csv``), a scaler (``scaler.pkl``) and a class-balanced logistic
regression (``modele_retenu.pkl``), and serves ``GET /predict/<client_id>``: look up the six-digit number,
return probability of default and decision, 404 if unknown. In a browser, the same address is the officer's page.
All other routes are blueprints from ``scoring.web``. The use cases are in ``scoring.service``.

``gunicorn fonction_api_prediction:app`` serves it; importing this module does nothing by itself.
"""

import logging
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from scoring.errors import SettingError, StartError, hide_password, naming, refusing
from scoring.processes import at_most
from scoring.settings import Settings, find_cache, read_whole_number

if TYPE_CHECKING:
    from flask import Flask

    from scoring.access.key_ring import KeyRing
    from scoring.decisions.served_model import Event
    from scoring.decisions.shadow import Shadow
    from scoring.policy.evaluate import Policy
    from scoring.service import Service
    from scoring.storage.bundle import Bundle
    from scoring.storage.remote.model_folder import When
    from scoring.storage.trust import Trust
    from scoring.web.letter.rendering import LetterRenderer

CACHED_DECISIONS = 2**14  # encoded, some 6 MB
CACHED_RECORDED = 2**10  # with what is recorded, some 15 MB
_log = logging.getLogger("scoring")


class Models(NamedTuple):
    """Folders of the model and of its shadow, with what their manifests have to agree with."""

    folder: Path
    trust: "Trust"
    shadow: "tuple[Path, Trust] | None"


def find_models(settings: Settings, when: "When" = "start") -> Models:
    """Find the models that the settings name; what is kept elsewhere is fetched. Raises StartError."""
    from scoring.storage.remote.model_folder import Cache, model_folder
    from scoring.storage.trust import Trust

    cache = Cache(settings.cache or find_cache(os.environ), settings.fetch_seconds)
    pinned, signed = Trust(settings.manifest_sha256, settings.manifest_key), Trust(None, settings.manifest_key)
    folder, trust = model_folder(settings.artefacts, "SCORING_ARTEFACTS", pinned, cache, when)
    shadow = settings.shadow and model_folder(settings.shadow, "SCORING_SHADOW", signed, cache, when)
    return Models(folder, trust, shadow or None)


def create_app(settings: Settings | None = None, rehearsal: bool = False, models: Models | None = None) -> "Flask":
    """Load and verify the artefacts, open the known clients, and make the Flask application.

    Parameters
    ----------
    settings : by default from the environment (``SCORING_...``, see docs/settings.md).
    rehearsal : as ``load_app``; nothing is recorded.
    models : by default those that the settings name.

    Raises
    ------
    StartError
        With one message: the file or setting, the value and the remedy.
    """
    from flask import Response, request

    from scoring.decisions.history import DecisionHistory
    from scoring.decisions.recorder import DecisionRecorder
    from scoring.decisions.reviews import Reviews
    from scoring.decisions.served_model import open_decision_record
    from scoring.monitoring.overview.look import Overview
    from scoring.service import Service
    from scoring.storage.artefacts import load_bundle
    from scoring.web import cors, parameters, path_prefix, problems, request_headers
    from scoring.web.answers import recorded_answers
    from scoring.web.flask_application import SyncFlask
    from scoring.web.pages import Pages, application_page
    from scoring.web.pages.monitor.monitor_page import show_monitor
    from scoring.web.pages.recorded_page import show_recorded
    from scoring.web.request_headers import asks_for_page
    from scoring.web.routes import (
        about,
        client_list,
        decision_history,
        decision_letter,
        metrics_page,
        monitoring,
        new_applications,
        officer_reviews,
        openapi_docs,
        population,
    )
    from scoring.web.server import tracing
    from scoring.web.server.answer_counting import note_decisions
    from scoring.web.server.held_answer import hold_answer

    settings = settings or Settings.from_environment(os.environ)
    models = models or find_models(settings)
    with naming("SCORING_API_KEYS"):
        columns = _read_portfolio_columns(settings)
    digits, currency = settings.client_id_digits, settings.currency or ""
    bundle = load_bundle(models.folder, settings.clients, settings.threshold, digits, currency, columns, models.trust)
    _refuse_real_clients_without_consent(bundle, settings)
    _refuse_second_officers_without_keys(settings)
    shadow = _load_shadow(bundle, settings, models.shadow)
    with naming("SCORING_API_KEYS"):
        keys = _read_keys(bundle, settings)
    policy = _open_policy(bundle, settings, recorded=rehearsal or settings.decisions != "off")
    service = Service(bundle, settings.most_instalment, policy)
    decisions = "off" if rehearsal else settings.decisions
    record = open_decision_record(decisions, settings.decisions_key, settings.decisions_checkpoints)
    recorder = DecisionRecorder(service, record, hold_answer, note_decisions, shadow)
    decide_client = recorded_answers(recorder, CACHED_RECORDED if record else CACHED_DECISIONS)
    known_clients = population.Population(service)
    pages = Pages(recorder, known_clients)

    app = SyncFlask(__name__, static_folder=None)
    app.extensions["scoring"], app.extensions["decisions"], app.extensions["policy"] = bundle, record, policy
    app.extensions["shadow"] = shadow
    problems.register(app, pages.show_problem)
    cors.allow_origins(app, settings.cors_origins)
    request_headers.register(app)
    _limit_callers(app, service, keys, settings)
    parameters.register(app)

    @app.get("/predict/<client_id>")
    def predict(client_id: str) -> Response:
        answer = pages.show_client(client_id) if asks_for_page() else decide_client(client_id)
        if request.method == "HEAD":  # it records nothing, but has the status that GET would have
            recorder.require_record()
        return answer

    app.register_blueprint(new_applications.blueprint(recorder))
    app.register_blueprint(about.blueprint(service, pages.show_search, pages.show_model))
    app.register_blueprint(client_list.blueprint(service))
    history = DecisionHistory(record, bundle)
    reviews = Reviews(history, settings.second_officer_above, service.preparer.schema if service.preparer else None)
    app.register_blueprint(decision_history.blueprint(service, history, partial(show_recorded, pages.renderer)))
    app.register_blueprint(officer_reviews.blueprint(service, reviews))
    app.register_blueprint(decision_letter.blueprint(service, history, _make_letter_renderer(settings), currency))
    overview = Overview(
        bundle,
        record,
        settings.reports,
        policy.file.version() if policy else None,
        shadow.model.version if shadow else None,
    )
    app.register_blueprint(monitoring.blueprint(overview, partial(show_monitor, pages.renderer)))
    app.register_blueprint(population.blueprint(known_clients))
    app.register_blueprint(application_page.blueprint(recorder, pages))
    limited = keys is not None or settings.rate_limit is not None
    app.register_blueprint(openapi_docs.blueprint(service, protected=keys is not None, limited=limited))
    counting = settings.metrics and metrics_page.start_counting(
        app, bundle, record, keys is not None, _metrics_folder()
    )
    app.register_blueprint(metrics_page.blueprint(counting or None))
    if any(os.environ.get(name) for name in tracing.VARIABLES) and tracing.can_trace():
        os.environ.setdefault("OTEL_SERVICE_NAME", "scoring")
        tracing.trace_answers(app)
    path_prefix.serve_under(app, settings.prefix)
    return app


def _metrics_folder() -> str | None:
    """Name the folder in which all processes count; None where this process counts for itself."""
    from scoring.monitoring.metrics.worker_files import VARIABLE

    folder = os.environ.get(VARIABLE)
    if not folder:  # an empty one counts as not set, also for the package that counts
        os.environ.pop(VARIABLE, None)
    return folder or None


def _refuse_real_clients_without_consent(bundle: "Bundle", settings: Settings) -> None:
    if bundle.synthetic_clients or settings.api_keys or settings.open:
        return
    raise SettingError(
        "SCORING_API_KEYS is not set, SCORING_OPEN is not 1, and the table of clients is not the published synthetic "
        "sample: anyone who reaches the service could read these people's scores, since client numbers can be guessed."
        "\nMake keys (docs/keys.md); or set SCORING_OPEN=1 where everyone who reaches the service may see every client."
    )


def _refuse_second_officers_without_keys(settings: Settings) -> None:
    if settings.second_officer_above is None or settings.api_keys:
        return
    raise SettingError(
        f"SCORING_SECOND_OFFICER_ABOVE={settings.second_officer_above:g}, and SCORING_API_KEYS is not set: only their "
        "keys tell officers apart.\nMake a key for each officer (docs/keys.md), or unset SCORING_SECOND_OFFICER_ABOVE."
    )


def _open_policy(bundle: "Bundle", settings: Settings, *, recorded: bool) -> "Policy | None":
    if settings.policy is None:
        return None
    from scoring.policy.open_policy import open_policy, read_draw

    policy = open_policy(settings.policy, bundle.manifest, name=f"SCORING_POLICY={settings.policy}")
    if policy.file.exploration is None:
        return policy
    if settings.exploration_key is None or not recorded:
        lacks = "SCORING_DECISIONS is off" if settings.exploration_key else "SCORING_EXPLORATION_KEY is not set"
        raise SettingError(
            f"SCORING_POLICY={settings.policy} accepts clients at random (exploration), and {lacks}.\n"
            "Set SCORING_EXPLORATION_KEY to a file with 32 random bytes and record the decisions, or leave exploration "
            "out of the policy (docs/policy.md)."
        )
    return policy.with_draw(read_draw(settings.exploration_key))


def _load_shadow(bundle: "Bundle", settings: Settings, found: "tuple[Path, Trust] | None") -> "Shadow | None":
    """Load the model that scores the same requests without answering; logs which of them it cannot score."""
    if found is None:
        return None
    folder, trust = found
    from scoring.decisions.shadow import Shadow
    from scoring.storage.published_model import load_published

    if settings.decisions == "off":
        raise SettingError(
            f"SCORING_SHADOW={folder}: the scores of a shadow model are only recorded, never answered, and "
            "SCORING_DECISIONS=off records nothing\nName a record in SCORING_DECISIONS, or unset SCORING_SHADOW."
        )
    shadow = Shadow(load_published(folder, "SCORING_SHADOW", trust), bundle.manifest)
    if limits := shadow.describe_limits(has_applications=bundle.clients.has_facts):
        _log.warning(limits)
    return shadow


def _make_letter_renderer(settings: Settings) -> "LetterRenderer":
    from scoring.web.letter.rendering import Lender, LetterRenderer

    lender = Lender(settings.lender_name, settings.lender_address, settings.lender_contact)
    return LetterRenderer(lender, settings.letters)


def _read_portfolio_columns(settings: Settings) -> list[str]:
    if settings.api_keys is None:
        return []
    from scoring.access.key_file import read_valid_keys

    file, _ = read_valid_keys(settings.api_keys)
    return file.portfolio_columns()


def _read_keys(bundle: "Bundle", settings: Settings) -> "KeyRing | None":
    if settings.api_keys is None:
        return None
    from scoring.access.key_ring import KeyRing

    return KeyRing(settings.api_keys, bundle.clients.has_column)


def _limit_callers(app: "Flask", service: "Service", keys: "KeyRing | None", settings: Settings) -> None:
    """Check the key of every request, and limit the number of requests; nothing is done without such settings."""
    if keys is None and settings.rate_limit is None:
        return
    from scoring.access.meter import shared_meter
    from scoring.access.rate import parse_rate
    from scoring.web.gate import guard

    rate = parse_rate(settings.rate_limit) if settings.rate_limit else None
    if keys is not None:
        guard.require_keys(app, service, keys, shared_meter(), rate, settings.cors_origins)
    elif rate is not None:
        guard.limit_addresses(app, shared_meter(), rate)


def load_app(event: "Event" = "start", rehearsal: bool = False) -> "Flask":
    """Make the application, try it, and record that it begins to serve; whatever goes wrong raises StartError.

    Parameters
    ----------
    rehearsal : the application will not serve. The pages are tried too, which takes longer, and nothing is recorded.
    """
    import numpy as np

    from scoring.decisions.served_model import begin_serving
    from scoring.web import trial

    settings = Settings.from_environment(os.environ)
    # At a reload the trial in a child process has fetched what there is; this process then waits for no network.
    with refusing("SCORING_ARTEFACTS: the model cannot be fetched", "Check the address and the folder SCORING_CACHE."):
        models = find_models(settings, "trial" if rehearsal else "again" if event == "reload" else "start")
    failed = f"{models.folder}: cannot be served"
    with (
        at_most(settings.load_seconds),
        refusing(failed, "Restore the files, or publish the model again."),
        np.errstate(all="ignore"),  # what is not finite is refused with a message
    ):
        app = create_app(settings, rehearsal, models)
        trial.try_answers(app, app.extensions["scoring"])
        if rehearsal:
            trial.try_pages(app, app.extensions["scoring"])
        if app.extensions["decisions"] is not None:
            place = hide_password(settings.decisions)
            policy, shadow = app.extensions["policy"], app.extensions["shadow"]
            rules, model = policy.file if policy else None, shadow.model if shadow else None
            begin_serving(app.extensions["decisions"], app.extensions["scoring"], event, place, rules, model)
        app.extensions["scoring"].clients.close()  # workers must not share a connection
    return app


def __getattr__(name: str) -> "Flask":
    """Make ``app`` on first access, so that importing the module does nothing."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        app = load_app()
    except StartError as error:
        sys.exit(f"The service does not start. {error}")
    globals()["app"] = app
    return app


if __name__ == "__main__":
    try:
        port = read_whole_number(os.environ, "PORT", 8000, 1, 65535)
    except SettingError as error:
        sys.exit(f"The service does not start. {error}")
    __getattr__("app").run(host="127.0.0.1", port=port)
