import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scoring.errors import DataError
from scoring.tables.flat import flat_table
from scoring.tables.flat.column_options import ColumnOptions
from scoring.tables.flat.flat_table import inputs
from tests.tables.flat.conftest import TABLE, kinds_of, read_flat

CODED = "id,bad,score,months,town\n" + "".join(
    f"{i},{i % 2},{'9999' if i % 5 == 0 else i},{'Neant' if i % 4 == 0 else i},{'Lyon' if i % 3 else '-9'}\n"
    for i in range(60)
)


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
    assert (field.unit, field.minimum, field.maximum, field.required) == (None, None, None, False)


def test_a_column_of_measures_is_refused_with_the_remedy_and_few_are_noted(write):
    rows = "".join(f"{i},{i % 2},{i} ans,{36 if i % 3 else 60} months\n" for i in range(1, 90))
    path = write("id,bad,age,term\n" + rows)
    with pytest.raises(DataError) as caught:
        read_flat(path, "bad", "id")
    assert (
        str(caught.value)
        .splitlines()[0]
        .endswith(
            "column age: holds 89 different numbers with words or signs, written as '# ans'; "
            "write plain numbers, or pass --kind 'age=category' or --drop 'age'"
        )
    )
    read = kinds_of(path, "bad", "id", kinds={"age": "category"})
    assert (read["age"].kind, read["term"].kind) == ("category", "category")
    assert read["term"].notes == ("2 texts", "numbers with words or signs, written as '# months'")


def test_what_each_column_was_read_as_is_reported(write):
    read = flat_table.read_flat(write(TABLE), ColumnOptions("défaut", "Dossier", tiers={"owner": "proxy"}))
    assert (
        read.kinds.as_text()
        == """\
credit.csv: 3 rows, 8 columns
  read as UTF-8, cells separated by commas, decimal point
  column           read as       missing  notes
  Dossier          identity               texts
  défaut           target
  Revenu, mensuel  number         33.3 %
  Type d'emploi    category       33.3 %  2 texts; read as missing: NA (1)
  owner            flag            0.0 %  proxy
  opened           left out               holds dates; make numbers of them first, such as days before the application
  nothing          number        100.0 %  read as missing: NA (1); not a feature: empty
  same             whole number    0.0 %  not a feature: the same for every client"""
    )


def test_columns_left_out_are_in_the_schema_with_the_reason(write):
    text = "id,bad,x,account,opened,note\n" + "".join(
        f"{i},{i % 2},{i},{4970100000000000 + i},03.2015,{'a' * i}\n" for i in range(99)
    )
    schema, _ = read_flat(write(text), "bad", "id", drop=["opened"])
    assert schema.left_out == {
        "account": "holds whole numbers of more than 15 digits, such as account numbers",
        "opened": "by --drop",
        "note": "holds 98 different texts in 98 rows",
    }


@pytest.mark.parametrize("name", ["credit.csv.gz", "credit.parquet"])
def test_compressed_and_parquet_tables_give_the_same(write, tmp_path, name):
    plain = read_flat(write(TABLE), "défaut", "Dossier")
    if name.endswith(".parquet"):
        pd.read_csv(write(TABLE)).to_parquet(tmp_path / name)
    else:
        write(TABLE, name)
    schema, frame = read_flat(tmp_path / name, "défaut", "Dossier")
    if name.endswith(".parquet"):  # which has no texts for "missing"
        unmarked = [field.model_copy(update={"missing": ()}) for field in plain[0].fields]
        assert schema == plain[0].model_copy(update={"fields": tuple(unmarked)})
    else:
        assert schema == plain[0]
    pd.testing.assert_frame_equal(frame, plain[1])


@pytest.mark.parametrize("kind", ["int64", "decimal128(20, 0)", "float64", "string"])
def test_long_numbers_are_left_out_of_parquet_tables_too(tmp_path, kind):
    accounts = [4970100000000001 + i for i in range(30)]
    column = pa.array(map(str, accounts)) if kind == "string" else pa.array(accounts)
    types = {
        "int64": pa.int64(),
        "float64": pa.float64(),
        "string": pa.string(),
        "decimal128(20, 0)": pa.decimal128(20, 0),
    }
    table = {"id": range(30), "bad": [i % 2 for i in range(30)], "x": range(30), "account": column.cast(types[kind])}
    pq.write_table(pa.table(table), tmp_path / "credit.parquet")
    schema, _ = read_flat(tmp_path / "credit.parquet", "bad", "id")
    assert [field.name for field in schema.fields] == ["x"]
    assert list(schema.left_out) == ["account"]
    kept = read_flat(tmp_path / "credit.parquet", "bad", "id", kinds={"account": "category"})[1]
    assert kept["account"].tolist() == [str(account) for account in accounts]


def test_semicolons_and_decimal_commas_are_read(write):
    frame = read_flat(write("id;bad;rate;note\n1;0;0,5;a\n20;1;1,25;b\n"), "bad", "id")[1]
    assert frame["rate"].tolist() == [0.5, 1.25]
    frame = read_flat(write("id\tbad\trate\n1\t0\t0.5\n20\t1\t1.25\n"), "bad", "id")[1]
    assert frame["rate"].tolist() == [0.5, 1.25]


def test_all_errors_of_the_columns_are_in_one_message(write):
    text = CODED.replace("\n7,", "\n6,").replace("\n8,0", "\n8,late").replace("\n41,1,41", "\n41,1,inf")
    with pytest.raises(DataError) as caught:
        read_flat(write(text), "bad", "id", kinds={"town": "number"})
    message = str(caught.value)
    assert "5 errors" in message
    assert "column id (the identity) has duplicates in 1 row (8, counted from 1)" in message
    assert "or pass --number-rows if every row is another client" in message
    assert "column bad (the target) has 0, 1, late; expected 0 and 1" in message
    assert "column score: 1 of 60 cells are not finite numbers (rows 42)" in message
    assert (
        "column months: 15 of 60 cells are not numbers (rows 1, 5, 9, 13, 17, ...), among them 'Neant' (15); correct "
        "them, or pass --missing 'months=Neant' if it means missing, --kind 'months=category' or --drop 'months'"
    ) in message
    assert "column town: 40 of 60 cells are not numbers" in message


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


def test_a_column_is_justified_or_protected_never_both(write):
    given = {"tiers": {"owner": "protected"}, "justified": {"owner": "a reason", "ownr": "another", "défaut": "x"}}
    with pytest.raises(DataError) as caught:
        read_flat(write(TABLE), "défaut", "Dossier", **given)
    message = str(caught.value)
    assert "--justified 'owner': is also passed as --protected; expected one of them" in message
    assert "--justified 'ownr': no such column; did you mean 'owner'?" in message
    assert "--justified 'défaut': is the target, never a feature" in message


def test_one_message_lists_all_columns_that_are_not_of_the_given_kind(write):
    with pytest.raises(DataError) as caught:
        read_flat(write(TABLE), "défaut", "Dossier", kinds={"Type d'emploi": "number", "opened": "number"})
    assert "column Type d'emploi: 2 of 3 cells are not numbers (rows 1, 2)" in str(caught.value)
    assert "column opened: 3 of 3 cells are not numbers" in str(caught.value)
    assert "ouvrier" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"id,bad,x\n", "has a header, but no row"),
        (b"id,bad,x,x\n1,0,1,1\n", "has duplicate columns: x"),
        (b"id,bad,x\n1,0,1,9\n2,1,1,9\n", "every row has one cell more than the header"),
        ("id,bad,год\n1,0,1\n".encode("cp1251"), "encoding of the text is not UTF-8, UTF-16 or Windows-1252"),
        (b"id,bad\n1,0\n2,1\n", "no column is left to learn from"),
        (
            b"id,bad,x\n1,0,03.2015\n2,1,04.2015\n3,1,05.2015\n",
            "no column is left to learn from; column x: holds dates",
        ),
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
