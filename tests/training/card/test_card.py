from itertools import pairwise

import pytest

from scoring.model.report import Report
from scoring.training.card import card


@pytest.fixture(scope="module")
def manifest(trained):
    return trained[0]


def _with(manifest, **training):
    return manifest.model_copy(update={"training": manifest.training.model_copy(update=training)})


def test_the_card_tells_what_a_validator_asks_for(manifest):
    text = card(manifest)
    for heading in (
        "Intended use",
        "What is predicted",
        "Data",
        "Choice",
        "Performance",
        "Calibration",
        "Threshold and review",
        "Fields",
        "Fairness",
        "Limits",
        "Versions",
    ):
        assert f"\n## {heading}\n" in text, heading
    assert "not a regulatory default" in text
    assert "### Booked loans only" in text
    assert "### Dependence on external scores" in text
    assert f"{manifest.metrics['test']['auc'].value:.3f} (" in text


def test_figures_of_made_up_clients_are_said_to_be_no_evidence(manifest):
    assert "no evidence about people" in card(manifest)
    assert "no evidence about people" not in card(_with(manifest, synthetic=False))


def test_what_the_manifest_lacks_is_left_out(manifest):
    bare = manifest.model_copy(update={"report": None, "choice": None})
    text = card(bare)
    for left_out in ("## Choice", "## Fairness", "### Gains", "### Rating bands", "None", "nan"):
        assert left_out not in text
    assert "\n## Limits\n" in text
    assert card(manifest.model_copy(update={"report": Report(), "choice": None})) == text


def test_what_counts_as_difficulty_can_be_said(manifest):
    assert "One instalment was over 30 days late." in card(manifest, "One instalment was over 30 days late.")


def test_tables_have_as_many_cells_in_every_line(manifest):
    lines = card(manifest).splitlines()
    for above, below in pairwise(lines):
        if above.startswith("|") and below.startswith("|"):
            assert above.count("|") == below.count("|"), (above, below)
