"""Services to compare ours with; gunicorn runs them for ``serving.py`` and ``posts.py``."""

import os
from pathlib import Path

import joblib
import pandas as pd
from flask import Flask, Response, jsonify, request

from fonction_api_prediction import create_app
from scoring.model.preprocessor import Planned
from scoring.settings import Settings
from scoring.storage.artefacts import read_manifest

FOLDER = Path(__file__).resolve().parent.parent
_BODY = (
    b'{"client_id":500000,"probability":0.2758076136280261,"threshold":0.5312626141336084,"prediction":0,'
    b'"decision":"ACCEPTED","calibrated_probability":0.03640560042142393,"review":false,'
    b'"model_version":"0123456789abcdef","decision_id":null,"warnings":[]}'
)


def constant() -> Flask:
    """Answer the same bytes each time: the least time that Flask and gunicorn need."""
    app = Flask(__name__)

    @app.get("/predict/<client_id>")
    def predict(client_id: str) -> Response:  # noqa: ARG001
        return Response(_BODY, content_type="application/json")

    return app


def without_keys() -> Flask:
    """Serve the bundled sample, as this service does without keys."""
    return create_app(Settings(decisions="off"))


def with_keys() -> Flask:
    """Serve the bundled sample with keys and a limit."""
    return create_app(Settings(decisions="off", api_keys=Path(os.environ["BENCH_KEYS"]), rate_limit="9999999/second"))


def per_request() -> Flask:
    """Look up and score each request with pandas and scikit-learn, the most obvious way."""
    app = Flask(__name__)
    table = pd.read_csv(FOLDER / "df_sample.csv")
    scaler, model = joblib.load(FOLDER / "scaler.pkl"), joblib.load(FOLDER / "modele_retenu.pkl")
    threshold = float(os.environ["BENCH_THRESHOLD"])

    @app.get("/predict/<int:client_id>")
    def predict(client_id: int) -> Response:
        row = table[table["SK_ID_CURR"] == client_id].drop(columns=["SK_ID_CURR", "TARGET"])
        probability = float(model.predict_proba(scaler.transform(row))[0, 1])
        decision = "REFUSED" if probability >= threshold else "ACCEPTED"
        return jsonify(client_id=client_id, probability=probability, decision=decision)

    return app


def parsing() -> Flask:
    """Parse the posted JSON with Flask and answer the same bytes each time: the least time that a POST needs."""
    app = constant()

    @app.post("/predict")
    def parse() -> Response:
        if not isinstance(request.get_json(), dict):
            raise TypeError("expected an object")
        return Response(_BODY, content_type="application/json")

    return app


def one_row_frame() -> Flask:
    """Score a posted application with the fitted objects on a frame of one row, the most obvious way."""
    app = constant()
    preprocessor = Planned(read_manifest(FOLDER / "modele_retenu.json").plan)
    scaler, model = (joblib.load(FOLDER / name) for name in ("scaler.pkl", "modele_retenu.pkl"))
    threshold = float(os.environ["BENCH_THRESHOLD"])

    @app.post("/predict")
    def score() -> Response:
        frame = pd.DataFrame([request.get_json()])
        rows = scaler.transform(preprocessor.transform(frame))
        probability = float(model.predict_proba(rows)[0, 1])
        decision = "REFUSED" if probability >= threshold else "ACCEPTED"
        return jsonify(probability=probability, decision=decision)

    return app
