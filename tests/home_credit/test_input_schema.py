import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scoring.home_credit.input_schema import load_schema, name_derived_numbers
from scoring.home_credit.inputs import DERIVED
from scoring.model.schema import InputSchema, SchemaField

ROOT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("HOME_CREDIT_DATA") or ROOT.parent / "shared" / "data" / "home_credit")


@pytest.fixture(scope="module")
def home_credit() -> InputSchema:
    return load_schema()


def names_where(home_credit: InputSchema, **attributes: object) -> set[str]:
    return {
        field.name
        for field in home_credit.fields
        if all(getattr(field, name) == value for name, value in attributes.items())
    }


def test_an_application_has_120_fields_each_of_its_own_name(home_credit):
    assert len(home_credit.fields) == 120
    assert len({field.name for field in home_credit.fields}) == 120


def test_a_client_is_named_by_six_digits_and_neither_number_nor_outcome_is_a_field(home_credit):
    assert (home_credit.identity.name, home_credit.identity.digits, home_credit.target) == (
        "SK_ID_CURR",
        6,
        "TARGET",
    )
    assert not {"SK_ID_CURR", "TARGET"} & {field.name for field in home_credit.fields}


def test_five_fields_are_required(home_credit):
    assert names_where(home_credit, required=True) == {
        "AMT_CREDIT",
        "AMT_INCOME_TOTAL",
        "AMT_ANNUITY",
        "DAYS_BIRTH",
        "NAME_CONTRACT_TYPE",
    }


def test_gender_and_family_status_are_protected_and_what_gives_a_family_away_is_a_proxy(home_credit):
    assert names_where(home_credit, tier="protected") == {"CODE_GENDER", "NAME_FAMILY_STATUS"}
    assert names_where(home_credit, tier="proxy") == {
        "CNT_CHILDREN",
        "CNT_FAM_MEMBERS",
        "NAME_TYPE_SUITE",
        "OBS_30_CNT_SOCIAL_CIRCLE",
        "DEF_30_CNT_SOCIAL_CIRCLE",
        "OBS_60_CNT_SOCIAL_CIRCLE",
        "DEF_60_CNT_SOCIAL_CIRCLE",
    }
    assert {field.name: field.proxy_categories for field in home_credit.fields if field.proxy_categories} == {
        "NAME_INCOME_TYPE": ("Maternity leave",)
    }


def test_only_what_is_asked_for_can_change_in_a_new_application_and_nothing_that_is_declared(home_credit):
    assert names_where(home_credit, changeable=True) == {
        "AMT_CREDIT",
        "AMT_ANNUITY",
        "AMT_GOODS_PRICE",
        "NAME_CONTRACT_TYPE",
    }


def test_ages_run_from_18_to_100_years_amounts_are_above_zero_and_external_scores_from_0_to_1(home_credit):
    age = home_credit.field("DAYS_BIRTH")
    assert (age.minimum, age.maximum, age.exclusive) == (-36525, -6574, False)
    assert names_where(home_credit, minimum=0, exclusive=True, maximum=None) == {
        "AMT_CREDIT",
        "AMT_INCOME_TOTAL",
        "AMT_ANNUITY",
        "AMT_GOODS_PRICE",
    }
    for number in (1, 2, 3):
        score = home_credit.field(f"EXT_SOURCE_{number}")
        assert (score.minimum, score.maximum, score.exclusive) == (0, 1, False)


def test_a_measure_of_the_building_has_no_upper_bound_so_that_a_far_value_is_scored_with_a_warning(home_credit):
    building = [
        field
        for field in home_credit.fields
        if field.name.endswith(("_AVG", "_MODE", "_MEDI")) and field.type == "number"
    ]
    assert len(building) == 43  # 14 measures three times, and the total area
    assert {(field.minimum, field.maximum) for field in building} == {(0, None)}


def test_units_bound_what_they_mean(home_credit):
    bounds = {"flag": (0, 1), "count": (0, None), "hour": (0, 23), "years": (0, None)}
    for field in home_credit.fields:
        if field.unit in bounds:
            assert (field.type, field.minimum, field.maximum) == ("integer", *bounds[field.unit]), field.name
        if field.unit == "days":
            assert (field.type, field.maximum) == ("integer", -6574 if field.required else 0), field.name
        if field.type == "category":
            assert (field.unit, field.minimum, field.maximum) == (None, None, None), field.name


def test_a_missing_value_marker_has_the_type_of_its_field(home_credit):
    assert {field.name: field.missing for field in home_credit.fields if field.missing} == {
        "CODE_GENDER": ("XNA",),
        "NAME_FAMILY_STATUS": ("Unknown",),
        "DAYS_EMPLOYED": (365243.0,),
        "REGION_RATING_CLIENT_W_CITY": (-1.0,),
        "ORGANIZATION_TYPE": ("XNA",),
        "FONDKAPREMONT_MODE": ("not specified",),
    }


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_field_has_a_readable_name_that_no_other_has(home_credit, language):
    labels = [getattr(field.label, language) for field in home_credit.fields]
    assert all(label and label == label.strip() and "_" not in label for label in labels)
    assert len({label.casefold() for label in labels}) == 120


def test_readable_names_are_in_plain_french_with_accents(home_credit):
    assert home_credit.field("AMT_CREDIT").label.fr == "Montant du crédit"
    assert home_credit.field("EXT_SOURCE_2").label.fr == "Score externe 2 (fournisseur extérieur)"
    assert home_credit.field("LIVINGAREA_MEDI").label.fr == "Surface habitable de l'immeuble (médiane)"


def test_every_field_is_described_in_one_sentence_of_its_own(home_credit):
    for language in ("en", "fr"):
        descriptions = [getattr(field.description, language) for field in home_credit.fields]
        assert all(text.endswith(".") and ". " not in text for text in descriptions)
        assert len(set(descriptions)) == 120


def test_a_field_keeps_what_its_line_says(home_credit):
    assert home_credit.field("AMT_GOODS_PRICE") == SchemaField(
        name="AMT_GOODS_PRICE",
        type="number",
        unit="currency",
        minimum=0,
        exclusive=True,
        concept="credit_amount",
        role="price",
        changeable=True,
        label={"en": "Price of the goods", "fr": "Prix du bien financé"},
        description={
            "en": "Price of the goods that the credit is to pay for.",
            "fr": "Prix du bien que le crédit doit financer.",
        },
        sentences={"known": {"en": "The goods cost {value}.", "fr": "Le bien coûte {value}."}},
    )


def test_every_field_that_a_model_may_use_is_about_something(home_credit):
    assert {field.name for field in home_credit.fields if field.tier == "justified" and field.concept is None} == set()
    assert names_where(home_credit, concept="age") == {"DAYS_BIRTH"}
    assert names_where(home_credit, concept="external_score") == {"EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3"}


def test_the_parts_of_the_credit_asked_for_are_known(home_credit):
    parts = {part: home_credit.find_by_role(part).name for part in ("credit", "instalment", "price", "product")}
    assert parts == {
        "credit": "AMT_CREDIT",
        "instalment": "AMT_ANNUITY",
        "price": "AMT_GOODS_PRICE",
        "product": "NAME_CONTRACT_TYPE",
    }
    assert home_credit.field("NAME_CONTRACT_TYPE").open_ended == ("Revolving loans",)


def test_categories_are_named_in_both_languages(home_credit):
    assert home_credit.field("NAME_HOUSING_TYPE").texts["With parents"].fr == "Chez ses parents"
    named = {field.name for field in home_credit.fields if field.texts}
    assert named == {field.name for field in home_credit.fields if field.type == "category"}


def test_derived_numbers_have_readable_names(home_credit):
    made = {step.name for step in DERIVED if step.operation not in {"log", "square"}}
    assert set(name_derived_numbers()) == made
    assert name_derived_numbers()["CAR_AGE_TO_AGE"].scale == -365.25


@pytest.fixture(scope="module", params=["application_train", "application_test"])
def real_applications(request) -> pd.DataFrame:
    path = REAL / f"{request.param}.parquet"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in HOME_CREDIT_DATA={REAL}")
    return pd.read_parquet(path)


@pytest.mark.realdata
def test_the_fields_are_the_real_tables_columns_in_their_order(home_credit, real_applications):
    columns = [column for column in real_applications if column not in ("SK_ID_CURR", "TARGET")]
    assert [field.name for field in home_credit.fields] == columns


@pytest.mark.realdata
def test_no_real_value_is_refused(home_credit, real_applications):
    refused = {}
    for field in home_credit.fields:
        values = real_applications[field.name].dropna()
        values = values[~values.isin(field.missing)]
        wrong = values[~is_allowed(values, field)]
        if len(wrong):
            refused[field.name] = sorted(set(wrong))[:5]
    assert refused == {}


@pytest.mark.realdata
def test_no_required_field_is_missing_in_more_than_a_handful_of_real_applications(home_credit, real_applications):
    required = sorted(names_where(home_credit, required=True))
    assert real_applications[required].isna().any(axis=1).mean() < 0.001


def is_allowed(values: "pd.Series[object]", field: SchemaField) -> np.ndarray:
    if field.type == "category":
        return values.map(lambda value: isinstance(value, str)).to_numpy(dtype=bool)
    numbers = values.to_numpy(dtype=float)
    low = -np.inf if field.minimum is None else field.minimum
    allowed = (numbers > low) if field.exclusive else (numbers >= low)
    allowed &= numbers <= (np.inf if field.maximum is None else field.maximum)
    return allowed & (numbers == np.round(numbers)) if field.type == "integer" else allowed
