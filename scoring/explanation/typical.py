"""The typical accepted client, with whom a refused one is compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scoring.model.calibration import Floats
from scoring.model.compile import RawValue, compile_plan
from scoring.model.plan import CategoryColumn, GroupedColumn, Plan
from scoring.model.schema import InputSchema
from scoring.readable.terms import FOLDED, Term, TermValue, recover_value


@dataclass(frozen=True, slots=True)
class Typical:
    """A typical client."""

    row: Floats  # model-ready, shape (features,)
    values: Mapping[str, TermValue]  # of each term; None where it is missing for most
    accepted: bool  # typical of the accepted clients; otherwise of all training clients


def make_typical_client(
    plan: Plan, terms: Sequence[Term], schema: InputSchema, accepted: Mapping[str, RawValue], medians: Floats
) -> Typical:
    """Make the typical client's row.

    Parameters
    ----------
    accepted : typical value of each term among accepted clients, as ``training.describe`` finds them; empty in an
        older manifest.
    medians : shape (features,), of the model-ready columns in training; used for a term without a typical value.
    """
    most_frequent = {field.name: field.categories[0] for field in schema.fields if field.categories}
    # A term's own number is given; what remains to be computed is its logarithm or square.
    folded = tuple(step for step in plan.derived if step.operation in FOLDED)
    row, values = medians.copy(), dict[str, TermValue]()
    for term in terms:
        columns = tuple(plan.columns[place] for place in term.columns)
        is_category = isinstance(columns[0], CategoryColumn | GroupedColumn)
        if term.name in accepted or (is_category and term.name in most_frequent):
            value = accepted.get(term.name, most_frequent.get(term.name))
            own = replace(plan, missing_values={}, derived=folded, columns=columns)
            row[list(term.columns)] = compile_plan(own)({term.name: value})
            values[term.name] = value
        else:
            values[term.name] = recover_value(plan, term, row.tolist())
    return Typical(row, values, accepted=bool(accepted))
