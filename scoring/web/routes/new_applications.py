"""Decisions, probabilities and explanations of new applications; how a body or a file is read."""

from flask import Blueprint, Response, request

from scoring.decisions.recorder import DecisionRecorder
from scoring.web import answers
from scoring.web.answers import json_answer
from scoring.web.body.bodies import read_body, read_json, split_body, too_many
from scoring.web.body.request_body import parse_json, read_file_content
from scoring.web.gate.current_caller import recorder_of_caller, seen_by_caller
from scoring.web.parameters import takes
from scoring.web.request_headers import request_facts

_CACHED = 1024  # explanations of known clients


def blueprint(recorder: DecisionRecorder) -> Blueprint:
    """Serve POST ``/predict``, ``/predict_proba``, ``/explain``, ``/data``, ``/table``, and GET ``/explain``.

    Answers about several records are made of typed objects, so they are not validated again: that would take as long as
    making them.
    """
    service, routes = recorder.service, Blueprint("score", __name__)
    threshold = service.bundle.scorer.policy.threshold
    reads_history = takes("history")
    find_facts = request_facts if recorder.record is not None else lambda: None  # only the record reads them

    def explain_now(client_id: str) -> Response:
        return json_answer(seen_by_caller(service).explain_client(client_id))

    # Answers are cached only if the table of clients cannot be replaced while the service runs.
    is_constant = service.clients.store.is_constant
    explain_client = (
        answers.cached_answers(service.explain_client, _CACHED, service.period) if is_constant else explain_now
    )
    routes.add_url_rule("/explain/<client_id>", "explain_known", explain_client)

    @routes.post("/predict")
    @reads_history
    def predict() -> Response:
        seen = recorder_of_caller(recorder)
        body = read_body(request, seen.service)
        if body.form == "application":
            return json_answer(seen.decide_application(body.records[0], body.history, find_facts()))
        if body.form == "positional":  # as scikit-learn's predict_proba does
            return json_answer(seen.probabilities(body.prepare(seen.service), find_facts()))
        decisions = seen.decide(body.prepare(seen.service), find_facts())
        return json_answer(answers.Predictions.model_construct(predictions=decisions))

    @routes.post("/predict_proba")
    @reads_history
    def predict_proba() -> Response:
        seen = recorder_of_caller(recorder)
        body = read_body(request, seen.service)
        if body.form == "application":
            decision = seen.decide_application(body.records[0], body.history, find_facts())
            return json_answer(answers.Probability(probability=decision["probability"], threshold=threshold))
        probabilities = seen.probabilities(body.prepare(seen.service), find_facts())
        return json_answer(answers.Probabilities.model_construct(probabilities=probabilities, threshold=threshold))

    @routes.post("/explain")
    @reads_history
    def explain() -> Response:
        seen = seen_by_caller(service)
        body = read_body(request, seen)
        if body.form == "application":
            return json_answer(seen.explain_application(body.records[0], body.history))
        if len(body.records) > seen.most_explained:
            raise too_many(len(body.records), seen.most_explained)
        explanations = seen.explain(body.prepare(seen))
        return json_answer(answers.Explanations.model_construct(explanations=explanations))

    @routes.post("/data")
    def data() -> Response:
        body = split_body(parse_json(read_json(request, service)), service)
        if body.form == "application":
            return json_answer(service.inspect_application(body.records[0]))
        inspect = service.inspect_rows if body.are_rows else service.inspect_applications
        return json_answer(answers.Inspections.model_construct(records=inspect(body.records)))

    @routes.post("/table")
    @takes("decimal")
    def table() -> Response:
        content = read_file_content(request)
        return json_answer(service.read_upload(content, request.args.get("decimal")))

    return routes
