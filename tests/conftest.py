"""Fixtures that several rooms share."""

import csv
import os
import shutil
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
PUBLISHED = (
    "df_sample.csv",
    "applications_sample.csv",
    "modele_retenu.json",
    "modele_retenu.pkl",
    "scaler.pkl",
    "preprocessor.pkl",
)
OLDER_TRIO = PROJECT / "tests" / "fixtures" / "older_scikit_learn"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Where NO_SKIPS=1 a skip is a failure: that machine can have what the test needs.

    Tests on real data are excepted: no licence lets a public machine have it.
    """
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("NO_SKIPS") == "1" and not item.get_closest_marker("realdata"):
        report.outcome = "failed"
        report.longrepr = f"skipped where NO_SKIPS=1 forbids it: {report.longrepr}"


@pytest.fixture(scope="session")
def project():
    """Find the project's own folder."""
    return PROJECT


@pytest.fixture
def folder(tmp_path):
    """Make a copy of the published files, to be spoiled."""
    copy = tmp_path / "artefacts"
    copy.mkdir()
    for name in PUBLISHED:
        shutil.copy(PROJECT / name, copy)
    return copy


@pytest.fixture
def trio(tmp_path):
    """Make a copy of three files made elsewhere by an older scikit-learn, to be spoiled."""
    copy = tmp_path / "trio"
    copy.mkdir()
    for name in ("df_sample.csv", "modele_retenu.pkl", "scaler.pkl"):
        shutil.copy(OLDER_TRIO / name, copy)
    return copy


@pytest.fixture(scope="session")
def numbers():
    """Read the bundled clients' numbers."""
    with (PROJECT / "df_sample.csv").open(encoding="utf-8", newline="") as file:
        return [int(row["SK_ID_CURR"]) for row in csv.DictReader(file)]


@pytest.fixture(scope="session")
def app():
    """Make the service on the bundled sample."""
    from fonction_api_prediction import create_app
    from scoring.settings import Settings

    return create_app(Settings())


@pytest.fixture
def client(app):
    """Ask the service without a network."""
    return app.test_client()


@pytest.fixture(scope="session")
def real_data():
    """Find the real tables, or skip."""
    path = Path(os.environ.get("HOME_CREDIT_DATA", PROJECT.parent / "shared" / "data" / "home_credit"))
    if not (path / "application_train.parquet").exists():
        pytest.skip("the real applications are not on this machine (HOME_CREDIT_DATA)")
    return path
