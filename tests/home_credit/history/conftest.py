"""The hand-made tables, and what was worked out by hand on them."""

import csv

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scoring.home_credit.history.compute import compute


@pytest.fixture(scope="session")
def differences():
    """Lend the function that names the columns in which two results differ."""
    return _differences


@pytest.fixture(scope="session")
def result():
    """Lend the function that computes features and reads them back, by client."""
    return _result


def _differences(one, other, rtol=1e-9, atol=0.0):
    assert list(one.columns) == list(other.columns)
    assert list(one.index) == list(other.index)
    assert dict(one.dtypes) == dict(other.dtypes)
    return [
        name
        for name in one.columns
        if not np.allclose(one[name].astype(float), other[name].astype(float), rtol=rtol, atol=atol, equal_nan=True)
    ]


def _result(data, out, **options):
    compute(data, out, **options)
    return pd.read_parquet(out).set_index("SK_ID_CURR").sort_index()


@pytest.fixture(scope="session")
def tables(project):
    """Find the hand-made tables."""
    return project / "tests" / "fixtures" / "history"


@pytest.fixture(scope="session")
def worked(tables):
    """Read what each feature of client 900001 should be: name -> value, None for nothing."""
    with (tables / "worked.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["feature"]: float(eval(row["working"])) if row["working"] else None for row in rows}


@pytest.fixture(scope="session")
def computed(tables, tmp_path_factory):
    """Compute the hand-made tables' features on DuckDB."""
    return _result(tables, tmp_path_factory.mktemp("duckdb") / "features.parquet", coverage=tables / "coverage.csv")


@pytest.fixture(scope="session")
def rearranged(tables, tmp_path_factory):
    """Shuffle the rows of the hand-made tables, and store them in other files and formats."""
    folder = tmp_path_factory.mktemp("rearranged")
    read = {path.stem: pd.read_csv(path).sample(frac=1, random_state=7) for path in tables.glob("*.csv")}
    read["application_train"].to_csv(folder / "application_train.csv.xz", index=False)
    read["application_test"].to_csv(
        folder / "application_test.csv", index=False, lineterminator="\r\n", encoding="utf-8-sig"
    )
    (folder / "bureau").mkdir()
    read["bureau"][:2].to_csv(folder / "bureau" / "part-1.csv", index=False)
    read["bureau"][2:].to_csv(folder / "bureau" / "part-2.csv.gz", index=False)
    read["bureau_balance"].to_csv(folder / "bureau_balance.csv.gz", index=False)
    read["previous_application"].to_csv(folder / "previous_application.zip", index=False, na_rep="NA")
    (folder / "POS_CASH_balance.parquet").mkdir()
    for number in range(3):
        part = read["POS_CASH_balance"][number::3]
        part.to_parquet(folder / "POS_CASH_balance.parquet" / f"part-{number}.parquet", index=False)
    read["installments_payments"].to_csv(folder / "installments_payments.csv.bz2", index=False)
    card = {
        name: pa.array(column.to_numpy(), from_pandas=False) for name, column in read["credit_card_balance"].items()
    }
    pq.write_table(pa.table(card), folder / "credit_card_balance.parquet")  # what is missing is NaN here, not null
    read["coverage"].to_parquet(folder / "coverage.parquet", index=False)
    return folder


@pytest.fixture(scope="session")
def real_tables(real_data, tmp_path_factory):
    """Put all real tables into one folder; their instalments are incomplete, good for comparing engines only."""
    folder = tmp_path_factory.mktemp("real")
    for name in ("application_train", "application_test"):
        (folder / f"{name}.parquet").symlink_to(real_data / f"{name}.parquet")
    for name in ("bureau", "bureau_balance", "credit_card_balance", "previous_application", "POS_CASH_balance"):
        (folder / f"{name}.parquet").symlink_to(real_data / "relational" / f"{name}.parquet")
    (folder / "installments_payments.parquet").symlink_to(real_data / "extra_rows" / "installments_payments.parquet")
    return folder


@pytest.fixture(scope="session")
def real_clients(real_tables, real_data, tmp_path_factory):
    """Take every seventh client of the real tables, with all their records."""
    folder = tmp_path_factory.mktemp("clients")
    chosen = pd.read_parquet(real_data / "relational" / "clients.parquet")[::7]
    chosen.to_parquet(folder / "coverage.parquet", index=False)
    kept = {}
    for path in real_tables.iterdir():
        table = pd.read_parquet(path)
        if "SK_ID_CURR" in table:
            kept[path.name] = table[table["SK_ID_CURR"].isin(chosen["SK_ID_CURR"])]
        else:
            kept[path.name] = table
    known = kept["bureau_balance.parquet"]["SK_ID_BUREAU"].isin(kept["bureau.parquet"]["SK_ID_BUREAU"])
    kept["bureau_balance.parquet"] = kept["bureau_balance.parquet"][known]
    for name, table in kept.items():
        table.to_parquet(folder / name, index=False)
    return folder
