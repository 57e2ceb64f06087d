"""Another lender's table, from the file to served answers."""

import csv
import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from fonction_api_prediction import create_app
from scoring.errors import DataError
from scoring.model_card.card import card_as_markdown
from scoring.settings import Settings
from scoring.storage.artefacts import load_bundle, read_manifest
from scoring.tables.flat import flat_table
from scoring.tables.flat.column_options import ColumnOptions
from scoring.tables.flat.flat_table import inputs
from scoring.training.evaluation.evaluate_folder import evaluate_folder
from scoring.training.options import Options
from scoring.training.train import train
from tests.few_resamples import few_resamples

ROWS = 3000
JOB, INCOME, TOWN = "Type d'emploi", "Revenu, mensuel (€)", 'ville "actuelle"'
JOBS = ["CDI, cadre", "ouvrier d'été", 'intérim "long"', "000", "missing"]


def made_up(rows=ROWS):
    """Make up a lender's clients: odd names, odd texts, gaps, flags, dates, free text, whole numbers."""
    draws = np.random.default_rng(4)
    income = draws.lognormal(7.5, 0.5, rows).round(2)
    job, owner = draws.integers(0, len(JOBS), rows), draws.random(rows) < 0.4
    late = draws.poisson(0.6, rows)
    risk = expit(-2.6 - 0.9 * (np.log(income) - 7.5) + 0.5 * (job == 2) + 0.7 * late - 0.5 * owner)
    return pd.DataFrame(
        {
            "Dossier n°": [f"{'AB'[i % 2]}-{1000 + i}" for i in draws.permutation(rows)],
            INCOME: np.where(draws.random(rows) < 0.1, np.nan, income),
            JOB: np.where(draws.random(rows) < 0.08, None, np.array(JOBS)[job]),
            TOWN: draws.choice(["Évry", "Saint-Étienne", "L'Haÿ"], rows),
            "propriétaire": owner,
            "retards": late,
            "ouvert le": pd.date_range("2020-01-01", periods=rows).astype(str),
            "note": [f"client vu le {i}" for i in range(rows)],
            "vide": np.nan,
            "pays": "FR",
            "défaut": draws.random(rows) < risk,
        }
    )


def read_flat(path, target, identity, **more):
    """Read a table; schema and frame."""
    return flat_table.read_flat(path, ColumnOptions(target, identity, **more))[:2]


@few_resamples()
def run(path, out, **more):
    schema, frame = read_flat(path, "défaut", "Dossier n°", **more)
    return train(
        frame, schema, inputs(schema, frame), out, synthetic=True, options=Options(sample=60, folds=3, refits=2)
    )


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    folder = tmp_path_factory.mktemp("any_table")
    made_up().to_csv(folder / "credit.csv", index=False)
    return run(folder / "credit.csv", folder / "artefacts"), folder / "artefacts"


@pytest.fixture(scope="module")
def served(published):
    return create_app(Settings(artefacts=published[1])).test_client()


def test_the_manifest_says_the_identity_and_what_the_columns_hold(published):
    schema = json.loads((published[1] / "modele_retenu.json").read_text(encoding="utf-8"))["input_schema"]
    assert schema["identity"] == {"name": "Dossier n°", "kind": "text", "digits": None}
    assert schema["target"] == "défaut"
    kinds = {field["name"]: field["type"] for field in schema["fields"]}
    assert kinds == {
        INCOME: "number",
        JOB: "category",
        TOWN: "category",
        "propriétaire": "integer",
        "retards": "integer",
        "vide": "number",
        "pays": "category",
    }
    jobs = next(field["categories"] for field in schema["fields"] if field["name"] == JOB)
    assert sorted(jobs) == sorted(JOBS)


def test_every_published_client_is_served_under_its_text_id(published, served):
    trained, out = published
    bundle = load_bundle(out)
    with (out / "df_sample.csv").open(encoding="utf-8", newline="") as file:
        ids = [row["Dossier n°"] for row in csv.DictReader(file)]
    assert len(ids) == 60
    probabilities = bundle.scorer.score(bundle.clients.table.rows).probability
    for name, probability in zip(ids, probabilities, strict=True):
        answer = served.get(f"/predict/{name}")
        assert answer.status_code == 200
        assert answer.json["client_id"] == name
        assert answer.json["probability"] == pytest.approx(probability, abs=1e-12)
        assert answer.json["calibrated_probability"] is not None
    assert served.get("/clients?limit=1000").json["clients"] == sorted(ids)
    assert trained.manifest.metrics["test"]["auc"].value > 0.6


def test_what_is_served_is_what_the_fitted_objects_say_of_the_raw_table(published, served, tmp_path):
    trained, _ = published
    made_up().to_csv(tmp_path / "credit.csv", index=False)
    frame = read_flat(tmp_path / "credit.csv", "défaut", "Dossier n°")[1].set_index("Dossier n°")
    names = served.get("/clients").json["clients"]
    own = trained.fitted.predict(frame.loc[names].reset_index())
    for name, probability in zip(names, own, strict=True):
        assert served.get(f"/predict/{name}").json["probability"] == pytest.approx(probability, abs=1e-9)


def test_facts_are_those_of_the_table_with_its_own_texts(served):
    table = made_up().set_index("Dossier n°")
    for name in served.get("/clients").json["clients"]:
        facts = {fact["name"]: fact["value"] for fact in served.get(f"/clients/{name}").json["facts"]}
        row = table.loc[name]
        assert facts[JOB] == (None if pd.isna(row[JOB]) else row[JOB])
        assert facts[TOWN] == row[TOWN]
        assert facts["propriétaire"] == int(row["propriétaire"])
        assert facts["vide"] is None
        assert facts[INCOME] == (None if pd.isna(row[INCOME]) else pytest.approx(row[INCOME]))


def test_what_tells_nothing_is_no_feature(published):
    sources = {column.source for column in published[0].manifest.plan.columns}
    assert sources <= {INCOME, JOB, TOWN, "propriétaire", "retards"}
    assert {INCOME, "retards"} <= sources


@pytest.mark.parametrize(
    ("path", "status"), [("/predict/A-99999", 404), ("/predict/A%20100", 400), ("/clients/%C3%A9", 400)]
)
def test_who_is_unknown_or_malformed_is_told_so(served, path, status):
    answer = served.get(path)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"


def test_a_leak_stops_training_before_anything_is_written(tmp_path):
    made_up().assign(recouvré=lambda table: table["défaut"].map({True: "oui", False: "non"})).to_csv(
        tmp_path / "credit.csv", index=False
    )
    with pytest.raises(DataError, match="column recouvré equals the target"):
        run(tmp_path / "credit.csv", tmp_path / "artefacts")
    assert not (tmp_path / "artefacts").exists()
    assert run(tmp_path / "credit.csv", tmp_path / "artefacts", drop=["recouvré"]).manifest.training.folds == 3


def test_a_column_that_may_be_protected_stops_training_until_it_is_declared_and_is_then_told(tmp_path):
    draws = np.random.default_rng(8)
    table = made_up(1500)
    table["Sexe"] = np.where(draws.random(1500) < 0.5, "F", "M")
    table["âge"] = draws.integers(18, 78, 1500)
    table["enfants"] = draws.integers(0, 4, 1500)
    table.to_csv(tmp_path / "credit.csv", index=False)
    given = {"tiers": {"Sexe": "protected"}, "justified": {"âge": "repayment improves with age"}}
    with pytest.raises(
        DataError, match=r"the table: column enfants may be protected \(family, by its name\): values 0, 1"
    ):
        run(tmp_path / "credit.csv", tmp_path / "artefacts", **given)
    assert not (tmp_path / "artefacts").exists()
    given["tiers"]["enfants"] = "proxy"
    manifest = run(tmp_path / "credit.csv", tmp_path / "artefacts", **given).manifest
    assert not {"Sexe", "enfants"} & {column.source for column in manifest.plan.columns}
    fields = {one.name: one for one in read_manifest(tmp_path / "artefacts/modele_retenu.json").input_schema.fields}
    assert fields["âge"].justification.en == "repayment improves with age"
    assert [part.attribute for part in manifest.report.fairness] == ["Sexe", "Âge"]
    assert [group.group for group in manifest.report.fairness[0].groups] == ["F", "M"]
    assert {group.group for group in manifest.report.fairness[1].groups} >= {"25 to 34", "65 and over"}
    card = card_as_markdown(manifest)
    assert "- protected or possibly so, used for a stated reason: Âge (repayment improves with age)" in card
    assert "reads no protected attribute but those for which a reason is stated: Âge." in card
    assert "### Sexe" in card
    assert "never reads" not in card


def rough(rows=ROWS):
    """Make up a lender's clients as files often are: no ids, codes, markers, months, account numbers, GOOD and BAD."""
    draws = np.random.default_rng(6)
    months, score = draws.integers(0, 84, rows), draws.normal(680, 70, rows).round().astype(int)
    late = draws.choice([-7, -8, -9, 0], rows, p=[0.4, 0.05, 0.1, 0.45])  # codes of several meanings
    risk = expit(-1.5 - 0.012 * (score - 680) - np.select([late == 0, late == -7], [0.02 * (months - 40), 1.5], -1.0))
    return pd.DataFrame(
        {
            "months": np.where(draws.random(rows) < 0.1, "Unknown", months.astype(str)),
            "late": np.where(late < 0, late, months),
            "score": np.where(draws.random(rows) < 0.05, 9999, score),
            "opened": [f"{month:02}.{year}" for month, year in draws.integers((1, 2000), (13, 2020), (rows, 2))],
            "account": 4970100000000000 + draws.integers(0, 10**9, rows),
            "risk": np.where(draws.random(rows) < risk, "BAD", "GOOD"),
        }
    )


@pytest.fixture(scope="module")
def rough_artefacts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rough")
    rough().to_csv(folder / "credit.csv", index=False)
    given = {"missing": {"months": ["Unknown"], "score": ["9999"], "late": ["-7", "-8", "-9"]}, "positive": "BAD"}
    schema, frame, *_ = flat_table.read_flat(folder / "credit.csv", ColumnOptions("risk", None, **given))
    options = Options(sample=60, folds=3, refits=2)
    with few_resamples():
        train(frame, schema, inputs(schema, frame), folder, synthetic=True, options=options)
    return folder


def test_a_rough_table_is_scored_alike_by_the_service_the_lookup_and_evaluate(rough_artefacts, tmp_path):
    client = create_app(Settings(artefacts=rough_artefacts)).test_client()
    found = evaluate_folder(rough_artefacts, rough_artefacts / "credit.csv", out=tmp_path / "scores.csv")
    assert (found.scored, found.measured, found.invalid_rows, found.warnings) == (ROWS, ROWS, (), ())
    assert found.metrics["auc"].value > 0.6
    scores = pd.read_csv(tmp_path / "scores.csv").set_index("row")
    table = rough()
    uploaded = client.post("/table", data=table.head(200).to_csv(index=False), content_type="text/csv").json["rows"]
    answers = client.post("/predict", json={"applications": [row["application"] for row in uploaded]}).json
    assert [one["decision"] for one in answers["predictions"]] == scores["decision"].tolist()[:200]
    for number in client.get("/clients").json["clients"]:
        record = json.loads(table.loc[number - 1].to_json())  # the first row has number 1
        record["months"] = record["months"] if record["months"] == "Unknown" else int(record["months"])
        posted = client.post("/predict", json=record)
        assert posted.status_code == 200
        looked_up = client.get(f"/predict/{number}").json
        assert posted.json["decision"] == looked_up["decision"] == scores.loc[number, "decision"]
        assert posted.json["probability"] == pytest.approx(scores.loc[number, "probability"], abs=1e-12)
        assert looked_up["probability"] == pytest.approx(scores.loc[number, "probability"], abs=1e-12)
        assert posted.json["warnings"] == [
            "risk: ignored; it is what the model predicts",
            "opened: ignored; training left this column out",
            "account: ignored; training left this column out",
        ]


def test_a_clients_facts_are_an_application_of_the_same_probability(rough_artefacts):
    client = create_app(Settings(artefacts=rough_artefacts)).test_client()
    codes = set()
    for number in client.get("/clients").json["clients"]:
        facts = {fact["name"]: fact["value"] for fact in client.get(f"/clients/{number}").json["facts"]}
        codes.add(facts["late (code)"])
        posted, looked_up = client.post("/predict", json=facts).json, client.get(f"/predict/{number}").json
        assert posted["probability"] == pytest.approx(looked_up["probability"], abs=1e-12)
    assert codes >= {"-7", "-9", "number"}


def test_each_code_has_a_weight_of_its_own(rough_artefacts):
    manifest = json.loads((rough_artefacts / "modele_retenu.json").read_text(encoding="utf-8"))
    column = next(one for one in manifest["plan"]["columns"] if one["name"] == "late (code)")
    assert column["values"]["-7"] < -0.3 < column["values"]["number"] < 0.3 < column["values"]["-9"]


def test_a_code_is_never_shown_to_a_person_as_a_quantity(rough_artefacts):
    client = create_app(Settings(artefacts=rough_artefacts)).test_client()
    answer = client.post("/explain", json={"months": 3, "score": 9999}).json
    assert "9999" not in json.dumps(answer)
    assert "9,999" not in json.dumps(answer)
    assert answer["reasons"] == client.post("/explain", json={"months": 3, "score": None}).json["reasons"]
    assert answer["reasons"]
    coded = client.post("/explain", json={"months": 3, "score": 700, "late": -9}).json
    texts = [reason["text"]["en"] for reason in coded["reasons"]]
    assert any(text.startswith("Late (code): -9; for") for text in texts)
    counted = client.post("/explain", json={"months": 3, "score": 700, "late": 5}).json
    assert not any("Late (code): not known" in reason["text"]["en"] for reason in counted["reasons"])
    usual = {field["name"]: field.get("usual") for field in client.get("/model").json["input_schema"]["fields"]}
    assert usual["score"][1] < 1000


def test_the_fields_in_words_name_what_means_missing(rough_artefacts):
    client = create_app(Settings(artefacts=rough_artefacts)).test_client()
    errors = client.post("/predict", json={"months": "unknown"}).json["errors"]
    assert errors[0]["expected"] == "a whole number from -1e+15 to 1e+15, 'Unknown' (missing), or null"
    form = {"Accept": "text/html"}
    assert client.post("/application", data={"months": "3", "score": "9999"}, headers=form).status_code == 200
    assert client.post("/application", data={"months": "Unknown", "score": "700"}, headers=form).status_code == 200
    assert client.post("/application", data={"months": "unknown", "score": "700"}, headers=form).status_code == 422
