import logging
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from scoring.errors import ArtefactError, ClientTableError, SettingError
from scoring.model.schema import Identity
from scoring.model.scorer import FusedLogistic
from scoring.storage.artefacts import load_bundle

FEATURES = 300


def made_elsewhere(folder, *, named, target, scaler=None, model=None, dump=None):
    """Write three files as a notebook would; gives scikit-learn's own probabilities."""
    folder.mkdir(exist_ok=True)
    draws = np.random.default_rng(0)
    names = [f"x {i}" for i in range(FEATURES)]
    rows = pd.DataFrame(draws.normal(size=(120, FEATURES)) * 10.0 ** draws.integers(-2, 6, FEATURES), columns=names)
    outcome = (draws.random(120) < 0.3).astype(int)
    given = rows if named else rows.to_numpy()
    scaler = (scaler or StandardScaler()).fit(given)
    model = (LogisticRegression(class_weight="balanced") if model is None else model).fit(
        scaler.transform(given), outcome
    )
    table = rows.assign(SK_ID_CURR=range(100001, 100121))
    columns = ["SK_ID_CURR", *(["TARGET"] if target else []), *names]
    table.assign(TARGET=outcome)[columns].to_csv(folder / "df_sample.csv", index=False)
    for name, fitted in (("scaler.pkl", scaler), ("modele_retenu.pkl", model)):
        (dump or joblib.dump)(fitted, folder / name)
    return model.predict_proba(scaler.transform(given))[:, 1]


def load(folder):
    return load_bundle(folder, threshold=0.4)


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("target", [True, False])
def test_probabilities_equal_scikit_learns_own(tmp_path, named, target):
    own = made_elsewhere(tmp_path, named=named, target=target)
    bundle = load(tmp_path)
    np.testing.assert_allclose(bundle.scorer.score(bundle.clients.table.rows).probability, own, rtol=0, atol=1e-12)
    assert isinstance(bundle.scorer.probability_of_default, FusedLogistic)
    assert len(bundle.scorer.features) == FEATURES


@pytest.mark.parametrize(
    ("scaler", "model"),
    [(MinMaxScaler(), LogisticRegression()), (StandardScaler(), GradientBoostingClassifier(n_estimators=5))],
)
def test_other_families_are_scored_by_their_own_calls(tmp_path, scaler, model):
    own = made_elsewhere(tmp_path, named=True, target=False, scaler=scaler, model=model)
    bundle = load(tmp_path)
    np.testing.assert_array_equal(bundle.scorer.score(bundle.clients.table.rows).probability, own)


def test_plain_pickles_are_read_as_joblibs_are(tmp_path):
    own = made_elsewhere(
        tmp_path, named=True, target=True, dump=lambda fitted, path: path.write_bytes(pickle.dumps(fitted))
    )
    bundle = load(tmp_path)
    np.testing.assert_allclose(bundle.scorer.score(bundle.clients.table.rows).probability, own, rtol=0, atol=1e-12)


def test_an_older_scikit_learns_files_give_the_probabilities_they_gave_then(unverified, project, caplog):
    then = pd.read_csv(project / "tests/fixtures/older_scikit_learn/expected.csv")["probability"]
    with caplog.at_level(logging.WARNING, "scoring"):
        bundle = load(unverified)
    np.testing.assert_allclose(bundle.scorer.score(bundle.clients.table.rows).probability, then, rtol=0, atol=1e-12)
    assert "made by scikit-learn 1.2.2, read by" in caplog.text
    assert "loaded unverified" in caplog.text


def test_without_a_manifest_calibration_review_and_facts_are_none(unverified):
    bundle = load(unverified)
    scores = bundle.scorer.score(bundle.clients.table.rows)
    assert scores.calibrated_probability is None
    assert scores.review is None
    assert bundle.manifest is None
    assert bundle.clients.facts is None


def test_the_version_names_the_files(unverified, project):
    assert load(unverified).version != load_bundle(project).version
    assert len(load(unverified).version) == 16


def test_another_threshold_is_another_version(unverified):
    assert load(unverified).version != load_bundle(unverified, threshold=0.41).version


def test_the_threshold_is_required(unverified):
    with pytest.raises(SettingError, match="SCORING_THRESHOLD is not set"):
        load_bundle(unverified)


def test_missing_and_surplus_columns_are_listed_in_one_message(unverified):
    table = pd.read_csv(unverified / "df_sample.csv").drop(columns=["feature_1", "feature_5"]).assign(surplus=1.0)
    table.to_csv(unverified / "df_sample.csv", index=False)
    with pytest.raises(ArtefactError) as caught:
        load(unverified)
    assert "columns the scaler expects are missing: feature_1, feature_5" in str(caught.value)
    assert "columns the scaler does not know: surplus" in str(caught.value)


def test_columns_out_of_order_are_refused_with_the_first_position(unverified):
    table = pd.read_csv(unverified / "df_sample.csv")
    table[["SK_ID_CURR", "feature_1", "feature_0", *table.columns[4:]]].to_csv(
        unverified / "df_sample.csv", index=False
    )
    with pytest.raises(ArtefactError, match="out of the scaler's order, from position 1: received feature_1, expected"):
        load(unverified)


def test_a_wrong_number_of_columns_is_refused_where_there_are_no_names(tmp_path):
    made_elsewhere(tmp_path, named=False, target=False)
    pd.read_csv(tmp_path / "df_sample.csv").iloc[:, :-1].to_csv(tmp_path / "df_sample.csv", index=False)
    with pytest.raises(ArtefactError, match=r"has 299 columns without .* was fitted on 300"):
        load(tmp_path)


def test_a_scaler_and_a_model_of_different_fits_are_refused(unverified):
    (unverified / "modele_retenu.pkl").write_bytes(pickle.dumps(LogisticRegression().fit(np.eye(2), [0, 1])))
    with pytest.raises(ArtefactError, match=r"the model \(modele_retenu\.pkl\) was fitted on 2"):
        load(unverified)


@pytest.mark.parametrize("labels", [["bad", "good"], [1, 2], [0, 1, 2]])
def test_other_outcomes_than_zero_and_one_are_refused(unverified, labels):
    draws = np.random.default_rng(0)
    model = LogisticRegression().fit(draws.normal(size=(90, 8)), np.resize(labels, 90))
    (unverified / "modele_retenu.pkl").write_bytes(pickle.dumps(model))
    with pytest.raises(ArtefactError, match="expected 0 and 1"):
        load(unverified)


def test_a_binary_model_fitted_as_multinomial_is_refused_since_its_meaning_changed(unverified):
    model = pickle.loads(pickle.dumps(LogisticRegression().fit(np.eye(8), [0, 1] * 4)))
    model.multi_class = "multinomial"
    (unverified / "modele_retenu.pkl").write_bytes(pickle.dumps(model))
    with pytest.raises(ArtefactError, match="multi_class='multinomial'"):
        load(unverified)


@pytest.mark.parametrize("content", [b"", b"\x80\x04\x95", b"not a pickle"])
def test_what_cannot_be_unpickled_is_named(unverified, content):
    (unverified / "scaler.pkl").write_bytes(content)
    with pytest.raises(ArtefactError, match=r"scaler\.pkl: cannot be unpickled"):
        load(unverified)


def test_a_truncated_pickle_is_named_with_the_version_that_made_it(unverified):
    path = unverified / "scaler.pkl"
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ArtefactError, match=r"scaler\.pkl: cannot be unpickled .*\n.*made by 1\.2\.2"):
        load(unverified)


def test_another_identity_column_is_taken_from_the_first_position(unverified):
    table = pd.read_csv(unverified / "df_sample.csv").rename(columns={"SK_ID_CURR": "client"})
    table.to_csv(unverified / "df_sample.csv", index=False)
    assert load(unverified).identity.name == "client"


def test_a_table_without_any_client_column_is_refused(unverified):
    pd.read_csv(unverified / "df_sample.csv").drop(columns=["SK_ID_CURR", "TARGET"]).to_csv(
        unverified / "df_sample.csv", index=False
    )
    with pytest.raises(ClientTableError, match="no column names the client"):
        load(unverified)


def test_longer_client_numbers_are_served_where_the_setting_says_so(unverified):
    table = pd.read_csv(unverified / "df_sample.csv")
    table["SK_ID_CURR"] += 12_000_000
    table.to_csv(unverified / "df_sample.csv", index=False)
    with pytest.raises(ClientTableError, match="set SCORING_CLIENT_ID_DIGITS"):
        load(unverified)
    assert load_bundle(unverified, threshold=0.4, digits=8).identity.digits == 8


def test_text_ids_are_served_where_no_cell_is_a_number(unverified):
    table = pd.read_csv(unverified / "df_sample.csv")
    table["SK_ID_CURR"] = [f"A-{number}" for number in table["SK_ID_CURR"]]
    table.to_csv(unverified / "df_sample.csv", index=False)
    bundle = load(unverified)
    assert bundle.identity == Identity(name="SK_ID_CURR", kind="text")
    assert bundle.clients.table.client_ids.tolist() == table["SK_ID_CURR"].tolist()


def test_one_text_among_numbers_is_an_error_of_the_table(unverified):
    table = pd.read_csv(unverified / "df_sample.csv").astype({"SK_ID_CURR": str})
    table.loc[3, "SK_ID_CURR"] = "A-1"
    table.to_csv(unverified / "df_sample.csv", index=False)
    with pytest.raises(ClientTableError, match=r"not exactly 6 digits \(0-9\): A-1 \(line 5\)"):
        load(unverified)
