"""A file of all sample clients gives the decisions of the lookups, in every form that a spreadsheet writes."""

import csv
import io
import re
from contextlib import closing
from functools import partial
from itertools import cycle, product

import openpyxl
import pandas as pd
import pytest
from officer.api import Api
from officer.contract import Decision, Inspection, Inspections, Predictions, Upload, reader
from officer.downloads import write_csv
from officer.model import read_model
from officer.settings import Settings
from officer.template import describe_header, write_template
from officer.upload import Scoring, read_file, score_all

from tests.workbooks import workbook

FORMS = ["csv-en", "csv-fr", "csv-fr-1252", "xlsx", "xlsx with numbers as French texts"]
NAMES = ["technical", "fr", "en"]
DAILY = {*zip(FORMS, cycle(NAMES), strict=False)}  # each form and each kind of names; the drill tries them all together


@pytest.fixture(scope="module")
def api(sample_service):
    with closing(Api(Settings(f"http://127.0.0.1:{sample_service.port}", None))) as opened:
        yield opened


@pytest.fixture(scope="module")
def model(api):
    return api.get("/model", read_model).result()


@pytest.fixture(scope="module")
def sample(project):
    """Read the sample's applications as numbers and texts, to the letter."""
    with (project / "applications_sample.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, [[number(cell) for cell in row] for row in rows]


@pytest.fixture(scope="module")
def lookups(api, sample):
    return [api.get(f"/predict/{row[0]}", reader(Decision)).result() for row in sample[1]]


def number(cell):
    if re.fullmatch(r"-?[0-9]+", cell):
        return int(cell)
    return float(cell) if re.fullmatch(r"-?[0-9]+\.[0-9]+", cell) else cell or None


def french(cell):
    return repr(cell).replace(".", ",") if isinstance(cell, float) else cell


def name_columns(header, model, names):
    if names == "technical":
        return header
    both = [describe_header(model.fields[name], names) if name in model.fields else name for name in header]
    return (
        both
        if names == "fr"
        else [one.partition(" [")[0] if name in model.fields else one for name, one in zip(header, both, strict=True)]
    )


def name_cells(row, header, model, names):
    if names == "technical":
        return row
    texts = [model.fields[name].texts if name in model.fields else None for name in header]
    return [found[cell][names] if found and cell in found else cell for cell, found in zip(row, texts, strict=True)]


def write(form, header, rows):
    if form.startswith("xlsx"):
        return workbook([header, *([french(cell) for cell in row] if "French" in form else row for row in rows)])
    buffer = io.StringIO()
    rows = rows if form == "csv-en" else [[french(cell) for cell in row] for row in rows]
    csv.writer(buffer, delimiter="," if form == "csv-en" else ";").writerows([header, *rows])
    return buffer.getvalue().encode("cp1252" if "1252" in form else "utf-8")


@pytest.mark.parametrize(
    ("form", "names"),
    [pytest.param(*both, marks=() if both in DAILY else pytest.mark.drill) for both in product(FORMS, NAMES)],
)
def test_a_file_of_all_sample_clients_gives_exactly_the_decisions_of_the_lookups(
    api, model, sample, lookups, form, names
):
    header, rows = sample
    named = [name_cells(row, header, model, names) for row in rows]
    content = write(form, name_columns(header, model, names), named)
    table = read_file(content, "a", model, lambda file: api.post_file("/table", file, reader(Upload)).result())
    assert list(table.unknown) == []

    def predict(body):
        return api.post("/predict", body, reader(Predictions), (("history", "known"),)).result().predictions

    inspect = partial(api.post, "/data", read=reader(Inspections))
    scored = [row for done in score_all(table.rows, Scoring(predict, inspect)) for row in done]
    assert [(row.line, row.client_id) for row in scored] == [(line, row[0]) for line, row in enumerate(rows, 2)]
    assert [row.decision.decision for row in scored] == [decision.decision for decision in lookups]
    assert [row.decision.review for row in scored] == [decision.review for decision in lookups]
    for row, decision in zip(scored, lookups, strict=True):
        assert row.decision.probability == pytest.approx(decision.probability, abs=1e-12)
        assert row.decision.calibrated_probability == pytest.approx(decision.calibrated_probability, abs=1e-12)
        assert not row.history_imputed


def fields_of(content, language, is_workbook):
    """Headers of a template."""
    if is_workbook:
        return [cell.value for cell in next(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows())]
    text = content.decode("utf-8-sig")
    return next(csv.reader(io.StringIO(text), delimiter={"fr": ";", "en": ","}[language]))


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("is_workbook", [False, True])
def test_a_template_that_was_filled_in_by_hand_is_read_back(api, model, sample, lookups, language, is_workbook):
    unused = api.post("/data", {}, reader(Inspection)).result().not_used
    headers = fields_of(write_template(model, unused, language, workbook=is_workbook), language, is_workbook)
    names = [header.rpartition("[")[2].rstrip("]") for header in headers]
    header, rows = sample
    values = [dict(zip(header, name_cells(row, header, model, language), strict=True)) for row in rows[:50]]
    filled = [[row[name] for name in names] for row in values]
    # A French spreadsheet saves in Windows-1252, with semicolons and a decimal comma.
    content = write("xlsx" if is_workbook else "csv-fr-1252" if language == "fr" else "csv-en", headers, filled)
    read = api.post_file("/table", content, reader(Upload)).result()
    assert list(read.unknown_columns) == []
    body = {"applications": [dict(row.application) for row in read.rows]}
    found = api.post("/predict", body, reader(Predictions), (("history", "known"),)).result().predictions
    assert [one.probability for one in found] == pytest.approx([one.probability for one in lookups[:50]], abs=1e-12)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_template_has_required_fields_first_lists_of_choices_and_no_rows(api, model, language):
    unused = api.post("/data", {}, reader(Inspection)).result().not_used
    content = write_template(model, unused, language, workbook=True)
    book = openpyxl.load_workbook(io.BytesIO(content))
    table, about = book.worksheets[:2]
    names = [cell.value.rpartition("[")[2].rstrip("]") for cell in next(table.iter_rows())]
    required = [name for name, field in model.fields.items() if field.required]
    assert names[0] == model.identity
    assert sorted(names[1 : 1 + len(required)]) == sorted(required)
    assert not {name for name, field in model.fields.items() if field.tier == "protected"} & set(names)
    assert table.max_row == 1
    assert about.max_row == len(names)  # a header, and every field but the client number
    categories = [name for name in names if name in model.fields and model.fields[name].categories]
    assert len(table.data_validations.dataValidation) == len(categories)
    empty = api.post_file("/table", content, reader(Upload))
    assert "aucune ligne" in empty.exception().text["fr"]


def test_numbers_of_a_download_are_those_of_the_decisions(lookups):
    table = pd.DataFrame({"risk": [one.calibrated_probability for one in lookups]})
    for language, decimal in (("fr", ","), ("en", ".")):
        lines = write_csv(table, language).decode("utf-8-sig").splitlines()[1:]
        assert [float(line.replace(decimal, ".")) for line in lines] == table["risk"].tolist()
