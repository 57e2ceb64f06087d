import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from scoring.errors import DataError
from tools.synthetic import generate
from tools.synthetic.history import tables as drawn
from tools.synthetic.history import write
from tools.synthetic.history.schema import SCHEMAS

FEW = 700


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("seven") / "new"
    return {path.stem: path for path in write.write(folder, FEW, 3)}


def test_seven_tables_and_a_marker_are_written(written):
    folder = written["bureau"].parent
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["SYNTHETIC.json", *(f"{name}.parquet" for name in write.TABLES)]
    )
    marker = json.loads((folder / "SYNTHETIC.json").read_text())
    assert marker["clients"] == FEW
    assert len(marker["history_parameters_sha256"]) == 64


def test_the_first_clients_of_more_are_the_same_in_every_table(written, tables):
    clients = tables["application_train"]["SK_ID_CURR"].head(FEW)
    credits_of = tables["bureau"].loc[tables["bureau"]["SK_ID_CURR"].isin(clients), "SK_ID_BUREAU"]
    for name, path in written.items():
        fewer, more = pd.read_parquet(path), tables[name]
        key, wanted = ("SK_ID_CURR", clients) if "SK_ID_CURR" in more else ("SK_ID_BUREAU", credits_of)
        expected = more[more[key].isin(wanted)].reset_index(drop=True)
        assert len(fewer) == len(expected) > 0, name
        for column in fewer:
            one, other = fewer[column], expected[column]
            same = (one == other) | (one.isna() & other.isna())
            assert same.all(), (name, column)


def test_another_seed_gives_other_histories(written):
    other = next(write.draw_blocks(FEW, 4)).histories["bureau"]
    table = pd.read_parquet(written["bureau"])
    assert not np.array_equal(table["DAYS_CREDIT"].to_numpy()[:500], other["DAYS_CREDIT"][:500])


def test_applications_stay_as_they_are_without_histories(written):
    pd.testing.assert_frame_equal(pd.read_parquet(written["application_train"]), generate.generate(FEW, 3))


def test_columns_have_the_published_order_and_types(written):
    for name, schema in SCHEMAS.items():
        fields = pq.ParquetFile(written[name]).schema_arrow
        arrow = {"int64": "int64", "float64": "double", "str": "large_string"}
        assert {field.name: str(field.type) for field in fields} == {c: arrow[kind] for c, kind in schema.items()}
        assert fields.names == list(schema)


@pytest.mark.realdata
def test_columns_equal_those_of_the_real_tables(written, real_data):
    for name in SCHEMAS:
        complete = real_data / "relational" / f"{name}.parquet"
        real = pq.ParquetFile(complete if complete.exists() else real_data / "extra_rows" / f"{name}.parquet")
        fields = pq.ParquetFile(written[name]).schema_arrow
        assert [(f.name, f.type) for f in fields] == [(f.name, f.type) for f in real.schema_arrow], name


def test_csv_holds_the_same_records_under_the_published_names(written, tmp_path):
    paths = write.write(tmp_path, FEW, 3, "csv")
    assert [path.name for path in paths] == [f"{name}.csv" for name in write.TABLES]
    for path in paths:
        table = pd.read_parquet(written[path.stem])
        read = pd.read_csv(path, dtype={"STATUS": "str"}, low_memory=False)
        pd.testing.assert_frame_equal(read, table, check_dtype=False)


def test_a_new_run_replaces_the_tables_of_the_last_whatever_their_format(tmp_path):
    write.write(tmp_path, 20, 3, "csv")
    write.write(tmp_path, 10, 3, histories=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["SYNTHETIC.json", "application_train.parquet"]


def test_tables_that_the_generator_did_not_make_are_never_replaced(tmp_path):
    real = tmp_path / "bureau.csv"
    real.write_text("SK_ID_CURR,SK_ID_BUREAU\n100001,5000001\n")
    with pytest.raises(DataError, match=r"holds bureau\.csv, which the generator did not make"):
        write.write(tmp_path, 10, 3)
    assert [path.name for path in tmp_path.iterdir()] == ["bureau.csv"]
    assert "5000001" in real.read_text()


@pytest.mark.parametrize(("clients", "seed"), [(0, 1), (10, -1), (1.5, 0)])
def test_an_unusable_number_is_refused_at_once(tmp_path, clients, seed):
    with pytest.raises(DataError, match="expected an integer"):
        write.write(tmp_path / "out", clients, seed)
    assert not (tmp_path / "out").exists()


def test_more_records_than_numbers_are_refused():
    with pytest.raises(DataError, match="bureau: a block of clients has 11 records, but numbers for 10"):
        drawn._check_room(11, 10, "bureau")


def test_one_progress_bar_counts_clients(tmp_path, capsys):
    write.write(tmp_path, 30, 0)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "30/30" in captured.err
