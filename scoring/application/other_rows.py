"""Makes rows for another model from what the served model scored: its row, and the application if it is known."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

import numpy as np

from scoring.application.preparation import Preparer
from scoring.application.reader import Application
from scoring.errors import ArtefactError
from scoring.model.calibration import Floats
from scoring.model.compile import RawRecord, Row
from scoring.model.manifest import Manifest
from scoring.model.plan import Plan, PlanColumn

Obstacle = Literal["application_unknown", "history_unknown"]


class OtherRows:
    """Makes the rows of another model.

    A column that both plans compute in the same way, whatever its name, is taken from the row that was scored. The
    others are computed from the application with the other model's plan. What comes from past records is imputed only
    where the service imputed it.

    Parameters
    ----------
    served, other : the manifest of the model that scored the rows, and that of the other model.

    Raises
    ------
    ArtefactError
        If the other model reads fields that the served model's applications do not have, or that have another type
        there.

    Attributes
    ----------
    needs_application : not all columns are in the row that was scored.
    lacking_history : columns that come from past records, and that are not in the row that was scored.
    """

    def __init__(self, served: Manifest, other: Manifest) -> None:
        known = {_definition(served.plan, column): i for i, column in enumerate(served.plan.columns)}
        places = [known.get(_definition(other.plan, column)) for column in other.plan.columns]
        self._shared = [i for i in places if i is not None]
        self.needs_application = len(self._shared) < len(places)
        self._preparer = Preparer(other.input_schema, other.plan)
        history = self._preparer.history
        self._stored = [(i, place) for i in history if (place := places[i]) is not None]
        self.lacking_history = [other.features[i] for i in history if places[i] is None]
        if self.needs_application:
            _refuse_other_fields(served, other, self._preparer.used)

    def make_row(self, row: Sequence[float], record: RawRecord | None, history_imputed: bool) -> Row | Obstacle:
        """Make the row of one case, or tell what is not known.

        Parameters
        ----------
        row : model-ready row that was scored, shape (features of the served model,).
        record : the application; None where only the row is known.
        history_imputed : the history of the application was imputed.

        Returns
        -------
        One number for each feature of the other model; or ``application_unknown`` where only the row is known, or
        ``history_unknown`` where the other model reads past records that the served model does not read.
        """
        if not self.needs_application:
            return [float(row[i]) for i in self._shared]
        if record is None:
            return "application_unknown"
        if self.lacking_history and not history_imputed:
            return "history_unknown"
        made = self._preparer.make_row(Application(dict(record), None, ()))
        if not history_imputed:
            for i, place in self._stored:
                made[i] = float(row[place])
        return made

    def make_rows(
        self, rows: Floats, records: Sequence[RawRecord | None], imputed: Sequence[bool]
    ) -> tuple[Floats, list[Obstacle | None]]:
        """Make the rows of n cases, and say for each what is not known; the row of such a case is NaN.

        Parameters
        ----------
        rows : that were scored, shape (n, features of the served model).
        records, imputed : one for each row, as in ``make_row``.
        """
        if not self.needs_application:
            return rows[:, self._shared], [None] * len(rows)
        made = np.full((len(rows), len(self._preparer.plan.columns)), np.nan)
        obstacles: list[Obstacle | None] = []
        for i, one in enumerate(map(self.make_row, rows, records, imputed)):
            obstacles.append(one if isinstance(one, str) else None)
            if not isinstance(one, str):
                made[i] = one
        return made, obstacles


def _definition(plan: Plan, column: PlanColumn) -> str:
    """Write how a column is computed from raw fields; the same text for columns that always have the same value."""
    steps = {step.name: step for step in plan.derived}

    def source(name: str) -> Any:
        step = steps.get(name)
        if step is None:
            return name, sorted(map(repr, plan.missing_values.get(name, ())))
        return step.operation, [source(operand) for operand in step.inputs]

    own = {name: value for name, value in asdict(column).items() if name not in {"name", "source"}}
    return repr((sorted(own.items()), source(column.source)))


def _refuse_other_fields(served: Manifest, other: Manifest, used: frozenset[str]) -> None:
    ours = {field.name: field.type for field in served.input_schema.fields}
    theirs = {field.name: field.type for field in other.input_schema.fields if field.name in used}
    errors = [
        f"reads the field {name}, which applications to the served model do not have" for name in theirs.keys() - ours
    ]
    errors += [
        f"reads the field {name} as {theirs[name]}, and the served model as {ours[name]}"
        for name in theirs
        if name in ours and ours[name] != theirs[name]
    ]
    if errors:
        raise ArtefactError.listing(
            f"model version {other.version()}",
            sorted(errors)[:20],
            f"Expected a model that reads the same applications as model version {served.version()}: fit it on the "
            "same table.",
        )
