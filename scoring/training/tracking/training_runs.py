"""One MLflow run for each training; in it a run for each candidate, and in that one a run for each trial."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

from scoring.errors import SettingError
from scoring.model.manifest import Manifest
from scoring.model.report import Metric
from scoring.model.scorer import fuse
from scoring.model_card.card import card_as_markdown
from scoring.storage.bundle import MANIFEST
from scoring.training.candidates.search import Trials
from scoring.training.options import Options
from scoring.training.tracking.mlflow_store import mlflow_store, set_experiment
from scoring.training.tracking.model_registry import register
from scoring.training.train import Trained

EXPERIMENT = "credit scoring"
_CANDIDATE_METRICS = ("auc", "log_loss", "cost_per_client", "gap")
# MLflow's list of runs has these columns and this order where the address has viewStateShareKey=candidates.
_VIEW = {
    "selectedColumns": ["attributes.`Created`", *(f"metrics.`{name}`" for name in _CANDIDATE_METRICS)],
    "orderByKey": "metrics.`log_loss`",
    "orderByAsc": True,
}
_OPTIONS = ("candidates", "every_balancing", "trials", "folds", "seed", "max_gap", "weights", "time")


@contextmanager
def training_run(uri: str, options: Options) -> Iterator[None]:
    """Start the MLflow run of a training; it ends as FINISHED, FAILED (an error) or KILLED (Ctrl-C).

    The text of an error is not recorded: it may quote a client's data.

    Raises
    ------
    SettingError
        Where the store cannot be used; before any training.
    """
    with mlflow_store(uri) as mlflow:
        set_experiment(mlflow, uri, EXPERIMENT)
        mlflow.set_experiment_tag("mlflow.sharedViewState.candidates", json.dumps(_VIEW))
        mlflow.start_run(run_name="training", tags={"mlflow.source.name": "python -m scoring train"})
        mlflow.log_params({name: getattr(options, name) for name in _OPTIONS} | options.costs.model_dump())
    status = "FAILED"
    try:
        yield
        status = "FINISHED"
    except KeyboardInterrupt:
        status = "KILLED"
        raise
    finally:
        with suppress(SettingError), mlflow_store(uri) as mlflow:  # an earlier error is the one to show
            mlflow.end_run(status)


def log_trained(uri: str, trained: Trained, out: Path) -> str:
    """Write what a training made into its run, and register the champion.

    Parameters
    ----------
    out : folder that the champion was published to.

    Returns
    -------
    The champion's version in the registry.
    """
    from scoring.training.plots.model_plots import plot_model  # matplotlib is in the extra for training, as MLflow is

    manifest, folds = trained.manifest, trained.folds
    known = folds.applications, folds.target, trained.champion.calibrated, folds.weights
    drawn = plot_model(manifest, trained.fitted, *known)
    with mlflow_store(uri) as mlflow:
        mlflow.log_params(manifest.training.model_dump(exclude={"folds", "seed"}))  # a fingerprint and aggregates
        _log_candidates(mlflow, trained)
        for name, figure in drawn:
            mlflow.log_figure(figure, f"plots/{name}.png", save_kwargs={"dpi": 110})
        mlflow.log_text(card_as_markdown(manifest, fuse(trained.fitted.scaler, trained.fitted.model)), "model_card.md")
        mlflow.log_artifact(str(out / MANIFEST))
        mlflow.set_tags({"family": manifest.model.family, "choice": manifest.choice.reason if manifest.choice else ""})
        version, model_id = register(mlflow, out)
        mlflow.log_metrics(_flat_metrics(manifest), model_id=model_id)
    return version


def _log_candidates(mlflow: ModuleType, trained: Trained) -> None:
    choice = trained.manifest.choice
    seconds = {result.recipe.name: result.seconds for result in trained.results}
    for one in choice.candidates if choice else ():
        tags = {"family": one.family, "balancing": one.balancing}
        with mlflow.start_run(run_name=one.name, nested=True, tags=tags):
            mlflow.log_params({**tags, **one.parameters})
            mlflow.log_metrics(one.model_dump(include=set(_CANDIDATE_METRICS)))
            mlflow.log_metrics(_with_bounds("auc_minus_champion", one.auc_difference))
            mlflow.log_metrics(_with_bounds("log_loss_minus_champion", one.log_loss_difference))
            mlflow.log_metric("seconds", seconds[one.name])
            _log_trials(mlflow, trained.trials.get(one.family, ()) if one.name.endswith("tuned") else ())


def _log_trials(mlflow: ModuleType, trials: Trials) -> None:
    for place, parameters, loss in trials:
        mlflow.start_run(run_name=f"trial {place}", nested=True)
        mlflow.log_params(parameters)
        mlflow.log_metrics({} if loss is None else {"log_loss": loss})
        mlflow.end_run("KILLED" if loss is None else "FINISHED")


def _flat_metrics(manifest: Manifest) -> dict[str, float]:
    """Name the metrics of every part of the data, with the bounds of their intervals."""
    named = [(f"{part}/{name}", metric) for part, all_ in manifest.metrics.items() for name, metric in all_.items()]
    return {key: value for name, metric in named for key, value in _with_bounds(name, metric).items()}


def _with_bounds(name: str, metric: Metric) -> dict[str, float]:
    """Name a figure and the bounds of its interval.

    >>> _with_bounds("test/auc", Metric(value=0.75, low=0.7, high=0.8))
    {'test/auc': 0.75, 'test/auc_low': 0.7, 'test/auc_high': 0.8}
    """
    return {name: metric.value, f"{name}_low": metric.low, f"{name}_high": metric.high}
