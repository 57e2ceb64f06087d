import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import DataError
from scoring.home_credit.history.attach import attach_history, has_history, read_history, round_to_seven_digits


@pytest.fixture
def applications():
    return pd.DataFrame({"id": [3, 1], "amount": [30.0, 10.0]}, index=[7, 8])


def written(tmp_path, **columns):
    path = tmp_path / "features.parquet"
    pd.DataFrame(columns).to_parquet(path)
    return path


def test_features_go_to_their_client_whatever_the_order(applications, tmp_path):
    path = written(tmp_path, id=[1, 2, 3], loans=pd.array([1, 2, None], dtype="Int32"))
    joined, names = attach_history(applications, path, "id")
    assert names == ["loans"]
    assert joined["loans"].iloc[1] == 1.0
    assert pd.isna(joined["loans"].iloc[0])
    assert joined.index.tolist() == [7, 8]
    assert list(applications) == ["id", "amount"]


def test_one_message_lists_all_errors_of_the_features(applications, tmp_path):
    path = written(tmp_path, id=[1, 1], amount=[0.0, 0.0])
    with pytest.raises(DataError) as caught:
        attach_history(applications, path, "id")
    message = str(caught.value)
    assert "3 errors" in message
    assert "1 duplicate clients" in message
    assert "1 of 2 clients are missing" in message
    assert "columns that the applications have, too: amount" in message


def test_a_file_without_the_identity_is_refused(applications, tmp_path):
    with pytest.raises(DataError, match="column id is missing"):
        attach_history(applications, written(tmp_path, loans=[1]), "id")


def test_a_damaged_file_is_refused(applications, tmp_path):
    (tmp_path / "features.parquet").write_bytes(b"damaged")
    with pytest.raises(DataError, match="cannot be read"):
        attach_history(applications, tmp_path / "features.parquet", "id")


def test_only_the_named_features_are_read_rounded_as_for_training(applications, tmp_path):
    path = written(tmp_path, id=[1, 3], debt=[1 / 3, 2.0], loans=pd.array([1, None], dtype="Int32"))
    assert read_history(path, "id", ["debt", "amount"]).to_dict() == {"debt": {1: 0.3333333, 3: 2.0}}
    joined, _ = attach_history(applications, path, "id")
    assert joined["debt"].tolist() == [2.0, 0.3333333]


def test_any_history_table_counts_compressed_or_not(tmp_path):
    (tmp_path / "application_train.csv").touch()
    assert not has_history(tmp_path)
    (tmp_path / "bureau.csv.gz").touch()
    assert has_history(tmp_path)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_seven_digits_are_those_that_printing_gives(value):
    assert round_to_seven_digits(np.array([value]))[0] == pytest.approx(float(f"{value:.7g}"), rel=3e-7, abs=1e-300)


def test_numbers_that_differ_in_the_last_bit_are_equal_afterwards():
    values = np.random.default_rng(0).lognormal(0, 8, 10_000)
    np.testing.assert_array_equal(round_to_seven_digits(values), round_to_seven_digits(np.nextafter(values, np.inf)))


def test_missing_stays_missing():
    assert np.isnan(round_to_seven_digits(np.array([np.nan]))).all()
