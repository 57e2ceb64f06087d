"""Families of models as ONNX nodes: from model-ready columns to log-odds or a probability."""

from typing import Any, NamedTuple

import numpy as np
from onnx import TensorProto, helper
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from scoring.errors import ExportError
from scoring.export.onnx.forest import Forest, Split, read_forest
from scoring.export.onnx.onnx_graph import Graph
from scoring.model.scorer import FusedLogistic, ProbabilityOfDefault, ThroughObjects

_ACTIVATIONS = {"relu": "Relu", "tanh": "Tanh", "logistic": "Sigmoid", "identity": "Identity"}
_AT_MOST, _BELOW = 0, 1  # modes of a node
_SUM = 1


class Scored(NamedTuple):
    """Names of values of shape (n,): log-odds and probability; one is computed from the other."""

    log_odds: str
    probability: str


def add_model(graph: Graph, rows: str, probability: ProbabilityOfDefault, family: str) -> Scored:
    """Add a model.

    Parameters
    ----------
    rows : name of the model-ready rows, shape (n, features).

    Raises
    ------
    ExportError
        The model cannot be written exactly.
    """
    if isinstance(probability, FusedLogistic):
        weighted = graph.op("MatMul", rows, graph.array(probability.weights))
        return _from_odds(graph, graph.op("Add", weighted, graph.number(probability.intercept)))
    if not isinstance(probability, ThroughObjects) or type(probability.scaler) is not StandardScaler:
        raise ExportError(f"{family}: its scaler is not a StandardScaler\n{_SERVE}")
    model, scaled = probability.model, _scale(graph, rows, probability.scaler)
    if (forest := read_forest(model)) is not None:
        return _add_forest(graph, scaled, forest)
    if type(model) is MLPClassifier and list(model.classes_) == [0, 1]:
        return _add_network(graph, scaled, model)
    raise ExportError(
        f"{family}: {type(model).__name__} cannot be written as ONNX\nExpected a scorecard, a logistic regression, "
        f"LightGBM, XGBoost, CatBoost, a random forest or a neural network. {_SERVE}"
    )


_SERVE = "python -m scoring batch and the service score with any model."


def _from_odds(graph: Graph, odds: str) -> Scored:
    return Scored(odds, graph.logistic(odds))


def _scale(graph: Graph, rows: str, scaler: StandardScaler) -> str:
    if scaler.with_mean:
        rows = graph.op("Sub", rows, graph.array(np.asarray(scaler.mean_, dtype=np.float64)))
    return graph.op("Div", rows, graph.array(np.asarray(scaler.scale_, dtype=np.float64))) if scaler.with_std else rows


def _add_network(graph: Graph, rows: str, model: MLPClassifier) -> Scored:
    for layer, (weights, shift) in enumerate(zip(model.coefs_, model.intercepts_, strict=True), 1):
        rows = graph.op("Add", graph.op("MatMul", rows, graph.array(weights)), graph.array(shift))
        if layer < len(model.coefs_):
            rows = graph.op(_ACTIVATIONS[model.activation], rows)
    return _from_odds(graph, graph.op("Reshape", rows, graph.array(np.array([-1], dtype=np.int64))))


def _add_forest(graph: Graph, rows: str, forest: Forest) -> Scored:
    if forest.single:  # rounded to single precision, as the library does, and compared in double precision
        rows = graph.op("Cast", graph.op("Cast", rows, to=TensorProto.FLOAT), to=TensorProto.DOUBLE)
    table = _Nodes(forest)
    summed = graph.op("TreeEnsemble", rows, domain="ai.onnx.ml", **table.attributes())
    flat = graph.op("Reshape", summed, graph.array(np.array([-1], dtype=np.int64)))
    total = graph.op("Add", flat, graph.number(forest.base))
    if forest.log_odds:
        return _from_odds(graph, total)
    one = graph.number(1.0)
    return Scored(graph.op("Log", graph.op("Div", total, graph.op("Sub", one, total))), total)


class _Nodes:
    """The nodes and leaves of all trees, numbered."""

    def __init__(self, forest: Forest) -> None:
        self._features: list[int] = []
        self._thresholds: list[float] = []
        self._children: list[list[int]] = []  # of each node: yes, no
        self._are_leaves: list[list[int]] = []
        self._leaves: list[float] = []
        self._mode = _BELOW if forest.strict else _AT_MOST
        self._roots = [self._add_root(tree) for tree in forest.trees]

    def _add_root(self, tree: Split | float) -> int:
        # A tree without a split gets one whose sides are the same.
        return self._add_split(tree if isinstance(tree, Split) else Split(0, 0.0, tree, tree))

    def _add_split(self, split: Split) -> int:
        place = len(self._features)
        self._features.append(split.feature)
        self._thresholds.append(split.threshold)
        self._children.append([0, 0])
        self._are_leaves.append([int(not isinstance(side, Split)) for side in (split.yes, split.no)])
        for i, side in enumerate((split.yes, split.no)):
            self._children[place][i] = self._add_split(side) if isinstance(side, Split) else self._add_leaf(side)
        return place

    def _add_leaf(self, value: float) -> int:
        self._leaves.append(value)
        return len(self._leaves) - 1

    def attributes(self) -> dict[str, Any]:
        """Return the attributes of a TreeEnsemble."""
        count, leaves = len(self._features), len(self._leaves)
        return {
            "aggregate_function": _SUM,
            "n_targets": 1,
            "tree_roots": self._roots,
            "nodes_featureids": self._features,
            "nodes_splits": helper.make_tensor("splits", TensorProto.DOUBLE, [count], self._thresholds),
            "nodes_modes": helper.make_tensor("modes", TensorProto.UINT8, [count], [self._mode] * count),
            "nodes_truenodeids": [children[0] for children in self._children],
            "nodes_falsenodeids": [children[1] for children in self._children],
            "nodes_trueleafs": [are[0] for are in self._are_leaves],
            "nodes_falseleafs": [are[1] for are in self._are_leaves],
            "leaf_targetids": [0] * leaves,
            "leaf_weights": helper.make_tensor("leaves", TensorProto.DOUBLE, [leaves], self._leaves),
        }
