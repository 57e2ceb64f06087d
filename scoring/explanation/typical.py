"""The typical accepted client, whom a refused one is compared with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scoring.model.calibration import Floats
from scoring.model.compile import Value
from scoring.model.operations import OPERATIONS
from scoring.model.plan import CategoryColumn, Column, Derived, GroupedColumn, Plan, read_off
from scoring.model.schema import InputSchema
from scoring.readable.terms import Known, Term, read_back, root_of


@dataclass(frozen=True, slots=True)
class Typical:
    """A typical client.

    Attributes
    ----------
    row : model-ready, shape (features,).
    values : of each term; None where most have none.
    accepted : typical of the accepted clients; otherwise of all that training saw.
    """

    row: Floats
    values: Mapping[str, Known]
    accepted: bool


def typical_client(
    plan: Plan, terms: Sequence[Term], schema: InputSchema, told: Mapping[str, Value], medians: Floats
) -> Typical:
    """Make the typical client's row.

    Parameters
    ----------
    told : typical value of each term among accepted clients, as ``training.explained`` finds them; empty in a manifest
        of before.
    medians : shape (features,), of the model-ready columns in training; used for a term that is not told of.
    """
    steps = {step.name: step for step in plan.derived}
    usual = {field.name: field.categories[0] for field in schema.fields if field.categories}
    row, values = medians.copy(), dict[str, Known]()
    for term in terms:
        columns = [plan.columns[place] for place in term.columns]
        if term.name in told or (term.name in usual and isinstance(columns[0], CategoryColumn | GroupedColumn)):
            value = told.get(term.name, usual.get(term.name))
            row[list(term.columns)] = [_read(steps, column, value) for column in columns]
            values[term.name] = value
        else:
            values[term.name] = read_back(plan, term, row.tolist())
    return Typical(row, values, accepted=bool(told))


def _read(steps: Mapping[str, Derived], column: Column, value: Value) -> float:
    """Value of a column whose source is a term's own number, or a logarithm or square of it."""
    for operation in _chain(steps, column.source):
        value = OPERATIONS[operation.operation].scalar([value])  # type: ignore[list-item]
    if isinstance(column, CategoryColumn | GroupedColumn):
        source = np.array([value], dtype=object)
    else:
        source = np.array([np.nan if value is None else value], dtype=np.float64)
    return float(read_off(column, source)[0])


def _chain(steps: Mapping[str, Derived], source: str) -> list[Derived]:
    """List the steps from a root to a source, in order."""
    chain: list[Derived] = []
    while source != root_of(steps, source):
        chain.insert(0, steps[source])
        source = steps[source].inputs[0]
    return chain
