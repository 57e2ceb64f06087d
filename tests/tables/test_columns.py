from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from scoring.model.schema import LeftOut
from scoring.tables.columns import Typed, Unusable, read_column


def kind(values, wanted=None):
    read = read_column(pd.Series(values), wanted)
    assert isinstance(read, Typed)
    return read.type


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3], "integer"),
        ([1.0, None, 3.0], "integer"),
        ([1.5, None, 3.0], "number"),
        ([0, 1, 0], "integer"),
        ([None, None], "number"),
        (["1", "2.5", None], "number"),
        (["1.5", "None"], "number"),
        ([True, False], "integer"),
        ([True, None], "integer"),
        ([Decimal("1.50"), Decimal("2")], "number"),
        (["rent", "own", None], "category"),
        (["None", "own"], "category"),
        (["1A", "2", "3B"], "category"),
        (["<18", "18-25", "65"], "category"),
    ],
)
def test_kinds_are_what_the_values_look_like(values, expected):
    assert kind(values) == expected


def test_flags_become_zero_and_one():
    read = read_column(pd.Series([True, False, None]))
    assert read.unit == "flag"
    np.testing.assert_array_equal(read.values, [1.0, 0.0, np.nan])


def test_an_answer_called_none_stays_a_text_among_texts():
    assert read_column(pd.Series(["None", "guarantor"])).values.tolist() == ["None", "guarantor"]


def test_whole_numbers_said_to_be_numbers_may_have_decimals_later():
    assert kind([1, 2, 3], "number") == "number"


def test_codes_said_to_be_categories_are_written_without_decimals():
    assert read_column(pd.Series([1.0, None, 20.0]), "category").values.tolist() == ["1", None, "20"]
    assert read_column(pd.Series(["01", "1"]), "category").values.tolist() == ["01", "1"]


@pytest.mark.parametrize("texts", [["08/10", "07/10", "10/10"], ["12/20", "9/20", "15/20"], ["7,5/10", "8/10"]])
def test_marks_out_of_ten_or_twenty_are_no_months(texts):
    assert kind(texts * 5) == "category"


def test_months_of_several_years_are_left_out_as_dates():
    assert read_column(pd.Series(["08/10", "07/11", "09/12"] * 5)) == LeftOut(code="dates")


def test_parquet_categories_stay_categories_even_of_numbers():
    assert kind(pd.Series([1, 2, 1], dtype="category")) == "category"


@pytest.mark.parametrize(
    "values",
    [
        ["2024-01-31", "2024-02-29", None],
        ["31/01/2024", "29/02/2024"],
        ["2024-01-31 10:00:00", "2024-01-31T11:00:00Z"],
        pd.to_datetime(["2024-01-31", "2024-02-29"]),
        [date(2024, 1, 31), date(2024, 2, 29)],
        pd.to_timedelta([1, 2], unit="D"),
        ["Jun-2000", "Feb-2005", None],
        ["Jun-00", "Dec-15"],
        ["06-Jun-2000", "7-Feb-2005"],
        ["01JAN2015:10:00:00", "31DEC2016:00:00:00"],
        ["MAR2015", "OCT2016"],
        ["janv. 2015", "févr. 2016", "août 2017", "déc. 2018"],
        ["1er mars 2015", "31 décembre 2016"],
        ["March 31, 2015", "June 1st, 2016"],
        ["2015-03", "2016-12"],
        ["2015/3", "2016/12"],
        ["2015Q1", "T2 2016", "2017-W14"],
        [*(f"{month:02}.2015" for month in range(1, 13)), "unknown"],
        ["03.2015", "12.2016", "10.2014"],
        [3.2015, 12.2016, 10.201, None],
        [2015.03, 2016.12, 2014.1],
        [201503, 201612, 201410],
        ["20150331", "20161224", "20140615"],
        [20150331.0, 20161224.0, 20140615.0, np.nan],
        [31032015, 24122016, 1062014],
        [3312015, 12242016, 6152014],
        ["31032015", "24122016", "01062014"],
        [*(f"{month:02}/15" for month in range(1, 13)), "n/a"],
        ["01/15", "12/99"],
        ["Okt 15", "Dez 16", "Mär 17", "Mai 18"],
        ["ene-15", "abr-16", "dic-17"],
        ["Dec-11", "Nov-11"],
        ["11-Dec", "1-Nov", "12-May"],
        ["gennaio 2015", "ottobre 2016", "março 2017"],
    ],
)
def test_dates_are_left_out(values):
    assert read_column(pd.Series(values)) == LeftOut(code="dates")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([2013, 2014, 2015, 2016], "integer"),  # a year is a number
        ([1.2, 3.2, 5.2, 7.19], "number"),
        ([4.5, 3.2015, 7.25, 1.1], "number"),
        ([200000, 150000, 201500, 201513], "integer"),
        (["jan", "feb", "mar"], "category"),
        (["Audi 2015", "Seat 2016"], "category"),
        (["mai", "march 1"], "category"),
        (["2-3", "4-5"], "category"),
        (["01/15", "13/15", "14/15", "15/15"], "category"),
        (["may 5 times", "in march"], "category"),
        (["10-12 y", "13-15 y"], "category"),
        ([31032015, 24122016, 1062014, 99999999], "integer"),
        ([45002000, 12001999, 1502000], "integer"),
    ],
)
def test_what_only_resembles_a_date_is_read_as_what_it_is(values, expected):
    assert kind(values) == expected


def test_a_column_said_to_hold_numbers_may_look_like_dates():
    assert kind([3.2015, 12.2016, 10.2014], "number") == "number"
    assert kind(["2015-03", "2016-12"], "category") == "category"


MEASURES = {
    "# ans": "{} ans",
    "#k": "{}.5k",
    "Rs. #": "Rs. {},500",
    "Rs#": "Rs{},500",
    "# years": "{} years",
    "#yrs #mon": "{}yrs 3mon",
    "# m²": "{} m²",
    "#h#": "{}h30",
    "~ # km": "~ {} km",
    "~#": "~{}",
    "#x#": "0x{:X}",
    "#/#": "{} 1/2",
    "#-#/#": "{}-1/2",
    "#:#": "{}:05",
    "#_#": "{}_000",
    "'#": "'{}",
    "[#]": "[{}]",
    "#*": "{}*",
    "#½": "{}½",
}


@pytest.mark.parametrize("form", MEASURES)
@pytest.mark.parametrize("often", [1, 3])
def test_a_column_of_measures_is_an_error_that_gives_their_form_and_no_single_cell(form, often):
    read = read_column(pd.Series([MEASURES[form].format(i) for i in range(10, 200)] * often + ["n/a"]))
    assert isinstance(read, Unusable)
    assert read.form == form
    example = f", such as {MEASURES[form].format(10)!r}" if often > 1 else ""
    assert read.why == f"holds 191 different numbers with words or signs, written as {form!r}{example}"


def test_measures_written_in_a_few_ways_are_an_error_too():
    debits = [f"{i},500 {'Cr' if i % 3 else 'Dr'}" for i in range(10, 99)]
    assert read_column(pd.Series(debits)).form == "# Cr"
    some_plain = [str(i) if i % 3 == 0 else f"{i} ans" if i % 2 else f"{i} an" for i in range(10, 99)]
    assert isinstance(read_column(pd.Series(some_plain)), Unusable)


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (["36 months", "60 months"], "# months"),
        (["< 1 year", "1 year", *(f"{i} years" for i in range(2, 10)), "10+ years", None], "# years"),
        (["1 room", "2 rooms", "3 rooms"], "# rooms"),
        (["12 rue", "14 rue"], "# rue"),
        (["0x1F", "0xA0", "0x05"], "#x#"),
    ],
)
def test_few_measures_are_a_category_with_a_note(values, form):
    read = read_column(pd.Series(values))
    assert (read.type, read.note) == ("category", f"numbers with words or signs, written as {form!r}")


@pytest.mark.parametrize(
    "texts",
    [
        [f"A{i}" for i in range(30)],
        [f"branch {i}" for i in range(30)],
        [f"{i}-{i + 4}" for i in range(10, 40)],
        [f"{i}.{i + 4}.1" for i in range(10, 40)],
        [f"{i * 2741:05X}" for i in range(10, 40)],
        [f"{i} {word}" for i in range(5) for word in ("rue", "place", "quai", "allée", "cours", "route", "avenue")],
        ["rent", "own"],
    ],
)
def test_names_codes_and_ranges_with_numbers_are_no_measures(texts):
    read = read_column(pd.Series(texts))
    assert (read.type, read.note) == ("category", "")


def test_texts_that_nearly_all_differ_are_left_out():
    read = read_column(pd.Series([f"note {i}" for i in range(60)] + ["note 1"] * 40))
    assert read == LeftOut(code="free_text", values={"texts": 60, "rows": 100})


def test_fifty_different_texts_are_a_category_in_the_shortest_table():
    assert kind([f"town {i}" for i in range(50)]) == "category"


def test_lists_are_left_out():
    assert read_column(pd.Series([[1], [2]])) == LeftOut(code="nested")


def test_a_column_of_numbers_with_a_few_texts_is_a_fault_that_tells_rows_and_no_value():
    values = [str(i) for i in range(100)]
    values[2], values[9] = "about 7", "?"
    assert read_column(pd.Series(values)) == Unusable("2 of 100 cells are not numbers (rows 3, 10)")
    assert kind(values, "category") == "category"


@pytest.mark.parametrize(
    "markers", [["Unknown"], ["?", "NC", "n.d."], ["-", "unbekannt"]], ids=lambda markers: " ".join(markers)
)
@pytest.mark.parametrize("distinct", [3, 12, 49, 200])
def test_a_column_of_numbers_with_markers_is_never_a_category_nor_left_out(markers, distinct):
    numbers = [str(one / 4) for one in range(max(distinct, len(markers) + 1))]
    read = read_column(pd.Series([*numbers, *markers] * 30))
    assert isinstance(read, Unusable)
    assert f"'{markers[0]}' (30)" in read.why
    assert read.marker in markers


def test_a_column_of_few_numbers_and_many_ways_to_write_missing_is_an_error_by_its_cells():
    texts = [f"unknown {letter}" for letter in "abcdef"]
    assert isinstance(read_column(pd.Series(["0", "1"] * 100 + texts)), Unusable)


def test_a_text_in_a_single_cell_is_never_shown():
    read = read_column(pd.Series(["1", "2", "3", "Jane Doe", "?", "?"]))
    assert read == Unusable("3 of 6 cells are not numbers (rows 4, 5, 6), among them '?' (2) and 1 more", marker="?")


def test_a_long_text_is_shortened():
    why = read_column(pd.Series(["1", "2", "3"] + ["x" * 300] * 2)).why
    assert "x" * 39 + "…" in why
    assert "x" * 40 not in why


@pytest.mark.parametrize("kind_of", [np.array, list, pd.Series])
def test_whole_numbers_too_long_to_be_exact_are_left_out(kind_of):
    accounts = 4970100000000000 + np.arange(20)
    read = read_column(pd.Series(kind_of(accounts)))
    assert read == LeftOut(code="long_numbers")
    assert read_column(pd.Series([Decimal(int(one)) for one in accounts])) == read
    assert read_column(pd.Series(accounts).astype(str)) == read
    assert read_column(pd.Series(accounts).mask(accounts % 2 == 0)) == read
    assert kind(accounts, "category") == "category"
    assert isinstance(read_column(pd.Series(accounts), "integer"), Unusable)


def test_the_longest_exact_numbers_are_numbers_and_a_single_longer_one_is_an_error():
    amounts = [*range(10), 10**15]
    assert kind(amounts) == "integer"
    assert read_column(pd.Series([*amounts, 10**16])) == Unusable(
        "1 of 12 cells are not numbers of at most 15 digits (rows 12)"
    )


def test_a_column_said_to_hold_whole_numbers_must():
    assert kind([1.0, None], "integer") == "integer"
    assert read_column(pd.Series([1.5, 2.0, None]), "integer") == Unusable(
        "1 of 3 cells are not whole numbers (rows 1)"
    )


def test_infinite_numbers_are_an_error():
    assert read_column(pd.Series([1.0, np.inf, -np.inf])) == Unusable("2 of 3 cells are not finite numbers (rows 2, 3)")
    assert isinstance(read_column(pd.Series(["1", "inf"])), Unusable)


def test_a_column_said_to_hold_numbers_must():
    assert read_column(pd.Series(["a", "1"] * 4), "number") == Unusable(
        "4 of 8 cells are not numbers (rows 1, 3, 5, 7), among them 'a' (4)", marker="a"
    )
    assert isinstance(read_column(pd.Series(["2024-01-31"]), "number"), Unusable)
