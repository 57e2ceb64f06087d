"""Builds an ONNX graph in double precision, node by node."""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from scoring.errors import ExportError

OPSET, TREES_OPSET, IR_VERSION = 19, 5, 10
ANSWERS = ("probability", "calibrated_probability", "review", "decision", "invalid")
_OWN = "scoring/"  # begins the names of values inside the graph
KINDS = {"number": TensorProto.DOUBLE, "text": TensorProto.STRING, "bool": TensorProto.BOOL}


class Graph:
    """An unfinished graph; its methods return the names of values."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._known: dict[Any, str] = {}
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def read(self, name: str, kind: str, *columns: int) -> str:
        """Add an input of n clients, with as many columns as named.

        Raises
        ------
        ExportError
            The name is that of an answer, or empty.
        """
        if name in ANSWERS or not name or name.startswith(_OWN):
            raise ExportError(
                f"column {name!r}: an input of an ONNX file cannot have this name\nExport with --input rows, or give "
                "the column another name and train the model with it."
            )
        self._inputs.append(helper.make_tensor_value_info(name, KINDS[kind], ["clients", *columns]))
        return name

    def answer(self, name: str, kind: str, value: str) -> None:
        """Make a value an output, shape (n,)."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, KINDS[kind], ["clients"]))

    def number(self, value: float) -> str:
        """Add a constant number."""
        return self._known.get(("number", value)) or self._remember(
            ("number", value), np.array(value, dtype=np.float64)
        )

    def text(self, value: str) -> str:
        """Add a constant text."""
        return self._known.get(("text", value)) or self._remember(("text", value), np.array(value, dtype=object))

    def array(self, values: NDArray[Any]) -> str:
        """Add a constant array."""
        return self._remember(None, values)

    def _remember(self, key: Any, values: NDArray[Any]) -> str:
        name = f"{_OWN}constant_{len(self._constants) + 1}"
        self._constants.append(numpy_helper.from_array(values, name))
        if key is not None:
            self._known[key] = name
        return name

    def op(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node with one output."""
        name = f"{_OWN}value_{len(self._nodes) + 1}"
        self._nodes.append(helper.make_node(kind, [*inputs], [name], domain=domain, **attributes))
        return name

    def chain(self, kind: str, values: list[str]) -> str:
        """Apply an operation of two inputs to several values, from left to right."""
        made = values[0]
        for value in values[1:]:
            made = self.op(kind, made, value)
        return made

    def choose(self, condition: str, then: str, otherwise: str) -> str:
        """Choose between two values."""
        return self.op("Where", condition, then, otherwise)

    def logistic(self, odds: str) -> str:
        """Turn log-odds into probabilities, without overflow."""
        zero, one = self.number(0.0), self.number(1.0)
        upper = self.op("Div", one, self.op("Add", one, self.op("Exp", self.op("Neg", self.op("Max", odds, zero)))))
        small = self.op("Exp", self.op("Min", odds, zero))
        lower = self.op("Div", small, self.op("Add", one, small))
        return self.choose(self.op("GreaterOrEqual", odds, zero), upper, lower)

    def finish(self, name: str, description: str, facts: dict[str, str]) -> onnx.ModelProto:
        """Make the model; it is checked."""
        read = {value for node in self._nodes for value in node.input}
        constants = [one for one in self._constants if one.name in read]
        graph = helper.make_graph(self._nodes, name, self._inputs, self._outputs, constants)
        domains = [helper.make_opsetid("", OPSET)]
        if any(node.domain for node in self._nodes):
            domains.append(helper.make_opsetid("ai.onnx.ml", TREES_OPSET))
        model = helper.make_model(
            graph, opset_imports=domains, ir_version=IR_VERSION, producer_name="scoring", doc_string=description
        )
        helper.set_model_props(model, facts)
        onnx.checker.check_model(model, full_check=True)
        return model
