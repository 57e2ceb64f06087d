"""Every command reads every kind of file the same way: one small table, written with each ending."""

import pandas as pd
import pytest

from scoring.cli.training_source import read_flat_table
from scoring.errors import DataError
from scoring.home_credit.applications import read_applications
from scoring.home_credit.engine import open_engine
from scoring.home_credit.history.source_schema import BUREAU
from scoring.home_credit.history.source_tables import open_tables
from scoring.model.plan import CategoryColumn, NumberColumn, Plan
from scoring.model.schema import Identity, InputSchema, SchemaField, Text
from scoring.storage.clients.client_table import model_ready_clients, read_client_file
from scoring.tables.files import ENDINGS, PARQUET, require_table
from scoring.tables.raw_applications import read_raw
from tests.tables.test_table_reader import write

ANY = [*ENDINGS, ".CSV.GZ", ".Parquet"]
LABEL = Text(en="x", fr="x")
SCHEMA = InputSchema(
    identity=Identity(name="id", digits=3),
    target="late",
    fields=(
        SchemaField(name="days", type="integer", missing=(365243.0,), label=LABEL),
        SchemaField(name="trade", type="category", missing=("XNA",), label=LABEL),
    ),
)
CSV = b"id,late,days,trade\n101,0,-7,smith\n102,1,365243,XNA\n103,0,NA,\n"
NUMBERS, TEXTS = [-7.0, None, None], ["smith", None, None]


def plain(values):
    return [None if pd.isna(value) else value for value in values]


@pytest.fixture(params=ANY)
def path(request, tmp_path):
    """Write the table as Home Credit's table of applications would be called."""
    path = tmp_path / f"application_train{request.param}"
    if path.suffix.lower() in PARQUET:
        pd.read_csv(write(tmp_path / "plain.csv", CSV)).to_parquet(path)
        return path
    return write(path, CSV)


def test_train_on_a_folder_reads_it(path):
    frame = read_applications(path.parent, SCHEMA)
    assert (plain(frame["days"]), plain(frame["trade"])) == (NUMBERS, TEXTS)


def test_train_on_a_flat_table_reads_it(path):
    source = read_flat_table(
        path, (), (), target="late", identity="id", kinds={"days": "number", "trade": "category"}, drop=()
    )
    # Another lender's markers are not known: they are values.
    assert plain(source.applications["days"]) == [-7.0, 365243.0, None]
    assert plain(source.applications["trade"]) == ["smith", "XNA", None]


def test_evaluate_reads_it(path):
    columns = (
        NumberColumn(name="days", source="days", fill=0.0),
        CategoryColumn(name="trade", source="trade", value="smith"),
    )
    raw = read_raw(
        require_table(path.parent, "application_train"), SCHEMA, Plan(missing_values={}, derived=(), columns=columns)
    )
    assert (plain(raw.columns["days"]), plain(raw.columns["trade"])) == (NUMBERS, TEXTS)
    assert (raw.ids.tolist(), raw.target.tolist(), raw.errors) == ([101, 102, 103], [0.0, 1.0, 0.0], {})


def test_the_service_reads_it(path, tmp_path):
    frame = read_client_file(path)
    clients = model_ready_clients(frame, path.name, SCHEMA.identity, ["late"])
    assert (clients.client_ids.tolist(), clients.rows[:, 0].tolist()) == ([101, 102, 103], [0.0, 1.0, 0.0])


@pytest.mark.parametrize("ending", ANY)
def test_features_reads_it(tmp_path, ending):
    cells = {column.name: {"id": 7, "number": 0, "text": "Active"}[column.kind] for column in BUREAU.columns}
    numbers = {"SK_ID_BUREAU": [1, 2], "AMT_CREDIT_SUM": [10.5, None]}
    bureau = pd.DataFrame({**{name: [cell] * 2 for name, cell in cells.items()}, **numbers})
    for name, table in (("bureau", bureau), ("application_train", pd.DataFrame({"SK_ID_CURR": [7]}))):
        if ending.lower() in PARQUET:
            table.to_parquet(tmp_path / f"{name}{ending}")
        else:
            write(tmp_path / f"{name}{ending}", table.to_csv(index=False, na_rep="NA").encode())
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with open_engine("duckdb", scratch) as engine:
        read = open_tables(engine, tmp_path, scratch, None, ["bureau"]).rows["bureau"]
        amount = read["AMT_CREDIT_SUM"]
        found = engine.fetch_row(read.aggregate(rows=read.count(), known=amount.count(), total=amount.sum()))
    assert found == {"rows": 2, "known": 1, "total": 10.5}


def test_features_passes_over_an_index_column_that_pandas_wrote(tmp_path):
    pd.DataFrame({"SK_ID_CURR": [500001, 500002]}).to_csv(tmp_path / "application_train.csv")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with open_engine("duckdb", scratch) as engine:
        clients = open_tables(engine, tmp_path, scratch, None, []).clients
        found = engine.fetch_row(clients.aggregate(rows=clients.count(), last=clients["SK_ID_CURR"].max()))
    assert found == {"rows": 2, "last": 500002}


@pytest.mark.parametrize(
    "content",
    ["SK_ID_CURR;TARGET\n500001;0\n", "Extrait,\nSK_ID_CURR,TARGET\n500001,0\n", "SK_ID_CURR,Œ\n500001,0\n"],
    ids=["semicolons", "title line", "Windows-1252"],
)
def test_features_refuses_a_table_in_another_form_than_its_engine_reads(tmp_path, content):
    (tmp_path / "application_train.csv").write_bytes(content.encode("cp1252"))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with (
        open_engine("duckdb", scratch) as engine,
        pytest.raises(DataError, match="Expected UTF-8, cells separated by commas"),
    ):
        open_tables(engine, tmp_path, scratch, None, [])
