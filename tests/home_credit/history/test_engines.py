"""The same definitions on DuckDB and on Spark."""

import shutil

import pytest

from scoring.errors import DataError
from scoring.home_credit.history.compute import compute
from scoring.home_credit.history.registry import FEATURE_SETS
from tests.spark import leaves_sockets, needs_java, running_spark

pytestmark = leaves_sockets
FEW_TABLES = ("bureau", "installments_payments")


@pytest.fixture(scope="module")
def spark(request):
    """Start Spark once for all tests here."""
    with running_spark(request) as session:
        yield session


@needs_java
def test_spark_gives_what_duckdb_gives_from_several_kinds_of_files(
    spark, tables, rearranged, differences, result, tmp_path
):
    """Some features of two tables; the drill compares all from every kind of file."""
    names = [feature.name for table in FEW_TABLES for feature in FEATURE_SETS[table].features[::10]]
    one = result(tables, tmp_path / "duckdb.parquet", names=names, coverage=tables / "coverage.csv")
    coverage = rearranged / "coverage.parquet"
    other = result(rearranged, tmp_path / "spark.parquet", engine="spark", names=names, coverage=coverage)
    assert len(one.columns) == len(names) > 10
    assert differences(one, other) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["duckdb.parquet", "spark.parquet"]


@needs_java
@pytest.mark.drill
def test_spark_gives_what_duckdb_gives_from_every_kind_of_file(
    spark, rearranged, computed, differences, result, tmp_path
):
    coverage = rearranged / "coverage.parquet"
    other = result(rearranged, tmp_path / "features.parquet", engine="spark", coverage=coverage)
    assert differences(computed, other) == []


@needs_java
def test_spark_refuses_text_far_down_a_column_of_numbers(spark, tables, tmp_path):
    folder = tmp_path / "tables"
    shutil.copytree(tables, folder)
    with (folder / "bureau_balance.csv").open("a", encoding="utf-8") as file:
        file.write("1,-1,0\n" * 300 + "1,yesterday,0\n")
    with pytest.raises(DataError, match=r"Spark stopped.*column MONTHS_BALANCE holds yesterday"):
        compute(folder, tmp_path / "features.parquet", engine="spark")


@needs_java
@pytest.mark.realdata
@pytest.mark.drill
def test_the_engines_agree_on_real_clients(spark, real_clients, differences, result, tmp_path):
    coverage = real_clients / "coverage.parquet"
    one = result(real_clients, tmp_path / "duckdb.parquet", coverage=coverage)
    other = result(real_clients, tmp_path / "spark.parquet", engine="spark", coverage=coverage)
    assert len(one) > 1000
    assert differences(one, other) == []


@needs_java
@pytest.mark.realdata
@pytest.mark.drill
def test_the_engines_agree_on_all_real_tables(spark, real_tables, real_data, differences, result, tmp_path):
    coverage = real_data / "relational" / "clients.parquet"
    one = result(real_tables, tmp_path / "duckdb.parquet", coverage=coverage)
    other = result(real_tables, tmp_path / "spark.parquet", engine="spark", coverage=coverage)
    assert differences(one, other) == []


def test_an_unknown_engine_is_refused(tables, tmp_path):
    with pytest.raises(DataError, match="engine 'polars': is unknown\nExpected duckdb or spark"):
        compute(tables, tmp_path / "features.parquet", engine="polars")


def test_duckdb_has_no_remote(tables, tmp_path):
    with pytest.raises(DataError, match="DuckDB is embedded"):
        compute(tables, tmp_path / "features.parquet", spark_remote="sc://localhost:15002")
