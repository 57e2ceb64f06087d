"""A model trained on a lender's own table leaves in other languages, and scores this table as ``evaluate`` does."""

import duckdb
import numpy as np
import onnx
import pandas as pd
import pytest

from scoring.export.onnx.onnx_file import run as run_onnx
from tests.few_resamples import few_resamples
from tests.test_cli import QUICK, run

FILE = "own loans.csv"


@pytest.fixture(scope="module", params=["scorecard", "shaped scorecard", "logistic regression"])
def trained(request, tmp_path_factory):
    """Train on a table with codes, categories and missing values; returns the folder and the table's scores."""
    folder = tmp_path_factory.mktemp("own")
    draws = np.random.default_rng(3)
    risk = draws.normal(size=1500)
    table = pd.DataFrame(
        {
            "Debt (€)": np.round(1000 * np.exp(risk + draws.normal(size=1500)), 2),
            "months": draws.choice([-7, -8, *range(60)], 1500),
            "trade": np.where(risk + draws.normal(size=1500) > 0.5, "O'Smith", "bäker"),
            "noise": draws.normal(size=1500),
            "bad": (risk + draws.normal(size=1500) > 1.2).astype(int),
        }
    )
    table.loc[draws.random(1500) < 0.1, "Debt (€)"] = np.nan
    table.loc[draws.random(1500) < 0.1, "trade"] = None
    table.to_csv(folder / FILE, index=False)
    options = ("--table", FILE, "--target", "bad", "--number-rows", "--missing", "months=-7", "--missing", "months=-8")
    quick = ("--candidates", request.param, *QUICK[2:])
    with few_resamples():
        code, _, said = run("train", *options, "--out", "model", *quick, cwd=folder)
    assert code == 0, said
    code, _, said = run("evaluate", "--artefacts", "model", "--data", FILE, "--out", "scores.csv", cwd=folder)
    assert code == 0, said
    return folder, pd.read_csv(folder / "scores.csv")


def test_sql_scores_the_table(trained):
    folder, scores = trained
    names = ("--table", "loans", "--id", "number")
    out = ("--artefacts", "model", "--out", "score.sql")
    code, _, said = run("export", "--to", "sql", "--dialect", "duckdb", *names, *out, cwd=folder)
    assert code == 0, said
    with duckdb.connect() as connection:
        rows = f"SELECT row_number() OVER () AS number, * FROM '{folder / FILE}'"
        connection.execute(f"CREATE TABLE loans AS {rows}")
        found = connection.execute((folder / "score.sql").read_text(encoding="utf-8")).df().sort_values("number")
    assert found["number"].tolist() == scores["row"].tolist()
    assert found["probability"].to_numpy() == pytest.approx(scores["probability"].to_numpy(), abs=1e-12)
    assert found["decision"].tolist() == scores["decision"].tolist()
    assert found["reason_1"].notna().tolist() == (found["decision"] == "REFUSED").tolist()


def test_onnx_scores_the_table(trained):
    folder, scores = trained
    options = ("--artefacts", "model", "--input", "applications", "--out", "model.onnx")
    code, _, said = run("export", "--to", "onnx", *options, cwd=folder)
    assert code == 0, said
    table = pd.read_csv(folder / FILE)
    content = (folder / "model.onnx").read_bytes()
    inputs = {}
    for one in onnx.load_from_string(content).graph.input:  # not every column is read
        is_text = one.type.tensor_type.elem_type == onnx.TensorProto.STRING
        values = table[one.name]
        inputs[one.name] = values.fillna("").to_numpy(dtype=object) if is_text else values.to_numpy(dtype=np.float64)
    found = run_onnx(content, inputs)
    assert found["probability"] == pytest.approx(scores["probability"].to_numpy(), abs=1e-12)
