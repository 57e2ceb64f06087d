"""The deployment gate: a known client's decision, recomputed independently, and an unknown client's 404.

Runs alone with ``pytest test.py``, or ``python test.py``, on the serving requirements and pytest. It reads the three
files and the manifest with pandas, pickle and json only, so that an error in the scoring path can't hide itself.
"""

import json
import math
import os
import pickle
import sys
from pathlib import Path

import pandas as pd
import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))  # the gate runs from any folder

import fonction_api_prediction  # noqa: E402

FOLDER = Path(os.environ.get("SCORING_ARTEFACTS") or HERE)


@pytest.fixture(scope="module")
def manifest():
    return json.loads((FOLDER / "modele_retenu.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(FOLDER / "df_sample.csv")


@pytest.fixture(scope="module")
def client():
    os.environ.setdefault("SCORING_DECISIONS", "off")  # these are not decisions about anybody
    return fonction_api_prediction.create_app().test_client()


def expected_decision(row, manifest):
    """Decide by plain pandas and scikit-learn."""
    scaler = pickle.loads((FOLDER / "scaler.pkl").read_bytes())
    model = pickle.loads((FOLDER / "modele_retenu.pkl").read_bytes())
    probability = float(model.predict_proba(scaler.transform(row[manifest["features"]]))[0, 1])
    threshold = manifest["threshold"]["value"]
    shift = manifest["calibration"]
    log_odds = shift["intercept"] + shift["slope"] * math.log(probability / (1 - probability))
    calibrated = 1 / (1 + math.exp(-log_odds))
    refused = probability >= threshold
    return {
        "client_id": int(row["SK_ID_CURR"].iloc[0]),
        "probability": pytest.approx(probability, abs=1e-12),
        "threshold": threshold,
        "prediction": int(refused),
        "decision": "REFUSED" if refused else "ACCEPTED",
        "calibrated_probability": pytest.approx(calibrated, abs=1e-12),
        "review": manifest["review_band"]["low"] <= calibrated <= manifest["review_band"]["high"],
        "decision_id": None,
        "warnings": [],
        "warning_details": [],
        "policy": None,
    }


def test_a_known_client_gets_the_decision_that_pandas_and_scikit_learn_give(client, table, manifest):
    for position in (0, len(table) // 2, len(table) - 1):
        row = table.iloc[[position]]
        answer = client.get(f"/predict/{row['SK_ID_CURR'].iloc[0]}")
        assert answer.status_code == 200
        assert answer.content_type == "application/json"
        decision = dict(answer.json)
        assert len(decision.pop("model_version")) == 16
        assert decision == expected_decision(row, manifest)


def test_an_unknown_client_is_a_404(client, table):
    unknown = next(number for number in range(999_999, 99_999, -1) if number not in set(table["SK_ID_CURR"]))
    answer = client.get(f"/predict/{unknown}")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert str(unknown) in answer.json["detail"]


if __name__ == "__main__":
    sys.exit(pytest.main([__file__]))
