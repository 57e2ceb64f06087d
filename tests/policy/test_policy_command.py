"""``python -m scoring policy check``, and the example of the docs."""

from datetime import date
from pathlib import Path

from click.testing import CliRunner

from scoring.cli import commands
from scoring.model.scorer import Score
from scoring.policy.count import count_clients
from scoring.policy.open_policy import open_policy
from tests.policy.policies import RATIO, content, make, rule

PROJECT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = PROJECT / "docs" / "examples" / "policy.json"


def test_the_example_of_the_docs_is_valid_and_its_rules_are_printed_in_words():
    done = CliRunner().invoke(commands, ["policy", "check", str(EXAMPLE), "--model", str(PROJECT)])
    assert done.exit_code == 0, done.output
    assert "5 rules; 1000 sample clients" in done.output
    assert "CREDIT_TO_INCOME: refuse if AMT_CREDIT / AMT_INCOME_TOTAL > 8; if that is not known: review" in done.output
    assert "REVOLVING_LIMIT: limit to 3 times AMT_INCOME_TOTAL if NAME_CONTRACT_TYPE is Revolving loans" in done.output
    assert "The model alone refuses" in done.output


def test_the_counts_of_the_example_are_those_of_a_plain_reading_of_the_sample(schema):
    import pandas as pd

    table = pd.read_csv(PROJECT / "applications_sample.csv")
    by_hand = int((table.AMT_CREDIT / table.AMT_INCOME_TOTAL > 8).sum())
    done = CliRunner().invoke(commands, ["policy", "check", str(EXAMPLE), "--model", str(PROJECT)])
    lines = done.output.splitlines()
    (place,) = (i for i, line in enumerate(lines) if line.startswith("CREDIT_TO_INCOME"))
    assert lines[place + 2] == f"  applies to {by_hand}, cannot be checked for 0"


def test_a_rule_that_is_not_valid_on_the_day_is_told(tmp_path):
    file = tmp_path / "policy.json"
    file.write_bytes(content(rule(until="2026-12-31")))
    done = CliRunner().invoke(commands, ["policy", "check", str(file), "--model", str(PROJECT), "--day", "2027-01-01"])
    assert "; 1 rule; 1000 sample clients" in done.output
    assert "applies to 0, cannot be checked for 0 (not valid on 2027-01-01)" in done.output


def test_clients_are_counted_by_what_the_rules_do(schema):
    policy = make(schema, rule("RATIO", RATIO), exploration={"share": 0.1, "most_amount": 50, "most_probability": 1})
    good, bad = Score(0.1, False, 0.02, False), Score(0.7, True, 0.2, True)
    much, little = {"AMT_CREDIT": 90.0, "AMT_INCOME_TOTAL": 10.0}, {"AMT_CREDIT": 10.0, "AMT_INCOME_TOTAL": 10.0}
    counted = count_clients(
        policy, [good, good, bad, bad, good], [much, little, much, little, None], date(2026, 11, 27)
    )
    assert (counted.rules["RATIO"].applies, counted.rules["RATIO"].unchecked) == (2, 1)
    assert (counted.refused_by_model, counted.refused, counted.review, counted.eligible) == (2, 3, 1, 1)


def test_the_example_opens_for_the_bundled_model():
    from scoring.storage.artefacts import load_bundle

    assert len(open_policy(EXAMPLE, load_bundle(PROJECT).manifest).file.rules) == 5
