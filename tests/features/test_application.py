import pytest

from scoring.features import application, home_credit


def test_no_protected_or_proxy_field_reaches_the_model():
    schema = home_credit.schema()
    made = application.preprocessor(schema)
    used = {*made.numbers, *made.categories, *(name for step in made.derived for name in step.inputs)}
    assert not {field.name for field in schema.fields if field.tier != "justified"} & used


def test_maternity_leave_is_read_as_missing():
    assert "Maternity leave" in application.preprocessor(home_credit.schema()).missing_values["NAME_INCOME_TYPE"]


def test_derived_numbers_build_on_fields_or_on_earlier_ones():
    known = {field.name for field in home_credit.schema().fields if field.type != "category"}
    for step in application.DERIVED:
        assert set(step.inputs) <= known, step.name
        known.add(step.name)


@pytest.mark.realdata
def test_a_plain_regression_on_the_real_applications_reaches_what_others_reached(real_data):
    from sklearn.metrics import roc_auc_score

    from scoring.features.tables import read_applications
    from scoring.training.fit import out_of_fold
    from scoring.training.split import deal

    schema = home_credit.schema()
    applications = read_applications(real_data, schema)
    target = applications["TARGET"].to_numpy()
    fold = deal(applications["SK_ID_CURR"].to_numpy(), target, 3, "folds")
    probability = out_of_fold(application.preprocessor(schema), applications, target, fold, range(3))
    assert roc_auc_score(target, probability) > 0.740
