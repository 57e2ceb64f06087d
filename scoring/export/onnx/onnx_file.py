"""A model as an ONNX file: probability, calibrated probability, decision and review, in double precision."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import onnx

from scoring.errors import ExportError
from scoring.export.onnx.onnx_graph import Graph
from scoring.export.onnx.onnx_inputs import ApplicationReader, read_rows
from scoring.export.onnx.onnx_models import Scored, add_model
from scoring.model.calibration import Floats
from scoring.model.manifest import Manifest
from scoring.model.scorer import FusedLogistic, Policy, ProbabilityOfDefault

EXACT, CLOSE = 1e-12, 1e-6  # probability; trees of some libraries add up in single precision
_LARGEST_LOG_ODDS = 36.0  # as the calibration limits them
_TRIED = 500


def write_onnx(manifest: Manifest, probability: ProbabilityOfDefault, form: Literal["applications", "rows"]) -> bytes:
    """Write a model, and try it on rows like those of training.

    Raises
    ------
    ExportError
        The model cannot be written, or other probabilities come out.
    """
    model = make_graph(manifest, probability, form)
    _try(make_graph(manifest, probability, "rows"), manifest, probability)
    written: bytes = model.SerializeToString()
    return written


def make_graph(
    manifest: Manifest, probability: ProbabilityOfDefault, form: Literal["applications", "rows"]
) -> onnx.ModelProto:
    """Make the ONNX model; raises ExportError where a model cannot be written."""
    graph = Graph()
    if form == "rows":
        rows, invalid = read_rows(graph, len(manifest.features))
    else:
        rows, invalid = ApplicationReader(graph, manifest.plan, manifest.input_schema).read()
    _answer(graph, add_model(graph, rows, probability, manifest.model.family), invalid, manifest.policy())
    facts = {"model_version": manifest.version(), "family": manifest.model.family}
    if form == "rows":
        facts["features"] = "\n".join(manifest.features)
    return graph.finish("scoring", "Probability of default; NaN where the service would refuse a value.", facts)


def _answer(graph: Graph, scored: Scored, invalid: str, policy: Policy) -> None:
    nothing = graph.number(float("nan"))
    probability = graph.choose(invalid, nothing, scored.probability)
    graph.answer("probability", "number", probability)
    refused = graph.op("GreaterOrEqual", probability, graph.number(policy.threshold))
    if policy.calibration and policy.review_band:
        low, high = graph.number(-_LARGEST_LOG_ODDS), graph.number(_LARGEST_LOG_ODDS)
        odds = graph.op("Min", graph.op("Max", scored.log_odds, low), high)
        slope, intercept = graph.number(policy.calibration.slope), graph.number(policy.calibration.intercept)
        calibrated = graph.logistic(graph.op("Add", intercept, graph.op("Mul", slope, odds)))
        calibrated = graph.choose(invalid, nothing, calibrated)
        graph.answer("calibrated_probability", "number", calibrated)
        above = graph.op("GreaterOrEqual", calibrated, graph.number(policy.review_band.low))
        below = graph.op("LessOrEqual", calibrated, graph.number(policy.review_band.high))
        graph.answer("review", "bool", graph.op("And", above, below))
    decision = graph.choose(refused, graph.text("REFUSED"), graph.text("ACCEPTED"))
    graph.answer("decision", "text", graph.choose(invalid, graph.text(""), decision))
    graph.answer("invalid", "bool", invalid)


def run(model: onnx.ModelProto | bytes, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Run a model in onnxruntime."""
    import onnxruntime

    content = model if isinstance(model, bytes) else model.SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, dict(inputs)), strict=True))


def _try(model: onnx.ModelProto, manifest: Manifest, probability: ProbabilityOfDefault) -> None:
    rows = _draw_rows(manifest)
    difference = float(np.max(np.abs(run(model, {"rows": rows})["probability"] - probability(rows))))
    allowed = EXACT if isinstance(probability, FusedLogistic) else CLOSE
    if not difference <= allowed:
        raise ExportError(
            f"{manifest.model.family}: ONNX gives other probabilities (by {difference:.1e}), expected at most "
            f"{allowed:.0e}\npython -m scoring batch and the service score with any model."
        )


def _draw_rows(manifest: Manifest) -> Floats:
    """Draw rows like those of training: golden records, and each column from its quantiles."""
    draws = np.random.default_rng(0)
    deciles = np.array([manifest.reference[name].deciles for name in manifest.features])
    chosen = draws.integers(deciles.shape[1], size=(_TRIED, len(deciles)))
    rows: Floats = np.vstack(
        [np.array([record.row for record in manifest.golden]), deciles[np.arange(len(deciles)), chosen]]
    )
    return rows
