"""A shaped scorecard from training to the service: probability, points and reasons, without interpret-core."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from fonction_api_prediction import create_app
from scoring.model.schema import Identity, InputSchema
from scoring.readable.points import STANDARD
from scoring.settings import Settings
from scoring.training.options import Options
from scoring.training.train import train
from tests.fields import field


@pytest.fixture(scope="module")
def shaped(small, small_inputs, tmp_path_factory):
    frame, target = small
    fields = (field("debt", "number"), field("noise", "number"), field("trade", "category"))
    schema = InputSchema(identity=Identity(name="client"), target="default", fields=fields)
    out = tmp_path_factory.mktemp("shaped")
    options = Options(sample=40, folds=2, refits=2, candidates=("shaped scorecard",))
    train(frame.assign(default=target), schema, small_inputs, out, synthetic=True, options=options)
    return out


def test_points_and_reasons_are_those_of_the_served_probability(shaped):
    client = create_app(Settings(artefacts=shaped)).test_client()
    numbers = pd.read_csv(shaped / "df_sample.csv")["client"]
    refused = 0
    for number in numbers:
        decision, why = client.get(f"/predict/{number}").get_json(), client.get(f"/explain/{number}").get_json()
        exact = STANDARD.score(logit(decision["calibrated_probability"]))
        assert why["points"] == pytest.approx(exact, abs=3)  # three terms, each of them rounded
        if decision["decision"] == "REFUSED":
            refused += 1
            assert {reason["label"]["en"] for reason in why["reasons"]} <= {"debt", "noise", "trade"}
            assert why["reasons"]
    assert refused > 3


def test_a_published_model_is_served_without_interpret(shaped):
    code = f"""
import sys
sys.modules["interpret"] = None  # importing it raises an error
from pathlib import Path
from fonction_api_prediction import create_app
from scoring.settings import Settings
client = create_app(Settings(artefacts=Path({str(shaped)!r}))).test_client()
number = client.get("/clients?limit=1").json["clients"][0]
print(client.get(f"/predict/{{number}}").json["probability"], client.get("/health/ready").status_code)
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    probability, ready = answer.stdout.split()[-2:]
    assert 0 < float(probability) < 1
    assert ready == "200"


def test_the_packages_that_the_manifest_lists_are_those_of_the_service(shaped):
    from scoring.storage.artefacts import read_manifest

    manifest = read_manifest(shaped / "modele_retenu.json")
    assert set(manifest.versions) == {"python", "numpy", "pandas", "scikit-learn"}
    assert manifest.model.type == "LogisticRegression"
    assert np.isfinite(manifest.metrics["test"]["auc"].value)
