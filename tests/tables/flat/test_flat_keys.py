"""The identity column and the target."""

import shlex

import pandas as pd
import pytest

from scoring.errors import DataError
from tests.tables.flat.conftest import TABLE, kinds_of, read_flat


def test_the_column_without_a_name_can_be_the_identity(write):
    schema, frame = read_flat(write(",bad,x\n1,0,5\n22,1,6\n"), "bad", "")
    assert schema.identity.name == "id"
    assert frame["id"].tolist() == [1, 22]


def test_the_name_given_to_an_identity_is_not_one_that_is_taken(write):
    schema, _ = read_flat(write(",bad,id\n1,0,5\n22,1,6\n"), "bad", "")
    assert schema.identity.name == "client_id"


def test_the_column_without_a_name_is_the_identity_where_all_numbers_of_a_category_mean_missing(write):
    rows = "".join(f"{i},{['A', 'B', '97', '98', '99'][i % 5]},{i % 2}\n" for i in range(1, 41))
    schema, frame = read_flat(write(f",town,bad\n{rows}"), "bad", "", missing={"town": ["97", "98", "99"]})
    assert schema.identity.name == "id"
    assert set(frame["town"].dropna()) == {"A", "B"}


def test_other_columns_without_a_name_are_left_out(write):
    path = write(",id,bad,x,\n0,1,0,5,\n1,22,1,6,\n")
    schema, _ = read_flat(path, "bad", "id")
    assert [field.name for field in schema.fields] == ["x"]
    assert schema.left_out == {}  # nobody could send a field without a name
    kinds = kinds_of(path, "bad", "id")
    assert list(kinds) == ["(column 1)", "id", "bad", "x"]
    assert kinds["(column 1)"].notes == ("has no name",)


def test_row_numbers_that_pandas_has_written_and_read_are_left_out_unless_an_option_names_them(write):
    path = write("Unnamed: 0,id,bad,x\n0,1,0,5\n1,22,1,6\n")
    assert [field.name for field in read_flat(path, "bad", "id")[0].fields] == ["x"]
    assert kinds_of(path, "bad", "id")["Unnamed: 0"].notes == ("has no name",)
    assert read_flat(path, "bad", "Unnamed: 0")[1]["Unnamed: 0"].tolist() == [0, 1]


def test_an_id_with_more_digits_than_a_float_holds_is_refused(tmp_path):
    table = pd.DataFrame({"id": [123456789012345678.0, 123456789012345742.0], "bad": [0, 1], "x": [5, 6]})
    table.to_parquet(tmp_path / "credit.parquet")
    with pytest.raises(DataError, match=r"column id \(the identity\) is malformed in 2 rows \(1, 2, counted"):
        read_flat(tmp_path / "credit.parquet", "bad", "id")


def test_names_of_columns_in_parquet_are_read_as_those_of_a_text_file(tmp_path):
    pd.DataFrame({" id": [1, 2], "bad": [0, 1], "a\u200b  b ": [5, 6]}).to_parquet(tmp_path / "credit.parquet")
    assert list(read_flat(tmp_path / "credit.parquet", "bad", "id")[1]) == ["id", "bad", "a b"]
    pd.DataFrame({"x": [1, 2], "x ": [0, 1]}).to_parquet(tmp_path / "twice.parquet")
    with pytest.raises(DataError, match="duplicate columns: x"):
        read_flat(tmp_path / "twice.parquet", "bad", "id")


def test_a_remedy_can_be_pasted_where_a_name_has_an_apostrophe(write):
    rows = "".join(f"{i},{i % 2},{i if i else 'x'}\n" for i in range(9))
    with pytest.raises(DataError) as caught:
        read_flat(write(f"id,bad,revenu d'emploi\n{rows}"), "bad", "id")
    pasted = shlex.split(str(caught.value).partition("missing, ")[2].partition("\n")[0])
    assert pasted == ["--kind", "revenu d'emploi=category", "or", "--drop", "revenu d'emploi"]


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
        ("", "--id '': no column is without a name; name the column with the client IDs, or pass --number-rows"),
        ("number", "--id 'number': no such column; name the column with the client IDs, or pass --number-rows"),
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


def test_a_named_index_in_parquet_can_be_the_identity(tmp_path):
    table = pd.DataFrame({"bad": [0, 1], "x": [1.5, 2.5]}, index=pd.Index(["A", "B"], name="client"))
    table.to_parquet(tmp_path / "credit.parquet")
    schema, frame = read_flat(tmp_path / "credit.parquet", "bad", "client")
    assert schema.identity.name == "client"
    assert frame["client"].tolist() == ["A", "B"]


def test_target_and_identity_are_never_features(write):
    with pytest.raises(DataError, match=r"(?s)--kind 'défaut': is the target, never a feature"):
        read_flat(write(TABLE), "défaut", "Dossier", kinds={"défaut": "number"})
    with pytest.raises(DataError, match="Dossier cannot be both target and identity"):
        read_flat(write(TABLE), "Dossier", "Dossier")


def test_rows_of_a_message_can_be_found_in_a_file_of_which_lines_are_left_out(write):
    rows = ["1,0,5", ",,", "2,1,6", '"3",0,"7\n"', ",1,8"]
    with pytest.raises(
        DataError, match=r"(?s)missing in 1 row \(4, .*\nIn the file, row 1 is line 3, row 2 is line 5, row 4"
    ):
        read_flat(write("\n".join(["My clients", "id,bad,x", *rows, ""])), "bad", "id")
    with pytest.raises(DataError, match=r"Nothing was trained\.$"):
        read_flat(write("id,bad,x\n1,0,5\n,1,6\n"), "bad", "id")
