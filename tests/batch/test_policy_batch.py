"""``batch --policy``: the same decisions as the service with the same policy, client by client."""

import json

import pandas as pd
import pytest
from click.testing import CliRunner

from fonction_api_prediction import create_app
from scoring.cli import commands
from scoring.settings import Settings
from tests.policy.policies import RATIO, content, rule

CLIENTS = 40
RULES = [
    rule("RATIO", {**RATIO, "to": 4}),
    rule("CAR", {"value": "OWN_CAR_AGE", "is": ">", "to": 10}, "review"),
    rule("LIMIT", {"value": "FLAG_OWN_REALTY", "in": ["N"]}, "limit", limit={"amount": 500_000}),
]


@pytest.fixture(scope="module")
def scored(project, tmp_path_factory):
    folder = tmp_path_factory.mktemp("policy")
    (folder / "policy.json").write_bytes(content(*RULES))
    pd.read_csv(project / "applications_sample.csv").head(CLIENTS).to_csv(folder / "applications.csv", index=False)
    command = [
        *("batch", "--input", str(folder / "applications.csv"), "--applications", "--artefacts", str(project)),
        *("--out", str(folder / "out"), "--record", "off", "--policy", str(folder / "policy.json")),
    ]
    done = CliRunner().invoke(commands, command)
    assert done.exit_code == 0, done.output
    return folder


def test_a_batch_decides_as_the_service_does_and_names_the_rules(scored):
    table = pd.read_parquet(scored / "out" / "scores")
    web = create_app(Settings(open=True, policy=scored / "policy.json")).test_client()
    applications = pd.read_csv(scored / "applications.csv").drop(columns="TARGET", errors="ignore")
    bodies = [json.loads(row.dropna().to_json()) for _, row in applications.iterrows()]
    answers = web.post("/predict", json={"applications": bodies}).json["predictions"]
    assert len(table) == len(answers) == CLIENTS
    for (_, row), answer in zip(table.iterrows(), answers, strict=True):
        rules = [one["code"] + ("" if one["checked"] else "?") for one in answer["policy"]["rules"]]
        assert (row.client_id, row.decision, row.review, row.policy_rules) == (
            answer["client_id"],
            answer["decision"],
            answer["review"],
            " ".join(rules),
        )
    assert table.policy_rules.str.contains("RATIO").any()
    assert table.policy_rules.str.contains(r"CAR\?", regex=True).any()
    summary = json.loads((scored / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["policy_version"] == answers[0]["policy"]["version"]
    assert summary["refused"] == (table.decision == "REFUSED").sum()


def test_a_policy_is_refused_where_its_rules_could_not_be_applied_or_recorded(project, scored):
    common = ["batch", "--input", "x.csv", "--artefacts", str(project), "--out", str(scored / "no")]
    common[2] = str(scored / "applications.csv")
    for other in (["--engine", "spark"], ["--record", "decisions", "--decisions", str(scored / "d.db")]):
        done = CliRunner().invoke(commands, [*common, "--policy", str(scored / "policy.json"), *other])
        assert "not possible with" in str(done.exception)
