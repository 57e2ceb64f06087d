import numpy as np
import pytest

NEVER = 365_243


def test_keys_resolve_and_ids_are_unique(tables):
    clients = tables["application_train"]["SK_ID_CURR"]
    bureau, previous = tables["bureau"], tables["previous_application"]
    assert bureau["SK_ID_BUREAU"].is_unique
    assert previous["SK_ID_PREV"].is_unique
    assert bureau["SK_ID_CURR"].isin(clients).all()
    assert previous["SK_ID_CURR"].isin(clients).all()
    assert tables["bureau_balance"]["SK_ID_BUREAU"].isin(bureau["SK_ID_BUREAU"]).all()
    owner = previous.set_index("SK_ID_PREV")["SK_ID_CURR"]
    for name in ("POS_CASH_balance", "installments_payments", "credit_card_balance"):
        table = tables[name]
        assert (table["SK_ID_PREV"].map(owner) == table["SK_ID_CURR"]).all(), name


def test_numbers_lie_where_no_real_ones_do(tables):
    assert tables["bureau"]["SK_ID_BUREAU"].min() >= 10_000_000
    assert tables["previous_application"]["SK_ID_PREV"].min() >= 20_000_000


@pytest.mark.parametrize("name", ["bureau_balance", "POS_CASH_balance", "credit_card_balance"])
def test_a_credit_is_reported_once_a_month_without_gaps(tables, name):
    table = tables[name]
    key = "SK_ID_BUREAU" if name == "bureau_balance" else "SK_ID_PREV"
    months = table.groupby(key)["MONTHS_BALANCE"].agg(["min", "max", "size"])
    assert not table.duplicated([key, "MONTHS_BALANCE"]).any()
    assert (months["max"] - months["min"] + 1 == months["size"]).all()
    assert months["min"].min() >= -96
    assert months["max"].max() <= (0 if name == "bureau_balance" else -1)


def test_nothing_happens_after_the_application(tables):
    bureau, previous, paid = (tables[n] for n in ("bureau", "previous_application", "installments_payments"))
    assert (bureau["DAYS_CREDIT"] < 0).all()
    assert (bureau["DAYS_ENDDATE_FACT"].dropna() <= 0).all()
    assert (bureau["DAYS_CREDIT_UPDATE"] <= 0).all()
    assert (previous["DAYS_DECISION"] < 0).all()
    for name in ("DAYS_FIRST_DRAWING", "DAYS_FIRST_DUE", "DAYS_LAST_DUE", "DAYS_TERMINATION"):
        days = previous[name].dropna()
        assert ((days < 0) | (days == NEVER)).all(), name
    assert (paid["DAYS_INSTALMENT"] < 0).all()
    assert (paid["DAYS_ENTRY_PAYMENT"].dropna() < 0).all()


def test_no_credit_begins_before_the_client_is_of_age(tables):
    born = tables["application_train"].set_index("SK_ID_CURR")["DAYS_BIRTH"]
    for name, day in (("bureau", "DAYS_CREDIT"), ("previous_application", "DAYS_DECISION")):
        age = tables[name][day] - tables[name]["SK_ID_CURR"].map(born)
        assert age.min() >= 18 * 365.25 - 1


def test_a_closed_credit_has_an_end_and_an_active_one_has_none(tables):
    bureau = tables["bureau"]
    closed, active = bureau["CREDIT_ACTIVE"] == "Closed", bureau["CREDIT_ACTIVE"] == "Active"
    assert bureau["DAYS_ENDDATE_FACT"][closed].notna().all()
    assert bureau["DAYS_ENDDATE_FACT"][active].isna().all()
    assert (bureau["DAYS_ENDDATE_FACT"] >= bureau["DAYS_CREDIT"])[closed].all()
    planned = bureau["DAYS_CREDIT_ENDDATE"]
    assert (planned.isna() | (planned >= bureau["DAYS_CREDIT"])).all()
    assert (bureau["DAYS_CREDIT_UPDATE"] >= bureau["DAYS_CREDIT"]).all()
    overdue = bureau["CREDIT_DAY_OVERDUE"] > 0
    assert (bureau["AMT_CREDIT_SUM_OVERDUE"][~overdue] == 0).all()
    late = bureau[overdue]
    assert (late["AMT_CREDIT_SUM_OVERDUE"] <= late["AMT_CREDIT_SUM_DEBT"].fillna(np.inf) + 0.1).all()


def test_a_credit_reported_closed_stays_closed_and_did_close(tables):
    months = tables["bureau_balance"].sort_values(["SK_ID_BUREAU", "MONTHS_BALANCE"])
    closed = months["STATUS"] == "C"
    ended = closed.groupby(months["SK_ID_BUREAU"]).cummax()
    assert (closed == ended).all()
    active = tables["bureau"].loc[tables["bureau"]["CREDIT_ACTIVE"] == "Active", "SK_ID_BUREAU"]
    assert not months["SK_ID_BUREAU"][closed].isin(active).any()


def test_reports_begin_in_the_month_after_the_credit_began(tables):
    first = tables["bureau_balance"].groupby("SK_ID_BUREAU")["MONTHS_BALANCE"].min()
    opened = tables["bureau"].set_index("SK_ID_BUREAU")["DAYS_CREDIT"].reindex(first.index)
    expected = (np.floor(opened / 30.4375) + 1).clip(-96, 0)
    assert (first == expected).all()


def test_only_approved_applications_have_dates_and_reports(tables):
    previous = tables["previous_application"]
    approved = previous["NAME_CONTRACT_STATUS"] == "Approved"
    dates = ["DAYS_FIRST_DUE", "DAYS_LAST_DUE", "DAYS_TERMINATION", "NFLAG_INSURED_ON_APPROVAL"]
    assert previous.loc[~approved, dates].isna().all(axis=None)
    assert previous.loc[~previous["CNT_PAYMENT"].notna(), "AMT_ANNUITY"].isna().all()
    made = previous.loc[approved, ["SK_ID_PREV", "NAME_CONTRACT_TYPE"]].set_index("SK_ID_PREV")["NAME_CONTRACT_TYPE"]
    assert set(tables["POS_CASH_balance"]["SK_ID_PREV"].map(made)) == {"Consumer loans", "Cash loans"}
    assert set(tables["credit_card_balance"]["SK_ID_PREV"].map(made)) == {"Revolving loans"}


def test_reasons_are_given_for_refusals_only(tables):
    previous = tables["previous_application"]
    reasons = previous.groupby("NAME_CONTRACT_STATUS")["CODE_REJECT_REASON"].agg(set)
    assert reasons["Approved"] == {"XAP"}
    assert {"HC", "LIMIT", "SCO"} <= reasons["Refused"]


def test_instalments_follow_the_terms_of_the_loan(tables):
    terms = ["AMT_ANNUITY", "AMT_CREDIT", "CNT_PAYMENT", "DAYS_FIRST_DUE"]
    previous = tables["previous_application"].set_index("SK_ID_PREV")[terms]
    paid = tables["installments_payments"]
    paid = paid[paid["NUM_INSTALMENT_VERSION"] > 0].join(previous, on="SK_ID_PREV")
    assert (paid["DAYS_INSTALMENT"] == paid["DAYS_FIRST_DUE"] + 30 * (paid["NUM_INSTALMENT_NUMBER"] - 1)).all()
    assert (paid["NUM_INSTALMENT_NUMBER"] <= paid["CNT_PAYMENT"]).all()
    usual = (paid["AMT_INSTALMENT"] / paid["AMT_ANNUITY"]).round(3) == 1
    assert usual.mean() > 0.9
    assert (paid["AMT_INSTALMENT"] >= paid["AMT_ANNUITY"] - 0.1).all()
    assert (paid["AMT_ANNUITY"] * paid["CNT_PAYMENT"] >= 0.99 * paid["AMT_CREDIT"]).all()


def test_instalments_to_come_fall_to_none_when_the_loan_is_completed(tables):
    months = tables["POS_CASH_balance"].sort_values(["SK_ID_PREV", "MONTHS_BALANCE"])
    same = months["SK_ID_PREV"] == months["SK_ID_PREV"].shift()
    assert (months["CNT_INSTALMENT_FUTURE"].diff()[same].dropna() <= 0).all()
    completed = months["NAME_CONTRACT_STATUS"] == "Completed"
    assert (months["CNT_INSTALMENT_FUTURE"][completed] == 0).all()
    last = ~months["SK_ID_PREV"].duplicated(keep="last")
    assert (last | ~completed).all()


def test_a_card_balance_stays_mostly_within_the_limit_and_adds_up(tables):
    card = tables["credit_card_balance"]
    limited = card[card["AMT_CREDIT_LIMIT_ACTUAL"] > 0]
    within = limited["AMT_BALANCE"] <= 1.1 * limited["AMT_CREDIT_LIMIT_ACTUAL"]
    assert within.mean() > 0.95
    parts = card[[f"AMT_DRAWINGS_{kind}_CURRENT" for kind in ("ATM", "POS", "OTHER")]]
    known = parts.notna().all(axis=1)
    assert np.allclose(parts[known].sum(axis=1), card["AMT_DRAWINGS_CURRENT"][known], atol=5)
    assert (card["AMT_DRAWINGS_CURRENT"][~known] == 0).all()
    card = card.sort_values(["SK_ID_PREV", "MONTHS_BALANCE"])
    before = card.groupby("SK_ID_PREV")["AMT_BALANCE"].shift()
    owed = 1.02 * before + card["AMT_DRAWINGS_CURRENT"] - card["AMT_PAYMENT_TOTAL_CURRENT"]
    assert np.allclose(owed[before.notna()], card["AMT_BALANCE"][before.notna()], atol=0.2)


def test_somebody_has_no_record_and_nobody_unknown_to_the_bureau_has_credits_there(tables):
    applications = tables["application_train"]
    unknown = applications.loc[applications["AMT_REQ_CREDIT_BUREAU_YEAR"].isna(), "SK_ID_CURR"]
    assert not tables["bureau"]["SK_ID_CURR"].isin(unknown).any()
    for name in ("bureau", "previous_application", "credit_card_balance"):
        with_record = applications["SK_ID_CURR"].isin(tables[name]["SK_ID_CURR"]).mean()
        assert 0.2 < with_record < 0.99, name
