"""Tables as they come, and what is wrong with them."""

import shutil

import pandas as pd
import pytest

from scoring.errors import DataError
from scoring.home_credit.history.compute import compute


@pytest.fixture
def copy(tables, tmp_path):
    """Make a copy of the hand-made tables, to be spoiled."""
    folder = tmp_path / "tables"
    shutil.copytree(tables, folder)
    return folder


def refusal(folder, tmp_path, **options):
    with pytest.raises(DataError) as caught:
        compute(folder, tmp_path / "out" / "features.parquet", **options)
    assert list((tmp_path / "out").iterdir()) == []
    return str(caught.value)


def replace(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_neither_the_order_of_rows_nor_how_they_are_stored_matters(rearranged, computed, differences, result, tmp_path):
    other = result(rearranged, tmp_path / "features.parquet", coverage=rearranged / "coverage.parquet")
    assert differences(computed, other) == []


def test_without_a_coverage_file_every_client_is_covered_and_an_absent_table_has_no_features(copy, tmp_path):
    for name in ("bureau", "previous_application", "POS_CASH_balance", "installments_payments"):
        (copy / f"{name}.csv").unlink()
    reported = []
    summary = compute(copy, tmp_path / "features.parquet", progress=reported.append)
    features = pd.read_parquet(tmp_path / "features.parquet").set_index("SK_ID_CURR")
    assert list(summary.features) == ["credit_card_balance"]
    # bureau_balance has no client; only bureau shows which client a credit belongs to.
    assert tuple(summary.absent) == (
        "bureau",
        "bureau_balance",
        "previous_application",
        "POS_CASH_balance",
        "installments_payments",
    )
    assert "bureau: absent, so its 116 features are absent too" in str(summary)
    assert {name.split("_")[0] for name in features.columns} == {"card", "cards"}
    assert features.loc[900003, "card_count"] == 1
    assert features.loc[900004, "card_count"] == 0
    assert reported == ["reading", "credit_card_balance: 92 features", "joining"]


def test_one_message_lists_all_errors_of_all_tables(copy, tmp_path):
    replace(copy / "bureau.csv", "DAYS_CREDIT_UPDATE", "DAYS_UPDATED")
    replace(copy / "POS_CASH_balance.csv", "11,900001,-2,12.0", "11,900001,-2,twelve")
    replace(copy / "bureau_balance.csv", "2,-13,C", "2b,-13,C")
    pd.DataFrame({"SK_ID_CURR": ["900001"], "SK_ID_PREV": [1.5]}).to_parquet(copy / "credit_card_balance.parquet")
    (copy / "credit_card_balance.csv").unlink()
    message = refusal(copy, tmp_path)
    for error in (
        "bureau: column DAYS_CREDIT_UPDATE is missing",
        "POS_CASH_balance: column CNT_INSTALMENT holds 'twelve', expected numbers",
        "bureau_balance: column SK_ID_BUREAU holds '2b', expected whole numbers",
        "credit_card_balance: column SK_ID_CURR holds string values, expected whole numbers",
        "credit_card_balance: column SK_ID_PREV holds float64 values, expected whole numbers",
        "credit_card_balance: column AMT_BALANCE is missing",
    ):
        assert error in message


def test_a_client_who_applied_twice_is_refused(copy, tmp_path):
    replace(copy / "application_test.csv", "900004", "900001")
    replace(copy / "bureau.csv", "900001,2,", "900001,1,")
    message = refusal(copy, tmp_path)
    assert "application tables: column SK_ID_CURR has 1 duplicates, expected each number once" in message
    assert "bureau: column SK_ID_BUREAU has 1 duplicates, expected each number once" in message


def test_a_folder_without_applications_is_refused(copy, tmp_path):
    (copy / "application_train.csv").unlink()
    (copy / "application_test.csv").unlink()
    assert "holds no table application_train or application_test" in refusal(copy, tmp_path)


def test_a_table_without_clients_is_refused(copy, tmp_path):
    (copy / "application_train.csv").write_text("SK_ID_CURR\n", encoding="utf-8")
    (copy / "application_test.csv").unlink()
    assert "application tables: hold no client" in refusal(copy, tmp_path)


def test_a_table_with_two_files_is_refused(copy, tmp_path):
    shutil.copy(copy / "bureau.csv", copy / "bureau.parquet")
    assert "holds bureau.csv and bureau.parquet; Keep one of them." in refusal(copy, tmp_path)


def test_part_files_with_other_columns_are_refused(copy, tmp_path):
    (copy / "bureau").mkdir()
    shutil.move(copy / "bureau.csv", copy / "bureau" / "part-1.csv")
    (copy / "bureau" / "part-2.csv").write_text("SK_ID_CURR\n100001\n", encoding="utf-8")
    assert "bureau: the columns of part-2.csv are not those of part-1.csv" in refusal(copy, tmp_path)


@pytest.mark.parametrize("name", ["bureau.csv.gz", "bureau.zip", "bureau.csv.bz2", "bureau.parquet"])
def test_a_file_that_is_not_what_it_is_called_is_refused(copy, tmp_path, name):
    shutil.move(copy / "bureau.csv", copy / name)
    message = refusal(copy, tmp_path)
    assert "cannot be read" in message or "Rename it so that it ends in .csv." in message


def test_text_far_down_a_column_of_numbers_stops_the_run_and_is_named(copy, tmp_path):
    row = "21,900001,-1,500.0,1000,100.0,300.0,200.0,50.0,40.0,1.0,3,Active,2,0\n"
    with (copy / "credit_card_balance.csv").open("a", encoding="utf-8") as file:
        file.write(row * 300 + row.replace("500.0", "much"))
    message = refusal(copy, tmp_path)
    assert "credit_card_balance.csv: line 310, column AMT_BALANCE: received 'much', expected a number" in message


def test_a_coverage_file_that_does_not_say_who_is_covered_is_refused(copy, tmp_path):
    coverage = copy / "coverage.csv"
    coverage.write_text("SK_ID_CURR,bureau,has_prev_pos\n100001,true,true\n100001,true,true\n", encoding="utf-8")
    message = refusal(copy, tmp_path, coverage=coverage)
    start = "coverage coverage.csv: no column lists the clients for whom"
    assert f"{start} credit_card_balance is complete, expected credit_card_balance or has_bureau_bb_cc" in message
    assert f"{start} bureau is" not in message


def test_a_coverage_file_that_does_not_exist_is_refused(copy, tmp_path):
    assert "nowhere.parquet: not found" in refusal(copy, tmp_path, coverage=copy / "nowhere.parquet")
