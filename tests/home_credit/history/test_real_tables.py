"""Features of the real tables against the same computed in plain pandas, by other ways."""

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.realdata
CLIENT = "SK_ID_CURR"


@pytest.fixture(scope="module")
def features(real_clients, result, tmp_path_factory):
    """Compute the chosen real clients' features, of whatever records there are."""
    return result(real_clients, tmp_path_factory.mktemp("features") / "features.parquet")


@pytest.fixture(scope="module")
def read(real_clients):
    """Read a real table, the chosen clients' rows."""
    return lambda name: pd.read_parquet(real_clients / f"{name}.parquet")


def check(features, expected):
    """Compare each expected series with the feature of its name, for every client that has records."""
    assert expected
    for name, series in expected.items():
        mine = features.loc[features.index.intersection(series.index), name].astype(float)
        assert len(mine) > 100, name
        np.testing.assert_allclose(mine, series.loc[mine.index].astype(float), rtol=1e-9, err_msg=name)


def largest_run(months):
    """Walk through the months of a credit and count."""
    longest = running = 0
    before = None
    for month in sorted(set(months)):
        running = running + 1 if before is not None and month == before + 1 else 1
        longest, before = max(longest, running), month
    return longest


def test_bureau(features, read):
    table = read("bureau").sort_values([CLIENT, "DAYS_CREDIT"])
    active = table[table["CREDIT_ACTIVE"] == "Active"]
    closed = table[table["CREDIT_ACTIVE"] == "Closed"]
    end = table["DAYS_CREDIT_ENDDATE"].where(table["DAYS_CREDIT_ENDDATE"].abs() <= 40_000)
    owed = active.groupby(CLIENT)["AMT_CREDIT_SUM_DEBT"].sum(min_count=1)
    granted = active.groupby(CLIENT)["AMT_CREDIT_SUM"].sum()
    year = table[table["DAYS_CREDIT"] >= -365].groupby(CLIENT).size()
    check(
        features,
        {
            "bureau_count": table.groupby(CLIENT).size(),
            "bureau_active_debt_sum": owed,
            "bureau_active_debt_to_amount": (owed / granted.replace(0, np.nan)),
            "bureau_closed_age_mean": -closed.groupby(CLIENT)["DAYS_CREDIT"].mean(),
            "bureau_age_min": -table.groupby(CLIENT)["DAYS_CREDIT"].last(),
            "bureau_duration_mean": (end - table["DAYS_CREDIT"]).groupby(table[CLIENT]).mean(),
            "bureau_12m_count": year.reindex(table[CLIENT].unique(), fill_value=0),
            "bureau_card_share": (table["CREDIT_TYPE"] == "Credit card").groupby(table[CLIENT]).mean(),
        },
    )


def test_bureau_balance(features, read):
    owners = read("bureau").set_index("SK_ID_BUREAU")[CLIENT]
    table = read("bureau_balance")
    table[CLIENT] = table["SK_ID_BUREAU"].map(owners)
    table["late"] = table["STATUS"].isin(list("12345"))
    late = table[table["late"]]
    runs = late.groupby([CLIENT, "SK_ID_BUREAU"])["MONTHS_BALANCE"].agg(largest_run).groupby(CLIENT).max()
    recent = table[table["MONTHS_BALANCE"] >= -12]
    check(
        features,
        {
            "bureau_balance_late_share": table.groupby(CLIENT)["late"].mean(),
            "bureau_balance_12m_late_count": recent.groupby(CLIENT)["late"].sum(),
            "bureau_balance_closed_share": (table["STATUS"] == "C").groupby(table[CLIENT]).mean(),
            "bureau_balance_credits_late_run_max": runs.reindex(table[CLIENT].unique(), fill_value=0),
            "bureau_balance_credits_seen_mean": table.groupby(CLIENT).size()
            / table.groupby(CLIENT)["SK_ID_BUREAU"].nunique(),
        },
    )


def test_previous_applications(features, read):
    table = read("previous_application")
    status = table["NAME_CONTRACT_STATUS"]
    approved, refused = table[status == "Approved"], table[status == "Refused"]
    planned = approved["DAYS_LAST_DUE_1ST_VERSION"].where(approved["DAYS_LAST_DUE_1ST_VERSION"] != 365_243)
    due = approved["DAYS_LAST_DUE"].where(approved["DAYS_LAST_DUE"] != 365_243)
    check(
        features,
        {
            "previous_approved_count": approved.groupby(CLIENT).size(),
            "previous_refused_age_min": -refused.groupby(CLIENT)["DAYS_DECISION"].max(),
            "previous_refused_share": (status == "Refused").groupby(table[CLIENT]).mean(),
            "previous_asked_mean": table.groupby(CLIENT)["AMT_APPLICATION"].mean(),
            "previous_approved_early_mean": (planned - due).groupby(approved[CLIENT]).mean().dropna(),
            "previous_cash_credit_max": table[table["NAME_CONTRACT_TYPE"] == "Cash loans"]
            .groupby(CLIENT)["AMT_CREDIT"]
            .max(),
            "previous_weekend_share": table["WEEKDAY_APPR_PROCESS_START"].str[0].eq("S").groupby(table[CLIENT]).mean(),
        },
    )


def test_pos_cash(features, read):
    table = read("POS_CASH_balance").sort_values("MONTHS_BALANCE")
    loans = table.groupby([CLIENT, "SK_ID_PREV"])
    done = loans["NAME_CONTRACT_STATUS"].agg(lambda texts: "Completed" in set(texts))
    lately = loans["MONTHS_BALANCE"].max() >= -2
    left = loans["CNT_INSTALMENT_FUTURE"].min()[~done & lately]
    check(
        features,
        {
            "pos_late_share": (table["SK_DPD"] > 0).groupby(table[CLIENT]).mean(),
            "pos_24m_dpd_max": table[table["MONTHS_BALANCE"] >= -24].groupby(CLIENT)["SK_DPD"].max(),
            "pos_credits_completed_share": done.groupby(CLIENT).mean(),
            "pos_credits_running_left_sum": left.groupby(CLIENT).sum(min_count=1),
        },
    )


def test_instalments(features, read):
    # The real payments at hand are a sample of rows: good enough to compare two ways of computing.
    table = read("installments_payments")
    keys = [CLIENT, "SK_ID_PREV", "NUM_INSTALMENT_VERSION", "NUM_INSTALMENT_NUMBER", "DAYS_INSTALMENT"]
    due = table.groupby(keys, as_index=False).agg(
        amount=("AMT_INSTALMENT", "max"),
        paid=("AMT_PAYMENT", "sum"),
        day=("DAYS_ENTRY_PAYMENT", lambda days: days.fillna(0).max()),
    )
    late = due["day"] > due["DAYS_INSTALMENT"]
    check(
        features,
        {
            "instalments_count": due.groupby(CLIENT).size(),
            "instalments_late_share": late.groupby(due[CLIENT]).mean(),
            "instalments_paid_part": due.groupby(CLIENT)["paid"].sum() / due.groupby(CLIENT)["amount"].sum(),
            "instalments_ahead_mean": (due["DAYS_INSTALMENT"] - due["day"]).clip(lower=0).groupby(due[CLIENT]).mean(),
        },
    )


def test_credit_card(features, read):
    table = read("credit_card_balance")
    used = table["AMT_BALANCE"] / table["AMT_CREDIT_LIMIT_ACTUAL"].where(table["AMT_CREDIT_LIMIT_ACTUAL"] > 0)
    recent = table["MONTHS_BALANCE"] >= -12
    check(
        features,
        {
            "card_utilisation_mean": used.groupby(table[CLIENT]).mean(),
            "card_12m_drawn_sum": table[recent].groupby(CLIENT)["AMT_DRAWINGS_CURRENT"].sum(),
            "card_under_minimum_share": table["AMT_PAYMENT_TOTAL_CURRENT"]
            .lt(table["AMT_INST_MIN_REGULARITY"])
            .groupby(table[CLIENT])
            .mean(),
            "cards_count": table.groupby(CLIENT)["SK_ID_PREV"].nunique(),
        },
    )


def test_real_clients_who_are_not_covered_have_nothing(real_clients, result, tmp_path):
    features = result(real_clients, tmp_path / "features.parquet", coverage=real_clients / "coverage.parquet")
    covered = pd.read_parquet(real_clients / "coverage.parquet").set_index(CLIENT)
    without = features.loc[covered.index[~covered["has_prev_pos"]].intersection(features.index)]
    assert len(without) > 100
    assert (
        without[[name for name in features if name.startswith(("previous_", "pos_", "instalments_"))]]
        .isna()
        .all(axis=None)
    )
    assert without["bureau_count"].notna().all()
