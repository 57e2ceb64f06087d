"""Search the parameters of a family: a fixed number of trials, reproducible from the seed, resumable."""

from typing import TYPE_CHECKING, Any

from scoring.model.preprocessor import Inputs
from scoring.training.candidates.families import FAMILIES, draw_parameters, make_recipe
from scoring.training.candidates.out_of_fold import Folds, Result
from scoring.training.options import Progress

if TYPE_CHECKING:
    from optuna import Study, Trial

# Number, parameters and log loss of each trial; no log loss if it was pruned.
Trials = tuple[tuple[int, dict[str, Any], float | None], ...]


def search_parameters(
    folds: Folds, inputs: Inputs, family: str, budget: int, progress: Progress
) -> tuple[Result | None, Trials]:
    """Try parameters of a family one after the other.

    A trial is measured by its log loss out of fold, and pruned after a fold in which it is worse than the median of the
    earlier trials. Finished trials are stored in a database in ``folds.work``. An interrupted search resumes after the
    last finished trial and gives the same result as an uninterrupted one, since the draws of each trial depend only on
    its number.

    Parameters
    ----------
    budget : how many trials in all, including those of an earlier run.

    Returns
    -------
    The finished trial with the least log loss, None if every trial was pruned; and all trials.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = _study(folds, family)

    def objective(trial: "Trial") -> float:
        def report(fold: int, loss: float) -> None:
            trial.report(loss, fold)
            if trial.should_prune():
                raise optuna.TrialPruned

        return folds.predict(_recipe(inputs, family, trial), report).log_loss(folds.target, folds.weights)

    done = len(_finished(study))
    for place in progress(range(done, budget), f"search: {family}"):
        study.sampler = optuna.samplers.TPESampler(seed=folds.seed + 1000 * place, n_startup_trials=8)
        study.optimize(objective, n_trials=1)
    finished = _finished(study)
    completed = [trial for trial in finished if trial.state.name == "COMPLETE"]
    best = min(completed, key=lambda trial: (trial.value, trial.number), default=None)
    losses = [trial.value if trial in completed else None for trial in finished]
    trials = tuple((place, trial.params, losses[place]) for place, trial in enumerate(finished))
    # the best one's predictions are cached
    return folds.predict(_recipe(inputs, family, best)) if best is not None else None, trials


def _study(folds: Folds, family: str) -> "Study":
    import optuna

    folds.work.mkdir(parents=True, exist_ok=True)
    return optuna.create_study(
        study_name=f"{family} {folds.data} {folds.seed} {folds.count}",
        storage=f"sqlite:///{folds.work / 'search.db'}",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=1),
        load_if_exists=True,
    )


def _finished(study: "Study") -> list[Any]:
    return [trial for trial in study.trials if trial.state.name in ("COMPLETE", "PRUNED")]


def _recipe(inputs: Inputs, family: str, trial: Any) -> Any:
    space = FAMILIES[family].space
    if not space:
        raise ValueError(f"family {family!r} has no parameters to search")
    return make_recipe(inputs, family, draw_parameters(space, trial), name=f"{family}, tuned")
