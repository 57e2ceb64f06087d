"""A file that is read in pieces is read as it is read whole."""

import random
from functools import partial

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.errors import DataError
from scoring.tables.files import table_files
from scoring.tables.table_pieces import read_in_pieces
from scoring.tables.table_reader import read_table
from scoring.tables.text import text_pieces
from scoring.tables.text.cells import ONLY_EMPTY
from scoring.tables.text.table import Expected
from scoring.tables.text.table_errors import join_notes
from scoring.tables.text.text_reader import find_lines
from tests.examples import examples

ROWS = 10  # of a piece


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(text_pieces, "ROWS", ROWS)


def whole(file, **given):
    """Read a file whole; or return why it is refused."""
    try:
        read = read_table(table_files(file), **given)
    except DataError as error:
        return str(error)
    return plain(read.frame), read.units, read.decimal, of_form(read.notes)


def of_form(notes):
    """List what is noted about the form of a file; notes about a column name other examples in each piece."""
    return sorted(str(note) for note in notes if "column" not in note.values)


def plain(frame):
    return frame.astype(object).where(frame.notna(), None)


def pieces(file, texts=(), decimal=None, numbers=(), is_possible=None):
    try:
        read = [*read_in_pieces(file, Expected(texts, numbers, decimal, is_possible=is_possible))]
    except DataError as error:
        return str(error)
    frame, notes = (
        pd.concat([plain(one.frame) for one in read], ignore_index=True),
        [n for one in read for n in one.notes],
    )
    return frame, read[-1].units, read[-1].decimal, of_form(join_notes(notes))


def agree(file, **given):
    """Compare both ways to read a file; returns what they say."""
    expected, found = whole(file, **given), pieces(file, **given)
    if isinstance(expected, str):
        assert found == expected
        return expected
    assert not isinstance(found, str), found
    pd.testing.assert_frame_equal(found[0], expected[0])
    assert found[1:] == expected[1:]
    return expected[:3]


def write(tmp_path, rows, header="id;amount;rate;town", encoding="utf-8"):
    file = tmp_path / "table.csv"
    file.write_text("\n".join([header, *rows]) + "\n", encoding=encoding)
    return file


def rows_of(count=45, amount="{}", rate="{}", town="Lyon"):
    return [f"{i};{amount.format(i)};{rate.format(i)};{town}" for i in range(100, 100 + count)]


NUMBERS = {"numbers": ("amount", "rate"), "texts": ("town",)}


@pytest.mark.parametrize("place", [0, 13, 44])
@pytest.mark.parametrize(("cell", "mark"), [("1,5", ","), ("1.5", "."), ("1.234.567", ","), ("1,234.5", ".")])
def test_the_decimal_mark_is_that_of_the_whole_file(tmp_path, place, cell, mark):
    rows = rows_of(amount="39.{}" if mark == "," else "39,{}")  # 39.100 can mean two numbers
    rows[place] = f"7;{cell};1;Lyon"
    frame, _, found = agree(write(tmp_path, rows), **NUMBERS)
    assert found == mark
    assert 39101 in set(frame["amount"])


@pytest.mark.parametrize(("low", "high", "mark"), [(0, 1000, "."), (1000, 10**6, ","), (0, 10**6, None), (0, 90, ".")])
def test_possible_values_of_the_whole_file_decide_where_no_number_does(tmp_path, low, high, mark):
    rows = [*rows_of(20, amount="{}.000"), *rows_of(25, amount="39.{}")]
    possible = {**NUMBERS, "is_possible": lambda _name, number: low < number < high}
    found = agree(write(tmp_path, rows), **possible)
    assert ("can mean" in found) if mark is None else (found[2] == mark)


@pytest.mark.parametrize("first", [1, 20])
def test_two_decimal_marks_are_named_with_the_counts_of_the_whole_file(tmp_path, first):
    rows = rows_of(first, amount="1{}.5") + rows_of(44 - first, amount="2{},25") + ["9;1.75;1;Lyon"]
    said = agree(write(tmp_path, rows), **NUMBERS)
    assert f"amount ({first + 1}); with decimal commas: amount ({44 - first})" in said


def test_numbers_about_which_nothing_decides_are_refused(tmp_path):
    assert "line 2, column amount: 39.100 can mean" in agree(write(tmp_path, rows_of(amount="39.{}")), **NUMBERS)


def test_the_mark_that_was_given_holds_for_all_rows(tmp_path):
    rows = rows_of(amount="39.{}")
    assert agree(write(tmp_path, rows), decimal=",", **NUMBERS)[0]["amount"].iloc[0] == 39100
    rows[30] = "7;1.5;1;Lyon"
    said = agree(write(tmp_path, rows), decimal=",", **NUMBERS)
    assert "line 32, column amount: 1.5 is not a number with the expected decimal mark" in said


def test_currencies_and_missing_values_of_some_rows_are_no_contradiction(tmp_path):
    rows = rows_of(amount="{}") + rows_of(amount="{} €") + rows_of(amount="", rate="") + rows_of(rate="?")
    assert agree(write(tmp_path, rows), **NUMBERS)[1] == {"amount": "€"}
    percent = rows_of(rate="{} %") + rows_of(rate="") + rows_of(rate="{}%")
    assert agree(write(tmp_path, percent), **NUMBERS)[1] == {"rate": "%"}


@pytest.mark.parametrize(
    ("some", "others", "said"),
    [
        ({"rate": "{} %"}, {"rate": "{}"}, "column rate has numbers with a per cent sign and without one"),
        ({"rate": "{}"}, {"rate": "{} %"}, "column rate has numbers with a per cent sign and without one"),
        ({"amount": "{} €"}, {"amount": "{} $"}, "column amount has amounts in several currencies"),
    ],
)
def test_units_that_contradict_one_another_are_named_with_their_lines(tmp_path, some, others, said):
    found = agree(write(tmp_path, rows_of(**some) + rows_of(**others)), **NUMBERS)
    assert said in found
    assert "(line 2)" in found
    assert "(line 47)" in found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_encoding_title_separator_and_line_ends_are_those_of_the_file(tmp_path, encoding, ending):
    rows = rows_of() + rows_of(town='"Saint-Étienne\n«Loire»; ""A"""') + ["", ";;;"] + rows_of(town="Nîmes")
    file = write(tmp_path, rows, header="Demandes\nid;amount;rate;town", encoding=encoding)
    text = file.read_text(encoding)
    file.write_text(text, encoding, newline=ending)
    frame = agree(file, **NUMBERS)[0]
    assert len(frame) == 135
    assert {town.replace("\r", "") for town in frame["town"]} == {"Lyon", 'Saint-Étienne\n«Loire»; "A"', "Nîmes"}


@pytest.mark.parametrize("count", range(38, 46))
@pytest.mark.parametrize(
    "end",
    [
        ["Total;;;"],
        ["", ";;;", "(45 rows)"],
        ["Total;;;", "", "", "", "", "(45 rows)"],
        ["id;amount;rate;town", "108;1;2;Nice"],
    ],
)
def test_totals_remarks_and_repeated_headers_are_left_out_wherever_a_piece_ends(tmp_path, count, end):
    frame = agree(write(tmp_path, rows_of(count) + end), **NUMBERS)[0]
    assert len(frame) == count + ("108;1;2;Nice" in end)


@pytest.mark.parametrize("count", [9, 24, 26, 40])
@pytest.mark.parametrize("amount", ["{}", "{},5", "{}.25", "NA"])
@pytest.mark.parametrize("more", [0, 1])
def test_a_total_without_a_label_has_the_sums_of_the_whole_file(tmp_path, count, amount, more):
    rows = [*rows_of(count, amount="{}" if amount == "NA" else amount), f"99;{amount.format(7)};;Lyon"]
    numbers = [float(row.split(";")[1].replace(",", ".")) for row in rows if "NA" not in row]
    rates = sum(range(100, 100 + count)) + more
    shown = f"{sum(numbers):.2f}".replace(".", "," if "," in amount else ".")
    frame = agree(write(tmp_path, [*rows, f";{shown};{rates};"]), **NUMBERS)[0]
    assert len(frame) == count + 1 + more


@pytest.mark.parametrize(("first", "last", "rows"), [("a", "", 46), ("", "a", 45)])
def test_the_first_rows_of_the_file_tell_whether_a_remark_can_be_a_client(tmp_path, first, last, rows):
    begin, end = rows_of(30), rows_of(15)
    table = [*(first + row for row in begin), *(last + row for row in end), "as of today;;;"]
    assert len(agree(write(tmp_path, table), texts=("id", "town"), numbers=("amount", "rate"))[0]) == rows


def test_a_row_that_looks_like_a_total_in_the_middle_is_a_row(tmp_path):
    rows = rows_of()
    rows[ROWS - 1] = "Total;1;2;Lyon"
    frame = agree(write(tmp_path, rows), texts=("id", "town"), numbers=("amount", "rate"))[0]
    assert frame["id"].iloc[ROWS - 1] == "Total"


@pytest.mark.parametrize(
    ("bad", "said"),
    [("1;2", "line 52 has 2 cells"), ("1;2;3;4;5", "line 52 has 5 cells"), ('1;2;"3;4', "mark in line 52 is not cl")],
)
def test_a_row_that_does_not_fit_is_named_by_its_line_in_the_file(tmp_path, bad, said):
    rows = rows_of(30, town='"two\nlines"')
    rows[25] = bad
    assert said in agree(write(tmp_path, rows), **NUMBERS)


@pytest.mark.parametrize(("first", "second"), [("1;2", "1;2;3;4;5"), ("1;2;3;4;5", "1;2"), ("1;2", '1;2;"3;4')])
def test_the_first_of_several_rows_that_do_not_fit_is_named(tmp_path, first, second):
    rows = rows_of()
    rows[15], rows[35] = first, second
    assert f"line 17 has {first.count(';') + 1} cells" in agree(write(tmp_path, rows), **NUMBERS)


@pytest.mark.parametrize("place", [0, 5, 6, 7, 8, 40])  # pieces have six rows
@pytest.mark.parametrize("following", [1, 20, 60])
def test_no_row_is_lost_where_a_quotation_mark_stands_within_a_cell(tmp_path, monkeypatch, place, following):
    monkeypatch.setattr(text_pieces, "_CHARACTERS", 100)
    rows = rows_of(60)
    rows[place] = '7;1;2;5" tube'
    rows[min(place + following, 59)] = '8;1;2;12" disc'
    frame = agree(write(tmp_path, rows), **NUMBERS)[0]
    assert len(frame) == 60
    assert frame["town"].iloc[place] == '5" tube'


def test_a_quotation_mark_that_is_not_closed_makes_no_large_piece(tmp_path):
    rows = rows_of(5000, town="Lyon" * 10)
    rows[50] = '7;1;2;5" tube'
    lines, header = find_lines(write(tmp_path, rows))
    assert max(len(one.lines.source) for one in text_pieces.divide_text(lines, header)) < 2000
    rows[1000] = '7;1;2;"not closed'
    file = write(tmp_path, rows)
    assert max(len(one.lines.source) for one in text_pieces.divide_text(find_lines(file)[0], header)) < 150_000
    assert "a quotation mark in line 1002 is not closed" in agree(file, **NUMBERS)


SOUND = [
    "Lyon",
    "",
    " ",
    '5" tube',
    'a"b',
    'x"',
    '12" 14"',
    '"quoted; cell"',
    '"two{}lines"',
    '"say ""A"""',
    '""',
    '" "',
]
FAULTS = ['"not closed', '"closed" early', "one;more", "a\n7;b"]


@st.composite
def texts(draw):
    """Draw a table of texts, with at most one fault and any line end."""
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    cells = st.sampled_from(SOUND).map(lambda cell: cell.format(end))
    count = draw(st.integers(1, 30))
    rows = [f"{draw(st.sampled_from([i, '']))};{draw(cells)};{draw(cells)}" for i in range(count)]
    if draw(st.booleans()):
        place = draw(st.integers(0, count - 1))
        rows[place] = f"{place};{draw(st.sampled_from(FAULTS))};{draw(cells)}"
    for place in draw(st.lists(st.integers(0, count), max_size=3)):
        rows.insert(place, draw(st.sampled_from(["", "  ", ";;", "Total;;"])))
    return end.join(["id;name;town", *rows]) + draw(st.sampled_from(["", end]))


def test_an_empty_line_that_ends_with_a_carriage_return_shifts_no_cell(tmp_path):
    file = tmp_path / "table.csv"
    file.write_bytes(b"id;name;town\r\r;Zo\xc3\xa9;Lyon\r2;Max;Nice")
    frame, _, _ = agree(file, texts=("id", "name", "town"))
    assert frame.fillna("").values.tolist() == [["", "Zoé", "Lyon"], ["2", "Max", "Nice"]]


@given(text=texts(), rows=st.integers(1, 8), characters=st.sampled_from([1, 30, 100, 1 << 24]))
@settings(deadline=None, max_examples=examples(37), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_table_with_quotation_marks_is_read_alike(tmp_path, text, rows, characters):
    file = tmp_path / "table.csv"
    file.write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_pieces, "ROWS", rows)
        patch.setattr(text_pieces, "_CHARACTERS", characters)
        agree(file, texts=("id", "name", "town"))


@pytest.mark.parametrize("seed", range(30))
def test_any_mixture_of_cells_is_read_alike(tmp_path, seed):
    choice = random.Random(seed)
    cells = ["1", "12.5", "39.000", "7,25", "1 234", "", "?", "NA", "(5)", "3 €", "5%", "x", "1e3", "-"]
    some = choice.sample(cells, choice.randint(1, 4))
    cell = partial(choice.choice, some)
    agree(write(tmp_path, [f"{i};{cell()};{cell()};Lyon" for i in range(60)]), **NUMBERS)


def test_texts_in_parquet_are_read_as_in_a_text_file(tmp_path):
    file = tmp_path / "table.parquet"
    amounts = ["39.000"] * 30 + ["1,5"]
    pd.DataFrame({"amount": amounts, "n": range(31), "town": pd.Categorical(["Lyon"] * 31)}).to_parquet(file)
    frame, _, mark = agree(file, numbers=("amount",))
    assert (mark, frame["amount"].iloc[0]) == (",", 39000)
    pd.DataFrame({"amount": ["1.5"] * 25 + ["1,5"]}).to_parquet(file)
    assert "row 1, column amount: 1.5 has a decimal point, and row 26" in agree(file, numbers=("amount",))


def test_row_numbers_with_a_name_are_a_column_of_parquet(tmp_path):
    file = tmp_path / "table.parquet"
    frame = pd.DataFrame({"x": range(25)}, index=pd.RangeIndex(100, 225, 5, name="id"))
    frame.to_parquet(file)
    assert agree(file)[0]["id"].tolist() == [*range(100, 225, 5)]
    frame.rename_axis(None).to_parquet(file)
    assert list(agree(file)[0]) == ["x"]
    pq.write_table(pa.concat_tables([pa.Table.from_pandas(frame[:ROWS])] * 3), file)
    assert list(agree(file)[0]) == ["x"]  # numbers of ten rows, and the file has thirty
    frame.set_axis(pd.Index([f"c{i}" for i in range(25)], name="id")).to_parquet(file)
    assert agree(file)[0]["id"].tolist()[-1] == "c24"


def test_a_table_that_was_written_for_the_service_is_read_as_it_is(tmp_path):
    file = tmp_path / "table.csv"
    file.write_text("id,a\n" + "".join(f"{i},{'NA' if i % 2 else i / 4}\n" for i in range(40)))
    read = [*read_in_pieces(file, Expected(("a",), (), ".", ONLY_EMPTY))]
    assert pd.concat([one.frame for one in read])["a"].tolist()[:3] == ["0.0", "NA", "0.5"]


@pytest.mark.parametrize("content", ["", "a;b\n", "a;b\n\n\n", "a;a\n1;2\n"])
def test_a_table_that_cannot_be_used_is_refused_with_the_same_message(tmp_path, content):
    file = tmp_path / "table.csv"
    file.write_text(content)
    assert isinstance(agree(file), str)
