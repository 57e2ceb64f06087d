"""One table of loans, as spreadsheets and programs of several countries write it, is one table."""

import unicodedata

import numpy as np
import pandas as pd
import pytest

from scoring.errors import DataError
from scoring.model.plan import CategoryColumn, NumberColumn, Plan
from scoring.tables.files import table_files
from scoring.tables.flat.column_options import ColumnOptions
from scoring.tables.flat.flat_table import read_flat
from scoring.tables.raw_applications import read_raw
from scoring.tables.table_reader import read_table

ROWS = 120
DRAWS = np.random.default_rng(7)
LOANS = pd.DataFrame(
    {
        "client": np.arange(ROWS) + 200_001,
        "age": DRAWS.integers(19, 75, ROWS),
        "amount": DRAWS.integers(5, 400, ROWS) * 100,
        "balance": np.round(DRAWS.uniform(-900, 900, ROWS), 2),
        "rate": np.round(DRAWS.uniform(5, 28, ROWS), 2),
        "purpose": DRAWS.choice(["voiture", "maison", "études"], ROWS),
        "default": DRAWS.integers(0, 2, ROWS),
    }
)
LOANS.loc[3::10, "balance"] = np.nan
OPTIONS = ColumnOptions("default", "client")
PLAN = Plan(
    missing_values={},
    derived=(),
    columns=(
        *(NumberColumn(name=name, source=name, fill=0.0) for name in ("age", "amount", "balance", "rate")),
        CategoryColumn(name="purpose_maison", source="purpose", value="maison"),
    ),
)


def write(
    path,
    separator=",",
    decimal=".",
    group="",
    minus="-",
    missing="",
    encoding="utf-8",
    end="\n",
    percent="",
    accents="NFC",
):
    """Write the loans in a form, every cell quoted that needs it."""

    def number(value):
        if pd.isna(value):
            return missing
        text = f"{abs(value):,.2f}".removesuffix(".00") if value % 1 else f"{abs(value):,.0f}"
        text = text.replace(",", "\0").replace(".", decimal).replace("\0", group)
        return text if value >= 0 else f"({text})" if minus == "()" else minus + text

    written = LOANS.astype(object)
    for name in ("amount", "balance", "rate"):
        written[name] = LOANS[name].map(number)
    written["rate"] += percent
    content = written.to_csv(index=False, sep=separator, lineterminator=end)
    path.write_bytes(unicodedata.normalize(accents, content).encode(encoding))
    return path


def without_markers(schema):
    """Leave out the texts for "missing", which each form has its own of."""
    return schema.model_copy(update={"fields": tuple(one.model_copy(update={"missing": ()}) for one in schema.fields)})


FORMS = {
    "plain": {},
    "German": {"separator": ";", "decimal": ",", "group": ".", "encoding": "cp1252", "end": "\r\n"},
    "French": {"separator": ";", "decimal": ",", "group": "\u202f", "minus": "−", "encoding": "utf-8-sig"},
    "Swiss": {"separator": ";", "group": "'", "missing": "-"},
    "American": {"group": ",", "minus": "()", "missing": "#DIV/0!"},
    "Unicode text": {"separator": "\t", "decimal": ",", "group": "\u00a0", "encoding": "utf-16"},
    "database": {"separator": "|", "missing": "\\N"},
    "statistics": {"separator": "\t", "missing": "."},
    "repository": {"missing": "?", "end": "\r"},
    "decomposed accents": {"accents": "NFD"},
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_training_and_evaluation_read_the_same_values_in_any_form(tmp_path, form):
    path = write(tmp_path / "loans.csv", **form)
    schema, frame, kinds, _ = read_flat(path, OPTIONS)
    expected_schema, expected, _, _ = read_flat(write(tmp_path / "plain.csv"), OPTIONS)
    pd.testing.assert_frame_equal(frame, expected, check_exact=True)
    assert without_markers(schema) == without_markers(expected_schema)
    assert schema.field("balance").missing == ((form["missing"],) if "missing" in form else ())
    assert kinds.form[0].startswith("read as ")
    raw = read_raw(table_files(path), schema, PLAN)
    assert raw.errors == {}
    assert raw.ids.tolist() == LOANS["client"].tolist()
    for name in ("age", "amount", "balance", "rate"):
        np.testing.assert_array_equal(raw.columns[name], LOANS[name].to_numpy(dtype=float))
    assert raw.columns["purpose"].tolist() == LOANS["purpose"].tolist()


def test_per_cent_signs_are_a_unit_that_a_table_to_score_must_have_too(tmp_path):
    with_signs = write(tmp_path / "signs.csv", percent="%")
    schema, frame, kinds, _ = read_flat(with_signs, OPTIONS)
    assert frame["rate"].tolist() == LOANS["rate"].tolist()
    assert next(field.unit for field in schema.fields if field.name == "rate") == "%"
    assert any("per cent signs are left out" in line for line in kinds.form)
    assert read_raw(table_files(with_signs), schema, PLAN).columns["rate"].tolist() == LOANS["rate"].tolist()
    plain_schema, _, _, _ = read_flat(write(tmp_path / "plain.csv"), OPTIONS)
    with pytest.raises(DataError, match=r"column rate has per cent signs.*5% may mean 5 or 0.05"):
        read_raw(table_files(with_signs), plain_schema, PLAN)


def test_a_table_with_two_readings_needs_the_option(tmp_path):
    rows = "".join(f"{i},{i % 2},{i}.500\n" for i in range(1, 60)).replace(",", ";")
    (tmp_path / "loans.csv").write_text("client;default;amount\n" + rows)
    with pytest.raises(DataError, match=r"line 2, column amount: 1.500 can mean 1.5 or 1500.*--decimal point for 1.5"):
        read_flat(tmp_path / "loans.csv", OPTIONS)
    for decimal, first in ((".", 1.5), (",", 1500)):
        frame = read_flat(tmp_path / "loans.csv", ColumnOptions("default", "client", decimal=decimal)).frame
        assert frame["amount"][0] == first


def test_a_number_with_the_other_decimal_mark_is_named_with_both_places(tmp_path):
    (tmp_path / "loans.csv").write_text("client;default;rate;fee\n1;0;1,5;2\n2;1;2,5;3.25\n")
    message = r"line 3, column fee: 3.25 has a decimal point, and line 2, column rate: 1,5 has a decimal comma"
    with pytest.raises(DataError, match=message):
        read_flat(tmp_path / "loans.csv", OPTIONS)


def test_a_total_and_a_remark_at_the_end_are_no_clients(tmp_path):
    path = write(tmp_path / "loans.csv")
    path.write_text(path.read_text() + "Total,,12345,,,,\nSource: the branch of Lyon,,,,,,\n")
    _, frame, kinds, _ = read_flat(path, OPTIONS)
    assert len(frame) == ROWS
    assert [line for line in kinds.form if "left out" in line] == [
        f"line {ROWS + 3} is left out: Source: the branch of Lyon",
        f"line {ROWS + 2} is left out: Total",
    ]


PARQUET_FORMS = {
    "decomposed accents": {"accents": "NFD"},
    "German": {"decimal": ",", "group": ".", "minus": "-", "missing": "k.A."},
    "French": {"decimal": ",", "group": "\u202f", "minus": "−", "missing": ""},
    "American": {"group": ",", "minus": "()", "missing": "#DIV/0!"},
    "database": {"missing": "\\N"},
}


@pytest.mark.parametrize("form", PARQUET_FORMS.values(), ids=PARQUET_FORMS)
def test_numbers_that_parquet_stores_as_texts_are_read_as_those_of_a_text_file(tmp_path, form):
    write(tmp_path / "loans.csv", separator=";", **form)
    pd.read_csv(tmp_path / "loans.csv", sep=";", dtype=str, keep_default_na=False).to_parquet(
        tmp_path / "loans.parquet"
    )
    expected = read_flat(tmp_path / "loans.csv", OPTIONS)
    read = read_flat(tmp_path / "loans.parquet", OPTIONS)
    assert read.schema == expected.schema
    pd.testing.assert_frame_equal(read.frame, expected.frame)
    assert [line for line in expected.kinds.form if "read as UTF-8" not in line] == [*read.kinds.form]
    raw, other = (
        read_raw(table_files(tmp_path / f"loans{ending}"), read.schema, PLAN) for ending in (".csv", ".parquet")
    )
    assert set(read.frame["purpose"]) == set(LOANS["purpose"])
    for name, values in raw.columns.items():
        assert pd.Series(values).equals(pd.Series(other.columns[name]))


def test_texts_of_parquet_that_can_mean_two_things_need_the_option_and_stay_texts_where_wanted(tmp_path):
    path = tmp_path / "loans.parquet"
    table = {
        "client": range(9),
        "default": [0, 1, 0] * 3,
        "amount": ["1.500"] * 4 + ["2.250"] * 5,
        "code": ["01", "1", "1"] * 3,
    }
    pd.DataFrame(table).to_parquet(path)
    with pytest.raises(DataError, match=r"row 1, column amount: 1.500 can mean 1.5 or 1500"):
        read_flat(path, OPTIONS)
    options = ColumnOptions("default", "client", decimal=",", missing={"amount": ["2.250"]}, kinds={"code": "category"})
    read = read_flat(path, options)
    assert read.frame["amount"].dropna().tolist() == [1500] * 4
    assert sorted(set(read.frame["code"])) == ["01", "1"]


def test_markers_in_dictionaries_of_parquet_are_missing_and_the_column_stays_a_category(tmp_path):
    town = pd.Series(["Lyon", "NA", "?", "12", None, "Lyon"]).astype("category")
    pd.DataFrame({"client": range(6), "default": [0, 1] * 3, "x": [1.5] * 5 + [2], "town": town}).to_parquet(
        tmp_path / "t.pq"
    )
    read = read_flat(tmp_path / "t.pq", OPTIONS)
    assert read.frame["town"].tolist() == ["Lyon", None, None, "12", None, "Lyon"]
    assert read.schema.field("town").missing == ("NA", "?")


def test_two_index_levels_in_parquet_are_columns(tmp_path):
    LOANS.set_index(["client", "purpose"]).to_parquet(tmp_path / "loans.PARQUET")
    _, frame, _, _ = read_flat(tmp_path / "loans.PARQUET", OPTIONS)
    assert frame["purpose"].tolist() == LOANS["purpose"].tolist()
    LOANS.set_index([LOANS["age"], LOANS["client"]]).to_parquet(tmp_path / "twice.pq")
    with pytest.raises(DataError, match="has duplicate columns: age, client"):
        read_flat(tmp_path / "twice.pq", OPTIONS)


@pytest.mark.parametrize("index", [pd.RangeIndex(100, 220), pd.RangeIndex(120, 0, -1), pd.RangeIndex(60, 420, 3)])
def test_rows_of_parquet_that_were_taken_out_of_a_longer_table_keep_their_texts(tmp_path, index):
    LOANS.set_axis(index).to_parquet(tmp_path / "some.pq")
    LOANS.to_csv(tmp_path / "all.csv", index=False)
    read, expected = (read_flat(tmp_path / name, OPTIONS).frame for name in ("some.pq", "all.csv"))
    pd.testing.assert_frame_equal(read, expected)


def with_any_numbers(folder):
    """Make the schema of the loans, in which numbers need not be whole."""
    schema = read_flat(write(folder / "plain.csv"), OPTIONS).schema
    fields = [one if one.type == "category" else one.model_copy(update={"type": "number"}) for one in schema.fields]
    return schema.model_copy(update={"fields": tuple(fields)})


def test_only_columns_that_are_used_decide_about_the_decimal_mark(tmp_path):
    rows = "".join(f"{i};{i % 2};{i}.500;47.{i % 90 + 10}\n" for i in range(1, 60))
    (tmp_path / "loans.csv").write_text("client;default;amount;nace\n" + rows)
    with pytest.raises(DataError, match=r"amount: 1.500 can mean 1.5 or 1500"):
        read_flat(tmp_path / "loans.csv", ColumnOptions("default", "client", drop=["nace"]))
    with pytest.raises(DataError, match=r"amount: 1.500 can mean 1.5 or 1500"):
        read_raw(table_files(tmp_path / "loans.csv"), with_any_numbers(tmp_path), PLAN)


def test_with_a_given_decimal_mark_a_number_with_the_other_is_refused(tmp_path):
    (tmp_path / "loans.csv").write_text("client;default;amount\n1;0;23.103\n2;1;16.06\n")
    with pytest.raises(DataError, match=r"line 3, column amount: 16.06 is not a number with the expected decimal mark"):
        read_flat(tmp_path / "loans.csv", ColumnOptions("default", "client", decimal=","))


@pytest.mark.parametrize(
    ("first", "second"),
    [("5.5", "6,25"), ("5%", "6"), ("5", "6 €")],
    ids=["decimal marks", "per cent signs", "currencies"],
)
def test_part_files_that_write_numbers_in_different_ways_are_refused(tmp_path, first, second):
    folder = tmp_path / "loans"
    folder.mkdir()
    for name, cell in (("a", first), ("b", second)):
        (folder / f"{name}.csv").write_text(f"client;default;rate\n1;0;{cell}\n")
    with pytest.raises(DataError, match="the part files write numbers in different ways"):
        read_table(table_files(folder))
    for part in sorted(folder.iterdir()):
        pd.read_csv(part, sep=";", dtype=str).to_parquet(part.with_suffix(".parquet"))
        part.unlink()
    with pytest.raises(DataError, match="the part files write numbers in different ways"):
        read_table(table_files(folder))


def test_numbers_without_per_cent_signs_are_a_warning_where_training_had_them(tmp_path):
    schema, _, _, _ = read_flat(write(tmp_path / "signs.csv", percent="%"), OPTIONS)
    raw = read_raw(table_files(write(tmp_path / "plain.csv")), schema, PLAN)
    assert [warning for warning in raw.warnings if "per cent" in warning] == [
        "rate: has no per cent signs, but had them in training: 5 is read as 5%, and 0.05 as 0.05%"
    ]


def test_a_part_file_whose_counts_decide_on_another_mark_than_the_other_part_is_refused(tmp_path):
    folder = tmp_path / "loans"
    folder.mkdir()
    for name, cells in {"a": "1;39.000;1.500", "b": "2;39.5;2"}.items():
        (folder / f"{name}.csv").write_text(f"client;amount;rooms\n{cells}\n")
    with pytest.raises(DataError, match="the part files write numbers in different ways"):
        read_table(table_files(folder), is_possible=lambda name, number: name != "rooms" or number == int(number))
