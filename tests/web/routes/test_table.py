"""A CSV file posted to the service: read into applications that it scores, or refused as a problem document."""

import pytest

from tests.conftest import HEADER, READ_ROW, ROW
from tests.workbooks import workbook

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def post(client, content, query="", kind="text/csv"):
    return client.post(f"/table{query}", data=content, headers={"Content-Type": kind})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_rows_of_a_file_are_applications_that_the_service_scores(client, encoding):
    content = HEADER[:-1] + ";NAME_EDUCATION_TYPE\n" + ROW[:-1] + ";Supérieur\n"
    read = post(client, content.encode(encoding)).json
    assert read["rows"] == [{"line": 2, "application": {**READ_ROW, "NAME_EDUCATION_TYPE": "Higher education"}}]
    assert read["unknown_columns"] == []
    scored = client.post("/predict", json={"applications": [row["application"] for row in read["rows"]]})
    assert scored.json["predictions"][0]["client_id"] == 500024


@pytest.mark.parametrize("kind", [WORKBOOK, "application/octet-stream", "text/csv"])
def test_a_workbook_gives_the_same_applications_as_a_file_of_text(client, kind):
    rows = [[*READ_ROW], [*READ_ROW.values()]]
    read = post(client, workbook(rows), kind=kind).json
    assert read["rows"] == [{"line": 2, "application": READ_ROW}]
    assert read["form"]["en"] == "Read as an Excel workbook, sheet “Sheet1”"


def test_a_workbook_that_cannot_be_used_is_refused_with_its_cell(client):
    def fill(page, _):
        page.write_row(0, 0, ["AMT_CREDIT", "note"])
        page.write_formula(1, 0, "=1/0", None, "#DIV/0!")
        page.write_formula(1, 1, "=1/0", None, "#DIV/0!")

    refused = post(client, workbook(fill), kind=WORKBOOK)
    assert (refused.status_code, refused.json["code"]) == (422, "workbook_error")
    assert refused.json["errors"][0]["field"] == "AMT_CREDIT"
    assert refused.json["errors"][0]["received"] == "#DIV/0!"


def test_how_the_file_is_written_is_told_in_both_languages(client):
    read = post(client, HEADER + ROW).json
    assert read["form"] == {
        "en": "Read as UTF-8, cells separated by semicolons, decimal comma",
        "fr": "Lu en UTF-8, cellules séparées par des points-virgules, décimales\u00a0: virgule",
    }


def test_a_file_with_two_readings_is_refused_with_both_and_a_parameter_decides(client):
    content = "AMT_CREDIT;AMT_ANNUITY\n500.000;25.000\n"
    refused = post(client, content)
    assert refused.status_code == 422
    assert refused.content_type == "application/problem+json"
    assert refused.json["type"] == "urn:problem:unreadable-table"
    assert refused.json["code"] == "ambiguous_number"
    assert refused.json["errors"][0]["field"] == "AMT_CREDIT"
    french = "Ligne 2, colonne AMT_CREDIT\u00a0: 500.000 peut signifier 500 ou 500000"
    assert refused.json["text"]["fr"].startswith(french)
    assert refused.json["readings"] == {"point": 500, "comma": 500000}
    assert post(client, content, "?decimal=comma").json["rows"][0]["application"]["AMT_CREDIT"] == 500000
    wrong = post(client, content, "?decimal=x")
    assert (wrong.status_code, wrong.json["errors"][0]["field"]) == (400, "decimal")
    assert post(client, content, "?decimal=comma&decimal=point").status_code == 400


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/vnd.ms-excel", ""])
def test_another_content_type_is_a_415(client, kind):
    assert post(client, HEADER, kind=kind).status_code == 415


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01", b"PK\x03\x04", b"<html>", b"\xff\xfe\x00", b'a,b\n1,"2', b"," * 9999]
)
def test_what_is_no_table_is_a_422(client, content):
    answer = post(client, content)
    assert answer.status_code == 422
    assert answer.json["text"]["en"] == answer.json["detail"]
