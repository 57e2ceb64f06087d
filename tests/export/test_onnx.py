"""An ONNX file gives in onnxruntime what the service gives."""

import numpy as np
import onnx
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from scoring.errors import ExportError
from scoring.export.linear_model import load_model
from scoring.export.onnx.onnx_file import make_graph, run, write_onnx
from scoring.model.classifiers import SplineLogistic
from scoring.model.scorer import FusedLogistic, Scorer, ThroughObjects
from tests.export.models import CODE, HISTORY, TEXTS, TRADE, draw_records, is_missing
from tests.test_cli import run as run_command


@pytest.fixture(scope="module")
def published(project):
    """Load manifest and model, and the bundled model-ready rows."""
    manifest, probability = load_model(project)
    rows = pd.read_csv(project / "df_sample.csv")[list(manifest.features)].to_numpy()
    return manifest, probability, rows


def compare(answer, scores, within, threshold):
    assert answer["probability"] == pytest.approx(scores.probability, abs=within)
    assert answer["calibrated_probability"] == pytest.approx(scores.calibrated_probability, abs=within)
    far = np.abs(scores.probability - threshold) > within
    assert (answer["decision"] == np.where(scores.refused, "REFUSED", "ACCEPTED"))[far].all()
    assert not answer["invalid"].any()


def test_the_bundled_clients_score_as_in_the_service(published):
    manifest, probability, rows = published
    written = write_onnx(manifest, probability, "rows")
    scores = Scorer(probability, manifest.features, manifest.policy()).score(rows)
    answer = run(written, {"rows": rows})
    compare(answer, scores, 1e-12, manifest.threshold.value)
    assert (answer["review"] == scores.review).all()
    facts = {one.key: one.value for one in onnx.load_from_string(written).metadata_props}
    assert facts["model_version"] == manifest.version()
    assert facts["features"].split("\n") == list(manifest.features)


def test_rows_that_are_not_complete_have_no_score(published):
    manifest, probability, rows = published
    faulty = rows[:4].copy()
    faulty[1, 0], faulty[2, 3] = np.nan, np.inf
    answer = run(make_graph(manifest, probability, "rows"), {"rows": faulty})
    assert answer["invalid"].tolist() == [False, True, True, False]
    assert np.isnan(answer["probability"]).tolist() == [False, True, True, False]
    assert answer["decision"].tolist()[1:3] == ["", ""]


def test_applications_full_of_edges_score_as_in_the_service(lender):
    records = [record for record in draw_records(600, 8) if record[TRADE] != ""]  # an empty text is a missing one here
    frame = pd.DataFrame(records)
    model = make_graph(lender.manifest, lender.fused, "applications")
    inputs = {}
    for one in model.graph.input:
        values = frame[one.name]
        is_text = one.type.tensor_type.elem_type == onnx.TensorProto.STRING
        inputs[one.name] = values.fillna("").to_numpy(dtype=object) if is_text else values.to_numpy(dtype=np.float64)
    assert {HISTORY, "income"} <= inputs.keys()
    assert CODE not in inputs
    answer = run(model, inputs)
    invalid = 0
    for place, record in enumerate(records):
        expected = lender.expect(record)
        probability = answer["probability"][place]
        if isinstance(expected, set):
            assert is_missing(float(probability))
            assert answer["decision"][place] == ""
            invalid += 1
        else:
            assert probability == pytest.approx(expected[0].probability, abs=1e-12)
            assert answer["calibrated_probability"][place] == pytest.approx(
                expected[0].calibrated_probability, abs=1e-12
            )
            assert bool(answer["review"][place]) is expected[0].review
    assert invalid > 20


@pytest.mark.drill
def test_a_model_of_hundreds_of_bins_scores_as_in_the_service(many_bins):
    records = many_bins.draw_records(1000, 2)
    frame, model = pd.DataFrame(records), make_graph(many_bins.manifest, many_bins.fused, "applications")
    inputs = {one.name: frame[one.name].to_numpy() for one in model.graph.input}
    answer = run(model, {name: values.astype(object) if name in TEXTS else values for name, values in inputs.items()})
    scores = many_bins.scorer.score(np.array([many_bins.ready(record) for record in records]))
    compare(answer, scores, 1e-12, many_bins.manifest.threshold.value)
    assert 0 < scores.refused.sum() < len(records)


def make_lightgbm():
    from lightgbm import LGBMClassifier

    return LGBMClassifier(n_estimators=60, num_leaves=8, verbose=-1, n_jobs=1)


def make_xgboost():
    from xgboost import XGBClassifier

    return XGBClassifier(n_estimators=60, max_depth=3, n_jobs=1)


def make_catboost():
    from catboost import CatBoostClassifier

    return CatBoostClassifier(iterations=60, depth=4, verbose=0, thread_count=1, allow_writing_files=False)


FAMILIES = {
    "lightgbm": (make_lightgbm, 1e-12),
    "xgboost": (make_xgboost, 1e-6),
    "catboost": (make_catboost, 1e-12),
    "random forest": (lambda: RandomForestClassifier(40, min_samples_leaf=5, random_state=0), 1e-12),
    "mlp": (lambda: MLPClassifier((8,), max_iter=20, random_state=0), 1e-12),
    "mlp, tanh": (lambda: MLPClassifier((6, 4), activation="tanh", max_iter=20, random_state=0), 1e-12),
}


@pytest.fixture(scope="module")
def fitted(published):
    """Return what fits a model on the bundled rows."""
    _, probability, rows = published
    target = (probability(rows) > np.random.default_rng(0).random(len(rows))).astype(int)

    def fit(model, scaler=None):
        scaler = (scaler or StandardScaler()).fit(rows)
        return ThroughObjects(scaler, model.fit(scaler.transform(rows), target))

    return fit


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("family", FAMILIES)
def test_other_families_score_as_the_library_does(published, fitted, family):
    manifest, _, rows = published
    make, within = FAMILIES[family]
    probability = fitted(make())
    shaken = np.vstack([rows, rows + np.random.default_rng(1).normal(0.0, 1e-3, rows.shape)])
    scores = Scorer(probability, manifest.features, manifest.policy()).score(shaken)
    compare(run(write_onnx(manifest, probability, "rows"), {"rows": shaken}), scores, within, manifest.threshold.value)


def test_models_that_cannot_be_written_are_refused_with_the_reason(published, fitted):
    manifest = published[0]
    with pytest.raises(ExportError, match="SplineLogistic cannot be written as ONNX\nExpected a scorecard"):
        write_onnx(manifest, fitted(SplineLogistic(bent=2)), "rows")
    with pytest.raises(ExportError, match="its scaler is not a StandardScaler"):
        write_onnx(manifest, fitted(make_lightgbm(), MinMaxScaler()), "rows")


def test_a_file_with_other_probabilities_is_refused(published, monkeypatch):
    manifest, probability, _ = published
    wrong = FusedLogistic(probability.weights, probability.intercept + 1e-6)
    monkeypatch.setattr(FusedLogistic, "__call__", lambda self, rows: 1 / (1 + np.exp(-rows @ self.weights)))
    with pytest.raises(ExportError, match="ONNX gives other probabilities"):
        write_onnx(manifest, wrong, "rows")


def test_a_column_with_the_name_of_an_answer_is_refused(published, project):
    manifest, probability, _ = published
    plan = manifest.plan
    renamed = plan.columns[1].__class__(**{**plan.columns[1].__dict__, "source": "decision"})
    other = manifest.model_copy(update={"plan": plan.__class__(missing_values={}, derived=(), columns=(renamed,))})
    with pytest.raises(ExportError, match="column 'decision': an input of an ONNX file cannot have this name"):
        make_graph(other, probability, "applications")


def test_the_command_writes_a_file_that_runs(project, published, tmp_path):
    _, probability, rows = published
    out = tmp_path / "model.onnx"
    code, _, said = run_command("export", "--to", "onnx", "--artefacts", project, "--out", out, cwd=tmp_path)
    assert code == 0, said
    assert run(out.read_bytes(), {"rows": rows})["probability"] == pytest.approx(probability(rows), abs=1e-12)
