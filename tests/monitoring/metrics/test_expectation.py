import pytest

from scoring.model.manifest import Manifest
from scoring.monitoring.metrics.expectation import expect


@pytest.fixture(scope="module")
def manifest(project):
    return Manifest.model_validate_json((project / "modele_retenu.json").read_bytes())


def test_the_bundled_models_expectation_agrees_with_its_report(manifest):
    found = expect(manifest)
    (served,) = [row for row in manifest.report.approval if row.served]
    assert found.refusal_rate == pytest.approx(1 - served.approval_rate, abs=1e-9)
    # The bands of the report have every client once.
    mean = sum(band.share * band.predicted for band in manifest.report.bands)
    assert found.calibrated_mean == pytest.approx(mean, abs=1e-6)
    assert found.clients == sum(band.clients for band in manifest.report.bands)


def test_without_a_manifest_or_without_its_figures_nothing_is_expected(manifest):
    assert expect(None) is None
    assert expect(manifest.model_copy(update={"metrics": {}})) is None
    of_test = {"out_of_fold": {"auc": manifest.metrics["out_of_fold"]["auc"]}}
    assert expect(manifest.model_copy(update={"metrics": of_test})) is None
