import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scoring.errors import DataError
from scoring.model.plan import BinnedColumn, GroupedColumn, NumberColumn, Plan
from scoring.model.schema import Identity, InputSchema
from scoring.tables.files import require_table, table_files
from scoring.tables.raw_applications import note_unseen, read_raw, read_raw_in_pieces
from scoring.tables.row_errors import read_values
from scoring.tables.text import text_pieces
from tests.fields import field

SCHEMA = InputSchema(
    identity=Identity(name="id", digits=3),
    target="late",
    fields=(
        field("amount", "number", required=True, minimum=0, exclusive=True),
        field("age", "integer", minimum=18, maximum=100, missing=(999.0,)),
        field("owner", "integer", unit="flag", minimum=0, maximum=1),
        field("trade", "category", required=True, categories=("baker", "smith"), missing=("XNA",)),
        field("unused", "number"),
    ),
)
PLAN = Plan(
    missing_values={"age": (999.0,)},
    derived=(),
    columns=(
        NumberColumn(name="amount", source="amount", fill=1.0),
        BinnedColumn(name="age", source="age", edges=(30.0,), values=(0.1, -0.1), missing=0.0),
        GroupedColumn(name="trade", source="trade", values={"smith": 0.5}, missing=0.0, unseen=0.0),
        NumberColumn(name="PAST_LATE", source="PAST_LATE", fill=0.0),
    ),
)
SOUND = {"id": "101", "amount": "10.5", "age": "40", "trade": "smith", "PAST_LATE": "2", "late": "0"}


@pytest.fixture
def read(tmp_path):
    def write_and_read(*rows, **more):
        frame = pd.DataFrame([SOUND | row for row in rows])
        path = tmp_path / "table.csv"
        frame.drop(columns=[name for name in frame if (frame[name] == "-").all()]).to_csv(path, index=False)
        return read_raw(table_files(path), SCHEMA, PLAN, **more)

    return write_and_read


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        ({"amount": ""}, "amount: missing, expected a number"),
        ({"amount": "0"}, "amount: received 0, expected above 0"),
        ({"amount": "1e20"}, f"amount: received {10**20}, expected above 0 to 1e+15"),
        ({"amount": "much"}, "amount: received 'much', expected a finite number"),
        ({"amount": "inf"}, "amount: received inf, expected a finite number"),
        ({"age": "17"}, "age: received 17, expected 18 to 100"),
        ({"age": "40.5"}, "age: received 40.5, expected a whole number"),
        ({"trade": ""}, "trade: missing, expected a text"),
        ({"trade": "XNA"}, "trade: received 'XNA', expected a text"),
        ({"id": "12"}, "id: received 12, expected exactly 3 digits (0-9)"),
        ({"id": ""}, "id: missing, expected exactly 3 digits (0-9)"),
        ({"id": "1.02E+02"}, "id: received 1.02E+02, expected exactly 3 digits (0-9)"),
        ({"id": "101"}, "id: received 101, a duplicate of row 1, expected each once"),
        ({"late": "2"}, "late: received 2, expected 0, 1 or nothing"),
    ],
)
def test_a_row_with_an_error_is_reported_and_the_others_are_read(read, cells, error):
    raw = read({}, {"id": "102"} | cells, {"id": "103"})
    assert {row: list(what) for row, (_, what) in raw.errors.items()} == {2: [error]}
    assert raw.ids.tolist() == [101, 103]
    assert all(len(column) == 2 for column in raw.columns.values())
    assert raw.rows == 3


@pytest.mark.parametrize(
    ("bounds", "cells", "expected"),
    [
        ({"minimum": 0, "exclusive": True}, ["1e20", "-1"], ["above 0 to 1e+15", "above 0"]),
        ({"minimum": 2}, ["1e20", "-1"], ["2 to 1e+15", "at least 2"]),
        ({"maximum": 9}, ["-1e20", "10"], ["-1e+15 to 9", "at most 9"]),
        ({"maximum": 1234567}, ["1234568"], ["at most 1234567"]),
        ({"minimum": 1234567}, ["1234566"], ["at least 1234567"]),
    ],
)
def test_a_number_beyond_what_any_field_takes_is_refused_with_both_bounds(bounds, cells, expected):
    errors = {}
    read_values(pd.Series(cells), field("amount", "number", **bounds), errors)
    pairs = zip(cells, expected, strict=True)
    assert errors == {row: [f"amount: received {cell}, expected {what}"] for row, (cell, what) in enumerate(pairs)}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_errors_of_a_file_are_the_same_where_it_is_read_in_pieces_but_for_duplicates(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(text_pieces, "ROWS", 10)
    rows = [SOUND | {"id": str(100 + i)} for i in range(38)]
    faults = {
        3: {"amount": "0"},
        9: {"id": "12"},
        10: {"age": "17"},
        25: {"id": "121"},
        26: {"id": "121"},
        37: {"id": ""},
    }
    frame = pd.DataFrame([row | faults.get(i, {}) for i, row in enumerate(rows)])
    file = tmp_path / f"table.{kind}"
    frame.to_csv(file, index=False) if kind == "csv" else frame.to_parquet(file)
    whole = read_raw(table_files(file), SCHEMA, PLAN)
    pieces = [*read_raw_in_pieces(file, SCHEMA, PLAN)]
    assert len(pieces) == 4
    firsts = np.cumsum([0, *(piece.rows for piece in pieces)])
    found = {
        first + row: errors
        for first, piece in zip(firsts, pieces, strict=False)
        for row, errors in piece.errors.items()
    }
    assert list(whole.errors) == [place + 1 for place in faults]
    duplicates = {row: what for row, what in whole.errors.items() if row not in found}
    error = "id: received 121, a duplicate of row 22, expected each once"
    assert duplicates == {26: ("121", (error,)), 27: ("121", (error,))}
    assert found | duplicates == whole.errors
    ids = np.concatenate([piece.ids for piece in pieces]).tolist()
    assert [*dict.fromkeys(ids)] == whole.ids.tolist()
    assert ids.count(121) == 3


@pytest.mark.parametrize(
    ("kind", "bounds", "cells", "faulty"),
    [
        ("integer", {"minimum": 0, "maximum": 9}, [1, 10, 2, -1], [2, 4]),
        ("integer", {"missing": (-1.0,), "minimum": 0}, [1, -1, 2, -2], [4]),
        ("integer", {}, [1.0, None, 2.5, np.inf], [3, 4]),
        ("number", {"required": True}, [1.5, None, 2.5, np.nan], [2, 4]),
        ("number", {"required": True}, [1, 2, None, 3], [3]),
        ("number", {"minimum": 0, "exclusive": True}, [0.5, 0.0, np.nan, 1e16], [2, 4]),
        ("number", {"missing": ("2",)}, [1, 2, 3, 4], []),
        ("number", {}, [True, False, None, True], [1, 2, 4]),
        ("number", {}, ["1", "2.5", "x", None], [3]),
        ("number", {}, [None, None, None, None], []),
        ("category", {"required": True, "missing": ("?",)}, ["a", "?", None, "b"], [2, 3]),
        ("category", {}, ["a", "?", None, "b"], []),
    ],
)
def test_a_column_that_is_only_checked_gives_the_same_errors_in_pieces(
    tmp_path, monkeypatch, kind, bounds, cells, faulty
):
    monkeypatch.setattr(text_pieces, "ROWS", 3)
    schema = SCHEMA.model_copy(update={"fields": (*SCHEMA.fields, field("other", kind, **bounds))})
    frame = pd.DataFrame([SOUND | {"id": 100 + i, "amount": 1.5, "age": 40} for i, _ in enumerate(cells)])
    file = tmp_path / "table.parquet"
    pq.write_table(pa.Table.from_pandas(frame).append_column("other", pa.array(cells, from_pandas=False)), file)
    whole = read_raw(table_files(file), schema, PLAN)
    first, second = read_raw_in_pieces(file, schema, PLAN)
    assert [*whole.errors] == faulty
    assert {**first.errors, **{row + 3: what for row, what in second.errors.items()}} == whole.errors
    assert np.array_equal(np.concatenate([first.ids, second.ids]), whole.ids)
    assert first.column_notes == second.column_notes == whole.column_notes == []


def test_columns_whose_names_differ_in_letter_case_only_are_refused_in_pieces_too(tmp_path):
    frame = pd.DataFrame([SOUND | {"amount": 1.5, "age": 40, "unused": 1.0, "Unused": 2.0}])
    frame.to_parquet(tmp_path / "table.parquet")
    with pytest.raises(DataError, match="several columns are the field unused: unused, Unused"):
        [*read_raw_in_pieces(tmp_path / "table.parquet", SCHEMA, PLAN)]


def test_all_errors_of_a_row_are_reported_together(read):
    raw = read({}, {"id": "x", "amount": "-1", "age": "7", "trade": ""})
    assert len(raw.errors[2][1]) == 4
    assert raw.errors[2][0] == "x"


def test_missing_value_markers_become_missing_and_whole_numbers_may_have_decimals(read):
    raw = read({"age": "40.0"}, {"id": "102", "age": "999"}, {"id": "103", "age": "None"}, {"id": "104", "age": ""})
    assert raw.errors == {}
    assert raw.columns["age"][0] == 40.0
    assert np.isnan(raw.columns["age"][1:]).all()


def test_outcomes_may_be_missing_for_some_or_for_all(read):
    raw = read({}, {"id": "102", "late": ""}, {"id": "103", "late": "true"})
    assert raw.target[[0, 2]].tolist() == [0.0, 1.0]
    assert np.isnan(raw.target[1])
    assert read({"late": ""}).target is None
    assert read({"late": "-"}).target is None


def test_a_field_that_the_model_does_not_use_may_be_absent_and_an_unknown_column_is_reported(read):
    raw = read({"color": "red"})
    assert raw.warnings == ["unknown columns are ignored: color"]
    assert "unused" not in raw.columns
    unknown = [f"a column with a long name {i:02}" for i in range(12)]
    many = read({"": "7", **dict.fromkeys(unknown, "7")})
    assert many.warnings == [f"unknown columns are ignored: (no name), {', '.join(unknown[:9])} and 3 more"]


def test_a_field_without_bounds_may_hold_any_number_even_if_it_is_not_used(read):
    raw = read({"unused": "-1e9"}, {"id": "102", "unused": "no number"})
    assert {row: what for row, (_, what) in raw.errors.items()} == {
        2: ("unused: received 'no number', expected a finite number",)
    }


def test_absent_history_counts_as_missing_and_is_reported_once(read):
    raw = read({"PAST_LATE": "-"}, {"id": "102", "PAST_LATE": "-"})
    assert raw.warnings == ["history features that are not in the table count as missing: PAST_LATE"]
    assert np.isnan(raw.columns["PAST_LATE"]).all()


def test_history_features_are_joined_by_identity(read):
    features = pd.DataFrame({"PAST_LATE": [7.0, 8.0]}, index=pd.Index([102, 999], name="id"))
    raw = read({"PAST_LATE": "-"}, {"id": "102", "PAST_LATE": "-"}, features=features)
    assert raw.warnings == []
    assert raw.columns["PAST_LATE"][1] == 7.0
    assert np.isnan(raw.columns["PAST_LATE"][0])


def test_categories_that_training_did_not_see_are_reported(read):
    raw = read({"trade": "poet"}, {"id": "102"})
    assert raw.errors == {}
    assert raw.warnings == ["trade: categories that training did not see in 1 of 2 rows: 'poet'"]
    raw = read(*({"id": str(101 + i), "trade": f"poet {i % 6}"} for i in range(12)))
    shown = "'poet 0', 'poet 1', 'poet 2', 'poet 3', 'poet 4' and more"
    assert raw.warnings == [f"trade: categories that training did not see in 12 of 12 rows: {shown}"]


def test_a_number_that_is_far_from_the_usual_range_in_many_rows_is_reported_in_pieces_too(tmp_path):
    """Such as an amount in cents."""
    amount = SCHEMA.fields[0].model_copy(update={"usual": (5.0, 20.0)})
    schema = SCHEMA.model_copy(update={"fields": (amount, *SCHEMA.fields[1:])})
    rows = [SOUND | {"id": str(101 + i), "amount": "1050" if i < 3 else "10.5"} for i in range(40)]
    path = tmp_path / "table.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    expected = "amount: far from the usual range of training (5 to 20) in 3 of 40 rows; check the unit of the column"
    assert expected in read_raw(table_files(path), schema, PLAN).warnings
    pieces = [*read_raw_in_pieces(path, schema, PLAN)]
    assert expected in [*map(str, note_unseen([piece.unseen for piece in pieces], 40))]
    pd.DataFrame(rows[2:]).to_csv(path, index=False)  # one row of 38 is no sign of another unit
    assert not any("far from" in line for line in read_raw(table_files(path), schema, PLAN).warnings)


@pytest.mark.parametrize("pieces", [False, True])
def test_model_ready_rows_are_no_applications(tmp_path, pieces):
    path = tmp_path / "table.csv"
    ready = [SOUND | {"id": str(101 + i), "age": ("0.1", "-0.1")[i % 2], "trade": "0.5"} for i in range(4)]
    pd.DataFrame(ready).to_csv(path, index=False)
    with pytest.raises(DataError) as raised:
        [*read_raw_in_pieces(path, SCHEMA, PLAN, model=PLAN)] if pieces else read_raw(table_files(path), SCHEMA, PLAN)
    assert "has model-ready rows, and no applications: age, trade have values that the model makes" in str(raised.value)
    assert "leave out --applications" in str(raised.value)


def test_a_flag_in_a_field_that_is_not_a_flag_is_an_error(tmp_path):
    frame = pd.DataFrame([{"id": 101, "amount": 1.0, "age": True, "owner": True, "trade": "smith", "PAST_LATE": 1.0}])
    frame.to_parquet(tmp_path / "table.parquet")
    raw = read_raw(table_files(tmp_path / "table.parquet"), SCHEMA, PLAN)
    assert raw.errors[1][1] == ("age: received True, expected a whole number",)


def read_with(tmp_path, rows, *fields, identity=None, **more):
    """Read a table by a schema of these fields; the model reads all of them."""
    schema = InputSchema(identity=identity or Identity(name="id"), target="late", fields=fields, **more)
    columns = tuple(NumberColumn(name=one.name, source=one.name, fill=0.0) for one in fields)
    (tmp_path / "table.csv").write_text(rows, encoding="utf-8")
    return read_raw(table_files(tmp_path / "table.csv"), schema, Plan(missing_values={}, derived=(), columns=columns))


def test_markers_become_missing_as_in_training(tmp_path):
    months = field("months", "integer", missing=(-9.0, "Neant"))
    raw = read_with(tmp_path, "id,months\n1,-9\n2,-9.0\n3,Neant\n4,\n5,7\n6,neant\n", months)
    assert raw.columns["months"][4] == 7
    assert np.isnan(raw.columns["months"][:4]).all()
    assert raw.errors[6][1] == ("months: received 'neant', expected a whole number",)
    assert raw.describe().columns[1].notes == ("read as missing: -9 (2), Neant (1)",)


def test_codes_fill_their_category_where_a_table_does_not_have_it(tmp_path):
    months = field("months", "integer", missing=(-9.0, -7.0, "Unknown"))
    code = field("months (code)", "category", codes_of="months", categories=("-7", "number"))
    raw = read_with(tmp_path, "id,months\n1,-9\n2,-7\n3,Unknown\n4,5\n", months, code)
    assert raw.columns["months (code)"].tolist() == ["-9", "-7", None, "number"]
    assert raw.warnings == ["months (code): categories that training did not see in 1 of 4 rows: -9"]
    assert read_with(tmp_path, "id,months,months (code)\n1,,-7\n", months, code).columns["months (code)"] == ["-7"]
    with pytest.raises(DataError, match="column months is missing\nThese columns are needed"):
        read_with(tmp_path, "id\n1\n", code, months)


def test_numbers_that_the_service_refuses_are_refused(tmp_path):
    raw = read_with(tmp_path, "id,amount\n1,1e15\n2,4970100060135719\n", field("amount", "number"))
    assert raw.errors == {2: ("2", ("amount: received 4970100060135719, expected -1e+15 to 1e+15",))}


def test_outcomes_are_those_that_training_was_told(tmp_path):
    rows = "id,late,x\n1,BAD,1\n2,GOOD,1\n3,,1\n4,1,1\n"
    raw = read_with(tmp_path, rows, field("x", "number"), outcomes=("GOOD", "BAD"))
    assert raw.target[:2].tolist() == [1.0, 0.0]
    assert np.isnan(raw.target[2])
    assert raw.errors[4][1] == ("late: received 1, expected GOOD, BAD or nothing",)
    swapped = read_with(tmp_path, "id,late,x\n1,2,1\n2,1,1\n", field("x", "number"), outcomes=("2", "1"))
    assert swapped.target.tolist() == [0.0, 1.0]


def test_rows_are_numbered_where_training_numbered_them(tmp_path):
    numbered = Identity(name="row", numbered=True)
    raw = read_with(tmp_path, "x\n5\nlots\n6\n", field("x", "number"), identity=numbered)
    assert raw.ids.tolist() == [1, 3]
    assert raw.errors[2][0] == "2"
    assert read_with(tmp_path, "row,x\n7,5\n", field("x", "number"), identity=numbered).ids.tolist() == [7]


def test_columns_that_training_left_out_are_no_warning_and_are_reported(tmp_path):
    rows = "id,x,opened,extra\n1,5,2015-03,a\n"
    raw = read_with(tmp_path, rows, field("x", "number"), left_out={"opened": "holds dates"})
    assert raw.warnings == ["unknown columns are ignored: extra"]
    assert {one.name: one.notes for one in raw.describe().columns if one.kind == "left out"} == {
        "opened": ("holds dates",),
        "extra": ("not a field of the model",),
    }


def test_lacking_columns_are_one_message(read):
    message = r"(?s)2 errors\n  - column amount is missing\n  - column trade is missing\nThese columns are needed"
    with pytest.raises(DataError, match=message):
        read({"amount": "-", "trade": "-"})


def test_a_column_that_is_missing_may_be_misspelled(tmp_path):
    with pytest.raises(DataError, match=r"column amount is missing; is it the column 'amuont'\?\nThese columns are"):
        read_with(tmp_path, "id,amuont\n1,5\n", field("amount", "number"))


def test_a_table_that_lacks_many_columns_is_told_so_in_one_line(tmp_path):
    with pytest.raises(DataError, match=r"30 columns are missing: x0, x1.* and 20 more\n.* take the model that was"):
        read_with(tmp_path, "id,y\n1,5\n", *(field(f"x{i}", "number") for i in range(30)))


def test_a_column_without_a_name_is_the_identity_where_none_has_its_name(tmp_path):
    frame = pd.DataFrame([SOUND])
    frame.rename(columns={"id": ""}).to_csv(tmp_path / "table.csv", index=False)
    raw = read_raw(table_files(tmp_path / "table.csv"), SCHEMA, PLAN)
    assert raw.ids.tolist() == [101]
    assert raw.warnings == []
    assert (raw.describe().columns[0].name, raw.describe().columns[0].kind) == ("id", "identity")


def test_a_folder_holds_the_labelled_table_or_the_other(tmp_path):
    names = ("application_train", "application_test")
    with pytest.raises(DataError, match="holds no table application_train or application_test"):
        require_table(tmp_path, *names)
    (tmp_path / "application_test.csv").touch()
    assert require_table(tmp_path, *names).path.name == "application_test.csv"
    (tmp_path / "application_train.parquet").touch()
    assert require_table(tmp_path, *names).path.name == "application_train.parquet"
    assert require_table(tmp_path / "application_test.csv", *names).path.name == "application_test.csv"


def test_a_number_is_read_however_many_texts_stand_in_its_column(read):
    amounts = ["1.500,5", "much", "more", "most"]
    raw = read(*({"id": str(101 + i), "amount": amount} for i, amount in enumerate(amounts)))
    assert raw.columns["amount"].tolist() == [1500.5]
    assert sorted(raw.errors) == [2, 3, 4]


def test_names_in_another_letter_case_are_the_same_columns_with_a_warning_and_one_twice_is_refused(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("Id,AMOUNT,age,trade,past_late\n101,10.5,40,smith,2\n")
    read = read_raw(table_files(path), SCHEMA, PLAN)
    assert read.columns["PAST_LATE"].tolist() == [2]
    warning = "columns read by their name in another letter case: Id → id, AMOUNT → amount, past_late → PAST_LATE"
    assert warning in read.warnings
    pd.read_csv(path).to_parquet(tmp_path / "table.parquet")
    assert read_raw(table_files(tmp_path / "table.parquet"), SCHEMA, PLAN).columns["amount"].tolist() == [10.5]
    path.write_text("id,amount,Amount,age,trade\n101,10.5,11,40,smith\n")
    with pytest.raises(DataError, match="several columns are the field amount: amount, Amount"):
        read_raw(table_files(path), SCHEMA, PLAN)


def test_of_two_readings_the_one_within_the_ranges_is_taken_and_told(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("id;amount;age;trade\n101;1.500;40.000;smith\n")
    read = read_raw(table_files(path), SCHEMA, PLAN)
    assert (read.columns["amount"].tolist(), read.columns["age"].tolist()) == ([1.5], [40])
    assert any("40.000 is read as 40, since 40000 is not possible there" in line for line in read.describe().form)
