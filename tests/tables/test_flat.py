import gzip

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scoring.errors import DataError
from scoring.tables import flat
from scoring.tables.column_options import ColumnOptions
from scoring.tables.flat import inputs, readable

TABLE = '''Dossier,défaut,"Revenu, mensuel",Type d'emploi,owner,opened,nothing,same
A-1,0,1200.5,"CDI ""cadre""",true,2024-01-31,,7
A-2,1,,"ouvrier, intérim",false,2024-02-01,,7
A-3,0,900,NA,true,2024-02-02,NA,7
'''


def read_flat(path, target, identity, **more):
    """Read a table; schema and frame."""
    return flat.read_flat(path, ColumnOptions(target, identity, **more))[:2]


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
    assert (field.unit, field.minimum, field.maximum, field.required) == (None, None, None, False)


def test_texts_that_meant_missing_in_the_file_do_so_in_an_application(write):
    schema = read_flat(write(TABLE), "défaut", "Dossier")[0]
    markers = {field.name: field.missing for field in schema.fields if field.missing}
    assert markers == {"Type d'emploi": ("NA",), "nothing": ("NA",)}
    rows = "".join(f"{i},{i % 2},{'Unknown' if i % 5 == 0 else i},{'?' if i % 4 else 'a'}\n" for i in range(40))
    schema = read_flat(write("id,bad,x,town\n" + rows), "bad", "id", missing={"x": ["9"]})[0]
    assert {field.name: field.missing for field in schema.fields} == {"x": (9.0, "Unknown"), "town": ("?",)}


@pytest.mark.parametrize(
    ("marker", "number"), [("-1,5", -1.5), ("-1.5", -1.5), ("9.999", 9999), ("(7,5)", -7.5), ("1 000,5", 1000.5)]
)
def test_a_marker_is_written_as_the_file_writes_numbers(write, marker, number):
    cell = f"{number:.15g}".replace(".", ",")
    rows = "".join(f"{i};{i % 2};{cell if i % 3 == 0 else f'{i},25'}\n" for i in range(1, 40))
    for name in ("x", "*"):
        read = flat.read_flat(write("id;bad;x\n" + rows), ColumnOptions("bad", "id", missing={name: [marker]}))
        assert read.warnings == ()
        assert read.schema.field("x").missing == (number,)
        assert read.frame["x"].isna().sum() == 13


def test_with_a_decimal_point_a_marker_with_a_comma_has_groups(write):
    rows = "".join(f"{i},{i % 2},{'9999' if i % 3 == 0 else f'{i}.25'}\n" for i in range(1, 40))
    schema, frame = read_flat(write("id,bad,x\n" + rows), "bad", "id", missing={"x": ["9,999"]})
    assert (schema.field("x").missing, frame["x"].isna().sum()) == ((9999.0,), 13)


def test_a_column_of_measures_is_refused_with_the_remedy_and_few_are_noted(write):
    rows = "".join(f"{i},{i % 2},{i} ans,{36 if i % 3 else 60} months\n" for i in range(1, 90))
    path = write("id,bad,age,term\n" + rows)
    with pytest.raises(DataError) as caught:
        read_flat(path, "bad", "id")
    assert (
        str(caught.value)
        .splitlines()[0]
        .endswith(
            "column age: holds 89 different numbers with words, written as '# ans'; "
            "write plain numbers, or pass --kind 'age=category' or --drop 'age'"
        )
    )
    read = kinds_of(path, "bad", "id", kinds={"age": "category"})
    assert (read["age"].kind, read["term"].kind) == ("category", "category")
    assert read["term"].notes == ("2 texts", "numbers with words, written as '# months'")


def kinds_of(path, target, identity, **more):
    """Read a table; what each column was read as, by name."""
    return {one.name: one for one in flat.read_flat(path, ColumnOptions(target, identity, **more)).kinds.columns}


def test_what_each_column_was_read_as_is_reported(write):
    read = flat.read_flat(write(TABLE), ColumnOptions("défaut", "Dossier", tiers={"owner": "proxy"}))
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


def test_the_column_without_a_name_can_be_the_identity(write):
    schema, frame = read_flat(write(",bad,x\n1,0,5\n22,1,6\n"), "bad", "")
    assert schema.identity.name == "id"
    assert frame["id"].tolist() == [1, 22]


def test_the_name_given_to_an_identity_is_not_one_that_is_taken(write):
    schema, _ = read_flat(write(",bad,id\n1,0,5\n22,1,6\n"), "bad", "")
    assert schema.identity.name == "client_id"


def test_other_columns_without_a_name_are_left_out(write):
    path = write(",id,bad,x,\n0,1,0,5,\n1,22,1,6,\n")
    schema, _ = read_flat(path, "bad", "id")
    assert [field.name for field in schema.fields] == ["x"]
    assert schema.left_out == {}  # nobody could send a field without a name
    kinds = kinds_of(path, "bad", "id")
    assert list(kinds) == ["(column 1)", "id", "bad", "x"]
    assert kinds["(column 1)"].notes == ("has no name",)


def test_rows_are_numbered_on_request(write):
    path = write(",age,bad,row\n0,34,1,7\n1,55,0,8\n")
    schema, frame = read_flat(path, "bad", None)
    assert (schema.identity.name, schema.identity.numbered, schema.identity.digits) == ("client_number", True, None)
    assert frame["client_number"].tolist() == [1, 2]
    assert [field.name for field in schema.fields] == ["age", "row"]
    assert kinds_of(path, "bad", None)["client_number"].notes == ("the rows, numbered from 1",)


@pytest.mark.parametrize(
    ("identity", "message"),
    [
        ("", "--id '': no column is without a name; pass --number-rows if no column names the clients"),
        ("number", "--id 'number': no such column; pass --number-rows if no column names the clients"),
        ("aeg", "--id 'aeg': no such column; did you mean 'age'?"),
    ],
)
def test_a_table_without_ids_names_the_option(write, identity, message):
    with pytest.raises(DataError) as caught:
        read_flat(write("age,bad\n34,1\n55,0\n"), "bad", identity)
    assert message in str(caught.value)


def test_the_value_that_is_a_default_can_be_named(write):
    path = write("id,risk,x\n1,BAD,5\n22,GOOD,6\n")
    schema, frame = read_flat(path, "risk", "id", positive="BAD")
    assert schema.outcomes == ("GOOD", "BAD")
    assert frame["risk"].tolist() == [1, 0]
    assert kinds_of(path, "risk", "id", positive="BAD")["risk"].notes == ("BAD is a default, GOOD is not",)


@pytest.mark.parametrize(
    ("values", "positive", "message"),
    [
        (("BAD", "GOOD"), None, r"has BAD, GOOD; .*pass --positive 'BAD' or --positive 'GOOD', whichever is a default"),
        (("1", "2"), None, r"has 1, 2; .*pass --positive '1' or --positive '2'"),
        (("BAD", "GOOD"), "LATE", r"has BAD, GOOD; --positive 'LATE' is none of them"),
        (("0", "1"), "2", r"has 0, 1; --positive '2' is none of them"),
        (("BAD", "OPEN", "GOOD"), "BAD", r"has BAD, GOOD, OPEN; expected 0 and 1, or two values and --positive"),
    ],
)
def test_outcomes_that_could_mean_two_things_are_refused(write, values, positive, message):
    rows = "".join(f"{i},{value},{i}\n" for i, value in enumerate(values * 2))
    with pytest.raises(DataError, match=rf"column risk \(the target\) {message}"):
        read_flat(write("id,risk,x\n" + rows), "risk", "id", positive=positive)


CODED = "id,bad,score,months,town\n" + "".join(
    f"{i},{i % 2},{'9999' if i % 5 == 0 else i},{'Neant' if i % 4 == 0 else i},{'Lyon' if i % 3 else '-9'}\n"
    for i in range(60)
)


def test_values_that_mean_missing_become_missing_and_stay_in_the_schema(write):
    missing = {"score": ["9999"], "months": ["Neant"], "*": ["-9"]}
    read = flat.read_flat(write(CODED), ColumnOptions("bad", "id", missing=missing))
    assert {field.name: (field.type, field.missing) for field in read.schema.fields} == {
        "score": ("integer", (9999.0, -9.0)),
        "months": ("integer", ("Neant", -9.0)),
        "town": ("category", ("-9",)),
    }
    assert read.frame.isna().sum().to_dict() == {"id": 0, "bad": 0, "score": 12, "months": 15, "town": 20}
    assert {one.name: one.notes for one in read.kinds.columns}["score"] == ("read as missing: 9999 (12)",)
    assert inputs(read.schema, read.frame).missing_values == {
        "score": (9999.0, -9.0),
        "months": (-9.0,),
        "town": ("-9",),
    }
    assert read.warnings == ()


HELOC = "id,bad,months,score,visits\n" + "".join(
    f"{i},{i % 2},{(-7, -8, -9, i)[i % 4]},{9999 if i % 3 else i},{'' if i % 3 else i}\n" for i in range(120)
)


def test_codes_of_several_meanings_have_a_category_of_their_own(write):
    missing = {"months": ["-7", "-8", "-9"], "score": ["9999"], "*": ["n.c."]}
    read = flat.read_flat(write(HELOC), ColumnOptions("bad", "id", missing=missing, tiers={"months": "proxy"}))
    assert [field.name for field in read.schema.fields] == ["months", "months (code)", "score", "visits"]
    code = read.schema.field("months (code)")
    assert (code.type, code.codes_of, code.tier, code.label.fr) == ("category", "months", "proxy", "Months (code)")
    assert read.frame["months (code)"].tolist()[:5] == ["-7", "-8", "-9", "number", "-7"]
    assert read.frame["months"].isna().sum() == 90
    kinds = {one.name: one.notes for one in read.kinds.columns}
    assert list(kinds) == ["id", "bad", "months", "months (code)", "score", "visits"]
    assert kinds["months (code)"] == ("4 texts", "the codes of months", "proxy")


def test_a_code_beside_empty_cells_has_a_category_and_a_single_kind_of_missing_value_has_not(write):
    text = HELOC.replace("id,bad,months,score", "id,bad,months,rank")
    missing = {"visits": ["0", "3", "6"], "rank": ["9999", "?"]}
    assert "visits (code)" not in read_flat(write(text), "bad", "id", missing=missing)[1]  # rare codes
    emptied = "".join(
        line.replace(",9999,", ",," if i % 4 == 1 else ",9999,") for i, line in enumerate(text.splitlines(True))
    )
    assert "rank (code)" in read_flat(write(emptied), "bad", "id", missing=missing)[1]
    assert "rank (code)" not in read_flat(write(emptied), "bad", "id", missing=missing, drop=["rank (code)"])[1]
    assert "rank (code)" not in read_flat(write(emptied), "bad", "id", missing=missing, kinds={"rank": "category"})[1]


def test_markers_of_a_category_are_compared_to_the_letter(write):
    text = "id,bad,flag\n1,0,true\n2,1,-7.0\n3,0,9999\n4,1,-8\n5,0,true\n6,1,true\n"
    schema, frame = read_flat(write(text), "bad", "id", missing={"flag": ["9999", "-7.0", "-8"]})
    assert schema.field("flag").type == "category"
    assert frame["flag"].tolist() == ["true", None, None, None, "true", "true"]
    assert schema.field("flag").missing == ("9999", "-7.0", "-8")


def test_a_marker_that_occurs_nowhere_is_a_warning(write):
    missing = {"score": ["999", "9999.0"], "months": ["Neant"], "*": ["x"]}
    read = flat.read_flat(write(CODED), ColumnOptions("bad", "id", missing=missing))
    assert read.warnings == (
        "markers that occur in no row: --missing 'score=999', --missing '*=x': check how they are written",
    )


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


@pytest.mark.parametrize(
    ("name", "expected"),
    [("", ""), ("_", "_"), ("DebtRatio", "Debt ratio"), ("credit amount (€)", "Credit amount (€)"), ("x1", "X 1")],
)
def test_names_are_made_readable(name, expected):
    assert readable(name) == expected
