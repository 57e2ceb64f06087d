"""Training with its defaults on public tables is not behind LightGBM with its own."""

import pytest

from benchmarks.public_tables import TABLES, compare_all


@pytest.mark.drill
def test_with_defaults_no_table_fails_and_none_is_behind_a_default_lightgbm(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    found = dict(zip(TABLES, compare_all(tmp_path), strict=True))
    assert [name for name, one in found.items() if not one.holds] == []
