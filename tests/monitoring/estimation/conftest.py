"""A lender: a model of two facts whose chance of default is known."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from scoring.model.calibration import Calibration
from scoring.model.manifest import Manifest
from scoring.model.plan import NumberColumn, Plan
from scoring.monitoring.estimation.scored_clients import ScoredClients
from scoring.storage.artefacts import read_manifest
from tests.record.conftest import path, url  # noqa: F401
from tests.training.conftest import applications, synthetic_folder, trained, training  # noqa: F401

BALANCED = 2.4  # what class weights add to the log-odds


@dataclass(frozen=True)
class Lender:
    """A model that reads ``debt`` and ``age``, and misjudges age: the true log-odds fall by 0.8 more for each unit."""

    manifest: Manifest

    def apply(self, count, seed, debt=0.0, age=0.0, *, odds=0.0, spread=1.0):
        """Draw clients with outcomes; ``debt`` and ``age`` move who applies, ``odds`` moves the risk itself."""
        draws = np.random.default_rng(seed)
        rows = np.column_stack([draws.normal(debt, spread, count), draws.normal(age, 1.0, count)])
        score = -2.8 + rows[:, 0] - 0.2 * rows[:, 1] + BALANCED
        chance = expit(score - BALANCED - 0.8 * rows[:, 1] + odds)
        target = (draws.random(count) < chance).astype(float)
        probability = expit(score)
        return ScoredClients("clients", rows, probability, probability >= self.manifest.threshold.value, target)

    def current(self, *args, **how):
        """Draw clients without outcomes; and these outcomes."""
        drawn = self.apply(*args, **how)
        return replace(drawn, target=None), drawn.target


@pytest.fixture(scope="session")
def lender():
    manifest = read_manifest(Path(__file__).resolve().parents[3] / "modele_retenu.json")
    plan = Plan(
        missing_values={},
        derived=(),
        columns=tuple(NumberColumn(name=name, source=name, fill=0.0) for name in ("debt", "age")),
    )
    threshold = manifest.threshold.model_copy(update={"value": float(expit(BALANCED + np.log(0.1)))})
    return Lender(
        manifest.model_copy(
            update={
                "plan": plan,
                "features": ("debt", "age"),
                "threshold": threshold,
                "calibration": Calibration(intercept=-BALANCED, slope=1.0),
            }
        )
    )
