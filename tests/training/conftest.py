"""A small table of synthetic applications, and a training on it that all tests share."""

import io

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from scoring.home_credit import input_schema, inputs
from scoring.home_credit.applications import read_applications
from scoring.model.preprocessor import Inputs
from scoring.training.candidates.out_of_fold import Folds
from scoring.training.data.folds import assign_folds
from scoring.training.options import Options
from scoring.training.train import train
from tests.few_resamples import few_resamples
from tools.synthetic.history.write import write


@pytest.fixture(scope="session")
def synthetic_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synthetic")
    write(folder, 3000, 3, histories=False)
    return folder


@pytest.fixture(scope="session")
def applications(synthetic_folder):
    return read_applications(synthetic_folder, input_schema.load_schema())


def png(figure):
    written = io.BytesIO()
    figure.savefig(written, format="png", metadata={"Software": None})
    return written.getvalue()


def draw_clients(count, folds=None):
    """Draw outcomes, true chances and, where asked for, folds of clients."""
    draws = np.random.default_rng(0)
    chance = expit(draws.normal(-2.5, 1, count))
    target = (draws.random(count) < chance).astype(int)
    return (target, chance) if folds is None else (target, chance, draws.integers(0, folds, count))


@few_resamples()
def run(applications: pd.DataFrame, out, **options):
    schema = input_schema.load_schema()
    return train(
        applications,
        schema,
        inputs.select_inputs(schema),
        out,
        synthetic=True,
        options=Options(**{"sample": 50, "folds": 3, "refits": 2, "candidates": ("logistic regression",), **options}),
    )


@pytest.fixture(scope="session")
def training(applications, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained")
    return run(applications, out), out


@pytest.fixture(scope="session")
def trained(training):
    return training[0].manifest, training[1]


@pytest.fixture(scope="session")
def small():
    """Two thousand synthetic clients: an informative number, a useless one, a slightly informative text."""
    draws = np.random.default_rng(7)
    risk = draws.normal(size=2000)
    frame = pd.DataFrame(
        {
            "client": np.arange(2000),
            "debt": risk + draws.normal(size=2000),
            "noise": draws.normal(size=2000),
            "trade": np.where(risk + draws.normal(size=2000) > 1, "smith", "baker"),
        }
    )
    frame.loc[::9, "debt"] = np.nan
    target = (risk + draws.logistic(size=2000) > 2).astype(np.int8)
    return frame, target


@pytest.fixture
def folds(small, tmp_path):
    frame, target = small
    return Folds(
        frame, target, assign_folds(frame["client"].to_numpy(), target, 3, "folds"), "small", tmp_path / "work"
    )


@pytest.fixture(scope="session")
def small_inputs():
    return Inputs(numbers=("debt", "noise"), categories=("trade",))
