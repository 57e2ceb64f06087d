"""Training with its defaults on public tables is not behind LightGBM with its own."""

import pytest

from benchmarks import public_tables


def test_every_table_is_compared(tmp_path, monkeypatch):
    monkeypatch.setattr(public_tables, "compare", lambda table, _folder: len(table))
    found = dict(public_tables.compare_all(tmp_path))
    assert found.keys() == public_tables.TABLES.keys()
    assert found["shape of German credit"] == 1000


@pytest.mark.drill
def test_with_defaults_no_table_fails_and_none_is_behind_a_default_lightgbm(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert [name for name, one in public_tables.compare_all(tmp_path) if not one.holds] == []
