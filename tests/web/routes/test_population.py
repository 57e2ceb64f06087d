from urllib.parse import urlencode

import numpy as np
import pandas as pd
import pytest

from fonction_api_prediction import create_app
from scoring.settings import Settings
from scoring.web.routes.population import MOST_FEATURES, SAMPLE, _names
from tests.storage.test_artefacts import relist


def ask(client, features=(), where=()):
    return client.get("/population?" + urlencode([("features", ",".join(features)), *(("where", w) for w in where)]))


def test_without_a_feature_outcomes_are_counted(client, app, numbers):
    answer = client.get("/population").json
    refused = int(app.extensions["scoring"].scorer.score(app.extensions["scoring"].clients.table.rows).refused.sum())
    assert (answer["total"], answer["clients"], answer["refused"]) == (len(numbers), len(numbers), refused)
    assert answer["accepted"] == len(numbers) - refused
    assert answer["features"] == []
    assert len(answer["sample"]["decision"]) == min(SAMPLE, len(numbers))


def test_a_number_and_a_text_are_counted_by_outcome(client):
    answer = ask(client, ["AMT_CREDIT", "NAME_INCOME_TYPE"]).json
    credit, income = answer["features"]
    for feature in (credit, income):
        for outcome in ("accepted", "refused"):
            assert sum(feature[outcome]) + feature["missing"][outcome] == answer[outcome]
    assert credit["label"]["fr"] == "Montant du crédit"
    assert (credit["kind"], income["kind"]) == ("number", "category")
    assert len(answer["sample"]["features"]["AMT_CREDIT"]) == len(answer["sample"]["probability"])


def test_a_model_ready_column_is_a_feature_too(client, app):
    column = next(name for name in app.extensions["scoring"].scorer.features if name.startswith(("EXTERNAL", "bureau")))
    assert ask(client, [column]).json["features"][0]["label"] == {"en": column, "fr": column}


@pytest.mark.parametrize(
    ("condition", "keeps"),
    [
        ("AMT_CREDIT:..500000", lambda value: value <= 500000),
        ("AMT_CREDIT:500000..", lambda value: value >= 500000),
        ("AMT_CREDIT:200000..500000", lambda value: 200000 <= value <= 500000),
    ],
)
def test_a_condition_keeps_the_clients_it_names_and_the_bins(client, condition, keeps):
    everybody = ask(client, ["AMT_CREDIT"]).json
    some = ask(client, ["AMT_CREDIT"], [condition]).json
    assert 0 < some["clients"] < everybody["clients"]
    assert all(keeps(value) for value in some["sample"]["features"]["AMT_CREDIT"])
    assert some["features"][0]["edges"] == everybody["features"][0]["edges"]


def test_conditions_hold_together_and_missing_can_be_asked_for(client):
    both = ask(client, ["NAME_INCOME_TYPE", "OWN_CAR_AGE"], ["NAME_INCOME_TYPE:Working", "OWN_CAR_AGE:"]).json
    assert set(both["sample"]["features"]["NAME_INCOME_TYPE"]) == {"Working"}
    assert set(both["sample"]["features"]["OWN_CAR_AGE"]) == {None}
    nobody = ask(client, ["AMT_CREDIT"], ["AMT_CREDIT:-1"]).json
    assert (nobody["clients"], nobody["sample"]["probability"]) == (0, [])


def test_a_text_is_the_same_however_its_accents_are_written(folder):
    path = folder / "applications_sample.csv"
    table = pd.read_csv(path)
    table.loc[table.index[:7], "NAME_INCOME_TYPE"] = "Retraite\u0301"
    table.to_csv(path, index=False)
    relist(folder, path.name)
    client = create_app(Settings(artefacts=folder, open=True)).test_client()
    for written in ("Retraité", "Retraite\u0301"):
        assert ask(client, [], [f"NAME_INCOME_TYPE:{written}"]).json["clients"] == 7


@pytest.mark.parametrize(
    ("features", "where"),
    [
        (["AMT_CREDI"], []),
        (["SK_ID_CURR"], []),
        (["TARGET"], []),
        ([], ["AMT_CREDIT"]),
        ([], ["AMT_CREDIT:many"]),
        ([], ["AMT_CREDIT:1..2..3"]),
        ([], ["nothing:1"]),
        ([], ["AMT_CREDIT:1"] * 11),
        ([f"FLAG_DOCUMENT_{i}" for i in range(2, MOST_FEATURES + 3)], []),
    ],
)
def test_what_cannot_be_asked_is_a_400_that_names_it(client, features, where):
    answer = ask(client, features, where)
    assert answer.status_code == 400
    assert answer.json["title"] == "Invalid query parameter"


def test_a_close_name_is_suggested(client):
    assert "did you mean AMT_CREDIT?" in ask(client, ["AMT_CREDI"]).json["errors"][0]["expected"]


def test_names_that_hold_commas_are_told_from_several_names():
    known = {"Revenu", "mensuel", "Revenu, mensuel (€)"}
    assert _names(["Revenu, mensuel (€),mensuel"], known) == ["Revenu, mensuel (€)", "mensuel"]
    assert _names(["Revenu,mensuel", "Revenu"], known) == ["Revenu", "mensuel"]


def test_nobody_is_named(client):
    assert "client_id" not in ask(client, ["AMT_CREDIT"]).get_data(as_text=True)


def test_a_model_without_a_manifest_compares_by_model_ready_columns(unverified):
    app = create_app(Settings(artefacts=unverified, threshold=0.5, open=True))
    bundle = app.extensions["scoring"]
    name = bundle.scorer.features[0]
    answer = ask(app.test_client(), [name], [f"{name}:..{np.median(bundle.clients.table.rows[:, 0]):.6f}"]).json
    assert 0 < answer["clients"] < answer["total"]
    assert answer["sample"]["calibrated_probability"] is None


def test_one_name_given_more_often_than_names_are_allowed_is_refused_like_many_names(client):
    answer = client.get("/population?" + "&".join(["features=AMT_CREDIT"] * 11))
    assert answer.status_code == 400
    assert answer.json["errors"][0]["field"] == "features"
    assert client.get("/population?" + "&".join(["features=AMT_CREDIT"] * 10)).status_code == 200


def test_what_happened_is_counted_where_it_is_known(client, project):
    happened = pd.read_csv(project / "df_sample.csv", usecols=["TARGET"])["TARGET"]
    answer = ask(client, ["AMT_CREDIT", "NAME_INCOME_TYPE"]).json
    assert (answer["repaid"], answer["defaulted"]) == (int((happened == 0).sum()), int((happened == 1).sum()))
    for feature in answer["features"]:
        assert sum(feature["repaid"]) + sum(feature["defaulted"]) == sum(feature["accepted"]) + sum(feature["refused"])
        assert sum(feature["defaulted"]) <= answer["defaulted"]
    sample = answer["sample"]
    assert set(sample["outcome"]) == {"REPAID", "DEFAULTED"}
    refused = [made == "REFUSED" for made in sample["decision"]]
    defaulted = [one == "DEFAULTED" for one in sample["outcome"]]
    assert np.mean([d for d, r in zip(defaulted, refused, strict=True) if r]) > np.mean(defaulted)


@pytest.mark.parametrize("values", [None, ["yes", "no"], [2, 5]])
def test_without_outcomes_nothing_is_said_to_have_happened(folder, values):
    table = pd.read_csv(folder / "df_sample.csv")
    table = (
        table.drop(columns="TARGET") if values is None else table.assign(TARGET=[values[i % 2] for i in table.index])
    )
    table.to_csv(folder / "other.csv", index=False)
    client = create_app(Settings(artefacts=folder, clients=folder / "other.csv", open=True)).test_client()
    answer = ask(client, ["AMT_CREDIT"]).json
    assert answer["repaid"] is answer["defaulted"] is None
    assert all(feature["repaid"] is None for feature in answer["features"])
    assert set(answer["sample"]["outcome"]) == {None}


def test_an_outcome_that_nobody_knows_yet_is_not_counted(folder):
    table = pd.read_csv(folder / "df_sample.csv")
    table.loc[table.index[:100], "TARGET"] = np.nan
    table.to_csv(folder / "other.csv", index=False)
    client = create_app(Settings(artefacts=folder, clients=folder / "other.csv", open=True)).test_client()
    answer = ask(client).json
    assert answer["repaid"] + answer["defaulted"] == answer["clients"] - 100
