"""The application table as factors that vary freely, and back.

``decompose`` turns a table into factors, and ``compose`` turns factors into a table. A factor is a column, a ratio,
or a yes/no (``has ...``). It is missing where it has no meaning, such as a car's age without a car. This module
has the rules for every application (parts no larger than the whole, nested missing values, missing-value markers),
so that they hold however the factors are drawn.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from tools.synthetic.columns import ratio, where, yes
from tools.synthetic.copula import Booleans, Floats, Table, Values
from tools.synthetic.housing import read_housing, write_housing

# Texts and numbers that are their own factors; only their missing values are separate.
TEXTS = (
    "NAME_CONTRACT_TYPE", "CODE_GENDER", "FLAG_OWN_CAR", "FLAG_OWN_REALTY", "NAME_EDUCATION_TYPE",
    "NAME_FAMILY_STATUS", "NAME_HOUSING_TYPE", "WEEKDAY_APPR_PROCESS_START",
)  # fmt: skip
NUMBERS = (
    "AMT_INCOME_TOTAL", "REGION_POPULATION_RELATIVE", "DAYS_BIRTH", "FLAG_MOBIL", "FLAG_CONT_MOBILE",
    "FLAG_PHONE", "FLAG_EMAIL", "REGION_RATING_CLIENT", "HOUR_APPR_PROCESS_START",
    "REG_REGION_NOT_LIVE_REGION", "REG_CITY_NOT_LIVE_CITY", "DAYS_LAST_PHONE_CHANGE",
)  # fmt: skip
SOMETIMES_MISSING = ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3")
# A client hands in at most one of these documents; which one depends on the contract and on being employed.
MAIN_DOCUMENTS = ("FLAG_DOCUMENT_3", "FLAG_DOCUMENT_6", "FLAG_DOCUMENT_8", "FLAG_DOCUMENT_5")
NO_DOCUMENT = "none"
OTHER_DOCUMENTS = tuple(f"FLAG_DOCUMENT_{n}" for n in (2, 4, 7, *range(9, 22)))
BUREAU = tuple(f"AMT_REQ_CREDIT_BUREAU_{span}" for span in ("HOUR", "DAY", "WEEK", "MON", "QRT", "YEAR"))

NOT_EMPLOYED = 365243  # the missing-value marker for "no employment" in DAYS_EMPLOYED
COUPLES = ("Married", "Civil marriage")
REVOLVING = "Revolving loans"
REVOLVING_ANNUITY = 0.05
WORKING_AGE_DAYS = 6543  # nobody started to work before this age
IDENTITY_AGE_DAYS, RENEWAL_AGE_DAYS = 7305, 16436  # the identity document is renewed at 20 and at 45 ...
IDENTITY_SPAN_DAYS = 6300  # ... and never older than this
RETIREMENT_BANDS = (16_436, 20_089, 21_915)  # days: 45, 55, 60 years
FAMILY_BANDS = (10_957, 16_436, 20_089)  # days: 30, 45, 55 years
IDENTITY_BANDS = (10_957, 13_500, 16_436, 18_628, 20_454, 22_645)  # days: 30, 37, 45, 51, 56, 62 years
GOODS_STEP, CREDIT_STEP, INCOME_STEP = 4500.0, 4.5, 450.0


def decompose(table: Mapping[str, Values]) -> Table:
    """Turn the columns of an application table into factors.

    Parameters
    ----------
    table : arrays of the same length by column name, as :func:`columns.columns_of` gives them.

    Returns
    -------
    Arrays by factor name; missing (NaN or None) where a factor has no meaning.
    """
    factors: Table = {name: table[name] for name in (*TEXTS, *NUMBERS, *OTHER_DOCUMENTS)}
    for name in SOMETIMES_MISSING:
        factors[f"has {name}"] = yes(table[name])
        factors[name] = table[name]
    for part in (_read_money, _read_life, _read_places, _read_circle, _read_documents, read_housing):
        factors |= part(table)
    return factors


def compose(factors: Mapping[str, Values]) -> Table:
    """Turn factors into the columns of an application table: the inverse of :func:`decompose`."""
    table: Table = {name: factors[name] for name in (*TEXTS, *NUMBERS, *OTHER_DOCUMENTS)}
    for name in SOMETIMES_MISSING:
        table[name] = where(factors[f"has {name}"] == 1, factors[name])
    for name in ("DAYS_BIRTH", "DAYS_LAST_PHONE_CHANGE"):
        table[name] = np.round(np.asarray(factors[name], dtype=float))
    for name in ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3"):
        table[name] = np.round(np.asarray(table[name], dtype=float), 6)
    for part in (_write_money, _write_life, _write_places, _write_documents):
        table |= part(factors, table)
    return table | _write_circle(factors) | write_housing(factors)


def _read_money(table: Mapping[str, Values]) -> Table:
    revolving = table["NAME_CONTRACT_TYPE"] == REVOLVING
    goods, credit = table["AMT_GOODS_PRICE"], table["AMT_CREDIT"]
    return {
        "goods price": where(~revolving, goods),
        "credit to goods": where(~revolving, np.round(ratio(credit, goods), 5)),
        "annuity to credit": where(~revolving, ratio(table["AMT_ANNUITY"], credit)),
        "revolving credit": where(revolving, credit),
        "has company": where(~revolving, yes(table["NAME_TYPE_SUITE"])),
        "has revolving company": where(revolving, yes(table["NAME_TYPE_SUITE"])),
        "NAME_TYPE_SUITE": table["NAME_TYPE_SUITE"],
    }


def _write_money(factors: Mapping[str, Values], table: Mapping[str, Values]) -> Table:
    revolving = table["NAME_CONTRACT_TYPE"] == REVOLVING
    price = np.round(factors["goods price"] / GOODS_STEP) * GOODS_STEP
    credit = np.round(price * factors["credit to goods"] / CREDIT_STEP) * CREDIT_STEP
    annuity = np.round(credit * factors["annuity to credit"] / CREDIT_STEP) * CREDIT_STEP
    line = np.asarray(factors["revolving credit"], dtype=float)
    # A revolving loan whose NAME_TYPE_SUITE is missing has no goods price either.
    company = np.where(revolving, factors["has revolving company"], factors["has company"]) == 1
    return {
        "NAME_TYPE_SUITE": where(company, factors["NAME_TYPE_SUITE"]),
        "AMT_INCOME_TOTAL": np.round(factors["AMT_INCOME_TOTAL"] / INCOME_STEP) * INCOME_STEP,
        "AMT_CREDIT": np.where(revolving, line, credit),
        "AMT_GOODS_PRICE": np.where(revolving, where(company, line), price),
        "AMT_ANNUITY": np.where(revolving, line * REVOLVING_ANNUITY, annuity),
    }


def _spans(birth: Values) -> tuple[Floats, Floats, Floats]:
    """Return the longest possible employment, registration and age of the identity document, in days."""
    age = -np.asarray(birth, dtype=float)
    since_renewal = age - np.where(age < RENEWAL_AGE_DAYS, IDENTITY_AGE_DAYS, RENEWAL_AGE_DAYS)
    identity = np.minimum(IDENTITY_SPAN_DAYS, since_renewal)
    return np.maximum(age - WORKING_AGE_DAYS, 1.0), age, np.maximum(identity, 1.0)


def _bands(name: str, age: Floats, edges: tuple[int, ...]) -> dict[str, Booleans]:
    """Return for each age band which clients are in it, by factor name."""
    band = np.digitize(age, edges)
    return {f"{name} {number}": band == number for number in range(len(edges) + 1)}


def _family_bands(age: Floats, couple: Booleans) -> dict[str, Booleans]:
    """Return for each group of family status and age which clients are in it, by factor name."""
    return {
        f"children of {status}, {name}": one & other
        for status, one in (("couples", couple), ("others", ~couple))
        for name, other in _bands("age", age, FAMILY_BANDS).items()
    }


def _pick(bands: Mapping[str, Booleans], factors: Mapping[str, Values]) -> Floats:
    """Return each client's value from the factor of the client's band."""
    return np.select(list(bands.values()), [np.asarray(factors[name], dtype=float) for name in bands])


def _couples(table: Mapping[str, Values]) -> Booleans:
    return np.isin(table["NAME_FAMILY_STATUS"].astype(str), COUPLES)


def _read_life(table: Mapping[str, Values]) -> Table:
    employment, age, identity = _spans(table["DAYS_BIRTH"])
    working = table["DAYS_EMPLOYED"] != NOT_EMPLOYED
    couple = _couples(table)
    return {
        **{name: where(band, table["CNT_CHILDREN"]) for name, band in _family_bands(age, couple).items()},
        **{
            name: where(band, working.astype(float))
            for name, band in _bands("is working", age, RETIREMENT_BANDS).items()
        },
        "NAME_INCOME_TYPE": where(working, table["NAME_INCOME_TYPE"]),
        "retirement": where(~working, table["NAME_INCOME_TYPE"]),
        "ORGANIZATION_TYPE": where(working, table["ORGANIZATION_TYPE"]),
        "has OCCUPATION_TYPE": where(working, yes(table["OCCUPATION_TYPE"])),
        "OCCUPATION_TYPE": table["OCCUPATION_TYPE"],
        "employment to possible": where(working, np.clip(-table["DAYS_EMPLOYED"] / employment, 0.0, 1.0)),
        "registration to age": -table["DAYS_REGISTRATION"] / age,
        **{
            name: where(band, np.clip(-table["DAYS_ID_PUBLISH"] / identity, 0.0, 1.0))
            for name, band in _bands("identity to possible", age, IDENTITY_BANDS).items()
        },
        "OWN_CAR_AGE": where(table["FLAG_OWN_CAR"] == "Y", table["OWN_CAR_AGE"]),
    }


def _write_life(factors: Mapping[str, Values], table: Mapping[str, Values]) -> Table:
    employment, age, identity = _spans(table["DAYS_BIRTH"])
    working = _pick(_bands("is working", age, RETIREMENT_BANDS), factors) == 1
    employed = -np.maximum(np.round(employment * factors["employment to possible"]), 1.0)
    has_occupation = working & (factors["has OCCUPATION_TYPE"] == 1)
    held = _pick(_bands("identity to possible", age, IDENTITY_BANDS), factors)
    couple = _couples(table)
    children = _pick(_family_bands(age, couple), factors)
    return {
        "CNT_CHILDREN": children,
        "FLAG_EMP_PHONE": working.astype(float),
        "DAYS_EMPLOYED": np.where(working, employed, float(NOT_EMPLOYED)),
        "NAME_INCOME_TYPE": np.where(working, factors["NAME_INCOME_TYPE"], factors["retirement"]),
        "ORGANIZATION_TYPE": np.where(working, factors["ORGANIZATION_TYPE"], "XNA"),
        "OCCUPATION_TYPE": where(has_occupation, factors["OCCUPATION_TYPE"]),
        "DAYS_REGISTRATION": -np.round(age * factors["registration to age"]) + 0.0,
        "DAYS_ID_PUBLISH": -np.round(identity * held) + 0.0,
        "OWN_CAR_AGE": where(table["FLAG_OWN_CAR"] == "Y", factors["OWN_CAR_AGE"]),
        "CNT_FAM_MEMBERS": children + 1.0 + couple,
    }


def _read_places(table: Mapping[str, Values]) -> Table:
    rating = table["REGION_RATING_CLIENT"]
    working = table["DAYS_EMPLOYED"] != NOT_EMPLOYED
    factors: Table = {
        "city bonus": where(rating > 1, rating - table["REGION_RATING_CLIENT_W_CITY"]),
        "FLAG_WORK_PHONE": where(working, table["FLAG_WORK_PHONE"]),
    }
    for place in ("REGION", "CITY"):
        elsewhere = working & (table[f"REG_{place}_NOT_LIVE_{place}"] == 1)
        from_home, from_registration = f"LIVE_{place}_NOT_WORK_{place}", f"REG_{place}_NOT_WORK_{place}"
        factors[from_registration] = where(working, table[from_registration])
        factors[from_home] = where(elsewhere, table[from_home])
    return factors


def _write_places(factors: Mapping[str, Values], table: Mapping[str, Values]) -> Table:
    rating = table["REGION_RATING_CLIENT"]
    working = table["DAYS_EMPLOYED"] != NOT_EMPLOYED
    places: Table = {
        "REGION_RATING_CLIENT_W_CITY": np.where(rating > 1, np.maximum(rating - factors["city bonus"], 1.0), 1.0),
        "FLAG_WORK_PHONE": np.where(working, factors["FLAG_WORK_PHONE"], 0.0),
    }
    for place in ("REGION", "CITY"):
        elsewhere = table[f"REG_{place}_NOT_LIVE_{place}"] == 1
        from_home, from_registration = f"LIVE_{place}_NOT_WORK_{place}", f"REG_{place}_NOT_WORK_{place}"
        # For clients who live where they are registered, working away from home and from the registration are the same.
        places[from_registration] = np.where(working, factors[from_registration], 0.0)
        apart = np.where(elsewhere, factors[from_home], places[from_registration])
        places[from_home] = np.where(working, apart, 0.0)
    return places


def _read_circle(table: Mapping[str, Values]) -> Table:
    observed, defaults = table["OBS_30_CNT_SOCIAL_CIRCLE"], table["DEF_30_CNT_SOCIAL_CIRCLE"]
    asked = pd.notna(table[BUREAU[0]])
    return {
        "has circle": yes(observed),
        "circle": observed,
        "circle late": where(observed > 0, defaults),
        "circle drop": where(observed > 0, observed - table["OBS_60_CNT_SOCIAL_CIRCLE"]),
        "circle late drop": where(defaults > 0, defaults - table["DEF_60_CNT_SOCIAL_CIRCLE"]),
        "has bureau": asked.astype(float),
        **{name: table[name] for name in BUREAU},
    }


def _write_circle(factors: Mapping[str, Values]) -> Table:
    known, asked = factors["has circle"] == 1, factors["has bureau"] == 1
    observed = np.asarray(factors["circle"], dtype=float)
    late = np.minimum(factors["circle late"], observed)
    later_seen = np.maximum(observed - factors["circle drop"], 0.0)
    later = np.clip(late - factors["circle late drop"], 0.0, later_seen)
    return {
        "OBS_30_CNT_SOCIAL_CIRCLE": where(known, observed),
        "DEF_30_CNT_SOCIAL_CIRCLE": where(known, late),
        "OBS_60_CNT_SOCIAL_CIRCLE": where(known, later_seen),
        "DEF_60_CNT_SOCIAL_CIRCLE": where(known, later),
        **{name: where(asked, factors[name]) for name in BUREAU},
    }


def _document_groups(table: Mapping[str, Values]) -> dict[str, Booleans]:
    """Return for each group of contract and employment which clients are in it, by factor name."""
    revolving = table["NAME_CONTRACT_TYPE"] == REVOLVING
    working = table["DAYS_EMPLOYED"] != NOT_EMPLOYED
    return {
        f"document, {contract}, {work}": one & other
        for contract, one in (("revolving", revolving), ("cash", ~revolving))
        for work, other in (("working", working), ("not working", ~working))
    }


def _read_documents(table: Mapping[str, Values]) -> Table:
    handed_in = [table[name] == 1 for name in MAIN_DOCUMENTS]
    document = np.select(handed_in, MAIN_DOCUMENTS, NO_DOCUMENT).astype(object)
    return {name: where(group, document) for name, group in _document_groups(table).items()}


def _write_documents(factors: Mapping[str, Values], table: Mapping[str, Values]) -> Table:
    groups = _document_groups(table)
    document = np.select(list(groups.values()), [factors[name] for name in groups], NO_DOCUMENT)
    return {name: (document == name).astype(float) for name in MAIN_DOCUMENTS}
