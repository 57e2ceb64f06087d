"""Artefacts from a notebook: missing values, names as libraries spell them, tables as pandas and spreadsheets write."""

import joblib
import numpy as np
import pandas as pd
import pytest
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from xgboost import XGBClassifier

from fonction_api_prediction import create_app
from scoring.errors import ArtefactError, ClientTableError
from scoring.settings import Settings
from scoring.storage.artefacts import load_bundle
from scoring.storage.pickles import name_errors, unpickle

NAMES = ["EXT SOURCE 1", "amt_credit", "Type of loan", "age", "rate (%)"]
ALWAYS = "rate (%)"  # never missing
CLIENTS = range(100001, 100201)


@pytest.fixture(scope="module")
def rows():
    """Rows of 200 clients, a tenth of the cells empty."""
    draws = np.random.default_rng(0)
    frame = pd.DataFrame(draws.normal(size=(200, len(NAMES))), columns=NAMES)
    empty = draws.random(frame.shape) < 0.1
    empty[:, NAMES.index(ALWAYS)] = False
    return frame.mask(empty)


@pytest.fixture(scope="module")
def outcome(rows):
    return (rows.sum(axis=1) + np.random.default_rng(1).normal(size=200) > 0).astype(int)


def publish(folder, scaler, model, rows, outcome):
    """Fit and write as a notebook would; gives the objects' own probabilities."""
    scaler.fit(rows)
    model.fit(scaler.transform(rows), outcome)
    joblib.dump(scaler, folder / "scaler.pkl")
    joblib.dump(model, folder / "modele_retenu.pkl")
    table(rows).to_csv(folder / "df_sample.csv", index=False)
    return model.predict_proba(scaler.transform(rows))[:, 1]


def table(rows):
    return pd.concat([pd.DataFrame({"SK_ID_CURR": CLIENTS}), rows], axis=1)


def load(folder):
    return load_bundle(folder, threshold=0.4)


def imputing(**options):
    return make_pipeline(SimpleImputer(**options), StandardScaler())


def named(scaler):
    return scaler.set_output(transform="pandas")


BOOSTED = {
    "LightGBM": lambda: LGBMClassifier(n_estimators=5, verbose=-1, n_jobs=1),
    "XGBoost": lambda: XGBClassifier(n_estimators=5, n_jobs=1),
    "CatBoost": lambda: CatBoostClassifier(iterations=5, verbose=0, allow_writing_files=False, thread_count=1),
    "scikit-learn": lambda: HistGradientBoostingClassifier(max_iter=5),
}
OBJECTS = {
    "a scaler that imputes": lambda: (imputing(), LogisticRegression()),
    "a scaler that marks what was missing": lambda: (imputing(add_indicator=True), LogisticRegression()),
    "a scaler that gives a sparse matrix": lambda: (
        make_column_transformer(
            (SimpleImputer(), NAMES[:4]), (OneHotEncoder(handle_unknown="ignore"), [ALWAYS]), sparse_threshold=1.0
        ),
        LogisticRegression(),
    ),
    **{f"{name} on an array": lambda make=make: (StandardScaler(), make()) for name, make in BOOSTED.items()},
    **{f"{name} on a frame": lambda make=make: (named(StandardScaler()), make()) for name, make in BOOSTED.items()},
}


@pytest.mark.filterwarnings("ignore:Found whitespace in feature_names")  # LightGBM, while it is fitted
@pytest.mark.parametrize("make", OBJECTS.values(), ids=OBJECTS.keys())
def test_empty_cells_are_served_where_the_objects_take_them(tmp_path, rows, outcome, make):
    own = publish(tmp_path, *make(), rows, outcome)
    bundle = load(tmp_path)
    np.testing.assert_allclose(bundle.scorer.score(bundle.clients.table.rows).probability, own, rtol=0, atol=1e-12)
    client = create_app(Settings(artefacts=tmp_path, threshold=0.4, open=True)).test_client()
    served = [client.get(f"/predict/{number}").json["probability"] for number in CLIENTS]
    np.testing.assert_allclose(served, own, rtol=0, atol=1e-12)


def test_rows_with_null_are_scored_explained_and_shown_too(tmp_path, rows, outcome):
    own = publish(tmp_path, imputing(), LogisticRegression(), rows, outcome)
    client = create_app(Settings(artefacts=tmp_path, threshold=0.4, open=True)).test_client()
    place = int(rows.isna().any(axis=1).argmax())
    row = [None if value != value else value for value in rows.iloc[place]]
    by_name = dict(zip(NAMES, row, strict=True))
    assert client.post("/predict", json={"data": [row]}).json == pytest.approx([own[place]])
    [answer] = client.post("/predict", json={"data": [by_name]}).json["predictions"]
    assert answer["probability"] == pytest.approx(own[place])
    [explained] = client.post("/explain", json={"data": [by_name]}).json["explanations"]
    values = {one["name"]: one["value"] for one in explained["contributions"]}
    assert values == by_name
    total = explained["base_value"]["log_odds"] + sum(one["contribution"] for one in explained["contributions"])
    assert 1 / (1 + np.exp(-total)) == pytest.approx(own[place])
    [read] = client.post("/data", json={"data": [by_name]}).json["records"]
    assert read["valid"]
    assert set(read["missing"]) == {name for name, value in by_name.items() if value is None}
    assert set(read["parsed"]) | set(read["missing"]) == set(NAMES)
    page = client.get(f"/predict/{CLIENTS[place]}", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "nan" not in page.text.lower().replace("nanc", "")
    assert client.get(f"/explain/{CLIENTS[place]}").status_code == 200
    assert client.get("/population", query_string={"features": NAMES[0]}).status_code == 200


def test_only_features_that_the_objects_impute_may_be_missing(tmp_path, rows, outcome):
    scaler = make_column_transformer((SimpleImputer(), NAMES[:4]), remainder="passthrough")
    publish(tmp_path, scaler, LogisticRegression(), rows, outcome)
    assert load(tmp_path).nullable == {name for name in NAMES if name != ALWAYS}
    client = create_app(Settings(artefacts=tmp_path, threshold=0.4, open=True)).test_client()
    for body in [None] * len(NAMES), dict.fromkeys(NAMES):
        answer = client.post("/predict", json={"data": [body]})
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json["errors"]] == [ALWAYS]
        assert answer.json["errors"][0]["expected"].endswith("(required)")


def test_empty_cells_are_refused_where_the_objects_do_not_take_them(tmp_path, rows, outcome):
    publish(tmp_path, StandardScaler(), LogisticRegression(), rows.fillna(0), outcome)
    table(rows).to_csv(tmp_path / "df_sample.csv", index=False)
    with pytest.raises(ClientTableError, match="column EXT SOURCE 1 has cells that are not finite numbers: empty"):
        load(tmp_path)


def test_texts_among_numbers_are_refused_where_empty_cells_are_not(tmp_path, rows, outcome):
    publish(tmp_path, imputing(), LogisticRegression(), rows, outcome)
    lines = (tmp_path / "df_sample.csv").read_text(encoding="utf-8").splitlines()
    cells = lines[2].split(",")
    lines[2] = ",".join([*cells[:-1], "plenty"])
    (tmp_path / "df_sample.csv").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ClientTableError, match=r"rate \(%\) has cells that are not finite numbers: plenty \(line 3\)"):
        load(tmp_path)


@pytest.mark.parametrize("family", BOOSTED)
def test_names_that_were_cleaned_for_the_model_are_the_tables_names(tmp_path, rows, outcome, family):
    scaler = StandardScaler().fit(rows)
    model = BOOSTED[family]()
    cleaned = [name.replace(" ", "_").replace("(%)", "") for name in NAMES]
    model.fit(pd.DataFrame(scaler.transform(rows), columns=cleaned), outcome)
    own = model.predict_proba(pd.DataFrame(scaler.transform(rows), columns=cleaned))[:, 1]
    joblib.dump(scaler, tmp_path / "scaler.pkl")
    joblib.dump(model, tmp_path / "modele_retenu.pkl")
    table(rows).to_csv(tmp_path / "df_sample.csv", index=False)
    bundle = load(tmp_path)
    np.testing.assert_array_equal(bundle.scorer.score(bundle.clients.table.rows).probability, own)


@pytest.mark.filterwarnings("ignore:Found whitespace in feature_names")
@pytest.mark.parametrize("family", BOOSTED)
def test_a_model_fitted_on_columns_in_another_order_is_refused(tmp_path, rows, outcome, family):
    scaler = StandardScaler().fit(rows)
    model = BOOSTED[family]()
    other = [NAMES[1], NAMES[0], *NAMES[2:]]
    model.fit(pd.DataFrame(scaler.transform(rows), columns=NAMES)[other], outcome)
    joblib.dump(scaler, tmp_path / "scaler.pkl")
    joblib.dump(model, tmp_path / "modele_retenu.pkl")
    table(rows).to_csv(tmp_path / "df_sample.csv", index=False)
    with pytest.raises(ArtefactError, match="out of the model's order, from position 1: received EXT SOURCE 1"):
        load(tmp_path)


def test_names_that_differ_in_blanks_only_are_told_apart():
    class Fitted:
        feature_names_in_ = ("a b", "a_b")

    assert name_errors(Fitted, ["a b", "a_b"], "the model") == []
    assert name_errors(Fitted, ["a_b", "a b"], "the model") != []


INDEXED = {
    "row numbers without a name": lambda frame: frame.to_csv(),
    "row numbers that were read and written again": lambda frame: frame.rename_axis("Unnamed: 0").to_csv(),
    "two of them": lambda frame: frame.rename_axis("Unnamed: 0").reset_index().to_csv(),
    "row numbers at the end": lambda frame: frame.assign(**{"Unnamed: 7": range(len(frame))}).to_csv(index=False),
    "client numbers without a name": lambda frame: frame.set_index("SK_ID_CURR").rename_axis(None).to_csv(),
    "client numbers with a name": lambda frame: frame.set_index("SK_ID_CURR").to_csv(),
    "row numbers next to client numbers of another name": lambda frame: frame.rename(
        columns={"SK_ID_CURR": "client"}
    ).to_csv(),
    "semicolons": lambda frame: frame.to_csv(sep=";", index=False),
    "decimal commas": lambda frame: frame.to_csv(sep=";", decimal=",", index=False),
    "tabs": lambda frame: frame.to_csv(sep="\t", index=False),
    "NaN for missing": lambda frame: frame.to_csv(na_rep="NaN", index=False),
}


@pytest.mark.parametrize("write", INDEXED.values(), ids=INDEXED.keys())
def test_a_table_is_served_however_pandas_or_a_spreadsheet_wrote_it(tmp_path, rows, outcome, write):
    own = publish(tmp_path, imputing(), LogisticRegression(), rows, outcome)
    (tmp_path / "df_sample.csv").write_text(write(table(rows)), encoding="utf-8")
    bundle = load(tmp_path)
    assert bundle.scorer.features == tuple(NAMES)
    assert bundle.clients.table.client_ids.tolist() == list(CLIENTS)
    np.testing.assert_allclose(bundle.scorer.score(bundle.clients.table.rows).probability, own, rtol=0, atol=1e-12)


def test_a_column_that_is_left_out_is_a_warning(tmp_path, rows, outcome, caplog):
    publish(tmp_path, imputing(), LogisticRegression(), rows, outcome)
    table(rows).to_csv(tmp_path / "df_sample.csv")
    load(tmp_path)
    assert "df_sample.csv: columns without a name are left out, as row numbers: ''" in caplog.text


def test_a_table_without_client_numbers_is_refused_with_and_without_row_numbers(tmp_path, rows, outcome):
    publish(tmp_path, imputing(), LogisticRegression(), rows, outcome)
    for index in True, False:
        rows.to_csv(tmp_path / "df_sample.csv", index=index)
        with pytest.raises(ClientTableError, match="no column names the client; the first one, EXT SOURCE 1, is a"):
            load(tmp_path)


def test_row_numbers_next_to_a_published_model_are_left_out_too(folder, tmp_path, caplog):
    clients = pd.read_csv(folder / "df_sample.csv")
    clients.to_csv(tmp_path / "clients.csv")
    clients.set_index(np.random.default_rng(0).permutation(len(clients))).to_parquet(tmp_path / "clients.parquet")
    for name in "clients.csv", "clients.parquet":
        served = load_bundle(folder, clients=tmp_path / name)
        assert served.clients.table.client_ids.tolist() == clients["SK_ID_CURR"].tolist()
        assert f"{name}: columns without a name are left out" in caplog.text


MIXING = {
    "moves columns": lambda: make_column_transformer(
        (StandardScaler(), NAMES[3:]), (SimpleImputer(), NAMES[:3]), remainder="passthrough"
    ),
    "mixes columns": lambda: make_pipeline(SimpleImputer(), PCA()),
}


@pytest.mark.parametrize("make", MIXING.values(), ids=MIXING.keys())
def test_a_scaler_that_does_not_keep_columns_apart_is_not_explained_column_by_column(tmp_path, rows, outcome, make):
    publish(tmp_path, make(), LogisticRegression(), rows.fillna(0), outcome)
    client = create_app(Settings(artefacts=tmp_path, threshold=0.4, open=True)).test_client()
    explained = client.get(f"/explain/{CLIENTS[0]}").json
    assert explained["exact"] is False


def test_objects_of_a_package_that_is_not_installed_name_the_module():
    with pytest.raises(ArtefactError, match="needs the Python module notinstalledgbm, which cannot be imported"):
        unpickle("modele_retenu.pkl", b"cnotinstalledgbm.sklearn\nClassifier\n.")
