"""``/metrics``: what all workers have counted, for Prometheus."""

from collections.abc import Callable

from flask import Blueprint, Flask, Response
from werkzeug.exceptions import NotFound

from scoring.access.meter import shared_meter
from scoring.decisions.content import SERVICE_VERSION
from scoring.monitoring.metrics.expectation import expect
from scoring.monitoring.metrics.worker_files import open_files
from scoring.record.kept_record import KeptRecord
from scoring.record.verification.last_verification import last_verification, result_file
from scoring.storage.bundle import Bundle
from scoring.web.gate.current_caller import refuse_portfolio
from scoring.web.server.answer_counting import count_answers


def start_counting(
    app: Flask, bundle: Bundle, record: KeptRecord | None, keyed: bool, folder: str | None
) -> Callable[[], bytes]:
    """Count the answers of an application and the work of its record; returns a function that writes all metrics.

    Parameters
    ----------
    keyed : the service needs keys.
    folder : in which all processes count; None if there is only this process. Raises SettingError if it cannot be used.
    """
    files = open_files(folder) if folder else None
    # The package that counts makes files in the folder when it is imported.
    from scoring.monitoring.metrics.counters import shared_counters
    from scoring.monitoring.metrics.exposition import ServiceState, write_metrics
    from scoring.monitoring.metrics.reserved_files import reserve_room

    def last_verified() -> tuple[float, int | None] | None:
        if record is None or (file := result_file(record.checkpoint_file)) is None:
            return None
        found = last_verification(file)
        return (found.ended_at.timestamp(), found.deviations) if found else (0.0, None)

    reserve_room()
    counters = shared_counters()
    count_answers(app, counters)
    if record is not None:
        record.observe = counters.count_record
    alarms = (lambda: sum(shared_meter().alarms().values())) if keyed else None
    state = ServiceState(bundle.version, SERVICE_VERSION, expect(bundle.manifest), alarms, last_verified)
    return lambda: write_metrics(counters, state, files)


def blueprint(write: Callable[[], bytes] | None) -> Blueprint:
    """Serve ``/metrics``; without a function that writes them, there is nothing at this address."""
    routes = Blueprint("metrics", __name__)

    @routes.get("/metrics")
    def metrics() -> Response:
        if write is None:
            raise NotFound
        refuse_portfolio()
        return Response(write(), content_type="text/plain; version=0.0.4; charset=utf-8")

    return routes
