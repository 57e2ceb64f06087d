"""How to train: every choice that a user of ``train`` can make."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from scoring.model.calibration import Scaling
from scoring.model.costs import Costs
from scoring.model.preprocessor import Inputs
from scoring.model.schema import Readable
from scoring.training.candidates.families import SCORECARD

MAX_GAP = 0.02
Progress = Callable[[Iterable[Any], str], Iterable[Any]]


def show_no_progress(steps: Iterable[Any], _name: str) -> Iterable[Any]:
    """Return the steps of long work as they are."""
    return steps


@dataclass(frozen=True)
class Options:
    """How to train.

    Attributes
    ----------
    sample : clients of the test set that are published with the model.
    folds : parts of the training data for out-of-fold predictions, at least 2.
    seed : of every random draw.
    candidates : the families that are compared.
    every_balancing : compare every way of balancing, not only the usual one of each family.
    trials : number of trials of the parameter search, in each of the ``search_top`` best families.
    force : family to publish, whatever the comparison says.
    max_gap : largest overfitting gap that the first choice of champion may have.
    refits : refits on resampled clients that the review band is measured on, at least 2.
    time : column that says when each client applied; the latest are then the test set.
    weights : column that says how often each client counts; once by default.
    set_aside : share of clients, chosen by their ID, whom the training leaves out altogether, for later comparisons.
    refit_all : fit the served model again on all clients, after the champion was measured on the test set.
    loss, margin : column with the amount lost when a credit defaults, and the share of it that is not earned when a
        good client is refused; the cost in money is then measured too.
    other_inputs : fields that the champion might have used, by the name of the case; each costs further fits.
    feature_counts : report what fewer and more features would give; costs further fits.
    prefer_fair : of equally good models, publish the one that treats groups of clients most alike; costs further fits.
    work : folder for what an interrupted run can resume from; a temporary one by default.
    progress : wraps the steps of long work, given their name.
    readable : names of derived numbers and history features, for the reasons shown to people.
    scaling : what the points of a scorecard mean.
    rejected : rejected applicants, for a sensitivity that fits the champion with them; costs further fits.
    infer_rejects : fit the served model with the rejected applicants, who are assumed to default this many times as
        often as the champion says; None to leave them out of it.
    write_bins : file to write the bins of the scorecard into.
    warn : receives each warning about the data.
    """

    sample: int = 1000
    folds: int = 5
    seed: int = 0
    costs: Costs = field(default_factory=Costs)
    candidates: Sequence[str] = (SCORECARD,)
    every_balancing: bool = False
    trials: int = 0
    search_top: int = 3
    force: str | None = None
    max_gap: float = MAX_GAP
    refits: int = 20
    time: str | None = None
    set_aside: float = 0.0
    refit_all: bool = False
    weights: str | None = None
    loss: str | None = None
    margin: float = 0.0
    other_inputs: Mapping[str, Inputs] = field(default_factory=dict)
    feature_counts: bool = False
    prefer_fair: bool = False
    work: Path | None = None
    progress: Progress = show_no_progress
    readable: Mapping[str, Readable] = field(default_factory=dict)
    scaling: Scaling = field(default_factory=Scaling)
    rejected: pd.DataFrame | None = None
    infer_rejects: float | None = None
    write_bins: Path | None = None
    warn: Callable[[str], None] = lambda _line: None
