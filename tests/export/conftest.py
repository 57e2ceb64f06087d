"""Databases, the bundled model and a model with every kind of column, for the tests of exports."""

import pytest

from scoring.export.linear_model import load_model, make_linear
from tests.export.databases import OnDuckDB, OnPostgres
from tests.export.models import Lender, ManyBins


@pytest.fixture(params=["duckdb", "postgres"])
def database(request, tmp_path):
    """Open a database in which a query takes little time to start."""
    return OnDuckDB(tmp_path) if request.param == "duckdb" else OnPostgres(request.getfixturevalue("postgres"))


@pytest.fixture(scope="session")
def bundled(project):
    """Load the bundled model."""
    return make_linear(*load_model(project), "SQL")


@pytest.fixture(scope="session")
def lender(project):
    """Make a model with every kind of column."""
    return Lender(project)


@pytest.fixture(scope="session")
def many_bins(project):
    """Make a model as large as a shaped scorecard."""
    return ManyBins(project)
