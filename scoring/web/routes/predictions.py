"""Scoring new applications: decisions, probabilities, and how a body is read."""

from flask import Blueprint, Response, request

from scoring.service import Service
from scoring.web.answers import Inspections, Predictions, Probabilities, Probability, json_answer
from scoring.web.bodies import read_body, split_body
from scoring.web.json_body import parse, read_json_content


def blueprint(service: Service) -> Blueprint:
    """Serve ``POST /predict``, ``/predict_proba`` and ``/data``."""
    routes = Blueprint("score", __name__)
    threshold = service.bundle.scorer.policy.threshold

    @routes.post("/predict")
    def predict() -> Response:
        form, records, stored = body = read_body(request, service)
        if form == "application":
            return json_answer(service.decide_application(records[0], stored))
        if form == "positional":  # as scikit-learn's predict_proba does
            return json_answer(service.probabilities_of_rows(records))
        if body.are_rows:
            return json_answer(Predictions(predictions=service.decide_rows(records)))
        return json_answer(Predictions(predictions=service.decide_applications(records, stored)))

    @routes.post("/predict_proba")
    def predict_proba() -> Response:
        form, records, stored = body = read_body(request, service)
        if form == "application":
            probability = service.decide_application(records[0], stored)["probability"]
            return json_answer(Probability(probability=probability, threshold=threshold))
        if body.are_rows:
            probabilities = service.probabilities_of_rows(records)
        else:
            probabilities = service.probabilities_of_applications(records, stored)
        return json_answer(Probabilities(probabilities=probabilities, threshold=threshold))

    @routes.post("/data")
    def data() -> Response:
        body = split_body(parse(read_json_content(request)), service.own_names)
        if body.form == "application":
            return json_answer(service.inspect_application(body.records[0]))
        if body.are_rows:
            return json_answer(Inspections(records=service.inspect_rows(body.records)))
        return json_answer(Inspections(records=[service.inspect_application(one) for one in body.records]))

    return routes
