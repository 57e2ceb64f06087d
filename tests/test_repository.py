"""What must never be in the repository."""

import csv
import re
import subprocess

import pytest

from tests.conftest import FIRST

FIRST_SYNTHETIC = 500_000


@pytest.fixture(scope="module")
def tracked(project):
    if not (project / ".git").exists():
        pytest.skip("not a git checkout")
    names = subprocess.run(["git", "ls-files", "-z"], cwd=project, capture_output=True, check=True, text=True).stdout
    return [project / name for name in names.split("\0") if name and (project / name).is_file()]


@pytest.mark.parametrize("name", ["df_sample.csv", "applications_sample.csv"])
def test_every_bundled_client_has_a_made_up_number(project, name):
    with (project / name).open(encoding="utf-8", newline="") as file:
        numbers = [int(row["SK_ID_CURR"]) for row in csv.DictReader(file)]
    assert len(numbers) == 1000
    assert min(numbers) >= FIRST_SYNTHETIC


@pytest.mark.realdata
def test_no_tracked_table_holds_a_row_of_the_real_applications(tracked, real_data):
    import pandas as pd

    real = pd.read_parquet(
        real_data / "application_train.parquet", columns=["EXT_SOURCE_2", "AMT_CREDIT", "DAYS_BIRTH"]
    )
    combinations = set(zip(real["EXT_SOURCE_2"].round(9), real["AMT_CREDIT"], real["DAYS_BIRTH"], strict=True))
    checked = 0
    for path in tracked:
        if path.suffix != ".csv":
            continue
        table = pd.read_csv(path, low_memory=False)
        if {"EXT_SOURCE_2", "AMT_CREDIT", "DAYS_BIRTH"} <= set(table):
            rows = zip(table["EXT_SOURCE_2"].round(9), table["AMT_CREDIT"], table["DAYS_BIRTH"], strict=True)
            assert not combinations & set(rows), path
            checked += 1
    assert checked >= 1  # the raw sample; df_sample.csv holds weights of evidence, which are nobody's own values


def test_no_tracked_text_names_a_machine_or_a_registry(tracked):
    forbidden = re.compile(
        rb"/(?:root|home/[a-z]+)/|(?<![\w.])/work/|files\.pythonhosted|pypi\.org/simple|registry\.npmjs"
    )
    guilty = [
        path.name for path in tracked if path.name != "test_repository.py" and forbidden.search(path.read_bytes())
    ]
    assert guilty == []


def test_the_files_of_tests_that_begin_first_are_there(project):
    assert [name for name in FIRST if not (project / name).exists()] == []


def test_no_decision_record_is_tracked(tracked):
    records = [path.name for path in tracked if path.read_bytes().startswith(b"SQLite format 3")]
    assert records == []
