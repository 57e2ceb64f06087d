"""A table written in any form is read with the same values, or is refused; other values never come out."""

import csv
import io
import math
import random
from collections import Counter
from itertools import zip_longest
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.machine import write_result
from scoring.tables.form.encoding import UTF_8
from scoring.tables.form.layout import Layout
from scoring.tables.form.readings import BLANKS
from scoring.tables.text import text_reader
from scoring.tables.text.cells import MISSING_AMONG_NUMBERS
from scoring.tables.text.lines import Lines
from scoring.tables.text.table_errors import TableError
from scoring.tables.text.text_reader import read_text
from tests.examples import examples

MARKERS = ["", "NA", "N/A", "NULL", "\\N", "?", "#DIV/0!", "NaN", *sorted(MISSING_AMONG_NUMBERS)]
WORDS = [
    "house",
    "car",
    "debt",
    "études",
    "crédit à la consommation",
    "o'neill",
    'a "quoted" one',
    "a, b; c",
    "x|y",
    "12 rue",
]
WIDE = ["жильё", "住宅", "Škoda", "naïve – ok"]
GROUPS = ["", " ", "\u00a0", "\u202f", "'", "’"]


def write_number(draw, number, decimals, form):
    """Write a number with a form's marks; the sign as one of its kinds."""
    text = f"{abs(number):,.{decimals}f}" if form["group"] else f"{abs(number):.{decimals}f}"
    text = text.replace(",", "\0").replace(".", form["decimal"]).replace("\0", form["group"])
    if number < 0:
        text = f"({text})" if form["sign"] == "()" else f"{text}-" if form["sign"] == "last" else form["sign"] + text
    return text


def draw_table(draw):
    """Draw values, and how they are written: the content of a file, and what should come out by column."""
    rows = draw.randint(1, 12)
    decimal = draw.choice(".,")
    other = "," if decimal == "." else "."
    form = {
        "decimal": decimal,
        "group": draw.choice([*GROUPS, other, other, ""]),
        "sign": draw.choice(["-", "−", "()", "last"]),
    }
    marker = draw.choice(MARKERS)
    wide = draw.random() < 0.2
    words = WORDS + (WIDE if wide else [])
    header, columns, expected = [], [], {}
    for i in range(draw.randint(1, 5)):
        kind = draw.choice(["id", "whole", "decimal", "percent", "currency", "text"])
        name = f"{draw.choice(['amount', 'âge', 'x y', 'rate'])}_{kind}_{i}"
        missing = 0 if kind == "id" else draw.choice([0, 0.3])
        decimals = 0 if kind in {"id", "whole"} else draw.choice([1, 2, 2, 3, 5])
        size = draw.choice([10, 1000, 10**6, 10**9])
        cells, values = [], []
        for row in range(rows):
            if draw.random() < missing:
                cells.append(draw.choice([marker, ""]) if kind != "text" else "")
                values.append(None)
            elif kind == "text":
                values.append(draw.choice(words))
                cells.append(values[-1])
            elif kind == "id":
                values.append(100_000 + row * draw.randint(1, 1000))
                cells.append(str(values[-1]))
            else:
                values.append(round(draw.uniform(-size, size), decimals))
                text = write_number(draw, values[-1], decimals, form)
                cells.append(text + {"percent": " %", "currency": " €"}.get(kind, ""))
        header.append(name)
        columns.append(cells)
        expected[name] = (kind, values)
    given = [any(cells) for cells in zip(*columns, strict=True)]  # a row without any value is no row
    columns = [[cell for cell, is_row in zip(cells, given, strict=True) if is_row] for cells in columns]
    expected = {
        name: (kind, [value for value, is_row in zip(values, given, strict=True) if is_row])
        for name, (kind, values) in expected.items()
    }
    lines = [header, *map(list, zip(*columns, strict=True))]
    return add_oddities(draw, lines, expected, wide)


def add_oddities(draw, lines, expected, wide):
    separator = draw.choice([",", ";", "\t", "|", ",", ";", " "])
    width = len(lines[0])
    if draw.random() < 0.1 and separator != " ":
        lines = [lines[0], *([*line, ""] for line in lines[1:])]
    if draw.random() < 0.1 and separator != " ":
        lines.insert(draw.randint(1, len(lines)), [""] * width)
    if draw.random() < 0.1 and width > 1 and separator != " ":
        lines.append(["Total", *[""] * (width - 1)])
    out = io.StringIO(newline="")
    end = draw.choice(["\n", "\r\n", "\r"])
    quoting = draw.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    if separator == " ":
        quoting = csv.QUOTE_ALL if any(not cell for line in lines for cell in line) else quoting
    writer = csv.writer(out, delimiter=separator, quoting=quoting, lineterminator=end)
    if draw.random() < 0.15 and separator != " ":
        out.write(f"sep={separator}{end}")
    elif draw.random() < 0.15 and width > 2:
        out.write(f"Extrait du portefeuille{end}{end}")
    writer.writerows(lines)
    content = out.getvalue()
    content = content if draw.random() < 0.8 else content.rstrip("\r\n")
    encoding = draw.choice(["utf-8", "utf-8-sig", "utf-16", *([] if wide else ["cp1252"])])
    try:
        return content.encode(encoding), expected
    except UnicodeEncodeError:  # such as a true minus
        return content.encode("utf-8"), expected


def check(content, expected):
    """Read a file; return how it is refused, or "read" where the values are the same."""
    texts = {name for name, (kind, _) in expected.items() if kind == "text"}
    try:
        frame = read_text(content, texts).frame
    except TableError as error:
        return error.code
    if not set(frame) & set(expected):
        return "columns missing"  # whoever wants them refuses the file
    assert list(frame) == list(expected)
    for name, (kind, values) in expected.items():
        read = frame[name].tolist()
        missing = [value is None or (isinstance(value, float) and math.isnan(value)) for value in read]
        assert missing == [value is None for value in values], (name, read, values)
        if kind != "text" and any(isinstance(found, str) for found in read):
            return "texts among numbers"  # whoever uses the column refuses it
        for found, value in zip(read, values, strict=True):
            if value is not None:
                assert found == value, (name, kind, read, values)
    return "read"


@settings(max_examples=examples(75), deadline=None)
@given(st.randoms(use_true_random=False))
def test_values_come_back_from_any_form_or_the_file_is_refused(draw):
    check(*draw_table(draw))


def test_most_forms_are_read():
    outcomes = Counter(check(*draw_table(random.Random(seed))) for seed in range(300))
    assert outcomes["read"] > 0.9 * outcomes.total()


@pytest.mark.drill
def test_values_come_back_from_ten_thousand_forms_or_the_file_is_refused():
    outcomes = Counter(check(*draw_table(random.Random(seed))) for seed in range(10_000))
    assert outcomes["read"] > 0.9 * outcomes.total()
    rows = "\n".join(f"| {outcome} | {count} |" for outcome, count in outcomes.most_common())
    note = "Tables in random forms. Read: with the values that were written. All others are refused, by code.\n\n"
    write_result("table-forms", "make drill", f"{note}| Outcome | Files |\n|---|---|\n{rows}\n")


CELLS = [
    *("1", "2.5", "1.500", "12.250", "1000.123", "0.5", "-0.0", "+5", "5.", ".5", "007", " 5", "5 ", "5\u00a0", '"6"'),
    *("", '""', "NA", '"NA"', "NULL", "nan", "NaN", "?", "-", "Total", "x", "1_0", "0x10", "True", "false"),
    *("1e5", "1E-3", "1e400", "inf", "12345678901234567890", "9007199254740993", "100000000000000000000000.5"),
    *("03.2015", "2015.03"),
]


@st.composite
def numeric_tables(draw):
    """Columns whose first rows are numbers, and where other cells follow."""
    columns = []
    for i in range(draw(st.integers(1, 4))):
        first = draw(st.sampled_from([["1", "2"], ["1.25", "0.5"], ["1.500", "2"], ["1", "1"], ["", ""], ["NA", "1"]]))
        later = draw(st.lists(st.sampled_from([*first, *draw(st.lists(st.sampled_from(CELLS), max_size=3))])))
        columns.append(["abcd"[i], *first, *later])
    return "\n".join(map(",".join, zip_longest(*columns, fillvalue="1"))).encode()


def read_after(content, rows, **options):
    """Read a file; only ``rows`` rows show what its columns are."""
    with mock.patch.object(text_reader, "_TRIED", rows):
        try:
            table = read_text(content, **options)
        except TableError as error:
            return str(error)
    values = {
        name: table.frame[name].astype(object).where(table.frame[name].notna(), None).tolist() for name in table.frame
    }
    types = table.frame.dtypes.to_dict() if len(table.frame) else {}  # those of no rows mean nothing
    return values, types, table.markers, table.units, list(table.notes)


@settings(max_examples=examples(50), deadline=None)
@given(
    st.one_of(numeric_tables(), st.randoms(use_true_random=False).map(lambda draw: draw_table(draw)[0])),
    st.sampled_from([{}, {"decimal": "."}, {"decimal": ","}, {"published": True}, {"numbers": {"a"}, "texts": {"b"}}]),
)
@example(b"a,b\n,\n,\n,\n,\n,", {})
def test_columns_of_plain_numbers_are_read_as_their_texts_are(content, options):
    assert read_after(content, 2, **options) == read_after(content, 1000, **options)


@settings(max_examples=examples(75), deadline=None)
@given(st.text(alphabet='ab1," \n', max_size=60), st.sampled_from([",", ";", BLANKS]))
def test_cells_are_counted_as_a_reader_of_the_whole_text_does(content, separator):
    lines = Lines(f"a{separator}b\n{content}".encode(), UTF_8, Layout(separator, ("a", "b"), 0, 1))

    def count():
        try:
            return lines.widest()
        except TableError as error:
            return str(error)

    quick = count()
    with mock.patch.object(Lines, "_widths", return_value=set()):
        assert quick == count()


@settings(max_examples=examples(75), deadline=None)
@given(st.binary(max_size=300) | st.text(alphabet='ab1,;\t|" \n\r.%-()é€\x00', max_size=200).map(str.encode))
def test_any_bytes_are_a_table_or_are_refused_in_both_languages(content):
    try:
        table = read_text(content)
    except TableError as error:
        assert error.describe("en") != error.describe("fr")  # noqa: PT017  (most are tables)
    else:
        assert len(table.frame) == len(table.lines())
        assert table.describe("fr")


@settings(max_examples=examples(50), deadline=None)
@given(st.randoms(use_true_random=False), st.data())
def test_a_damaged_table_is_read_or_refused(draw, data):
    content = bytearray(draw_table(draw)[0])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        if not content:
            break
    try:
        table = read_text(bytes(content))
    except TableError as error:
        assert error.describe("en") != error.describe("fr")  # noqa: PT017  (most are tables)
    else:
        assert len(table.frame) == len(table.lines())
