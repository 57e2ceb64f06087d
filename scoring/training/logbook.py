"""Write a training into the tracking store: candidates, trials, the champion with its plots and its card."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scoring.model.manifest import CandidateFacts, Manifest
from scoring.training import plots
from scoring.training.card import card
from scoring.training.tracking import Record, Tracking, open_tracking, register
from scoring.training.train import Options, Trained

EXPERIMENT = "credit scoring"


@contextmanager
def logbook(uri: str | None, options: Options, data: str) -> Iterator[Tracking]:
    """Open the run of a training; the same training, killed before, is gone on with."""
    said = [data, options.seed, options.folds, options.families, options.every_balancing, options.trials]
    with open_tracking(EXPERIMENT, uri, resume=repr(said)) as run:
        run.log(
            Record(
                parameters={
                    "families": ", ".join(options.families),
                    "every_balancing": options.every_balancing,
                    "trials": options.trials,
                    "folds": options.folds,
                    "seed": options.seed,
                    "max_gap": options.max_gap,
                    "false_negative": options.costs.false_negative,
                    "false_positive": options.costs.false_positive,
                }
            )
        )
        yield run


def write(run: Tracking, trained: Trained, out: Path) -> str:
    """Write what a training made, and register the champion; returns its version in the registry."""
    manifest = trained.manifest
    facts = manifest.training
    run.dataset(
        "applications",
        facts.data_sha256,
        {"rows": facts.rows, "test_rows": facts.test_rows, "default_rate": facts.default_rate},
    )
    _candidates(run, trained)
    figures = {
        f"{part}/{name}": metric for part, metrics in manifest.metrics.items() for name, metric in metrics.items()
    }
    run.log(Record(parameters={"champion": manifest.model.family}, metrics=figures, tags=_tags(manifest)))
    folds = trained.folds
    drawn = plots.champion(manifest, trained.fitted, folds.applications, folds.target, trained.champion.calibrated)
    for name, figure in drawn:
        run.figure(name, figure)
    run.table("model_card", card(manifest))
    return register(run, out)


def _candidates(run: Tracking, trained: Trained) -> None:
    choice = trained.manifest.choice
    seconds = {result.recipe.name: result.seconds for result in trained.results}
    for one in choice.candidates if choice else ():
        nested = run.nested(one.name, _record(one, seconds[one.name]))
        for place, parameters, loss in trained.trials.get(one.family, ()) if one.name.endswith("tuned") else ():
            nested.nested(f"trial {place}", Record(parameters, {"log_loss": loss}), given_up=loss is None)


def _record(one: CandidateFacts, seconds: float) -> Record:
    return Record(
        parameters={"family": one.family, "balancing": one.balancing, **one.parameters},
        metrics={
            "auc": one.auc,
            "log_loss": one.log_loss,
            "cost_per_client": one.cost_per_client,
            "gap": one.gap,
            "auc_minus_champion": one.auc_difference,
            "log_loss_minus_champion": one.log_loss_difference,
        },
        tags={"family": one.family, "balancing": one.balancing},
        seconds={"folds": seconds},
    )


def _tags(manifest: Manifest) -> dict[str, object]:
    reason = manifest.choice.reason if manifest.choice else ""
    return {"family": manifest.model.family, "synthetic": manifest.training.synthetic, "choice": reason}
