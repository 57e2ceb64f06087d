"""Files of applications: read by the service, split into requests, rows with errors do not stop the others."""

import csv
import gzip
import io
import json
from contextlib import closing
from datetime import datetime, timedelta

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from officer.api import Api, TooLarge
from officer.contract import Decision, FieldError, Inspections, Predictions, ProblemDocument, Upload, reader
from officer.downloads import Page, write_csv, write_workbook
from officer.error_groups import group_errors
from officer.model import read_model
from officer.settings import Settings
from officer.upload import (
    MOST_BYTES,
    MOST_ROWS,
    Encoded,
    Refusal,
    Row,
    Scoring,
    read_file,
    score_all,
    split_requests,
)

from tests.conftest import HEADER, READ_ROW, REQUIRED, ROW


@pytest.fixture(scope="module")
def api(sample_service):
    with closing(Api(Settings(f"http://127.0.0.1:{sample_service.port}", None))) as opened:
        yield opened


@pytest.fixture(scope="module")
def model(api):
    return api.get("/model", read_model).result()


@pytest.fixture(scope="module")
def read(api, model):
    """Read a file as a page does."""

    def reading(content, name="a.csv", decimal=None):
        query = (("decimal", decimal),) if decimal else ()
        content = content if isinstance(content, bytes) else content.encode()
        return read_file(content, name, model, lambda csv: api.post_file("/table", csv, reader(Upload), query).result())

    return reading


def applications(table):
    return [json.loads(row.application) for row in table.rows]


FORMS = {
    "as a French spreadsheet saves it": HEADER + ROW,
    "with a byte-order mark": ("\ufeff" + HEADER + ROW).encode(),
    "in Windows-1252": (HEADER[:-1] + ";é\n" + ROW[:-1] + ";Supérieur\n").encode("cp1252"),
    "as Unicode text": (HEADER + ROW).replace(";", "\t").encode("utf-16"),
    "with tabs": (HEADER + ROW).replace(";", "\t"),
    "with vertical bars": (HEADER + ROW).replace(";", "|"),
    "with commas and points": HEADER.replace(";", ",") + ROW.replace(",", ".").replace(";", ","),
    "with a line for spreadsheets": "sep=;\n" + HEADER + ROW,
    "with titles and a total": "Demandes de novembre\n\n" + HEADER + ROW + "Total;;500000,5;150000;25000,25;;\n",
    "with separators at the end of rows": HEADER + ROW[:-1] + ";;\n",
    "with currencies": HEADER + ROW.replace("500000,5", "500 000,50 €").replace("25000,25", "25.000,25 €"),
    "with a Windows line end": (HEADER + ROW).replace("\n", "\r\n"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_file_in_any_form_gets_the_same_applications(read, form):
    table = read(FORMS[form])
    assert applications(table) == [READ_ROW]
    assert table.notes[0]["fr"].startswith("Lu en ")


def test_what_is_missing_is_left_out_and_what_is_no_number_stays_for_the_service_to_list(read):
    first, second = applications(read(HEADER + "500024;;NaN;beaucoup;inf;None;?\n" + ROW))
    assert first == {"SK_ID_CURR": 500024, "AMT_INCOME_TOTAL": "beaucoup", "AMT_ANNUITY": "inf"}
    assert second == READ_ROW


def test_a_row_has_the_number_of_its_line_where_others_are_left_out(read):
    table = read(f"Demandes\n{HEADER}\n{ROW};;;;;;\n{ROW}")
    assert [(row.line, row.client_id) for row in table.rows] == [(4, 500024), (6, 500024)]
    assert [note["fr"] for note in table.notes[1:]] == [
        "Lignes au-dessus de l’en-tête, non lues\u00a0: 1",
        "Lignes sans aucune valeur, non lues\u00a0: 1",
    ]


def test_columns_that_the_model_does_not_have_are_listed(read):
    assert read("AMT_CREDIT,AMT_CREDITS,SK_ID_CURR,\n1,2,3,4\n").unknown == ("AMT_CREDITS", "")
    buffer = io.BytesIO()
    pd.DataFrame({"AMT_CREDIT": [1], "AMT_CREDITS": [2], "SK_ID_CURR": [3]}).to_parquet(buffer)
    assert read(buffer.getvalue()).unknown == ["AMT_CREDITS"]


def test_parquet_says_the_same_as_csv(read):
    buffer = io.BytesIO()
    given = {**READ_ROW, "AMT_INCOME_TOTAL": 150000.0, "FLAG_MOBIL": True}
    nothing = {**dict.fromkeys(given), "NAME_CONTRACT_TYPE": "", "FLAG_MOBIL": False}
    pd.DataFrame([given, nothing]).to_parquet(buffer)
    table = read(buffer.getvalue(), "a.parquet")
    assert applications(table) == [{**READ_ROW, "FLAG_MOBIL": 1}, {"FLAG_MOBIL": 0}]
    assert [(row.line, row.client_id) for row in table.rows] == [(1, 500024), (2, None)]


@pytest.mark.parametrize("name", ["a.PARQUET", "a.pq", "a.csv", "a"])
def test_parquet_is_known_by_its_content_whatever_its_name_is(read, name):
    buffer = io.BytesIO()
    pd.DataFrame([READ_ROW]).to_parquet(buffer)
    assert applications(read(buffer.getvalue(), name)) == [READ_ROW]


def test_a_table_whose_first_name_begins_as_parquet_does_is_csv(read):
    assert read("PARENT;AMT_CREDIT\n1;2\n").unknown == ("PARENT",)


REFUSED = {  # content and name, and what both texts say
    "empty": (b"", "a.csv", "vide", "empty"),
    "no rows": (HEADER, "a.csv", "aucune ligne", "no row"),
    "too many rows": (HEADER + ROW * (MOST_ROWS + 1), "a.csv", "10001", "10001"),
    "no rows of Parquet": (None, "a.parquet", "0", "0"),
    "too large": (HEADER + ROW + " " * (9 * 2**20), "a.csv", "dépasse 8 Mo", "larger than 8 MB"),
    "a workbook": (b"PK\x03\x04" + bytes(99), "a.csv", "Excel", "Excel"),
    "a workbook with a password": (
        b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"),
        "a.xlsx",
        "sans mot de passe",
        "without a password",
    ),
    "compressed": (gzip.compress((HEADER + ROW).encode()), "a.csv.gz", "Décompressez", "Unpack"),
    "no text": (b"\xff\xfe\x00", "a.csv", "endommagé", "damaged"),
    "another encoding": (HEADER.encode() + "500024;Заём".encode("cp1251"), "a.csv", "CSV UTF-8", "CSV UTF-8"),
    "a damaged Parquet file": (b"PAR1", "a.PQ", "endommagé", "damaged"),
    "an open quotation mark": (HEADER + '"1', "a.csv", "guillemet", "quotation mark"),
    "two columns of one name": ("AMT_CREDIT;AMT_CREDIT\n1;2\n", "a.csv", "AMT_CREDIT", "AMT_CREDIT"),
    "another separator": (
        (HEADER + ROW).replace(";", "^").replace(",", "."),
        "a.csv",
        "sep=^",
        "sep=^",
    ),
    "a surplus value": (HEADER + ROW[:-1] + ";7\n", "a.csv", "La ligne 2 a 8", "Line 2 has 8"),
    "two decimal marks": (HEADER + ROW + ROW.replace(",", "."), "a.csv", "ligne 2, colonne", "line 2, column"),
    "per cent of an amount": (HEADER + ROW.replace("150000", "5 %"), "a.csv", "5\u00a0% peut", "5% may"),
    "two currencies": (
        HEADER + ROW.replace("150000", "5 €") + ROW.replace("150000", "5 $"),
        "a.csv",
        "devises",
        "currenc",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_table_or_has_two_readings_is_refused_with_the_remedy_in_both_languages(read, kind):
    content, name, french, english = REFUSED[kind]
    if content is None:
        buffer = io.BytesIO()
        pd.DataFrame({"AMT_CREDIT": []}).to_parquet(buffer)
        content = buffer.getvalue()
    refusal = read(content, name)
    assert isinstance(refusal, Refusal)
    assert french in refusal.text["fr"]
    assert english in refusal.text["en"]
    assert refusal.text["fr"] != refusal.text["en"]
    assert refusal.text["en"][0].isupper()
    assert not refusal.readings
    for text in refusal.text.values():  # a page has no options, and its reader no codec
        assert "--" not in text
        assert "codec" not in text
        assert ".csv." not in text


@pytest.mark.parametrize(
    ("columns", "french", "english"),
    [
        ({"AMT_CREDIT": ["1 234,5", None]}, "textes ou des dates : AMT_CREDIT", "texts or dates in them: AMT_CREDIT"),
        ({"AMT_CREDIT": ["NA", "5"], "DAYS_BIRTH": [-15000, -16000]}, "ou enregistrez", "or save the file as CSV"),
        ({"DAYS_BIRTH": pd.to_datetime(["2000-01-31"])}, "dates : DAYS_BIRTH", "dates in them: DAYS_BIRTH"),
        ({"credit": [1], "SK_ID_CURR": [3]}, "colonnes : credit, SK_ID_CURR", "columns are: credit, SK_ID_CURR"),
    ],
)
def test_parquet_with_texts_for_numbers_or_without_a_field_is_refused(read, columns, french, english):
    buffer = io.BytesIO()
    pd.DataFrame(columns).to_parquet(buffer)
    refusal = read(buffer.getvalue(), "a.parquet")
    assert isinstance(refusal, Refusal)
    assert french in refusal.text["fr"].replace("\u00a0", " ")
    assert english in refusal.text["en"]


@pytest.mark.parametrize(("cell", "point", "comma"), [("39.000", 39, 39000), ("39,125", 39125, 39.125)])
def test_of_a_number_that_can_mean_two_the_file_is_read_with_the_decimal_mark_that_was_chosen(read, cell, point, comma):
    content = f"DAYS_BIRTH;AMT_CREDIT\n-15000;{cell}\n"
    refusal = read(content)
    assert (refusal.cell, refusal.readings) == (cell, {"point": point, "comma": comma})
    assert cell in refusal.text["fr"]
    assert "Choisissez le séparateur décimal" in refusal.text["fr"]
    assert "Choose the decimal mark" in refusal.text["en"]
    assert "--decimal" not in refusal.text["en"]
    assert applications(read(content, decimal="point"))[0]["AMT_CREDIT"] == point
    assert applications(read(content, decimal="comma"))[0]["AMT_CREDIT"] == comma


def test_one_certain_number_decides_for_the_whole_file(read):
    commas = applications(read("AMT_CREDIT;AMT_ANNUITY\n39.000;10,5\n900;7\n"))
    points = applications(read("AMT_CREDIT;EXT_SOURCE_2\n39.000;0.25\n900;0.5\n"))
    assert [one["AMT_CREDIT"] for one in commas + points] == [39000, 900, 39, 900]


def test_requests_stay_below_both_limits():
    big = b"x" * (3 * 2**20)
    cut = list(split_requests([Encoded(i, None, big) for i in range(5)]))
    assert [len(chunk) for chunk in cut] == [2, 2, 1]
    assert all(sum(len(row.application) for row in chunk) <= MOST_BYTES for chunk in cut)


def encode(records):
    return [Encoded(line, one.get("SK_ID_CURR"), json.dumps(one).encode()) for line, one in enumerate(records, 2)]


def scored(api, records):
    sent = []

    def predict(body):
        sent.append("/predict")
        return api.post("/predict", body, reader(Predictions)).result().predictions

    def inspect(body):
        sent.append("/data")
        return api.post("/data", body, reader(Inspections)).result().records

    return [row for done in score_all(encode(records), Scoring(predict, inspect)) for row in done], sent


def test_rows_with_errors_are_listed_and_the_others_scored_in_one_request_more(api):
    records = [{"SK_ID_CURR": 100000 + i, **REQUIRED} for i in range(1500)]
    records[3] = {**records[3], "AMT_CREDIT": -1, "DAYS_BIRTH": "x"}
    records[1200] = {"SK_ID_CURR": 101200}
    rows, sent = scored(api, records)
    assert sent == ["/predict"] * 4  # two each of them once more
    assert [row.line for row in rows] == list(range(2, 1502))
    assert [row.line for row in rows if row.decision is None] == [5, 1202]
    assert {error.field for error in rows[3].errors} == {"AMT_CREDIT", "DAYS_BIRTH"}
    assert rows[4].client_id == 100004
    alone = api.post("/predict", REQUIRED, reader(Decision)).result()
    assert rows[4].decision.probability == pytest.approx(alone.probability, abs=1e-12)


def test_more_errors_than_one_answer_lists_are_all_found(api):
    records = [{"SK_ID_CURR": 100000 + i} if i % 2 else {"SK_ID_CURR": 100000 + i, **REQUIRED} for i in range(900)]
    rows, sent = scored(api, records)
    assert sent == ["/predict", "/data", "/predict"]
    assert [row.decision is None for row in rows] == [bool(i % 2) for i in range(900)]


def test_a_request_that_is_too_large_is_sent_in_halves(api):
    def predict(body):
        if body.count(b"AMT_CREDIT") > 3:
            raise TooLarge(ProblemDocument(detail="less"), 413, None)
        return api.post("/predict", body, reader(Predictions)).result().predictions

    rows = [row for done in score_all(encode([REQUIRED] * 10), Scoring(predict, None)) for row in done]
    assert [row.line for row in rows] == list(range(2, 12))
    assert all(row.decision for row in rows)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", " =", "\u00a0=", "\t="])
def test_no_cell_of_a_download_is_a_formula_however_a_spreadsheet_splits_it(language, separator, sign):
    formula = f'{sign}HYPERLINK("http://a.invalid")'
    cells = [formula, f"a;{formula}", f"a\n{formula}", f'"{separator}{formula}', "Prêt; -5"]
    table = pd.DataFrame({formula: cells, "amount": [-1.5, 2, 3, 4, 5]})
    written = write_csv(table, language).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(written), delimiter=separator))
    starts = [cell.strip(" \u00a0")[:1] for row in rows for cell in row if not cell.startswith(("-1.5", "-1,5"))]
    assert not set(starts) & set("=+-@\t\uff1d")
    if separator == {"fr": ";", "en": ","}[language]:
        numbers = {"fr": ["-1,5", "2,0", "3,0", "4,0", "5,0"], "en": ["-1.5", "2.0", "3.0", "4.0", "5.0"]}
        assert [row[1] for row in rows[1:]] == numbers[language]


@pytest.mark.parametrize("shares", [[], ["risk"]])
def test_a_workbook_is_the_same_file_whenever_it_is_written(monkeypatch, shares):
    class AnyTime(type):
        def __instancecheck__(cls, one):
            return isinstance(one, datetime)

    class Later(metaclass=AnyTime):
        @staticmethod
        def now(tz=None):
            return datetime.now(tz) + timedelta(days=400)

    table = pd.DataFrame({"risk": [0.5]})
    pages = [Page("Résultats", table, shares, {"risk": ["a"]}), Page("Erreurs", table)]
    first = write_workbook(*pages)
    monkeypatch.setattr(xlsxwriter.core, "datetime", Later)
    assert write_workbook(*pages) == first


def test_a_workbook_has_numbers_shares_and_texts_and_no_formula():
    table = pd.DataFrame(
        {
            "n": [1, 2.5, None],
            "risk": [0.0956, None, 0.1],
            "text": ["=1+1", "http://a.invalid", "007"],
            "big": ["9" * 30, 10**18, -3],
        }
    )
    page = openpyxl.load_workbook(io.BytesIO(write_workbook(Page("Résultats", table, ["risk"])))).worksheets[0]
    rows = [[(cell.value, cell.data_type) for cell in row] for row in page.iter_rows(min_row=2)]
    assert rows[0] == [(1, "n"), (0.0956, "n"), ("=1+1", "s"), ("9" * 30, "s")]
    assert rows[1][1:] == [(None, "n"), ("http://a.invalid", "s"), (str(10**18), "s")]
    assert rows[2] == [(None, "n"), (0.1, "n"), ("007", "s"), (-3, "n")]
    assert (page.title, page.freeze_panes) == ("Résultats", "A2")
    assert page["B2"].number_format == "0.0%"
    assert page["C2"].hyperlink is None


def errors_of(*received, field="AMT_CREDIT"):
    return [Row(line, 1, None, (FieldError(field, one, "x"),)) for line, one in enumerate(received, 2)]


def test_errors_are_grouped_by_column_and_kind_with_their_number_and_examples(model):
    rows = [
        *errors_of(*[f"{i},5" for i in range(500)]),
        *errors_of("1.5", "many", "-1 234.25"),
        *errors_of(None, None),
        *errors_of(-1, -1, -1, -2, field="AMT_ANNUITY"),
        *errors_of(None, field="(all)"),
    ]
    groups = group_errors(rows, model)
    found = [(group.first.field, group.kind, group.rows, group.examples) for group in groups]
    assert found == [
        ("AMT_CREDIT", "decimal_comma", 500, [(2, "0,5"), (3, "1,5"), (4, "2,5")]),
        ("AMT_ANNUITY", "value", 4, [(2, "-1"), (5, "-2")]),
        ("AMT_CREDIT", "decimal_point", 2, [(2, "1.5"), (4, "-1 234.25")]),
        ("AMT_CREDIT", "missing", 2, [(2, "")]),
        ("AMT_CREDIT", "text", 1, [(3, "many")]),
        ("(all)", "whole", 1, [(2, "")]),
    ]
