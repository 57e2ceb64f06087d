"""Cells of an Excel workbook are read as those of a text file are."""

import datetime as dt
import io
import random
import warnings
import zipfile

import pandas as pd
import pytest
from openpyxl import Workbook

from scoring.application import uploads
from scoring.tables.text.table_errors import TableError
from scoring.tables.workbook import opened
from scoring.tables.workbook.workbook_reader import read_text_or_workbook
from tests.workbooks import MAIN, with_part, workbook

SHEET = "xl/worksheets/sheet1.xml"


def read(content, **options):
    return read_text_or_workbook(content, **options)


def refused(content, **options):
    with pytest.raises(TableError) as caught:
        read(content, **options)
    for language in ("en", "fr"):
        assert caught.value.describe(language)
    return caught.value


def test_a_sheet_has_the_values_of_the_same_table_as_text():
    rows = [["id", "amount", "rate", "owner", "purpose"], [1, 39000.5, 0.1, True, "Prêt ; à voir"], [2, 7, None, False]]
    frame = read(workbook(rows)).frame
    text = "id,amount,rate,owner,purpose\n1,39000.5,0.1,TRUE,Prêt ; à voir\n2,7,,FALSE,\n".encode()
    pd.testing.assert_frame_equal(frame, read(text).frame)


@pytest.mark.parametrize("seed", range(5))
def test_every_number_is_exact(seed):
    draw = random.Random(seed)
    numbers = [draw.uniform(-1, 1) * 10 ** draw.randint(-12, 12) for _ in range(300)] + [0.1 + 0.2, 1e300, 5e-324, -0.5]
    found = read(workbook([["n", "m"], *([number, 1] for number in numbers)])).frame["n"].tolist()
    assert found == [float(f"{number:.16G}") for number in numbers]  # what XlsxWriter writes


def test_numbers_stored_as_texts_decide_on_their_decimal_mark_and_real_numbers_do_not():
    rows = [["a", "b"], ["1 234,5", 0.25], ["39.000", 1.5]]
    assert read(workbook(rows)).frame.to_dict("list") == {"a": [1234.5, 39000], "b": [0.25, 1.5]}
    error = refused(workbook([["a", "b"], ["39.000", 0.25]]))
    assert (error.code, error.values["cell"], error.values["line"]) == ("ambiguous_number", "39.000", 2)
    assert read(workbook([["a", "b"], ["39.000", 0.25]]), decimal=",").frame["a"].tolist() == [39000]


def test_a_number_in_a_column_of_texts_is_written_as_usual():
    frame = read(workbook([["code", "x"], [1.5, 1], ["A", 2], [7, 3], [0.00001, 4]]), texts=["code"]).frame
    assert frame["code"].tolist() == ["1.5", "A", "7", "1e-05"]


def test_missing_values_are_those_of_text_files():
    rows = [["a", "b"], ["NA", "?"], [1, "x"], ["-", "#N/A"], [None, "None"]]
    table = read(workbook(rows))
    assert table.frame["a"].isna().tolist() == [True, False, True, True]
    assert table.frame["b"].fillna("missing").tolist() == ["missing", "x", "missing", "None"]
    assert table.markers == {"a": {"NA": 1, "-": 1}, "b": {"?": 1, "#N/A": 1}}


def test_dates_are_texts_as_in_a_file():
    def fill(page, book):
        page.write_row(0, 0, ["day", "time", "n"])
        page.write_datetime(1, 0, dt.datetime(2024, 1, 31), book.add_format({"num_format": "dd/mm/yyyy"}))
        page.write_datetime(1, 1, dt.datetime(2024, 1, 31, 8, 30), book.add_format({"num_format": "dd/mm/yyyy hh:mm"}))
        page.write_number(1, 2, -15000, book.add_format({"num_format": "dd/mm/yyyy"}))  # no date

    frame = read(workbook(fill)).frame
    assert frame.to_dict("list") == {"day": ["2024-01-31"], "time": ["2024-01-31 08:30:00"], "n": [-15000]}


def shown(form, *values, name="rate"):
    def fill(page, book):
        page.write_row(0, 0, [name, "other"])
        for i, value in enumerate(values, 1):
            page.write_number(i, 0, value, book.add_format({"num_format": form}))
            page.write_number(i, 1, i)

    return workbook(fill)


def test_per_cent_is_what_is_shown_where_that_is_the_unit_and_what_is_stored_elsewhere():
    content = shown("0.0%", 0.07, 0.5)
    assert read(content).frame["rate"].tolist() == [7, 50]
    assert read(content).units == {"rate": "%"}
    stored = read(content, percent=["other"])
    assert (stored.frame["rate"].tolist(), stored.units) == ([0.07, 0.5], {})
    assert stored.describe("en")[-1] == "column rate: numbers in a percent format are read, such as 7% as 0.07"
    assert read(shown('0.0"%"', 7)).frame["rate"].tolist() == [7]  # a text behind the number


def test_per_cent_beside_plain_numbers_and_two_currencies_are_refused_as_in_a_file():
    def fill(first, second):
        def filling(page, book):
            page.write_row(0, 0, ["a", "b"])
            for i, form in enumerate((first, second), 1):
                page.write_number(i, 0, 0.5, book.add_format({"num_format": form}))
                page.write_number(i, 1, 1)

        return workbook(filling)

    error = refused(fill("0%", "General"))
    assert (error.code, error.values["first"], error.values["second"]) == ("mixed_percent", "50%", "0.5")
    assert read(fill("0%", "General"), percent=[]).frame["a"].tolist() == [0.5, 0.5]
    assert refused(fill("#,##0 [$€-40C]", "[$$-409]#,##0")).code == "two_currencies"
    assert read(fill("#,##0 [$€-40C]", "0.00")).frame["a"].tolist() == [0.5, 0.5]


def test_titles_blank_rows_and_totals_are_left_out_and_rows_have_the_numbers_of_the_sheet():
    def fill(page, book):
        page.merge_range("A1:C1", "Demandes\nde novembre", book.add_format())
        page.write_row("A4", ["id", "amount", "note"])
        page.write_row("A6", [1, 2.5, "a\nb"])
        page.write_row("A9", [2, 3.5, "c"])
        page.write_row("A10", ["Total", 6])

    table = read(workbook(fill))
    assert table.lines() == [6, 9]
    assert table.frame["note"].tolist() == ["a b", "c"]
    assert table.describe("en") == [
        "read as an Excel workbook, sheet “Sheet1”",
        "lines above the header that are left out: 1",
        "line 10 is left out: Total",
    ]


def test_the_first_visible_sheet_with_a_table_is_read_and_the_others_are_named():
    def hidden(page, book):
        page.write_row(0, 0, ["a", "b"])
        page.write_row(1, 0, [8, 9])
        page.hide()

    cover = [["Lisez-moi"], ["Une ligne par client"], ["Merci"]]
    table = read(workbook(cover, hidden, [["a", "b"], [1, 2]], [["a", "b"], [3, 4]], [["x"]]))
    assert table.frame.to_dict("list") == {"a": [1], "b": [2]}
    assert table.describe("fr") == [
        "Lu comme classeur Excel, feuille «\u00a0Sheet3\u00a0»",
        "La feuille «\u00a0Sheet3\u00a0» est lue, celles-ci ne le sont pas\u00a0: 4 (Sheet1, Sheet2, Sheet4, Sheet5)",
    ]


def test_the_first_sheet_with_a_column_that_is_wanted_goes_before_other_tables():
    cover = [["Auteur", "A. Martin"], ["Date", "31/01/2024"], ["Version", "2"]]
    content = workbook(cover, [["Titre"], ["b", "a"], [1, 2]], [["x", "b"], [3, 4]])
    assert read(content, only=["a"]).frame["a"].tolist() == [2]
    assert read(workbook([["a", "b"]], [["x", "y"], [1, 2]]), only=["a"]).frame.empty  # a template, not filled in


LEGEND = [["Field", "Meaning"], ["a", "Amount"], ["b", "Rate"], ["Amount", "a"]]
TABLE = [["Export"], ["a", "b", "c"], [1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    "sheets",
    [
        (LEGEND, TABLE),
        (TABLE, LEGEND),
        ([["a", "total"], [5, 1]], TABLE),  # a summary with one of the columns
        ([["a", "b", "c"]], TABLE),  # a template, not filled in
        (TABLE, [["a", "b", "c"], [None, None]]),
        ([["a", "b"], [9, 9]], LEGEND, TABLE),
    ],
)
def test_the_sheet_with_most_columns_of_the_model_is_read_and_named(sheets):
    table = read(workbook(*sheets), only=["a", "b", "c"])
    assert table.frame["a"].tolist() == [1, 4]
    name = f"Sheet{sheets.index(TABLE) + 1}"
    assert f"sheet “{name}” is read, and these are not: " in table.describe("en")[1]


def test_names_of_columns_count_once_in_a_row_and_after_renaming():
    repeated = [["x", "x", "x", "x"], ["a", "a", "A", "a"]]
    table = read(workbook(repeated, TABLE), only=["A", "B"], rename=lambda names: [name.upper() for name in names])
    assert table.frame["A"].tolist() == [1, 4]


def test_two_sheets_with_as_many_columns_of_the_model_are_refused_by_their_names():
    error = refused(workbook(TABLE, LEGEND, TABLE), only=["a", "b"])
    assert (error.code, error.values) == ("two_sheets", {"first": "Sheet1", "second": "Sheet3", "count": 2})
    assert "Hide or delete" in str(error)

    def hidden(page, book):
        for i, row in enumerate(TABLE):
            page.write_row(i, 0, row)
        page.hide()

    assert len(read(workbook(TABLE, LEGEND, hidden), only=["a", "b"]).frame) == 2
    assert refused(workbook(TABLE, TABLE), numbers=["a", "b"]).code == "two_sheets"  # evaluate


def test_hidden_rows_are_read_and_told():
    def fill(page, book):
        for i, row in enumerate([["a", "b"], [1, 2], [3, 4], [5, 6]]):
            page.write_row(i, 0, row)
        page.set_row(2, None, None, {"hidden": True})
        page.set_row(9, None, None, {"hidden": True})  # without a value

    table = read(workbook(fill))
    assert len(table.frame) == 3
    assert "hidden rows, read as all others: 1" in table.describe("en")


def test_a_table_may_stand_anywhere_on_the_sheet():
    def fill(page, book):
        page.write_row("C3", ["a", "b"])
        page.write_row("C4", [1, 2])
        page.write_row("C5", [3, None])

    table = read(workbook(fill))
    assert table.frame.to_dict("list")["a"] == [1, 3]
    assert (list(table.frame), table.lines()) == (["a", "b"], [4, 5])


def test_formulas_have_their_stored_value_and_one_without_is_named():
    book = Workbook()
    for row in (["a", "b"], [1, "=A2*2"], [3, "=A3*2"]):
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)  # openpyxl stores no values
    error = refused(buffer.getvalue())
    assert (error.code, error.values) == ("workbook_formula", {"line": 2, "column": "b", "cell": "", "count": 2})
    assert read(buffer.getvalue(), only=["a"]).frame["a"].tolist() == [1, 3]

    def fill(page, _):
        page.write_row(0, 0, ["a", "b"])
        page.write_number(1, 0, 1)
        page.write_formula(1, 1, "=A2*2", None, 2.5)

    content = workbook(fill)
    assert read(content).frame["b"].tolist() == [2.5]
    empty = with_part(content, SHEET, lambda part: part.replace(b'"B2"><f>', b'"B2" t="str"><f>').replace(b"2.5", b""))
    assert read(empty, texts=["b"]).frame["b"].isna().all()  # the text without a sign, as Excel stores it


def test_an_error_in_a_cell_is_refused_where_the_column_is_read_and_not_available_is_missing():
    def fill(page, _):
        page.write_row(0, 0, ["a", "b"])
        page.write_formula(1, 0, "=NA()", None, "#N/A")
        page.write_formula(2, 0, "=1", None, 1)
        page.write_formula(1, 1, "=1/0", None, "#DIV/0!")
        page.write_number(2, 1, 2)

    error = refused(workbook(fill))
    assert (error.code, error.values["cell"], error.values["line"]) == ("workbook_error", "#DIV/0!", 2)
    assert read(workbook(fill), only=["a"]).frame["a"].isna().tolist() == [True, False]


OTHERS = {
    "workbook_old": b"\xd0\xcf\x11\xe0" + bytes(600),
    "workbook_password": b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
    "damaged": workbook([["a"], [1]])[:-400],
    "not_text_excel": b"PK\x03\x04" + bytes(99),
}


def archive(**parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as new:
        for name, content in parts.items():
            new.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (OTHERS["workbook_old"], "workbook_old"),
        (OTHERS["workbook_password"], "workbook_password"),
        (OTHERS["not_text_excel"], "not_text_excel"),
        (OTHERS["damaged"], "not_text_excel"),  # the directory is at the end
        (archive(**{"xl/workbook.bin": b""}), "workbook_binary"),
        (archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "workbook_open_document"),
        (archive(**{"[Content_Types].xml": b"<Types/>", "word/document.xml": b""}), "not_text_excel"),
        (archive(**{"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b""}), "damaged"),
        (workbook([]), "empty"),
        (with_part(workbook([["a", "b"], [1, 2]]), SHEET, lambda part: part[:300]), "damaged"),
        (with_part(workbook([["a", "b"], [1, 2]]), SHEET, b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'), "damaged"),
        (with_part(workbook([["a", "b"], [1, 2]]), "xl/styles.xml", b"<!DOCTYPE x><styleSheet/>"), "damaged"),
    ],
)
def test_other_spreadsheets_and_damaged_workbooks_are_refused_with_the_remedy(content, code):
    assert refused(content).code == code


def test_a_sheet_with_a_header_only_has_no_rows():
    assert read(workbook([["a", "b"]])).frame.empty


def test_reading_leaves_no_warning_and_no_filter_behind():
    before = [*warnings.filters]
    read(workbook([["a", "b"], [1, 2]]))
    assert warnings.filters == before


def padded(content):
    """Add bytes that cannot be packed, so that the ratio of sizes says nothing."""
    return with_part(content, "xl/media/picture.bin", random.Random(0).randbytes(900 * 2**10))


BOMBS = {
    "texts": ("xl/sharedStrings.xml", f"<sst {MAIN}>", "<si/>", "</sst>"),
    "rows": (SHEET, f"<worksheet {MAIN}><sheetData>", "<row/>", "</sheetData></worksheet>"),
    "cells of one row": (SHEET, f"<worksheet {MAIN}><sheetData><row>", "<c/>", "</row></sheetData></worksheet>"),
    "anything": (SHEET, f"<worksheet {MAIN}>", "<a/>", "</worksheet>"),
    "depth": (SHEET, f"<worksheet {MAIN}><sheetData>", "<a>", ""),
    "styles": ("xl/styles.xml", f"<styleSheet {MAIN}>", "<a/>", "</styleSheet>"),
}


@pytest.mark.parametrize(("around", "tag"), [("cellXfs", "<xf/>"), ("fonts", "<font/>")])
def test_formats_that_would_cost_seconds_are_refused(around, tag):
    styles = f"<styleSheet {MAIN}><{around}>{tag * 150_000}</{around}></styleSheet>"
    content = with_part(padded(workbook([["a", "b"], [1, 2]])), "xl/styles.xml", styles.encode())
    assert refused(content, most_unpacked=64 * 2**20).code == "workbook_too_many_formats"


# Every day one of each way through the reader; the drill has the others, which take seconds each.
@pytest.mark.parametrize("kind", BOMBS)
@pytest.mark.parametrize("is_padded", [False, pytest.param(True, marks=pytest.mark.drill)])
def test_what_a_small_file_unpacks_to_is_bounded(kind, is_padded):
    name, begin, body, end = BOMBS[kind]
    content = workbook([["a", "b"], [1, "x"]])
    bomb = with_part(content, name, (begin + body * (8 * 2**20 // len(body)) + end).encode())
    error = refused(padded(bomb) if is_padded else bomb, most_unpacked=10 * 2**20)
    assert error.code in {"workbook_too_large", "workbook_too_many_cells", "workbook_empty_cells"}


@pytest.mark.parametrize(
    "body",
    [
        '<row r="{row}">' + '<c s="1"/>' * 50 + "</row>",
        *(pytest.param(rows, marks=pytest.mark.drill) for rows in ("<row/>", "<row><c><v/></c></row>")),
    ],
)
def test_a_padded_sheet_is_refused_before_it_costs_seconds(body):
    rows = "".join(body.format(row=row) for row in range(1, 2**23 // len(body)))
    content = with_part(
        padded(workbook([["a", "b"], [1, "x"]])),
        SHEET,
        f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>".encode(),
    )
    error = refused(content, most_unpacked=64 * 2**20)
    assert (error.code, error.values) == ("workbook_empty_cells", {"most": 500_000})


def test_formats_of_empty_cells_as_spreadsheets_leave_them_behind_do_not_matter():
    def fill(page, book):
        page.write_row(0, 0, ["a", "b"])
        page.write_row(1, 0, [1, 2])
        bold = book.add_format({"bold": True})
        for row in range(2, 600):
            for column in range(100):
                page.write_blank(row, column, None, bold)

    assert len(read(workbook(fill), most_unpacked=64 * 2**20).frame) == 1


def test_a_sheet_of_as_many_numbers_as_ten_thousand_applications_have_is_within_the_bounds():
    assert uploads.MOST_UNPACKED // opened._FEWEST_BYTES > 10_000 * (122 * 2 + 1)


def test_a_directory_that_tells_another_size_is_damaged():
    content = bytearray(workbook([["a", "b"], [1, "x"]]))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as old:
        size = old.getinfo(SHEET).file_size.to_bytes(4, "little")
    place = content.rindex(size)  # in the directory
    content[place : place + 4] = (100).to_bytes(4, "little")
    assert refused(bytes(content)).code == "damaged"


def test_rows_and_columns_are_bounded():
    content = workbook([["a", "b"], *([i, 1] for i in range(200))])
    error = refused(content, most_rows=50)
    assert (error.code, error.values) == ("too_many_rows", {"rows": 200, "most": 50})
    assert refused(workbook([[*"abcde"], [1, 2, 3, 4, 5]]), most_columns=4).code == "too_many_columns"
    assert len(read(content, most_rows=200).frame) == 200
