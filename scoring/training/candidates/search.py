"""Search the parameters of a family: a fixed budget of trials, the same again from the same seed, resumable."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklearn.metrics import log_loss

from scoring.model.preprocessor import Inputs
from scoring.training.candidates.families import FAMILIES, recipe
from scoring.training.candidates.out_of_fold import Folds, Result

if TYPE_CHECKING:
    from optuna import Study, Trial

Steps = Callable[[Iterable[int], str], Iterable[int]]


@dataclass(frozen=True)
class Searched:
    """What a search found.

    Attributes
    ----------
    best : the finished trial with the least log loss; none where every trial was given up.
    trials : number, parameters and log loss of each trial; no log loss where it was given up.
    """

    best: Result | None
    trials: tuple[tuple[int, dict[str, Any], float | None], ...]


def search(folds: Folds, inputs: Inputs, family: str, budget: int, progress: Steps) -> Searched:
    """Try parameters of a family one after the other.

    A trial is judged by its log loss out of fold, and given up after a fold in which it is worse than the
    median of the trials before. Every finished trial is in a database in ``folds.work``: started again after
    a kill, the search goes on behind the last finished one and ends as if it had never been stopped, since the
    draws of each trial depend on its place alone.

    Parameters
    ----------
    budget : how many trials in all, those of an earlier run included.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = _study(folds, family)
    results: dict[int, Result] = {}

    def objective(trial: "Trial") -> float:
        result = folds.result(_recipe(inputs, family, trial), lambda k, loss: _report(trial, k, loss))
        results[trial.number] = result
        return float(log_loss(folds.target, result.calibrated))

    done = len(_finished(study))
    for place in progress(range(done, budget), f"search: {family}"):
        study.sampler = optuna.samplers.TPESampler(seed=folds.seed + 1000 * place, n_startup_trials=8)
        study.optimize(objective, n_trials=1)
    finished = _finished(study)
    losses = [trial for trial in finished if trial.value is not None and trial.state.name == "COMPLETE"]
    best = min(losses, key=lambda trial: (trial.value, trial.number), default=None)
    return Searched(
        # A trial of an earlier run is read back from what that run kept.
        best=folds.result(_recipe(inputs, family, best)) if best is not None else None,
        trials=tuple(
            (place, trial.params, trial.value if trial.state.name == "COMPLETE" else None)
            for place, trial in enumerate(finished)
        ),
    )


def _study(folds: Folds, family: str) -> "Study":
    import optuna

    folder: Path = folds.work
    folder.mkdir(parents=True, exist_ok=True)
    return optuna.create_study(
        study_name=f"{family} {folds.data} {folds.seed} {folds.count}",
        storage=f"sqlite:///{folder / 'search.db'}",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=1),
        load_if_exists=True,
    )


def _finished(study: "Study") -> list[Any]:
    return [trial for trial in study.trials if trial.state.name in ("COMPLETE", "PRUNED")]


def _recipe(inputs: Inputs, family: str, trial: Any) -> Any:
    space = FAMILIES[family].space
    if space is None:
        raise ValueError(f"family {family!r} has nothing to search")
    return recipe(inputs, family, space(trial), name=f"{family}, tuned")


def _report(trial: "Trial", fold: int, loss: float) -> None:
    import optuna

    trial.report(loss, fold)
    if trial.should_prune():
        raise optuna.TrialPruned
