"""Rules that every real application respects, and so must every synthetic one."""

import numpy as np
import pandas as pd
import pytest

from tools.synthetic import generate


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return generate.generate(16_000, seed=11)


def missing_together(columns: pd.DataFrame) -> bool:
    missing = columns.isna()
    return bool(missing.any(axis=1).equals(missing.all(axis=1)) and missing.any(axis=None))


def test_the_employment_marker_is_exactly_where_nobody_works(table):
    not_working = table["DAYS_EMPLOYED"] == 365_243
    assert 0.1 < not_working.mean() < 0.3
    assert (not_working == (table["FLAG_EMP_PHONE"] == 0)).all()
    assert (not_working == (table["ORGANIZATION_TYPE"] == "XNA")).all()
    assert (not_working == table["NAME_INCOME_TYPE"].isin(["Pensioner", "Unemployed"])).all()
    assert table.loc[not_working, "OCCUPATION_TYPE"].isna().all()
    away = ["REG_CITY_NOT_WORK_CITY", "REG_REGION_NOT_WORK_REGION", "LIVE_CITY_NOT_WORK_CITY", "FLAG_WORK_PHONE"]
    assert (table.loc[not_working, away] == 0).all(axis=None)


def test_nobody_worked_before_the_age_of_17_or_registered_before_birth(table):
    working = table[table["DAYS_EMPLOYED"] != 365_243]
    assert (working["DAYS_EMPLOYED"] < 0).all()
    assert ((working["DAYS_EMPLOYED"] - working["DAYS_BIRTH"]) / 365.25 > 17).all()
    assert (table["DAYS_REGISTRATION"] >= table["DAYS_BIRTH"]).all()
    assert (table["DAYS_ID_PUBLISH"] >= table["DAYS_BIRTH"]).all()
    assert (table[["DAYS_REGISTRATION", "DAYS_ID_PUBLISH", "DAYS_LAST_PHONE_CHANGE"]] <= 0).all(axis=None)


def test_only_car_owners_have_a_car_age(table):
    assert (table["OWN_CAR_AGE"].isna() == (table["FLAG_OWN_CAR"] == "N")).all()


def test_a_family_is_the_children_and_one_or_two_adults(table):
    couple = table["NAME_FAMILY_STATUS"].isin(["Married", "Civil marriage"])
    assert (table["CNT_FAM_MEMBERS"] - table["CNT_CHILDREN"] == 1 + couple).all()


def test_amounts_are_positive_and_come_in_the_steps_of_the_real_table(table):
    for name, step in (("AMT_INCOME_TOTAL", 4.5), ("AMT_CREDIT", 4.5), ("AMT_ANNUITY", 4.5)):
        assert (table[name] > 0).all()
        assert np.allclose(table[name] / step, np.round(table[name] / step), atol=1e-6)
    goods = table["AMT_GOODS_PRICE"].dropna()
    assert (goods % 4_500 == 0).all()


def test_a_third_of_credits_equals_the_price_of_the_goods(table):
    ratio = table["AMT_CREDIT"] / table["AMT_GOODS_PRICE"]
    assert 0.3 < (ratio == 1).mean() < 0.4
    revolving = table[table["NAME_CONTRACT_TYPE"] == "Revolving loans"]
    assert np.allclose(revolving["AMT_ANNUITY"], 0.05 * revolving["AMT_CREDIT"])
    assert (table["AMT_ANNUITY"] < 0.2 * table["AMT_CREDIT"]).all()


def test_defaults_in_the_social_circle_are_among_those_observed(table):
    circle = table[[f"{kind}_{days}_CNT_SOCIAL_CIRCLE" for days in (30, 60) for kind in ("OBS", "DEF")]]
    assert missing_together(circle)
    seen30, late30, seen60, late60 = (circle.dropna()[name] for name in circle.columns)
    assert (late30 <= seen30).all()
    assert (late60 <= seen60).all()
    assert (seen60 <= seen30).all()
    assert (late60 <= late30).all()


def test_credit_bureau_enquiries_are_missing_together(table):
    assert missing_together(table.filter(like="AMT_REQ_CREDIT_BUREAU"))


def test_the_three_versions_of_a_housing_measure_are_missing_together_and_most_often_alike(table):
    for name in table.columns[table.columns.str.endswith("_AVG")]:
        versions = table[[name, name.replace("_AVG", "_MODE"), name.replace("_AVG", "_MEDI")]]
        assert missing_together(versions)
        assert versions.min().min() >= 0
        assert versions.max().max() <= 1
    floors = table["FLOORSMAX_AVG"].notna()
    assert (table["FLOORSMAX_AVG"] == table["FLOORSMAX_MODE"])[floors].mean() > 0.8


def test_whoever_has_any_housing_figure_has_the_emergency_state(table):
    measures = [name for name in table.columns if name.endswith(("_AVG", "_MEDI", "_MODE"))]
    others = table[measures].drop(columns="EMERGENCYSTATE_MODE")
    unknown = table["EMERGENCYSTATE_MODE"].isna()
    assert others[unknown].isna().all(axis=None)
    assert len(measures) == 47


def test_living_and_registered_places_agree(table):
    for place in ("REGION", "CITY"):
        home = table[table[f"REG_{place}_NOT_LIVE_{place}"] == 0]
        assert (home[f"REG_{place}_NOT_WORK_{place}"] == home[f"LIVE_{place}_NOT_WORK_{place}"]).all()


def test_region_ratings_are_1_to_3_and_the_city_never_makes_them_worse(table):
    assert table["REGION_RATING_CLIENT"].isin([1, 2, 3]).all()
    assert table["REGION_RATING_CLIENT_W_CITY"].isin([1, 2, 3]).all()
    assert (table["REGION_RATING_CLIENT_W_CITY"] <= table["REGION_RATING_CLIENT"]).all()


def test_at_most_one_of_the_main_documents_is_handed_in(table):
    main = table[[f"FLAG_DOCUMENT_{n}" for n in (3, 5, 6, 8)]]
    assert (main.sum(axis=1) <= 1).all()
    assert table.filter(like="FLAG_").select_dtypes("number").isin([0, 1]).all(axis=None)
