"""Only the features asked for, or those that a model reads."""

import random

import pandas as pd
import pytest
from click.testing import CliRunner

from scoring.cli.model_commands import features as command
from scoring.errors import DataError
from scoring.home_credit.history.registry import choose_features, list_features
from scoring.storage.artefacts import read_manifest

NAMES = [feature.name for feature in list_features()]


@pytest.mark.parametrize("seed", range(4))
def test_chosen_features_have_the_values_that_they_have_among_all(
    tables, computed, differences, result, tmp_path, seed
):
    names = random.Random(seed).sample(NAMES, 30)
    chosen = result(tables, tmp_path / "features.parquet", coverage=tables / "coverage.csv", names=names)
    expected = [name for name in NAMES if name in names]
    assert differences(computed[expected], chosen) == []


@pytest.mark.parametrize(
    "name", ["card_paid_to_minimum", "cards_late_run_max", "pos_credits_running_left_part_mean", "bureau_card_share"]
)
def test_a_single_feature_is_computed_with_what_it_is_made_of(tables, computed, differences, result, tmp_path, name):
    chosen = result(tables, tmp_path / "features.parquet", coverage=tables / "coverage.csv", names=[name])
    assert differences(computed[[name]], chosen) == []


def test_tables_that_no_chosen_feature_needs_are_not_opened(tables, computed, differences, result, tmp_path):
    for name in ("application_train", "application_test", "bureau", "bureau_balance"):
        (tmp_path / f"{name}.csv").symlink_to(tables / f"{name}.csv")
    (tmp_path / "credit_card_balance.csv").write_text("damaged", encoding="utf-8")
    names = ["bureau_balance_late_share", "bureau_balance_credits_late_run_max"]
    chosen = result(tmp_path, tmp_path / "features.parquet", coverage=tables / "coverage.csv", names=names)
    assert differences(computed[names], chosen) == []


def test_names_of_which_none_is_a_history_feature_are_refused():
    with pytest.raises(DataError, match="none of the 2 names is one of them"):
        choose_features(["AMT_CREDIT", "bureau_nothing"])


def test_the_command_computes_what_a_published_model_reads(project, tables, tmp_path):
    out = tmp_path / "features.parquet"
    options = ["--data", str(tables), "--out", str(out), "--for", str(project)]
    done = CliRunner().invoke(command, options)
    assert done.exit_code == 0, done.output
    read = set(read_manifest(project / "modele_retenu.json").plan.raw_numbers()) & set(NAMES)
    assert set(pd.read_parquet(out)) == {"SK_ID_CURR", *read}
    assert CliRunner().invoke(command, options).exit_code == 0  # an earlier file of features is replaced
    pd.DataFrame({"SK_ID_CURR": [1], "income": [2]}).to_parquet(out)
    refused = CliRunner().invoke(command, options)
    assert "exists, and is not an earlier file of features" in str(refused.exception)
    assert [*pd.read_parquet(out)] == ["SK_ID_CURR", "income"]
