"""From the inputs of an ONNX graph to model-ready rows, as the service reads an application.

A missing number is NaN, a missing text is an empty one. ``invalid`` is true where the service would refuse a value.
"""

import numpy as np
from onnx import TensorProto

from scoring.application.fields import category_text, markers
from scoring.export.onnx.onnx_graph import Graph
from scoring.export.pieces import list_pieces
from scoring.model.plan import Derived, Plan, PlanColumn
from scoring.model.schema import LARGEST, NO_CODE, InputSchema, SchemaField

_LARGEST_VALUE = 1e30  # as the service limits the values of a row
_LARGEST_DOUBLE = 1.7976931348623157e308


def read_rows(graph: Graph, features: int) -> tuple[str, str]:
    """Add the input ``rows``; returns the names of the rows and of ``invalid``."""
    rows = graph.read("rows", "number", features)
    inside = graph.op("LessOrEqual", graph.op("Abs", rows), graph.number(float(LARGEST)))  # false for NaN
    count = graph.op(
        "ReduceMin",
        graph.op("Cast", inside, to=TensorProto.INT32),
        graph.array(np.array([1], dtype=np.int64)),
        keepdims=0,
    )
    return rows, graph.op("Equal", count, graph.array(np.array(0, dtype=np.int32)))


class ApplicationReader:
    """Adds an input for each field and each history feature that a plan reads, and computes the model-ready rows."""

    def __init__(self, graph: Graph, plan: Plan, schema: InputSchema) -> None:
        self._graph, self._plan = graph, plan
        self._fields = {field.name: field for field in schema.fields}
        self._values: dict[str, str] = {}
        self._absent: dict[str, str] = {}
        self._faults: list[str] = []

    def read(self) -> tuple[str, str]:
        """Return the names of the rows, shape (n, features), and of ``invalid``, shape (n,)."""
        graph, plan = self._graph, self._plan
        codes = {name: of for name in plan.raw_categories() if (of := self._codes_of(name))}
        numbers = dict.fromkeys([*plan.raw_numbers(), *codes.values()])
        known = {name: self._read_number(name) for name in numbers}
        texts = {name: self._read_text(name) for name in plan.raw_categories() if name not in codes}
        texts |= {name: self._find_code(of) for name, of in codes.items()}
        for name, value in known.items():
            self._keep_number(name, value, plan.missing_values.get(name, ()))
        for name, value in texts.items():
            self._keep_text(name, value, plan.missing_values.get(name, ()))
        for step in plan.derived:
            self._values[step.name] = self._operate(step)
            self._absent[step.name] = graph.op("IsNaN", self._values[step.name])
        one = graph.array(np.array([1], dtype=np.int64))
        columns = [graph.op("Unsqueeze", self._write_column(column), one) for column in plan.columns]
        invalid = graph.chain("Or", self._faults)
        return graph.op("Concat", *columns, axis=1), invalid

    def _codes_of(self, name: str) -> str | None:
        return self._fields[name].codes_of if name in self._fields else None

    def _read_number(self, name: str) -> str:
        graph, field = self._graph, self._fields.get(name)
        value = graph.read(name, "number")
        nothing = graph.number(float("nan"))
        known = value
        for marker in sorted(markers(field), key=str) if field else ():
            if not isinstance(marker, str):
                known = graph.choose(graph.op("Equal", value, graph.number(marker)), nothing, known)
        self._faults += self._check_number(field, known)
        return known

    def _check_number(self, field: SchemaField | None, value: str) -> list[str]:
        graph = self._graph
        low = -float(LARGEST) if field is None or field.minimum is None else float(field.minimum)
        high = float(LARGEST) if field is None or field.maximum is None else float(field.maximum)
        below = "LessOrEqual" if field and field.exclusive and field.minimum is not None else "Less"
        faults = [graph.op(below, value, graph.number(low)), graph.op("Greater", value, graph.number(high))]
        if field and field.type == "integer":
            rest = graph.op("Abs", graph.op("Sub", value, graph.op("Floor", value)))  # NaN for an infinite number
            faults.append(graph.op("Greater", rest, graph.number(0.0)))
        if field and field.required:
            faults.append(graph.op("IsNaN", value))
        return faults

    def _read_text(self, name: str) -> str:
        graph, field = self._graph, self._fields.get(name)
        value = graph.read(name, "text")
        if field and field.required:
            self._faults.append(graph.op("Equal", value, graph.text("")))
        for marker in sorted(markers(field), key=str) if field else ():
            value = graph.choose(graph.op("Equal", value, graph.text(str(marker))), graph.text(""), value)
        return value

    def _find_code(self, source: str) -> str:
        """Return the code that a field of numbers holds, as text; ``number`` for any other number."""
        graph, number = self._graph, source  # the input, which still has its markers
        code = graph.choose(graph.op("IsNaN", number), graph.text(""), graph.text(NO_CODE))
        for marker in self._fields[source].missing:
            if not isinstance(marker, str):
                is_it = graph.op("Equal", number, graph.number(marker))
                code = graph.choose(is_it, graph.text(category_text(float(marker))), code)
        return code

    def _keep_number(self, name: str, value: str, absent: tuple[float | str, ...]) -> None:
        graph = self._graph
        for marker in absent:
            if not isinstance(marker, str):
                value = graph.choose(graph.op("Equal", value, graph.number(marker)), graph.number(float("nan")), value)
        self._values[name], self._absent[name] = value, graph.op("IsNaN", value)

    def _keep_text(self, name: str, value: str, absent: tuple[float | str, ...]) -> None:
        graph = self._graph
        for marker in absent:
            if isinstance(marker, str):
                value = graph.choose(graph.op("Equal", value, graph.text(marker)), graph.text(""), value)
        self._values[name], self._absent[name] = value, graph.op("Equal", value, graph.text(""))

    def _operate(self, step: Derived) -> str:
        graph, inputs = self._graph, [self._values[name] for name in step.inputs]
        nothing, absent = graph.number(float("nan")), [self._absent[name] for name in step.inputs]
        if step.operation == "missing_count":
            return graph.chain("Add", [graph.op("Cast", one, to=TensorProto.DOUBLE) for one in absent])
        if step.operation in {"minimum", "maximum"}:
            end = float("inf") if step.operation == "minimum" else float("-inf")
            pairs = zip(absent, inputs, strict=True)
            filled = [graph.choose(one, graph.number(end), value) for one, value in pairs]
            made = graph.chain("Min" if step.operation == "minimum" else "Max", filled)
        elif step.operation == "mean":
            zero, one = graph.number(0.0), graph.number(1.0)
            pairs = zip(absent, inputs, strict=True)
            total = graph.chain("Add", [graph.choose(gone, zero, value) for gone, value in pairs])
            made = graph.op("Div", total, graph.chain("Add", [graph.choose(gone, zero, one) for gone in absent]))
        elif step.operation == "ratio":
            made = graph.op("Div", inputs[0], inputs[1])
        elif step.operation == "log":
            made = self._log(inputs[0])
        else:
            made = graph.chain("Mul", [inputs[0]] * 2 if step.operation == "square" else inputs)
        finite = graph.op("LessOrEqual", graph.op("Abs", made), graph.number(_LARGEST_DOUBLE))
        return graph.choose(finite, made, nothing)

    def _log(self, value: str) -> str:
        """Logarithm of 1 + |x|, to the last digits also where x is next to zero (Kahan's form)."""
        graph, one = self._graph, self._graph.number(1.0)
        size = graph.op("Abs", value)
        more = graph.op("Add", one, size)
        share = graph.op("Div", size, graph.op("Sub", more, one))
        return graph.choose(graph.op("Equal", more, one), size, graph.op("Mul", graph.op("Log", more), share))

    def _write_column(self, column: PlanColumn) -> str:
        graph, source = self._graph, self._values[column.source]
        made = ""
        for piece in reversed(list_pieces(column)):
            if piece.value is not None:
                value = graph.number(piece.value)
            else:
                low, high = graph.number(-_LARGEST_VALUE), graph.number(_LARGEST_VALUE)
                value = graph.op("Min", graph.op("Max", source, low), high)
            if piece.test == "else":
                # a value for each client, also where no other piece is left
                made = graph.choose(self._absent[column.source], value, value)
            elif piece.test == "missing":
                made = graph.choose(self._absent[column.source], value, made)
            elif isinstance(piece.operand, str):
                made = graph.choose(graph.op("Equal", source, graph.text(piece.operand)), value, made)
            elif piece.operand is not None:
                made = graph.choose(graph.op("Less", source, graph.number(piece.operand)), value, made)
        return made
