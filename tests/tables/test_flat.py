import gzip
import logging

import numpy as np
import pandas as pd
import pytest

from scoring.errors import DataError
from scoring.tables.flat import inputs, read_flat, readable

TABLE = '''Dossier,défaut,"Revenu, mensuel",Type d'emploi,owner,opened,nothing,same
A-1,0,1200.5,"CDI ""cadre""",true,2024-01-31,,7
A-2,1,,"ouvrier, intérim",false,2024-02-01,,7
A-3,0,900,NA,true,2024-02-02,NA,7
'''


@pytest.fixture
def write(tmp_path):
    def writing(text, name="credit.csv"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return path

    return writing


def test_a_table_with_odd_names_is_read(write):
    schema, frame = read_flat(write(TABLE), "défaut", "Dossier")
    assert list(frame) == ["Dossier", "défaut", "Revenu, mensuel", "Type d'emploi", "owner", "nothing", "same"]
    assert schema.identity.kind == "text"
    assert frame["Dossier"].tolist() == ["A-1", "A-2", "A-3"]
    assert frame["défaut"].tolist() == [0, 1, 0]
    np.testing.assert_array_equal(frame["Revenu, mensuel"], [1200.5, np.nan, 900.0])
    assert frame["Type d'emploi"].tolist() == ['CDI "cadre"', "ouvrier, intérim", None]
    assert {field.name: field.type for field in schema.fields} == {
        "Revenu, mensuel": "number",
        "Type d'emploi": "category",
        "owner": "integer",
        "nothing": "number",
        "same": "integer",
    }


def test_fields_have_readable_names_and_no_guessed_bounds(write):
    field = read_flat(write(TABLE), "défaut", "Dossier")[0].field("Type d'emploi")
    assert field.label.en == field.label.fr == "Type d'emploi"
    assert (field.unit, field.minimum, field.maximum, field.required, field.missing) == (None, None, None, False, ())


def test_left_out_columns_are_logged(write, caplog):
    with caplog.at_level(logging.WARNING, "scoring"):
        read_flat(write(TABLE), "défaut", "Dossier")
    assert caplog.messages == [
        "column opened is left out: it holds dates; make numbers of them first, such as days before the application"
    ]


@pytest.mark.parametrize("name", ["credit.csv.gz", "credit.parquet"])
def test_compressed_and_parquet_tables_give_the_same(write, tmp_path, name):
    plain = read_flat(write(TABLE), "défaut", "Dossier")
    if name.endswith(".parquet"):
        pd.read_csv(write(TABLE)).to_parquet(tmp_path / name)
    else:
        write(TABLE, name)
    schema, frame = read_flat(tmp_path / name, "défaut", "Dossier")
    assert schema == plain[0]
    pd.testing.assert_frame_equal(frame, plain[1])


def test_semicolons_and_decimal_commas_are_read(write):
    frame = read_flat(write("id;bad;rate;note\n1;0;0,5;a\n20;1;1,25;b\n"), "bad", "id")[1]
    assert frame["rate"].tolist() == [0.5, 1.25]
    frame = read_flat(write("id\tbad\trate\n1\t0\t0.5\n20\t1\t1.25\n"), "bad", "id")[1]
    assert frame["rate"].tolist() == [0.5, 1.25]


def test_the_column_without_a_name_can_be_the_identity(write):
    schema, frame = read_flat(write(",bad,x\n1,0,5\n22,1,6\n"), "bad", "")
    assert schema.identity.name == "id"
    assert frame["id"].tolist() == [1, 22]


def test_the_name_given_to_an_identity_is_not_one_that_is_taken(write):
    schema, _ = read_flat(write(",bad,id\n1,0,5\n22,1,6\n"), "bad", "")
    assert schema.identity.name == "client_id"


def test_other_columns_without_a_name_are_left_out(write, caplog):
    with caplog.at_level(logging.WARNING, "scoring"):
        schema, _ = read_flat(write(",id,bad,x,\n0,1,0,5,\n1,22,1,6,\n"), "bad", "id")
    assert [field.name for field in schema.fields] == ["x"]
    assert "columns without a name are left out: number 1, number 5" in caplog.messages


def test_a_named_index_in_parquet_can_be_the_identity(tmp_path):
    table = pd.DataFrame({"bad": [0, 1], "x": [1.5, 2.5]}, index=pd.Index(["A", "B"], name="client"))
    table.to_parquet(tmp_path / "credit.parquet")
    schema, frame = read_flat(tmp_path / "credit.parquet", "bad", "client")
    assert schema.identity.name == "client"
    assert frame["client"].tolist() == ["A", "B"]


def test_kinds_can_be_given_and_columns_dropped(write):
    text = "id,bad,branch,income,secret\n1,0,01,100,5\n22,1,1,200,6\n"
    schema, frame = read_flat(
        write(text), "bad", "id", kinds={"branch": "category", "income": "number"}, drop=["secret"]
    )
    assert frame["branch"].tolist() == ["01", "1"]
    assert [(field.name, field.type) for field in schema.fields] == [("branch", "category"), ("income", "number")]


def test_a_protected_column_is_in_the_table_and_never_an_input(write):
    schema, frame = read_flat(write("id,bad,sex,x\n1,0,F,5\n22,1,M,6\n"), "bad", "id", tiers={"sex": "protected"})
    assert schema.field("sex").tier == "protected"
    assert "sex" in frame
    assert inputs(schema, frame).categories == ()


def test_inputs_are_the_columns_that_are_not_redundant(write):
    schema, frame = read_flat(write(TABLE), "défaut", "Dossier")
    given = inputs(schema, frame.assign(same=frame["owner"]))
    assert given.numbers == ("Revenu, mensuel", "owner")
    assert given.categories == ("Type d'emploi",)
    assert given.derived == given.history == ()


def test_one_message_lists_all_wrong_names(write):
    with pytest.raises(DataError) as caught:
        read_flat(write(TABLE), "default", "dossier", kinds={"ownr": "category", "owner": "flag"}, drop=["x", "défaut"])
    message = str(caught.value)
    assert "--target 'default': no such column" in message
    assert "--id 'dossier': no such column; did you mean 'Dossier'?" in message
    assert "--kind 'ownr': no such column; did you mean 'owner'?" in message
    assert "--drop 'x': no such column" in message
    assert "--kind 'owner=flag': expected one of: number, integer, category" in message
    assert "Its columns are: 'Dossier', 'défaut'" in message


def test_target_and_identity_are_never_features(write):
    with pytest.raises(DataError, match=r"(?s)--kind 'défaut': is the target, never a feature"):
        read_flat(write(TABLE), "défaut", "Dossier", kinds={"défaut": "number"})
    with pytest.raises(DataError, match="Dossier cannot be both target and identity"):
        read_flat(write(TABLE), "Dossier", "Dossier")


def test_one_message_lists_all_columns_that_are_not_of_the_given_kind(write):
    with pytest.raises(DataError) as caught:
        read_flat(write(TABLE), "défaut", "Dossier", kinds={"Type d'emploi": "number", "opened": "number"})
    assert "column Type d'emploi: 2 of 3 cells are not numbers (rows 1, 2)" in str(caught.value)
    assert "column opened: 3 of 3 cells are not numbers" in str(caught.value)
    assert "ouvrier" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read"),
        (b"id,bad,x\n", "holds no row"),
        (b"id,bad,x,x\n1,0,1,1\n", "has duplicate columns: x"),
        (b"id,bad,x\n1,0,1,9\n2,1,1,9\n", "rows have more cells than the header's 3"),
        ("id,bad,é\n1,0,1\n".encode("latin-1"), "cannot be read"),
        (b"id,bad\n1,0\n2,1\n", "no column is left to learn from"),
    ],
)
def test_a_file_that_is_not_a_table_is_refused(tmp_path, content, message):
    (tmp_path / "credit.csv").write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_flat(tmp_path / "credit.csv", "bad", "id")


@pytest.mark.parametrize("name", ["nowhere.csv", "nowhere.parquet"])
def test_a_missing_file_is_named(tmp_path, name):
    with pytest.raises(DataError, match="not found"):
        read_flat(tmp_path / name, "bad", "id")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("", ""), ("_", "_"), ("DebtRatio", "Debt ratio"), ("credit amount (€)", "Credit amount (€)"), ("x1", "X 1")],
)
def test_names_are_made_readable(name, expected):
    assert readable(name) == expected
