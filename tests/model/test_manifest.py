import functools
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


def test_refits_need_a_weight_for_each_feature(written):
    count = len(written["features"])
    for weights, intercepts in (([[0.5] * (count - 1)], [0.1]), ([[0.5] * count], [0.1, 0.2])):
        written["refits"] = {"weights": weights, "intercepts": intercepts}
        with pytest.raises(ValidationError, match=f"refits do not have {count} weights and one intercept each"):
            Manifest.model_validate(written)


def test_refits_do_not_change_the_version_and_older_manifests_have_none(written):
    written.pop("refits", None)
    before = Manifest.model_validate(written)
    assert before.refits is None
    assert "refits" not in before.model_dump()
    written["refits"] = {"weights": [[0.5] * len(written["features"])], "intercepts": [0.1]}
    assert Manifest.model_validate(written).version() == before.version()


DECIDING = {
    "threshold": ("threshold", "value"),
    "calibration": ("calibration", "slope"),
    "review band": ("review_band", "high"),
    "costs": ("costs", "false_negative"),
    "the weight of a missing value": ("plan", "columns", 0, "missing"),
    "a typical value": ("typical", "EXTERNAL_MEAN"),
    "what is required of an application": ("input_schema", "fields", 1, "required"),
}


@pytest.mark.parametrize("place", DECIDING.values(), ids=DECIDING.keys())
def test_whatever_decides_and_is_edited_gives_another_version(written, place):
    before = Manifest.model_validate(written).version()
    *outer, last = place
    edited = functools.reduce(lambda inner, key: inner[key], outer, written)
    edited[last] = not edited[last] if isinstance(edited[last], bool) else edited[last] * 0.999
    assert Manifest.model_validate(written).version() != before


def test_fitted_objects_decide_and_tables_of_clients_do_not(written):
    before = Manifest.model_validate(written).version()
    written["files"]["df_sample.csv"] = "0" * 64
    assert Manifest.model_validate(written).version() == before
    written["files"]["scaler.pkl"] = "0" * 64
    assert Manifest.model_validate(written).version() != before


def test_what_describes_how_a_model_was_made_does_not_change_its_version(written):
    before = Manifest.model_validate(written).version()
    written |= {"created_at": "2020-01-01T00:00:00Z", "metrics": {}, "choice": None, "report": None, "versions": {}}
    written["training"]["synthetic"] = False
    written["input_schema"]["fields"][0]["label"]["fr"] = "Un autre nom"
    written["readable"]["CREDIT_TO_GOODS"]["label"]["fr"] = "Un autre nom"
    assert Manifest.model_validate(written).version() == before


@pytest.mark.parametrize("name", ["README.md", "LISEZMOI.md"])
def test_the_readme_shows_the_bundled_models_version(written, project, name):
    readme = (project / name).read_text(encoding="utf-8")
    assert f'"model_version":"{Manifest.model_validate(written).version()}"' in readme


def test_a_version_does_not_depend_on_how_the_file_is_written_nor_on_keys_of_later_releases(written):
    before = Manifest.model_validate(written).version()
    compact = json.dumps(dict(reversed(written.items())), separators=(",", ":"))
    assert Manifest.model_validate_json(compact).version() == before
    del written["readable"]  # a key that earlier releases did not write
    earlier = Manifest.model_validate(written)

    class Later(Manifest):
        added: str = "by a later release"

    assert Later.model_validate(written).version() == earlier.version() != before


def test_protected_and_proxy_fields_are_no_features(written):
    manifest = Manifest.model_validate(written)
    kept_out = {field.name for field in manifest.input_schema.fields if field.tier != "justified"}
    assert {"CODE_GENDER", "NAME_FAMILY_STATUS", "CNT_CHILDREN"} <= kept_out
    sources = {column.source for column in manifest.plan.columns}
    sources |= {name for step in manifest.plan.derived for name in step.inputs}
    assert not sources & kept_out
    assert "NAME_INCOME_TYPE_Maternity leave" not in manifest.features
