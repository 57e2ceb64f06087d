import pytest

from scoring.home_credit import input_schema, inputs


def test_no_protected_or_proxy_field_reaches_the_model():
    schema = input_schema.load_schema()
    made = inputs.select_inputs(schema)
    used = {*made.numbers, *made.categories, *(name for step in made.derived for name in step.inputs)}
    assert not {field.name for field in schema.fields if field.tier != "justified"} & used


def test_maternity_leave_is_read_as_missing():
    assert "Maternity leave" in inputs.select_inputs(input_schema.load_schema()).missing_values["NAME_INCOME_TYPE"]


def test_derived_numbers_build_on_fields_or_on_earlier_ones():
    known = {field.name for field in input_schema.load_schema().fields if field.type != "category"}
    for step in inputs.DERIVED:
        assert set(step.inputs) <= known, step.name
        known.add(step.name)


def test_protected_and_proxy_fields_are_let_in_only_when_asked_for():
    schema = input_schema.load_schema()
    usual, proxies = inputs.select_inputs(schema), inputs.select_inputs(schema, tiers=("proxy", "justified"))
    assert "CNT_CHILDREN" not in usual.numbers
    assert "CNT_CHILDREN" in proxies.numbers
    assert "Maternity leave" not in proxies.missing_values.get("NAME_INCOME_TYPE", ())
    assert "CODE_GENDER" in inputs.select_inputs(schema, tiers=("protected", "justified")).categories


def test_without_age_nothing_is_derived_from_it_either():
    schema = input_schema.load_schema()
    left = inputs.exclude_age(schema)
    assert "DAYS_BIRTH" not in left.numbers
    assert not any("DAYS_BIRTH" in step.inputs for step in left.derived)
    assert {step.name for step in inputs.DERIVED} - {step.name for step in left.derived} == {
        "EMPLOYED_TO_AGE",
        "CAR_AGE_TO_AGE",
    }


@pytest.mark.realdata
def test_a_plain_regression_on_the_real_applications_reaches_what_others_reached(real_data, tmp_path):
    from sklearn.metrics import roc_auc_score

    from scoring.home_credit.applications import read_applications
    from scoring.training.candidates.families import make_recipe
    from scoring.training.candidates.out_of_fold import Folds
    from scoring.training.data.folds import assign_folds

    schema = input_schema.load_schema()
    applications = read_applications(real_data, schema)
    target = applications["TARGET"].to_numpy()
    fold = assign_folds(applications["SK_ID_CURR"].to_numpy(), target, 3, "folds")
    folds = Folds(applications, target, fold, "real", tmp_path)
    result = folds.predict(make_recipe(inputs.select_inputs(schema), "logistic regression", {}))
    assert roc_auc_score(target, result.probability) > 0.745
