"""Synthetic clients scored by the bundled model, of whom references and current clients are drawn."""

from dataclasses import replace

import numpy as np
import pytest

from scoring.cli.validation_commands import load_model
from scoring.model.plan import model_ready
from scoring.model.population.client_counts import Population
from scoring.monitoring.drift.references import count_sample
from scoring.monitoring.drift.samples import make_sample, read_table_sample
from scoring.validation.figures import Table
from tools.synthetic.history.write import write

# What the ten shifts move, what goes with it, and protected fields.
FIELDS = (
    *("AMT_INCOME_TOTAL", "AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE", "NAME_CONTRACT_TYPE", "NAME_EDUCATION_TYPE"),
    *("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3", "DAYS_BIRTH", "DAYS_EMPLOYED", "OCCUPATION_TYPE", "CODE_GENDER"),
    *("FLAG_EMAIL", "CNT_CHILDREN"),
)


@pytest.fixture(scope="session")
def model(project):
    return load_model(project)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Write six thousand clients."""
    made = tmp_path_factory.mktemp("clients")
    write(made, 6000, 5, histories=False)
    return made


@pytest.fixture(scope="session")
def clients(model, folder):
    return read_table_sample(model, Table(folder))


@pytest.fixture(scope="session")
def draw(model, clients):
    """Draw clients with repetition; fields that no test is about are left out, but the model reads them."""

    def drawn(count, seed):
        sample = clients.select(np.random.default_rng(seed).integers(0, len(clients.rows), count))
        read = {*model.manifest.plan.raw_numbers(), *model.manifest.plan.raw_categories()}
        return replace(sample, fields={name: sample.fields[name] for name in {*FIELDS, *read} & {*sample.fields}})

    return drawn


@pytest.fixture(scope="session")
def reference(model, draw):
    return count_sample(model, draw(20_000, 1))


@pytest.fixture(scope="session")
def counted(model, reference):
    """Give the model the reference's counts, as training does."""
    population = Population(
        clients=reference.clients,
        fields=reference.fields,
        columns=reference.columns,
        score=reference.score,
        calibrated_probability=reference.calibrated,
        refused=reference.refused,
    )
    return replace(model, manifest=model.manifest.model_copy(update={"population": population}))


@pytest.fixture(scope="session")
def rescored(model):
    """Score clients again whose fields were changed."""
    return lambda sample, **fields: make_sample(
        model, sample.source, {**sample.fields, **fields}, model_ready(model.manifest.plan, {**sample.fields, **fields})
    )
