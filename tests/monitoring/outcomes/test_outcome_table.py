"""A table of outcomes is read the same whatever its form: separators, French Excel, workbooks, Parquet, archives."""

import zipfile

import pandas as pd
import pytest

from scoring.errors import DataError
from scoring.monitoring.outcomes.given.outcome_table import read_outcome_table
from scoring.record.repayments import Observation

FRAME = pd.DataFrame(
    {
        "client": [7, 8],
        "date": pd.to_datetime(["2026-01-13", "2026-02-02"]),
        "defaulted": [True, False],
        "amount_lost": [1234.5, None],
    }
)
FRENCH = "client;date;defaut;montant_perdu\n7;13/01/2026;oui;1 234,50\n8;02/02/2026;non;\n"


def write(path, name):
    file = path / name
    if name.endswith(".xlsx"):
        FRAME.to_excel(file, index=False)
    elif name.endswith(".parquet"):
        FRAME.to_parquet(file, index=False)
    elif name.endswith(".zip"):
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("outcomes.csv", FRENCH)
    elif name.endswith(".tsv"):
        file.write_text(FRAME.to_csv(sep="\t", index=False), encoding="utf-8")
    else:
        file.write_text(FRENCH, encoding="cp1252")
    return file


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.csv.zip", "a.xlsx", "a.parquet"])
def test_every_form_gives_the_same_outcomes(tmp_path, name):
    read = read_outcome_table(write(tmp_path, name), {})
    assert read.faults == []
    assert [(row.client, row.date) for row in read.rows] == [("7", "2026-01-13"), ("8", "2026-02-02")]
    assert [row.observation for row in read.rows] == [Observation(True, None, None, 1234.5), Observation(False)]
    assert read.place(1) == ("row 2" if name == "a.parquet" else "line 3")


def test_columns_have_other_names_where_these_are_given_and_missing_ones_are_named(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("dossier,statut,defaulted\nd-1,yes,0\nd-2,no,1\n", encoding="utf-8")
    read = read_outcome_table(file, {"decision_id": "dossier", "outcome": "statut"})
    assert [(row.decision_id, row.observation.defaulted) for row in read.rows] == [("d-1", True), ("d-2", False)]
    with pytest.raises(DataError, match="has neither a column decision_id nor the columns client and date"):
        read_outcome_table(file, {})


def test_two_columns_that_may_be_the_same_thing_are_not_chosen_from_silently(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("decision_id,decision,Defaulted,target,date,contract_date\nd-1,x,1,0,,\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_outcome_table(file, {})
    assert "has 2 columns that may be the outcome: Defaulted, target; name one: --column outcome=NAME" in str(
        caught.value
    )
    assert "has 2 columns that may be the date: date, contract_date" in str(caught.value)
    read = read_outcome_table(file, {"outcome": "Defaulted", "date": "date"})
    assert [(row.decision_id, row.observation.defaulted) for row in read.rows] == [("d-1", True)]


def test_where_one_day_cannot_be_read_no_row_is_matched_by_its_day(tmp_path):
    (tmp_path / "a.csv").write_text("client,date,outcome\n7,2026-01-13,1\n8,yesterday,0\n", encoding="utf-8")
    read = read_outcome_table(tmp_path / "a.csv", {})
    assert read.faults == [(1, "date is 'yesterday', expected a day such as 2026-03-31")]
    assert read.rows == [None, None]


def test_an_impossible_day_is_named_and_not_taken_for_another_form(tmp_path):
    (tmp_path / "a.csv").write_text("client,date,outcome\n7,2026-01-13,1\n8,2026-02-30,0\n", encoding="utf-8")
    faults = read_outcome_table(tmp_path / "a.csv", {}).faults
    assert faults == [(1, "date is '2026-02-30', expected a day such as 2026-03-31")]


@pytest.mark.parametrize("decimal", [".", ","])
def test_numbers_that_a_program_wrote_with_decimals_are_whole(tmp_path, decimal):
    text = f"client;date;outcome\n100042.0;2026-01-13;1{decimal}0\n100043.0;2026-01-13;0{decimal}0\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    read = read_outcome_table(tmp_path / "a.csv", {})
    assert [(row.client, row.observation.defaulted) for row in read.rows] == [("100042", True), ("100043", False)]


def test_two_columns_of_one_name_are_refused_also_where_an_option_names_them(tmp_path):
    (tmp_path / "a.csv").write_text("decision_id,default,default\nd-1,1,0\n", encoding="utf-8")
    for named in ({}, {"outcome": "default"}):
        with pytest.raises(DataError, match="duplicate columns: default"):
            read_outcome_table(tmp_path / "a.csv", named)
