"""Files of applications: read, split into requests, rows with errors do not stop the others."""

import csv
import io
from contextlib import closing

import pandas as pd
import pytest
from officer.api import Api, TooLarge
from officer.contract import Decision, Inspections, Predictions, ProblemDocument, reader
from officer.model import read_model
from officer.settings import Settings
from officer.texts import text
from officer.upload import (
    MOST_BYTES,
    Scoring,
    UnreadableFile,
    build_records,
    find_unknown_columns,
    read_file,
    score_all,
    split_requests,
    write_csv,
)


@pytest.fixture(scope="module")
def api(sample_service):
    with closing(Api(Settings(f"http://127.0.0.1:{sample_service.port}", None))) as opened:
        yield opened


@pytest.fixture(scope="module")
def model(api):
    return api.get("/model", read_model).result()


HEAD = "SK_ID_CURR,NAME_CONTRACT_TYPE,AMT_CREDIT,AMT_INCOME_TOTAL,AMT_ANNUITY,DAYS_BIRTH,EXT_SOURCE_2"


def read(text, name="a.csv"):
    return read_file(text.encode(), name)


def test_numbers_texts_and_empty_cells_are_what_the_api_takes(model):
    frame = read(f"{HEAD}\n500024,Cash loans,500000.0,1.5e5,25000,-15000,\n,01,NaN,a lot,inf,None,0.25\n")
    first, second = build_records(frame, model)
    assert first == {
        "SK_ID_CURR": 500024,
        "NAME_CONTRACT_TYPE": "Cash loans",
        "AMT_CREDIT": 500000,
        "AMT_INCOME_TOTAL": 150000,
        "AMT_ANNUITY": 25000,
        "DAYS_BIRTH": -15000,
    }
    # An invalid number stays a text, so that the API lists it.
    assert second == {
        "NAME_CONTRACT_TYPE": "01",
        "AMT_INCOME_TOTAL": "a lot",
        "AMT_ANNUITY": "inf",
        "EXT_SOURCE_2": 0.25,
    }


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_file_is_read_whatever_separates_its_cells(separator, model):
    text = f"{HEAD}\n500024,Cash loans,500000,150000,25000,-15000,0.5\n".replace(",", separator)
    assert build_records(read_file(b"\xef\xbb\xbf" + text.encode(), "a.csv"), model)[0]["EXT_SOURCE_2"] == 0.5


def test_parquet_says_the_same_as_csv(model):
    buffer = io.BytesIO()
    columns = {"AMT_CREDIT": [5e5, None], "DAYS_BIRTH": [-15000, -16000], "NAME_CONTRACT_TYPE": ["Cash loans", None]}
    pd.DataFrame(columns).to_parquet(buffer)
    assert build_records(read_file(buffer.getvalue(), "a.parquet"), model) == [
        {"AMT_CREDIT": 500000, "DAYS_BIRTH": -15000, "NAME_CONTRACT_TYPE": "Cash loans"},
        {"DAYS_BIRTH": -16000},
    ]


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "a.csv"), (b"\xff\xfe\x00", "a.csv"), (b"PAR1", "a.parquet"), (b'a,b\n"1', "a.csv")]
)
def test_a_file_that_is_not_a_table_is_refused(content, name):
    with pytest.raises(UnreadableFile):
        read_file(content, name)


@pytest.mark.parametrize("surplus", [";", ";;;", "; ;"])
def test_empty_cells_at_the_end_of_rows_move_no_value_to_another_column(surplus):
    table = read(f"age;amount;rate\n26;26700;9{surplus}\n30;100;8\n")
    assert table.frame.to_dict("list") == {"age": ["26", "30"], "amount": ["26700", "100"], "rate": ["9", "8"]}


def test_a_row_with_more_values_than_names_is_refused_with_its_number():
    with pytest.raises(UnreadableFile) as refused:
        read("age;amount\n26;26700\n\n30;100;8\n")
    assert (refused.value.reason, refused.value.values) == ("upload.surplus", {"row": 4, "columns": 2})


def test_rows_keep_their_number_in_the_file_where_others_are_blank():
    assert read("a,b\n\n1,2\n,\n3,4\n").row_numbers == [3, 5]


def test_two_columns_of_one_name_are_refused():
    with pytest.raises(UnreadableFile, match=r"upload\.duplicates"):
        read("a,b,a\n1,2,3\n")


def test_a_spreadsheet_in_another_encoding_is_refused_with_the_remedy_in_the_readers_language():
    with pytest.raises(UnreadableFile) as refused:
        read_file("a;b\nSupérieur;1\n".encode("cp1252"), "a.csv")
    assert "CSV UTF-8" in text(refused.value.reason, "fr", **refused.value.values)


def test_decimal_commas_of_a_spreadsheet_are_read(model):
    table = read("AMT_CREDIT;AMT_ANNUITY;AMT_INCOME_TOTAL\n500000,50;25000,25;150 000\n39.000,5;1\u202f234,75;7\n")
    assert build_records(table, model) == [
        {"AMT_CREDIT": 500000.5, "AMT_ANNUITY": 25000.25, "AMT_INCOME_TOTAL": 150000},
        {"AMT_CREDIT": 39000.5, "AMT_ANNUITY": 1234.75, "AMT_INCOME_TOTAL": 7},
    ]


@pytest.mark.parametrize("other", ["15", "15000", "car"])
def test_a_number_that_can_mean_two_things_is_refused_with_both_readings(model, other):
    with pytest.raises(UnreadableFile) as refused:
        build_records(read(f"DAYS_BIRTH;AMT_CREDIT;AMT_ANNUITY\n45;39.000;{other}\n"), model)
    assert refused.value.values == {
        "row": 2,
        "column": "AMT_CREDIT",
        "value": "39.000",
        "first": "39.0",
        "second": "39000.0",
    }


def test_one_certain_cell_decides_for_the_whole_file(model):
    table = read("AMT_CREDIT;AMT_ANNUITY\n39.000;10,5\n900;7\n")
    assert [record["AMT_CREDIT"] for record in build_records(table, model)] == [39000, 900]
    table = read("AMT_CREDIT;EXT_SOURCE_2\n39.000;0.25\n900;0.5\n")
    assert [record["AMT_CREDIT"] for record in build_records(table, model)] == [39, 900]


def test_a_file_with_both_decimal_marks_leaves_the_other_form_to_the_api_as_an_error(model):
    table = read("AMT_CREDIT;AMT_ANNUITY\n1.5;10,5\n")
    assert build_records(table, model) == [{"AMT_CREDIT": 1.5, "AMT_ANNUITY": "10,5"}]


def test_columns_that_the_model_does_not_have_are_listed(model):
    assert find_unknown_columns(read("AMT_CREDIT,AMT_CREDITS,SK_ID_CURR\n1,2,3\n").frame, model) == ["AMT_CREDITS"]


def test_requests_stay_below_both_limits():
    big = b"x" * (3 * 2**20)
    cut = list(split_requests([(i, None, big) for i in range(5)]))
    assert [len(chunk) for chunk in cut] == [2, 2, 1]
    assert all(sum(len(row[2]) for row in chunk) <= MOST_BYTES for chunk in cut)


def scored(api, records):
    sent = []

    def predict(body):
        sent.append("/predict")
        return api.post("/predict", body, reader(Predictions)).result().predictions

    def inspect(body):
        sent.append("/data")
        return api.post("/data", body, reader(Inspections)).result().records

    scoring = Scoring(predict, inspect)
    rows = [row for done in score_all(records, range(2, len(records) + 2), "SK_ID_CURR", scoring) for row in done]
    return rows, sent


GOOD = {
    "NAME_CONTRACT_TYPE": "Cash loans",
    "AMT_CREDIT": 500000,
    "AMT_INCOME_TOTAL": 150000,
    "AMT_ANNUITY": 25000,
    "DAYS_BIRTH": -15000,
}


def test_rows_with_errors_are_listed_and_the_others_scored_in_one_request_more(api):
    records = [{"SK_ID_CURR": 100000 + i, **GOOD} for i in range(1500)]
    records[3] = {**records[3], "AMT_CREDIT": -1, "DAYS_BIRTH": "x"}
    records[1200] = {"SK_ID_CURR": 101200}
    rows, sent = scored(api, records)
    assert sent == ["/predict"] * 4  # two each of them once more
    assert [row.number for row in rows] == list(range(2, 1502))
    assert [row.number for row in rows if row.decision is None] == [5, 1202]
    assert {error.field for error in rows[3].errors} == {"AMT_CREDIT", "DAYS_BIRTH"}
    assert rows[4].client_id == 100004
    alone = api.post("/predict", GOOD, reader(Decision)).result()
    assert rows[4].decision.probability == pytest.approx(alone.probability, abs=1e-12)


def test_more_errors_than_one_answer_lists_are_all_found(api):
    records = [{"SK_ID_CURR": 100000 + i} if i % 2 else {"SK_ID_CURR": 100000 + i, **GOOD} for i in range(900)]
    rows, sent = scored(api, records)
    assert sent == ["/predict", "/data", "/predict"]
    assert [row.decision is None for row in rows] == [bool(i % 2) for i in range(900)]


def test_a_request_that_is_too_large_is_sent_in_halves(api):
    def predict(body):
        if body.count(b"AMT_CREDIT") > 3:
            raise TooLarge(ProblemDocument(detail="less"), 413, None)
        return api.post("/predict", body, reader(Predictions)).result().predictions

    rows = [row for done in score_all([GOOD] * 10, range(1, 11), None, Scoring(predict, None)) for row in done]
    assert [row.number for row in rows] == list(range(1, 11))
    assert all(row.decision for row in rows)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", " =", "\u00a0=", "\t="])
def test_no_cell_of_a_download_is_a_formula_however_a_spreadsheet_splits_it(separator, sign):
    formula = f'{sign}HYPERLINK("http://a.invalid")'
    cells = [formula, f"a;{formula}", f"a\n{formula}", f'"{separator}{formula}', "Prêt; -5"]
    table = pd.DataFrame({formula: cells, "amount": [-1.5, 2, 3, 4, 5]})
    written = write_csv(table).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(written), delimiter=separator))
    starts = [cell.strip(" \u00a0")[:1] for row in rows for cell in row if not cell.startswith("-1.5")]
    assert not set(starts) & set("=+-@\t\uff1d")
    if separator == ",":
        assert [row[1] for row in rows[1:]] == ["-1.5", "2.0", "3.0", "4.0", "5.0"]
