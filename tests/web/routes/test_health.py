import dataclasses

import pytest
from flask import Flask, Response

from scoring.model.scorer import FusedLogistic, Scorer
from scoring.service import Service
from scoring.web.routes import about


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
def test_ready_when_the_golden_records_score_as_they_did(client, app, path):
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.json == {
        "status": "ready",
        "model_version": app.extensions["scoring"].version,
        "clients": 1000,
    }


def test_live_while_the_process_answers(client):
    assert client.get("/health/live").json == {"status": "live"}


@pytest.mark.parametrize("drift", [1e-3, float("nan")])
def test_not_ready_when_the_model_scores_otherwise(app, drift):
    bundle = app.extensions["scoring"]
    own = bundle.scorer.probability_of_default
    drifted = Scorer(FusedLogistic(own.weights, own.intercept + drift), bundle.scorer.features, bundle.scorer.policy)
    sick = Flask("sick")
    service = Service(bundle)
    service.bundle = dataclasses.replace(bundle, scorer=drifted)
    sick.register_blueprint(about.blueprint(service, Response, Response))
    answer = sick.test_client().get("/health")
    assert answer.status_code == 503
    assert answer.json["title"] == "Not ready"
