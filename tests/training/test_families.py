"""A champion of each family, from training to the answers of the service."""

import numpy as np
import pandas as pd
import pytest

from fonction_api_prediction import create_app
from scoring.model.preprocessor import Inputs
from scoring.model.schema import Identity, InputSchema
from scoring.settings import Settings
from scoring.training.candidates.families import FAMILIES
from scoring.training.options import Options
from scoring.training.train import train
from tests.few_resamples import few_resamples
from tests.fields import field


@pytest.fixture(scope="module", autouse=True)
def quick():
    with few_resamples():
        yield


@pytest.fixture(scope="module")
def schema():
    fields = (field("debt", "number"), field("noise", "number"), field("trade", "category"))
    return InputSchema(identity=Identity(name="client"), target="default", fields=fields)


SLOW = {"random forest", "blend", "catboost"}  # fitted on half of the clients


# Every day each kind of family; a blend has the boosted trees that only the drill fits alone.
@pytest.mark.parametrize(
    "family",
    [
        pytest.param(family, marks=pytest.mark.drill if family in {"xgboost", "catboost"} else ())
        for family in FAMILIES
        if family != "dummy"
    ],
)
def test_the_service_answers_with_the_champions_own_probability(family, small, small_inputs, schema, tmp_path):
    frame, target = (rows[: 1000 if family in SLOW else None] for rows in small)
    options = Options(sample=40, folds=2, refits=2, candidates=(family,))
    trained = train(frame.assign(default=target), schema, small_inputs, tmp_path, synthetic=True, options=options)
    assert trained.manifest.model.family == family
    client = create_app(Settings(artefacts=tmp_path)).test_client()
    rows = pd.read_csv(tmp_path / "df_sample.csv").set_index("client").drop(columns="default")
    own = trained.fitted.model.predict_proba(trained.fitted.scaler.transform(rows))[:, 1]
    served = [client.get(f"/predict/{number}").get_json()["probability"] for number in rows.index]
    np.testing.assert_allclose(served, own, rtol=0, atol=1e-9)
    assert client.get("/health/ready").status_code == 200


@pytest.mark.parametrize("family", ["scorecard", "logistic regression"])
def test_the_full_report_tells_what_other_fields_and_fewer_features_give(family, small, small_inputs, schema, tmp_path):
    frame, target = small
    options = Options(
        sample=40,
        folds=2,
        refits=2,
        candidates=(family,),
        other_inputs={"without the trade": Inputs(numbers=("noise", "debt"))},
        feature_counts=True,
    )
    trained = train(frame.assign(default=target), schema, small_inputs, tmp_path, synthetic=True, options=options)
    report = trained.manifest.report
    assert report is not None
    assert [row.name for row in report.tiers] == ["without the trade"]
    assert report.tiers[0].auc_difference.value < 0
    names = ["at most 30 features", "at most 60 features", "at most 125 features", "all features"]
    assert [row.name for row in report.selection] == names
    # three fields make fewer columns than the least limit
    assert {row.auc_difference.value for row in report.selection} == {0.0}


def test_a_model_that_ranks_nobody_is_not_published(small, small_inputs, schema, tmp_path):
    from scoring.errors import DataError

    frame, target = small
    with pytest.raises(DataError, match="the model does not rank defaults\nCheck that the target is the right column"):
        train(
            frame.assign(default=target),
            schema,
            small_inputs,
            tmp_path,
            synthetic=True,
            options=Options(folds=2, candidates=("dummy",)),
        )
    assert list(tmp_path.iterdir()) == []
