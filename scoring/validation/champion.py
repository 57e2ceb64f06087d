"""Compare a champion and a candidate on the same clients, whom neither has seen; say whether the candidate is worse."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.errors import DataError
from scoring.model.calibration import Bools, Floats
from scoring.model.costs import cost_of_decisions, cost_per_client
from scoring.model.report import Metric, SwapSet
from scoring.tables.raw_applications import RawApplications
from scoring.training.data.set_aside import find_set_aside
from scoring.training.evaluation.bootstrap import measure_with_intervals
from scoring.training.evaluation.decision_tables import tabulate_swaps
from scoring.training.evaluation.evaluate_folder import FEWEST
from scoring.training.evaluation.metrics import PAIRED_RESAMPLES, paired_difference
from scoring.training.evaluation.ranking import auc
from scoring.validation.figures import Model, Table, TableScores, score_table


@dataclass(frozen=True)
class Tolerance:
    """How much worse a candidate may be, at the bound of the 95 % interval of a difference.

    Attributes
    ----------
    cost : largest increase of the cost per client, as a share of the champion's cost.
    auc : largest loss of AUC.
    """

    cost: float = 0.05
    auc: float = 0.01


@dataclass(frozen=True)
class Side:
    """One of the two models, measured on the clients of the comparison, at its own threshold."""

    name: str
    auc: float
    cost: float
    refusal_rate: float


@dataclass(frozen=True)
class Comparison:
    """Result of a comparison.

    Attributes
    ----------
    clients, default_rate : of the comparison.
    share : of the clients that both trainings set aside; None if a person stated that neither has seen these clients.
    unread : further clients that the candidate cannot read although the champion can; they are not in the figures.
    cost, auc : of the candidate minus of the champion, for each client or as a difference, with 95 % intervals.
    swap : clients about whom the two decide differently.
    """

    champion: Side
    candidate: Side
    clients: int
    default_rate: float
    share: float | None
    unread: int
    cost: Metric
    auc: Metric
    swap: SwapSet
    tolerance: Tolerance
    warnings: tuple[str, ...]

    @property
    def most_cost(self) -> float:
        """Return the largest increase of the cost per client that is accepted."""
        return self.tolerance.cost * self.champion.cost

    def faults(self) -> list[str]:
        """List why the candidate counts as worse; empty if it does not."""
        if self.candidate.name == self.champion.name:
            return ["the candidate is the champion itself"]
        found = []
        if self.unread:
            found.append(f"the candidate cannot read {self.unread:,} clients that the champion can read")
        if not self.cost.high <= self.most_cost:
            found.append(_fault("the cost per client", "higher", self.cost.low > 0, self.cost.high, self.most_cost))
        if not self.auc.low >= -self.tolerance.auc:
            found.append(_fault("the AUC", "lower", self.auc.high < 0, -self.auc.low, self.tolerance.auc))
        return found


def _fault(what: str, worse: str, shown: bool, bound: float, most: float) -> str:
    certainty = f"{what} is {worse}" if shown else f"{what} may be {worse}: too few clients say that it is not"
    return f"{certainty} (by up to {bound:.4f}, accepted is {most:.4f})"


def compare_models(
    champion: Model, candidate: Model, table: Table, tolerance: Tolerance, seed: int = 0, *, unseen: bool = False
) -> Comparison:
    """Compare two models on the clients of a table whom neither training has seen.

    Parameters
    ----------
    table : clients with outcomes; only those are used that both trainings set aside (``train --set-aside``).
    unseen : use all clients of the table: a person states that neither training has seen one of them.

    Raises
    ------
    DataError
        When it is not known that neither model was fitted to these clients, when the table cannot be read, when fewer
        than ten clients have the rarer outcome, or when the models cannot be compared.
    """
    sides = {"champion": champion, "candidate": candidate}
    _require_same_task(champion, candidate)
    share = None if unseen else _find_share(sides)
    scored = {name: score_table(model.manifest, model.scorer(), table) for name, model in sides.items()}
    read = {name: one.raw for name, one in scored.items()}
    for name, model in sides.items():
        if unseen:
            _refuse_training_table(name, model, read[name], table)
    ids = read["champion"].ids
    kept = ~np.isnan(_outcomes(read["champion"]))
    known = int(kept.sum())
    kept &= True if share is None else find_set_aside(ids, share)
    asked = int(kept.sum())
    kept &= np.isin(ids, read["candidate"].ids)
    target = _outcomes(read["champion"])[kept]
    _require_outcomes(target, table, champion.manifest.input_schema.target, known, share)
    decided = {name: _select(one, ids[kept]) for name, one in scored.items()}
    (first, refused_first), (second, refused_second) = decided["champion"], decided["candidate"]
    costs = champion.manifest.costs
    dearer = cost_of_decisions(target, refused_second, costs) - cost_of_decisions(target, refused_first, costs)
    cost = measure_with_intervals(
        target, lambda counts: {"cost": float(counts @ dearer / counts.sum())}, seed, PAIRED_RESAMPLES
    )["cost"]
    measured = {
        name: Side(
            f"{sides[name].manifest.model.family} {sides[name].manifest.version()}",
            auc(target, probability),
            cost_per_client(target, refused, costs),
            float(refused.mean()),
        )
        for name, (probability, refused) in decided.items()
    }
    left_out = len(ids) - int((~np.isnan(_outcomes(read["champion"]))).sum())
    told = {"without a known outcome": left_out, "with errors for the champion": len(read["champion"].errors)}
    told |= {"with errors for the candidate": len(read["candidate"].errors)}
    return Comparison(
        **measured,
        clients=len(target),
        default_rate=float(target.mean()),
        share=share,
        unread=asked - len(target),
        cost=cost,
        auc=paired_difference(target, second, first, "auc", seed),
        swap=tabulate_swaps(
            target, refused_first, refused_second, (measured["champion"].name, measured["candidate"].name)
        ),
        tolerance=tolerance,
        warnings=(
            *(f"rows that are left out, {what}: {count}" for what, count in told.items() if count),
            *dict.fromkeys(warning for one in read.values() for warning in one.warnings),
        ),
    )


def _require_same_task(champion: Model, candidate: Model) -> None:
    """Refuse models of which one is not in the place of the other."""
    first, second = champion.manifest, candidate.manifest
    of_each = [
        {
            "client numbers are in the column": manifest.input_schema.identity.name,
            "the values of this column are read as": manifest.input_schema.identity.kind,
            "the outcome is the column": manifest.input_schema.target,
            "missed defaults and wrong refusals cost": f"{costs.false_negative:.15g} and {costs.false_positive:.15g}",
        }
        for manifest, costs in ((first, first.costs), (second, second.costs))
    ]
    pairs = [(what, of_each[0][what], of_each[1][what]) for what in of_each[0]]
    if errors := [f"{what} {one} (champion), {other} (candidate)" for what, one, other in pairs if one != other]:
        raise DataError.listing(
            "the models cannot be compared", errors, "Expected the same in both: train the candidate as the champion."
        )


def _find_share(sides: Mapping[str, Model]) -> float:
    shares = {name: model.manifest.training.set_aside for name, model in sides.items()}
    if errors := [
        f"{name} {sides[name].manifest.version()}: its training set no clients aside, so it may have seen any of them"
        for name, share in shares.items()
        if not share
    ]:
        raise DataError.listing(
            "no clients are known to be new to both models",
            errors,
            "Train with --set-aside 0.1, each time. Or pass --unseen, if you know that --data has only clients whom "
            "neither training has seen.",
        )
    return min(shares.values())


def _outcomes(read: RawApplications) -> Floats:
    return np.full(len(read.ids), np.nan) if read.target is None else read.target


def _refuse_training_table(name: str, model: Model, read: RawApplications, table: Table) -> None:
    """Refuse a table that has as many clients as one that a model was trained on: it is this table."""
    training = model.manifest.training
    ids, _ = read.read_every_outcome()  # with the rows that training keeps although they cannot be scored
    aside = find_set_aside(ids, training.set_aside)
    if len(ids) - int(aside.sum()) == training.rows + training.test_rows:
        raise DataError(
            f"--unseen: {table.data} has as many clients as the table on which the {name} was trained "
            f"({training.rows + training.test_rows})\nExpected a table of other clients, for example of later months."
        )


def _require_outcomes(target: Floats, table: Table, name: str, known: int, share: float | None) -> None:
    rarest = int(min((target == 1).sum(), (target == 0).sum()))
    if rarest < FEWEST:
        of = "" if share is None else f"{len(target)} of {known} clients were set aside; "
        raise DataError(
            f"{table.data}: {of}{rarest} have the rarer outcome (column {name}), expected at least {FEWEST}\n"
            "Pass a table with more clients whose outcome is known."
        )


def _select(scored: TableScores, ids: NDArray[Any]) -> tuple[Floats, Bools]:
    """Select the clients with these IDs, in this order: probabilities, and refusals at the model's own threshold."""
    place = {one: number for number, one in enumerate(scored.raw.ids.tolist())}
    rows = [place[one] for one in ids.tolist()]
    return scored.scores.probability[rows], scored.scores.refused[rows]
