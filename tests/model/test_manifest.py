import json

import pytest
from pydantic import ValidationError

from scoring.model.manifest import Manifest


@pytest.fixture
def written(project):
    return json.loads((project / "modele_retenu.json").read_text(encoding="utf-8"))


def test_the_bundled_manifest_says_that_its_clients_are_made_up(written):
    assert Manifest.model_validate(written).training.synthetic is True


def test_the_threshold_is_what_the_costs_say_mapped_to_the_models_scale(written):
    manifest = Manifest.model_validate(written)
    assert manifest.threshold.calibrated == manifest.costs.threshold()
    assert manifest.threshold.value == manifest.calibration.invert(manifest.costs.threshold())


def test_features_in_another_order_than_the_plan_are_refused(written):
    written["features"] = written["features"][::-1]
    with pytest.raises(ValidationError, match="features and the names of the plan's columns differ"):
        Manifest.model_validate(written)


def test_a_golden_record_of_another_length_is_refused(written):
    written["golden"][0]["row"].append(0.0)
    with pytest.raises(ValidationError, match="a golden record has another number of values"):
        Manifest.model_validate(written)


def test_protected_and_proxy_fields_are_no_features(written):
    manifest = Manifest.model_validate(written)
    kept_out = {field.name for field in manifest.input_schema.fields if field.tier != "justified"}
    assert {"CODE_GENDER", "NAME_FAMILY_STATUS", "CNT_CHILDREN"} <= kept_out
    sources = {column.source for column in manifest.plan.columns}
    sources |= {name for step in manifest.plan.derived for name in step.inputs}
    assert not sources & kept_out
    assert "NAME_INCOME_TYPE_Maternity leave" not in manifest.features
