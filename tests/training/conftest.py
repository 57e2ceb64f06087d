"""A small table of made-up applications, and what training makes of it."""

import pandas as pd
import pytest

from scoring.features import application, home_credit
from scoring.features.synthetic import generate
from scoring.features.tables import read_applications
from scoring.training.train import Options, train


@pytest.fixture(scope="session")
def synthetic_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synthetic")
    generate.write(folder, 6000, 3)
    return folder


@pytest.fixture(scope="session")
def applications(synthetic_folder):
    return read_applications(synthetic_folder, home_credit.schema())


def run(applications: pd.DataFrame, out, **options):
    schema = home_credit.schema()
    return train(
        applications,
        schema,
        application.preprocessor(schema),
        out,
        synthetic=True,
        options=Options(sample=50, folds=3, **options),
    )


@pytest.fixture(scope="session")
def trained(applications, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained")
    return run(applications, out), out
