"""Throughput of ``POST /predict`` with one raw application of every field; called by ``serving.py``."""

import csv
import json
import statistics
from typing import Any

import joblib
import pandas as pd

from benchmarks.routes import FOLDER
from benchmarks.serving import PROJECT, ROUNDS, measure_throughput, ratio
from fonction_api_prediction import create_app
from scoring.model.preprocessor import Planned
from scoring.settings import Settings
from scoring.storage.artefacts import read_manifest

SERVICES = {
    "Flask that only parses the JSON": "benchmarks.routes:parsing()",
    "this service": "fonction_api_prediction:app",
    "fitted objects on a frame of one row": "benchmarks.routes:one_row_frame()",
}
_GOALS = {
    "Flask that only parses the JSON": ">= 0.8",
    "this service": "",
    "fitted objects on a frame of one row": ">= 10",
}
_COMPARED = 50
_AGREEMENT = 1e-9


def applications() -> list[dict[str, Any]]:
    """Applications of the bundled sample with every field; null where a value is missing."""
    schema = json.loads((PROJECT / "modele_retenu.json").read_text(encoding="utf-8"))["input_schema"]
    texts = {field["name"] for field in schema["fields"] if field["type"] == "category"}
    with (PROJECT / "applications_sample.csv").open(encoding="utf-8", newline="") as file:
        return [{name: _value(cell, name in texts) for name, cell in row.items()} for row in csv.DictReader(file)]


def _value(cell: str, text: bool) -> float | str | None:
    if not cell:
        return None
    if text:
        return cell
    return int(cell) if cell.lstrip("-").isdigit() else float(cell)


def requests() -> list[bytes]:
    """Write one request for each of them."""
    made = []
    for application in applications():
        body = json.dumps(application).encode()
        head = (
            "POST /predict HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


def check_agreement() -> None:
    """Check that the service and the fitted objects give the same probabilities."""
    client = create_app(Settings()).test_client()
    preprocessor = Planned(read_manifest(FOLDER / "modele_retenu.json").plan)
    scaler, model = (joblib.load(FOLDER / name) for name in ("scaler.pkl", "modele_retenu.pkl"))
    for application in applications()[:_COMPARED]:
        ours = client.post("/predict", json=application).json["probability"]
        rows = scaler.transform(preprocessor.transform(pd.DataFrame([application])))
        theirs = float(model.predict_proba(rows)[0, 1])
        if abs(ours - theirs) > _AGREEMENT:
            raise RuntimeError(f"probabilities differ by {abs(ours - theirs):.1e}")


def report(rates: dict[str, list[float]]) -> str:
    """Write the table in Markdown."""
    ours = rates["this service"]
    agreement = f"probabilities of {_COMPARED} applications equal the fitted objects' to {_AGREEMENT:g}"
    lines = [
        f"One application of {len(applications()[0])} fields a request; {agreement}.",
        "",
        "| `POST /predict` | answers a second | this service against it | goal |",
        "|---|---|---|---|",
    ]
    for name, measured in rates.items():
        against = ratio(ours, measured) if _GOALS[name] else ""
        lines.append(f"| {name} | {statistics.median(measured):.0f} | {against} | {_GOALS[name]} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    check_agreement()
    print(f"Median of {ROUNDS} interleaved rounds.\n\n{report(measure_throughput(SERVICES, requests()))}")
